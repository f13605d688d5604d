"""Figures in milliseconds with their intervals, and the warning of bursts."""

from __future__ import annotations

import math

import pytest

from edge_aibench.record.estimates import burst_warnings, mean_estimate, percentile_estimate
from edge_aibench.record.statistics import Interval
from edge_aibench.record.values import Estimate


def test_a_percentile_is_told_in_milliseconds_with_its_interval() -> None:
    assert percentile_estimate(2.5e6, Interval(1e6, math.inf)) == Estimate(
        value=2.5, lower=1.0, upper=math.inf, needs=None, method="order-statistics"
    )


def test_a_bound_that_is_missing_stays_so() -> None:
    assert mean_estimate(3e6, Interval(None, None, 40)) == Estimate(
        value=3.0, lower=None, upper=None, needs=40, method="batch-means"
    )


def test_what_never_came_stays_infinite() -> None:
    assert percentile_estimate(math.inf, Interval(1e6, math.inf)).value == math.inf


@pytest.mark.parametrize(("dependence", "told"), [(None, 0), (1.0, 0), (4.0, 0), (4.1, 1)])
def test_bursts_are_told_beyond_the_limit(dependence: float | None, told: int) -> None:
    assert len(burst_warnings(dependence)) == told

"""Measures, their intervals, and errors of predictions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from edge_aibench.fidelity.estimates import error, relative
from edge_aibench.fidelity.validation import judge
from edge_aibench.record.resampling import MEASURES, measures, sample


def test_measures_are_the_mean_and_three_percentiles() -> None:
    # The p percentile of 1..100 is p itself: the ceil(n p / 100)-th in order.
    assert MEASURES == ("mean", "p50", "p90", "p99")
    assert measures(np.arange(1.0, 101.0)).tolist() == [50.5, 50.0, 90.0, 99.0]


def test_what_never_varies_has_an_interval_of_no_width() -> None:
    found = sample([np.full(100, 3.0), np.full(50, 3.0)], seed=1, purpose="constant")
    assert found.values.tolist() == [3.0] * 4
    assert found.interval(0) == (3.0, 3.0)


def test_runs_that_differ_widen_the_interval_more_than_blocks_alone() -> None:
    rising = np.linspace(0.0, 1.0, 200)
    one = sample([rising], seed=1, purpose="a").interval(0)
    two = sample([rising, rising + 5.0], seed=1, purpose="a").interval(0)
    assert one[1] - one[0] < 1.0
    assert two[1] - two[0] > 2.0


def test_slow_stretches_widen_the_interval_beyond_that_of_shuffled_requests() -> None:
    stretches = np.repeat([1.0, 2.0, 1.0, 1.0, 2.0, 1.0, 2.0, 2.0, 1.0, 2.0], 100)
    shuffled = np.random.default_rng(3).permutation(stretches)
    together = sample([stretches], seed=1, purpose="a").interval(0)
    apart = sample([shuffled], seed=1, purpose="a").interval(0)
    assert together[1] - together[0] > 3 * (apart[1] - apart[0])


def test_an_error_is_signed_and_a_share_of_what_was_observed() -> None:
    observed = sample([np.full(40, 2.0)], seed=1, purpose="o")
    predicted = sample([np.full(40, 1.5)], seed=1, purpose="p")
    assert error(predicted, observed, 0) == (-0.25, -0.25, -0.25)


def test_what_is_never_answered_on_both_sides_is_no_error() -> None:
    both = relative(np.array([math.inf, 1.0]), np.array([math.inf, math.inf]))
    assert both.tolist() == [0.0, -1.0]
    assert relative(np.array([math.inf]), np.array([1.0])).tolist() == [math.inf]


@pytest.mark.parametrize(
    ("lower", "upper", "target", "outcome"),
    [
        (-0.05, 0.05, 0.05, "met"),
        (-0.06, 0.01, 0.05, "undecided"),
        (0.01, 0.051, 0.05, "undecided"),
        (0.051, 0.2, 0.05, "missed"),
        (-0.2, -0.051, 0.05, "missed"),
        (-9.0, 9.0, None, "no target"),
    ],
)
def test_the_whole_interval_decides(
    lower: float, upper: float, target: float | None, outcome: str
) -> None:
    assert judge(lower, upper, target) == outcome

"""Latencies in classes: percentiles within half a thousandth, everything else exact."""

from __future__ import annotations

import math

import numpy as np
import pytest

from edge_aibench.record import statistics
from edge_aibench.record.latency_histogram import RESOLUTION, LatencyHistogram


def histogram_of(values_ns: np.ndarray) -> LatencyHistogram:
    histogram = LatencyHistogram()
    places = np.arange(len(values_ns))
    for part in np.array_split(places, 7):
        histogram.add(values_ns[part], part)
    return histogram


def test_percentiles_are_within_half_a_class() -> None:
    values_ns = np.rint(np.random.default_rng(1).lognormal(15, 2, 100_000))
    histogram = histogram_of(values_ns)
    for percent in (0.1, 50.0, 90.0, 99.0, 99.99):
        exact = statistics.percentile(values_ns, percent)
        assert histogram.percentile(percent) == pytest.approx(exact, rel=RESOLUTION / 2)
        bounds, ours = (
            statistics.percentile_interval(values_ns, percent),
            histogram.percentile_interval(percent),
        )
        assert ours.lower == pytest.approx(bounds.lower, rel=RESOLUTION / 2)
        assert ours.upper == pytest.approx(bounds.upper, rel=RESOLUTION / 2)
    assert histogram.largest_ns == values_ns.max()
    assert histogram.mean_ns == pytest.approx(values_ns.mean(), rel=1e-12)


def test_what_was_never_answered_is_at_the_end() -> None:
    histogram = histogram_of(np.array([1000.0] * 98 + [math.inf] * 2))
    assert (histogram.count, histogram.unanswered) == (100, 2)
    assert histogram.percentile(98.0) == 1000.0
    assert histogram.percentile(99.0) == math.inf
    assert histogram.largest_ns == math.inf
    assert histogram.mean_ns == 1000.0


def test_the_interval_of_the_mean_widens_with_dependence() -> None:
    generator = np.random.default_rng(2)
    independent = histogram_of(generator.normal(1e6, 1e4, 200_000)).mean_interval()
    levels = np.repeat(generator.normal(0, 1e4, 40), 5000)
    dependent = histogram_of(generator.normal(1e6, 1e4, 200_000) + levels).mean_interval()
    assert independent.lower is not None
    assert independent.upper is not None
    assert dependent.lower is not None
    assert dependent.upper is not None
    assert independent.lower < 1e6 < independent.upper
    assert dependent.upper - dependent.lower > 10 * (independent.upper - independent.lower)


def test_a_short_run_has_no_interval_of_the_mean() -> None:
    interval = histogram_of(np.array([5.0, 7.0])).mean_interval()
    assert (interval.lower, interval.upper) == (None, None)

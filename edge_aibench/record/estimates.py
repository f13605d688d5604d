"""Figures with their intervals, from values or from counted ones, and when not to trust these."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_aibench.record.values import Estimate, milliseconds

if TYPE_CHECKING:
    from edge_aibench.record.statistics import Interval
    from edge_aibench.record.values import IntervalMethod

DEPENDENCE_LIMIT = 4.0
"""From this `statistics.dependence` on the intervals of one run are too narrow by half."""


_BURSTS = (
    "slow requests come in bursts, so the intervals of one run are too narrow: "
    "repeat the run (--repeat 5)"
)


def percentile_estimate(value_ns: float, interval: Interval) -> Estimate:
    """A percentile in milliseconds, with the interval that order statistics give."""
    return _estimate(value_ns, interval, "order-statistics")


def mean_estimate(value_ns: float, interval: Interval) -> Estimate:
    """A mean in milliseconds, with the interval that the means of batches give."""
    return _estimate(value_ns, interval, "batch-means")


def burst_warnings(dependence: float | None) -> list[str]:
    """What to tell of a run whose requests depend on their neighbours so much; None is unknown."""
    if dependence is None or dependence <= DEPENDENCE_LIMIT:
        return []
    return [_BURSTS]


def _estimate(value_ns: float, interval: Interval, method: IntervalMethod) -> Estimate:
    return Estimate(
        value=milliseconds(value_ns),
        lower=None if interval.lower is None else milliseconds(interval.lower),
        upper=None if interval.upper is None else milliseconds(interval.upper),
        needs=interval.needs,
        method=method,
    )

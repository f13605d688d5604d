"""Latencies counted in narrow classes, for runs with too many requests to keep every one.

A class is 1/2048 of its octave wide, at most 0.05 % of its values, and stands for its middle: a
percentile is off by at most 0.025 %, and never an average of percentiles. Means are exact.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from edge_aibench.record import statistics
from edge_aibench.record.statistics import Interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

RESOLUTION = 2.0**-11
"""The width of a class as a share of the smallest value in it."""

# The first bits of a float64's mantissa are the class within its octave: numbers above 0 are
# ordered as their bits are. Classes begin at 1 ns and end at 2**52 ns, 52 days.
SHIFT = 52 - 11
FIRST = 1023 << 11
CLASSES = 52 << 11
# So many neighbours in time are summed up together, for the interval of the mean.
BLOCK = 1024


class LatencyHistogram:
    """Counts of latencies in nanoseconds, infinite ones apart, and sums of neighbours."""

    def __init__(self) -> None:
        self._counts = np.zeros(CLASSES, np.int64)
        self._sums_ns = np.zeros(64)
        self._numbers = np.zeros(64, np.int64)
        self.unanswered = 0
        self._largest_ns = 0.0

    @classmethod
    def of(
        cls,
        counts: NDArray[np.int64],
        sums_ns: NDArray[np.float64],
        numbers: NDArray[np.int64],
        *,
        unanswered: int,
        largest_ns: float,
    ) -> LatencyHistogram:
        """What has been counted elsewhere: *counts* by class, and *sums_ns* of *numbers* of them by
        place over `BLOCK`.
        """
        histogram = cls()
        histogram._counts, histogram._sums_ns, histogram._numbers = counts, sums_ns, numbers
        histogram.unanswered, histogram._largest_ns = unanswered, largest_ns
        return histogram

    def add(self, values_ns: NDArray[np.float64], places: NDArray[np.int64]) -> None:
        """Count *values_ns*, at least 0, of requests at *places* in the order of the schedule."""
        finite = np.isfinite(values_ns)
        if not finite.all():
            self.unanswered += int(len(values_ns) - finite.sum())
            values_ns, places = values_ns[finite], places[finite]
        if not len(values_ns):
            return
        self._counts += np.bincount(_classes(values_ns), minlength=CLASSES)
        self._largest_ns = max(self._largest_ns, float(values_ns.max()))
        blocks = places // BLOCK
        while blocks.max() >= len(self._numbers):
            self._sums_ns = np.concatenate([self._sums_ns, np.zeros_like(self._sums_ns)])
            self._numbers = np.concatenate([self._numbers, np.zeros_like(self._numbers)])
        self._sums_ns += np.bincount(blocks, values_ns, len(self._sums_ns))
        self._numbers += np.bincount(blocks, minlength=len(self._numbers))

    @property
    def answered(self) -> int:
        """How many are finite."""
        return int(self._numbers.sum())

    @property
    def count(self) -> int:
        """How many have been added."""
        return self.answered + self.unanswered

    @property
    def largest_ns(self) -> float:
        """The largest of all, exactly."""
        return math.inf if self.unanswered else self._largest_ns

    @property
    def mean_ns(self) -> float:
        """The mean of the finite ones, exactly."""
        return float(self._sums_ns.sum()) / self.answered

    def ranked_ns(self, ranks: NDArray[np.int64]) -> NDArray[np.float64]:
        """The values at *ranks* (from 1) in order, as the middles of their classes."""
        found = np.searchsorted(np.cumsum(self._counts), ranks)
        middles = _middles(np.minimum(found, CLASSES - 1))
        return np.where(ranks > self.answered, np.inf, np.minimum(middles, self._largest_ns))

    def percentile(self, percent: float) -> float:
        """See `statistics.percentile`."""
        rank = max(1, math.ceil(round(self.count * percent / 100.0, 9)))
        return float(self.ranked_ns(np.array([rank]))[0])

    def percentile_interval(self, percent: float) -> Interval:
        """See `statistics.percentile_interval`."""
        bounds = [
            None if rank is None else float(self.ranked_ns(np.array([rank]))[0])
            for rank in statistics.interval_ranks(self.count, percent)
        ]
        complete = None not in bounds
        needs = None if complete else statistics.needed_for_interval(percent)
        return Interval(bounds[0], bounds[1], needs)

    def mean_interval(self) -> Interval:
        """Interval for the mean, from the means of successive batches of nearly equal length."""
        filled = np.flatnonzero(self._numbers)
        if len(filled) < 2 * statistics.BATCHES:
            return Interval(None, None, 2 * statistics.BATCHES * BLOCK)
        starts = np.linspace(0, len(filled), statistics.BATCHES + 1).astype(np.int64)[:-1]
        sums = np.add.reduceat(self._sums_ns[filled], starts)
        means = sums / np.add.reduceat(self._numbers[filled], starts)
        spread = statistics.t_interval(means)
        half = 0.0 if spread.upper is None or spread.lower is None else spread.upper - spread.lower
        return Interval(self.mean_ns - half / 2, self.mean_ns + half / 2)


def _classes(values_ns: NDArray[np.float64]) -> NDArray[np.int64]:
    bits = np.ascontiguousarray(values_ns, np.float64).view(np.int64) >> SHIFT
    classes: NDArray[np.int64] = np.clip(bits - FIRST, 0, CLASSES - 1)
    return classes


def _middles(classes: NDArray[np.int64]) -> NDArray[np.float64]:
    lower = ((classes + FIRST) << SHIFT).view(np.float64)
    upper = ((classes + FIRST + 1) << SHIFT).view(np.float64)
    middles: NDArray[np.float64] = (lower + upper) / 2
    return middles

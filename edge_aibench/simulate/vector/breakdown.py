"""Where the time went, from the parts of requests that were kept or summed up by class."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from edge_aibench.record.breakdown import REMAINDER, Breakdown, Cohort, Part
from edge_aibench.record.values import milliseconds
from edge_aibench.simulate.vector import measure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.simulate.vector.collect import Collected


def break_down(collected: Collected) -> Breakdown | None:
    """Take the answered requests apart; None if there is none."""
    number = int(collected.statuses[measure.ANSWERED])
    if not number:
        return None
    slowest = max(1, number // 100)
    low = min(math.ceil(0.985 * number), number)
    high = max(low, math.ceil(0.995 * number))
    ranks = ((1, number), (low, high), (number - slowest + 1, number))
    sums = _sums_of_kept if collected.histograms is None else _sums_of_classes
    every, near_p99, slow = (
        _cohort(collected, last - first + 1, sums(collected, first, last)) for first, last in ranks
    )
    return Breakdown(all=every, near_p99=near_p99, slowest=slow)


def _sums_of_kept(collected: Collected, first: int, last: int) -> NDArray[np.float64]:
    """The parts of the requests ranked *first* to *last* (from 1) by latency, and their latency."""
    kept = slice(0, collected.planned)
    there = collected.status[kept] == measure.ANSWERED
    total_ns = collected.latencies[kept][there, measure.END_TO_END]
    chosen = np.argsort(total_ns, kind="stable")[first - 1 : last]
    parts_ns = collected.durations[kept][there][chosen].sum(axis=0)
    return np.append(parts_ns, total_ns[chosen].sum())


def _sums_of_classes(collected: Collected, first: int, last: int) -> NDArray[np.float64]:
    """The same from classes; of one that the ranks cut through, its share."""
    numbers = collected.cohort_numbers
    ends = np.cumsum(numbers)
    taken = np.clip(np.minimum(ends, last) - np.maximum(ends - numbers, first - 1), 0, None)
    shares = taken / np.maximum(numbers, 1)
    parts_ns = shares @ collected.cohort_ns
    return np.append(parts_ns, parts_ns.sum())


def _cohort(collected: Collected, number: int, sums_ns: NDArray[np.float64]) -> Cohort:
    means_ms = [milliseconds(float(total) / number) for total in sums_ns]
    found = collected.found
    since = [s / n if n else math.inf for s, n in zip(found.since, found.sinces, strict=True)]
    names = collected.tables.parts
    listed = [
        Part(kind=names[i][0], label=names[i][1], mean_ms=means_ms[i])
        for i in sorted(range(len(names)), key=lambda i: (since[i], names[i]))
        if found.sinces[i]
    ]
    rest_ms = means_ms[-1] - math.fsum(part.mean_ms for part in listed)
    if abs(rest_ms) > 1e-6:
        listed.append(Part(kind=REMAINDER, label="no hop", mean_ms=rest_ms))
    return Cohort(count=number, mean_ms=means_ms[-1], parts=tuple(listed))

"""When nodes and links are out of order: known before the run begins."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from edge_aibench.clock import NS_PER_S

if TYPE_CHECKING:
    from edge_aibench.model.disturbances import Fault
    from edge_aibench.simulate.reference.wires import Interval


class Outages:
    """The intervals (ns) in which one node or wire is out of order, in order and apart."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        intervals = sorted(
            (
                fault.at_s * NS_PER_S,
                math.inf if fault.lasts_s is None else (fault.at_s + fault.lasts_s) * NS_PER_S,
            )
            for fault in faults
        )
        self.intervals: list[Interval] = []
        for begin_ns, end_ns in intervals:
            if self.intervals and begin_ns <= self.intervals[-1][1]:
                before = self.intervals.pop()
                begin_ns, end_ns = before[0], max(before[1], end_ns)  # noqa: PLW2901
            self.intervals.append((begin_ns, end_ns))

    def up_again_ns(self, now_ns: float) -> float:
        """The first instant from *now_ns* on at which it is in order; infinite if there is none."""
        for begin_ns, end_ns in self.intervals:
            if begin_ns <= now_ns < end_ns:
                return end_ns
        return now_ns

    def next_ns(self, now_ns: float) -> float:
        """When it fails next after *now_ns*; infinite if it does not."""
        return next((begin for begin, _ in self.intervals if begin > now_ns), math.inf)

    def failures(self, since_ns: float, until_ns: float) -> int:
        """How often it failed between two instants."""
        return sum(since_ns < begin_ns <= until_ns for begin_ns, _ in self.intervals)


def faults_of(faults: Iterable[Fault], kind: str, *names: str) -> Outages:
    """The outages of the node or wire with these *names*: its own and its group's or link's."""
    return Outages(fault for fault in faults if fault.kind == kind and fault.name in names)

"""The requests of one sensor in the order of their schedule, and columns of drawn numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from edge_aibench.simulate.reference.recorder import Recorder

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.model.workload import ArrivalPlan


class Requests:
    """All requests of *plan*: request r is observation *sequence[r]* of *instance[r]*.

    They are numbered in the order in which they are due, so that those which are under way together
    lie together in memory: with a thousand instances that halves the time of a run.
    """

    def __init__(self, plan: ArrivalPlan) -> None:
        counts = [len(row) for row in plan.instants_ns]
        due_ns = np.concatenate([*plan.instants_ns, np.zeros(0, np.int64)])
        order = np.argsort(due_ns, kind="stable")
        instances = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
        sequences = np.concatenate(
            [np.arange(count, dtype=np.int64) for count in counts] or [np.zeros(0, np.int64)]
        )
        self.sensor = plan.sensor
        self.plan = plan
        self.instances, self.sequences = instances[order], sequences[order]
        self.instance: list[int] = self.instances.tolist()
        self.sequence: list[int] = self.sequences.tolist()
        self.due_ns: list[float] = due_ns[order].astype(np.float64).tolist()
        self.recorder = Recorder(plan, order)
        self._firsts = np.cumsum([0, *counts])
        self._numbers = np.empty(len(order), np.int64)
        self._numbers[order] = np.arange(len(order))

    def number(self, instance: int, sequence: int) -> int:
        """The number of a request."""
        return int(self._numbers[self._firsts[instance] + sequence])


def column(drawn: NDArray[Any]) -> list[Any]:
    """What was drawn, by request. One number for all is kept once."""
    if drawn.size and drawn.strides == (0,):
        return [drawn[0].item()] * drawn.size
    numbers: list[Any] = drawn.tolist()
    return numbers

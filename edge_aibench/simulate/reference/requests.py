"""The requests of one sensor, numbered densely, and columns of numbers drawn for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from edge_aibench.simulate.reference.recorder import Recorder

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.model.workload import ArrivalPlan


class Requests:
    """All requests of *plan*: request r is observation *sequence[r]* of *instance[r]*."""

    def __init__(self, plan: ArrivalPlan) -> None:
        counts = [len(row) for row in plan.instants_ns]
        self.sensor = plan.sensor
        self.plan = plan
        self.instances = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
        self.sequences = np.concatenate(
            [np.arange(count, dtype=np.int64) for count in counts] or [np.zeros(0, np.int64)]
        )
        self.first: list[int] = [0, *np.cumsum(counts).tolist()]
        self.instance: list[int] = self.instances.tolist()
        self.sequence: list[int] = self.sequences.tolist()
        self.due_ns: list[float] = [
            float(instant_ns) for row in plan.instants_ns for instant_ns in row.tolist()
        ]
        self.recorder = Recorder(plan)

    def number(self, instance: int, sequence: int) -> int:
        """The number of a request."""
        return self.first[instance] + sequence


def column(drawn: NDArray[Any]) -> list[Any]:
    """What was drawn, by request. One number for all is kept once."""
    if drawn.size and drawn.strides == (0,):
        return [drawn[0].item()] * drawn.size
    numbers: list[Any] = drawn.tolist()
    return numbers

"""What happened in a simulated run: by kind of event, name and node group, a row a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edge_aibench.record.event_table import MISSING, EventTable, Row

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.model.workload import ArrivalPlan
    from edge_aibench.record.events import Kind

_NEVER = float("-inf")


class Recorder:
    """The events of one sensor's requests.

    Request r here is number *order[r]* in the `EventTable`.
    """

    def __init__(self, plan: ArrivalPlan, order: NDArray[np.int64]) -> None:
        self._plan = plan
        self._order = order
        self._rows: dict[tuple[int, str, str], tuple[list[float], list[float], list[int]]] = {}

    def row(self, kind: Kind, name: str, group: str) -> tuple[list[float], list[float], list[int]]:
        """Lists of the start (ns), end (ns) and size of *kind* about *name* on *group*, by request.

        They are to be written to; what is not written never happened.
        """
        key = (kind, name, group)
        if key not in self._rows:
            total = self._plan.total
            self._rows[key] = ([_NEVER] * total, [_NEVER] * total, [0] * total)
        return self._rows[key]

    def table(self) -> EventTable:
        """All rows; instants are rounded to whole nanoseconds here, and nowhere before."""
        rows = {
            key: Row(
                start_ns=self._placed(_whole(starts)),
                end_ns=self._placed(_whole(ends)),
                size=self._placed(np.array(sizes, np.int64)),
                value=np.full(len(sizes), np.nan, np.float32),
            )
            for key, (starts, ends, sizes) in self._rows.items()
        }
        return EventTable.of_rows(self._plan, rows)

    def _placed(self, column: NDArray[np.int64]) -> NDArray[np.int64]:
        placed = np.empty_like(column)
        placed[self._order] = column
        return placed


def _whole(instants_ns: list[float]) -> NDArray[np.int64]:
    instants = np.array(instants_ns, np.float64)
    never = instants == _NEVER
    whole = np.rint(np.where(never, 0.0, instants)).astype(np.int64)
    return np.where(never, MISSING, whole)

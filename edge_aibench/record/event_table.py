"""Events put in order: for each kind, name and node group, one row a request.

A request is numbered densely: instance by instance, observation by observation, as in the plan.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from edge_aibench.record.events import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.model.workload import ArrivalPlan

MISSING = np.iinfo(np.int64).min
"""Stands where an event never came."""


@dataclass(frozen=True)
class Row:
    """One kind of event of all requests: wall instants (or MISSING), bytes and value."""

    start_ns: NDArray[np.int64]
    end_ns: NDArray[np.int64]
    size: NDArray[np.int64]
    value: NDArray[np.float32]

    @property
    def there(self) -> NDArray[np.bool_]:
        """Which requests have the event."""
        there: NDArray[np.bool_] = self.start_ns != MISSING
        return there


class EventTable:
    """Events by (kind, name, group), each an array over the requests of the plan."""

    def __init__(
        self,
        events: NDArray[np.void],
        plan: ArrivalPlan,
        *,
        names: Sequence[str],
        group_of_node: Sequence[str],
        wanted: Collection[str] | None = None,
    ) -> None:
        """Sort *events*; of the numbered *names* only those *wanted* belong to *plan*."""
        self._number(plan, {})
        groups = list(dict.fromkeys(group_of_node))
        group_number = np.array([groups.index(group) for group in group_of_node])
        for kind in Kind:
            of_kind = events[events["kind"] == kind]
            for number, name in enumerate(names):
                if wanted is not None and name not in wanted:
                    continue
                of_name = of_kind[of_kind["name"] == number]
                for g, group in enumerate(groups):
                    found = of_name[group_number[of_name["node"]] == g]
                    if len(found):
                        self._rows[kind, name, group] = self._fill(found)

    @classmethod
    def of_rows(cls, plan: ArrivalPlan, rows: Mapping[tuple[int, str, str], Row]) -> EventTable:
        """The table of an engine that has put its events in order itself."""
        table = cls.__new__(cls)
        table._number(plan, rows)
        return table

    def _number(self, plan: ArrivalPlan, rows: Mapping[tuple[int, str, str], Row]) -> None:
        counts = [len(row) for row in plan.instants_ns]
        self.total = sum(counts)
        self._offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        self._nothing = _empty_row(self.total)
        self._rows: dict[tuple[int, str, str], Row] = dict(rows)
        self.repeated = 0

    def row(self, kind: Kind, name: str, group: str) -> Row:
        """Events of *kind* about *name* on *group*; all missing where there are none."""
        return self._rows.get((kind, name, group), self._nothing)

    @property
    def rows(self) -> Mapping[tuple[int, str, str], Row]:
        """All rows that hold events, by (kind, name, group)."""
        return MappingProxyType(self._rows)

    def instances(self) -> NDArray[np.int64]:
        """Instance of each request."""
        counts = np.diff(self._offsets)
        return np.repeat(np.arange(len(counts), dtype=np.int64), counts)

    def sequences(self) -> NDArray[np.int64]:
        """Number of each request within its instance."""
        return np.arange(self.total, dtype=np.int64) - self._offsets[self.instances()]

    def _fill(self, found: NDArray[np.void]) -> Row:
        request = self._offsets[found["instance"]] + found["sequence"].astype(np.int64)
        # At QoS 1 a broker may deliver twice: the first time counts, the rest are counted.
        _, first = np.unique(request, return_index=True)
        self.repeated += len(request) - len(first)
        row = _empty_row(self.total)
        row.start_ns[request[first]] = found["start_ns"][first]
        row.end_ns[request[first]] = found["end_ns"][first]
        row.size[request[first]] = found["size"][first]
        row.value[request[first]] = found["value"][first]
        return row


def _empty_row(total: int) -> Row:
    return Row(
        start_ns=np.full(total, MISSING, np.int64),
        end_ns=np.full(total, MISSING, np.int64),
        size=np.zeros(total, np.int64),
        value=np.full(total, np.nan, np.float32),
    )

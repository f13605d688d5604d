"""What a simulation engine hands over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge_aibench.model.workload import ArrivalPlan
    from edge_aibench.record.event_table import EventTable

SimulationEngine = Literal["simpy", "vector"]


@dataclass(frozen=True)
class Simulated:
    """The events of a run, by sensor; *end_ns* is when the last answer that counts can come."""

    plans: tuple[ArrivalPlan, ...]
    tables: Mapping[str, EventTable]
    end_ns: int

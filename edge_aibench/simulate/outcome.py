"""What a simulation engine hands over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge_aibench.model.workload import ArrivalPlan
    from edge_aibench.record.data import SimulationEngine
    from edge_aibench.record.event_table import EventTable


@dataclass(frozen=True)
class Simulated:
    """The events of a run, by sensor, and the *engine* that made them.

    *end_ns* is when the last answer that counts can come.
    """

    plans: tuple[ArrivalPlan, ...]
    tables: Mapping[str, EventTable]
    end_ns: int
    engine: SimulationEngine

"""Runs with instants chosen by hand: milliseconds in, milliseconds out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from edge_aibench.model.experiment import Experiment
from edge_aibench.model.workload import ArrivalPlan
from edge_aibench.record.data import RunData
from edge_aibench.record.event_table import MISSING
from edge_aibench.record.events import Kind
from edge_aibench.simulate.outcome import Simulated
from edge_aibench.simulate.plan import SimulationPlan
from edge_aibench.simulate.reference.engine import run_reference
from edge_aibench.simulate.results import to_run_data

Span = tuple[float, float] | None


@dataclass(frozen=True)
class Seen:
    """What a run left, in milliseconds."""

    experiment: Experiment
    simulated: Simulated

    def spans(self, kind: Kind, name: str, group: str) -> list[Span]:
        """From when to when event *kind* about *name* on *group* was, by request; or None."""
        sensor = self.experiment.scenario.origin(name)
        row = self.simulated.tables[sensor].row(kind, name, group)
        return [
            None if start == MISSING else (start / 1e6, end / 1e6)
            for start, end in zip(row.start_ns.tolist(), row.end_ns.tolist(), strict=True)
        ]

    def ends(self, kind: Kind, name: str, group: str) -> list[float | None]:
        """When it ended."""
        return [None if span is None else span[1] for span in self.spans(kind, name, group)]

    def sizes(self, kind: Kind, name: str, group: str) -> list[int]:
        """Its sizes."""
        sensor = self.experiment.scenario.origin(name)
        sizes: list[int] = self.simulated.tables[sensor].row(kind, name, group).size.tolist()
        return sizes

    def data(self) -> RunData:
        """The record's tables."""
        return to_run_data(self.experiment, self.simulated)

    def statuses(self) -> list[str]:
        """What became of the requests."""
        return [str(status) for status in self.data().requests["status"]]


Dues = Mapping[str, Sequence[Sequence[float]]]
Scheduled = Callable[[Experiment, Dues], Seen]


@pytest.fixture
def scheduled(monkeypatch: pytest.MonkeyPatch) -> Scheduled:
    """Run an experiment whose sensors observe when it is said: ms by sensor and instance."""

    def simulate(experiment: Experiment, dues_ms: Dues) -> Seen:
        plans = tuple(
            ArrivalPlan(
                sensor=sensor,
                instants_ns=tuple(
                    np.array([round(due * 1e6) for due in row], np.int64) for row in rows
                ),
                warmup_ns=0,
            )
            for sensor, rows in dues_ms.items()
        )
        for module in ("reference.engine", "draws"):
            monkeypatch.setattr(f"edge_aibench.simulate.{module}.plan_all", lambda _: plans)
        return Seen(experiment, run_reference(SimulationPlan.of(experiment)))

    return simulate

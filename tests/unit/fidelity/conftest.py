"""Runs whose times are known, in the shape of emulated ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from edge_aibench.config.load import document_form
from edge_aibench.model.experiment import Experiment
from edge_aibench.model.link import LinkDirection
from edge_aibench.model.placement import place
from edge_aibench.model.scenario import Arrivals
from edge_aibench.model.timings import Timings
from edge_aibench.model.workload import Workload
from edge_aibench.record.manifest import Manifest
from edge_aibench.record.opened import OpenedRun
from edge_aibench.simulate.session import simulate
from edge_aibench.testing.ward import small_ward, three_tiers

Ward = Callable[..., Experiment]
Emulated = Callable[..., OpenedRun]


@pytest.fixture(scope="session")
def ward() -> Ward:
    """The small ward with links of 1 ms and 8 Mbit/s to the switch, Poisson arrivals."""

    def make(
        timings: Timings | None = None,
        *,
        choice: str = "edge",
        interval_s: float = 0.1,
        seed: int = 5,
        duration_s: float = 20.0,
        device_speed: float = 1.0,
    ) -> Experiment:
        scenario = small_ward()
        arrivals = Arrivals(law="poisson", interval_s=interval_s)
        monitor = scenario.sensors["monitor"].model_copy(update={"arrivals": arrivals})
        scenario = scenario.model_copy(update={"sensors": {"monitor": monitor}})
        topology = three_tiers(device_speed=device_speed)
        way = LinkDirection(delay_s=1e-3, rate_bps=8e6)
        access = topology.links["access"].model_copy(update={"up": way, "down": way})
        topology = topology.model_copy(update={"links": {**topology.links, "access": access}})
        return Experiment(
            source="small-ward",
            scenario=scenario,
            topology=topology,
            placement=place(scenario, topology, choice),
            instances=3,
            workload=Workload(duration_s=duration_s, warmup_s=1.0, seed=seed),
            timings=timings or Timings(),
        )

    return make


@pytest.fixture(scope="session")
def emulated() -> Emulated:
    """What a run folder would hold if an emulation had taken exactly the experiment's timings."""

    def make(experiment: Experiment, name: str = "run") -> OpenedRun:
        found = simulate(experiment, engine="simpy", folder=name)
        assert found.data is not None
        return OpenedRun(
            path=Path(name),
            manifest=Manifest(
                run=name,
                scenario=experiment.scenario.name,
                engine="emulate",
                started_utc="2026-01-01T00:00:00Z",
            ),
            config=document_form(experiment.model_copy(update={"timings": Timings()})),
            summary=found.summary.model_copy(update={"engine": "emulate"}),
            requests=found.data.requests,
            hops=found.data.hops,
            links=(),
        )

    return make

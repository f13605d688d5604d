from __future__ import annotations

from collections.abc import Callable

import pytest

from edge_aibench.model.experiment import Experiment
from edge_aibench.model.placement import place
from edge_aibench.model.scenario import Arrivals, Scenario
from edge_aibench.model.timings import Timings
from edge_aibench.model.topology import Topology
from edge_aibench.model.workload import Workload
from edge_aibench.testing.ward import small_ward, three_tiers

Ward = Callable[..., Experiment]


@pytest.fixture
def ward() -> Ward:
    """The small ward, with whatever of it is given otherwise."""

    def make(
        timings: Timings | None = None,
        *,
        scenario: Scenario | None = None,
        topology: Topology | None = None,
        choice: str = "edge",
        instances: int = 3,
        seed: int = 5,
        duration_s: float = 4.0,
        poisson: bool = False,
    ) -> Experiment:
        scenario = scenario or small_ward()
        if poisson:
            arrivals = Arrivals(law="poisson", interval_s=1.0)
            monitor = scenario.sensors["monitor"].model_copy(update={"arrivals": arrivals})
            scenario = scenario.model_copy(update={"sensors": {"monitor": monitor}})
        topology = topology or three_tiers()
        return Experiment(
            source="small-ward",
            scenario=scenario,
            topology=topology,
            placement=place(scenario, topology, choice),
            instances=instances,
            workload=Workload(duration_s=duration_s, warmup_s=1.0, seed=seed),
            timings=timings or Timings(),
        )

    return make

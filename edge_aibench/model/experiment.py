"""One experiment, fully resolved: what every engine runs and what `replay` runs again."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from edge_aibench.config.values import DocumentValue, Name
from edge_aibench.model.apart import Variants
from edge_aibench.model.disturbances import Disturbances
from edge_aibench.model.link import LinkDirection
from edge_aibench.model.placement import Placement
from edge_aibench.model.scenario import Scenario
from edge_aibench.model.service_times import ServiceTimes
from edge_aibench.model.timings import Timings
from edge_aibench.model.topology import Topology
from edge_aibench.model.workload import ArrivalPlan, Workload, plan_arrivals

BackendName = Literal["auto", "netem", "relay"]
ComputeMode = Literal["measured", "profiled"]


class Experiment(DocumentValue):
    """Scenario x topology x placement x workload x seed, and how to run it.

    *source* names the scenario's folder or built-in name, for finding its components.
    *dilation* is how many times slower than virtual time the wall clock goes. With *compute*
    `profiled` the inference stages take the times in *profiles*, by stage, instead of computing.
    *variants* hold the placements of instances that are placed apart. *timings* and *disturbances*
    are for simulation only.
    """

    source: str
    scenario: Scenario
    topology: Topology
    placement: Placement
    variants: Variants = Variants()
    instances: Annotated[int, Field(ge=1)]
    workload: Workload = Workload()
    dilation: Annotated[float, Field(ge=1, le=1000)] = 1.0
    inference: str = "window"
    runtime: str = "auto"
    compute: ComputeMode = "measured"
    profiles: dict[Name, ServiceTimes] = Field(default_factory=dict)
    backend: BackendName = "auto"
    data_root: str | None = None
    timings: Timings = Timings()
    disturbances: Disturbances = Disturbances()

    @property
    def placements(self) -> tuple[Placement, ...]:
        """All variants of the placement; the first is what is not placed apart."""
        return (self.placement, *self.variants.others)


def plan_all(experiment: Experiment) -> tuple[ArrivalPlan, ...]:
    """The arrival plans of all sensors."""
    return tuple(
        plan_arrivals(name, sensor.arrivals, experiment.workload, instances=experiment.instances)
        for name, sensor in experiment.scenario.sensors.items()
    )


def dilated(topology: Topology, dilation: float) -> Topology:
    """The topology whose links are *dilation* times slower: delays longer, rates lower.

    Mobility and traces stay in virtual time: what follows from them is made slower as a whole
    (`LinkTrace.dilated`).
    """
    if dilation == 1:
        return topology
    links = {
        name: link.model_copy(
            update={"up": slower(link.up, dilation), "down": slower(link.down, dilation)}
        )
        for name, link in topology.links.items()
    }
    return topology.model_copy(update={"links": links})


def slower(direction: LinkDirection, dilation: float) -> LinkDirection:
    """The direction whose delay is *dilation* times longer and whose rate is as much lower."""
    jitter = direction.jitter
    rate_bps = direction.rate_bps
    return direction.model_copy(
        update={
            "delay_s": direction.delay_s * dilation,
            "jitter": jitter.model_copy(update={"spread_s": jitter.spread_s * dilation}),
            "rate_bps": None if rate_bps is None else rate_bps / dilation,
        }
    )

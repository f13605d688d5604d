"""What the agent of one emulated host is told to do, before it starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge_aibench.emulate.agents.pace import Pace
    from edge_aibench.emulate.agents.profiled import ProfiledStage
    from edge_aibench.messaging.transport import Transport
    from edge_aibench.model.scenario import Channel, Serving
    from edge_aibench.model.workload import ArrivalPlan


@dataclass(frozen=True)
class Due:
    """One observation of the plan: virtual instant, sensor, instance, number."""

    instant_ns: int
    sensor: str
    instance: int
    sequence: int


@dataclass(frozen=True)
class Incoming:
    """An output that comes over the network: the connection and topic (without instance)."""

    output: str
    channel: Channel
    topic: str


@dataclass(frozen=True, kw_only=True)
class StagePlan:
    """A stage of a node; names and meanings as in `HostedStage`.

    *origin* is the sensor whose requests it works for, *within_ns* (virtual) the reach of each
    need that comes from another sensor, with that sensor in *partner_origin*. With *profiled* the
    stage is not loaded: it gives the outputs of the book, in the time of a profile.
    """

    name: str
    origin: str
    needs: tuple[str, ...]
    announces: bool = False
    leads_to_end: bool = False
    is_end: bool = False
    scored: bool = False
    serving: Serving | None = None
    within_ns: Mapping[str, int] = field(default_factory=dict)
    partner_origin: Mapping[str, str] = field(default_factory=dict)
    profiled: ProfiledStage | None = None


@dataclass(frozen=True)
class NodePlan:
    """All an agent must know of its node; names are numbered as in the event log.

    *outgoing* maps each output that others need to the connection and topic it leaves on,
    *local* names the sensors whose observations a stage of this very node needs, *wanted* is the
    instance in the topics that the node listens to (`+`: all of them). *arrivals* holds the plans
    of all sensors, by which requests of different sensors are joined. *deadline_ns* (virtual)
    after its observation a request is late.
    """

    node: int
    name: str
    instances: tuple[int, ...]
    wanted: str
    plan: tuple[Due, ...]
    stages: tuple[StagePlan, ...]
    outgoing: Mapping[str, tuple[Channel, str]]
    incoming: tuple[Incoming, ...]
    local: frozenset[str]
    numbers: Mapping[str, int]
    pace: Pace
    computes: bool
    arrivals: Mapping[str, ArrivalPlan]
    deadline_ns: int
    connect: Callable[[Channel], Transport] = field(repr=False)

    def observed_ns(self, sensor: str) -> Callable[[int, int], int]:
        """When (virtual) an observation of *sensor* is made, by instance and sequence."""
        instants_ns = self.arrivals[sensor].instants_ns
        return lambda instance, sequence: int(instants_ns[instance][sequence])

"""What both simulation engines run: every way of a message and every stage of a host, worked out.

A *carriage* leads from one host to another without a broker between; its *crossings* are the links
on the way. A *publication* is one output made on one node group, with a *delivery* to each group
where a stage needs it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from edge_aibench.model.paths import crossed_links
from edge_aibench.model.routing import Routes, route
from edge_aibench.model.silence import ancestors, announcing_stages

if TYPE_CHECKING:
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.model.link import LinkDirection
    from edge_aibench.model.scenario import Channel, Serving
    from edge_aibench.model.topology import Topology
    from edge_aibench.record.offered_load import Way

# Sizes on the wire, as counted for the load of links (record/offered_load.py).
FRAME_PAYLOAD_BYTES = 1448
HEADERS_BYTES = 66
PUBLISH_BYTES = 45


@dataclass(frozen=True)
class Crossing:
    """One direction of one link on the way; `up` leads from the link's first group.

    With *each* every instance has a wire of its own, else wire 0 serves all. *in_order* says that
    messages reach the wire in the order in which what comes before it hands them on, and from
    nowhere else: then their passing can be worked out at once.
    """

    link: str
    way: Way
    each: bool
    direction: LinkDirection
    moves: bool
    in_order: bool = False


@dataclass(frozen=True)
class Carriage:
    """The way of one output between hosts *source* and *target* (groups), along *crossings*.

    *purpose* names its random numbers. *connection* keeps all messages on it in order, as TCP
    does; with *each* every instance has one of its own.
    """

    source: str
    target: str
    purpose: str
    connection: str
    each: bool
    crossings: tuple[Crossing, ...]

    @property
    def loss(self) -> float:
        """The chance that a packet is lost on the way."""
        kept = 1.0
        for crossing in self.crossings:
            kept *= 1.0 - crossing.direction.loss
        return 1.0 - kept

    @property
    def delay_s(self) -> float:
        """The mean delay of the whole way."""
        return sum(crossing.direction.delay_s for crossing in self.crossings)


@dataclass(frozen=True)
class Delivery:
    """To group *target*: over *bridge* to another broker (*broker*) if need be, then *last*."""

    target: str
    bridge: Carriage | None
    broker: str
    last: Carriage


@dataclass(frozen=True)
class Publication:
    """Output *output* made on group *source*, handed to the broker on group *broker*."""

    output: str
    source: str
    channel: Channel
    first: Carriage
    broker: str
    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True)
class PlannedStage:
    """A stage of one node group; names and meanings as in the emulation's `HostedStage`."""

    name: str
    group: str
    origin: str
    needs: tuple[str, ...]
    serving: Serving | None
    within_s: dict[str, float]
    announces: bool
    leads_to_end: bool
    is_end: bool
    background: bool
    speed: float


@dataclass(frozen=True)
class PlannedGroup:
    """A group of hosts; with *each* every instance has one of its own.

    *stages* are in the order of the graph, background ones last. *computes* says that one worker
    does them one after the other; else they take no time and nobody waits for them.
    """

    name: str
    each: bool
    stages: tuple[PlannedStage, ...]
    computes: bool


@dataclass(frozen=True)
class SimulationPlan:
    """An experiment as the engines take it."""

    experiment: Experiment
    groups: dict[str, PlannedGroup]
    publications: dict[tuple[str, str], Publication]

    @classmethod
    def of(cls, experiment: Experiment) -> SimulationPlan:
        """Work out all ways. Raises ConfigError as `route` does."""
        scenario, topology = experiment.scenario, experiment.topology
        routes = route(scenario, topology, experiment.placement)
        carrier = _Carrier(topology)
        publications = {
            (output, source): _publication(routes, carrier, output, source)
            for output, source in dict.fromkeys((f.output, f.source) for f in routes.flows)
        }
        feeders = _Feeders(publications.values())
        used = {sensor.node for sensor in scenario.sensors.values()}
        used |= {group for groups in experiment.placement.groups.values() for group in groups}
        return cls(
            experiment=experiment,
            groups={name: _group(experiment, name) for name in topology.nodes if name in used},
            publications={key: feeders.ordered(sent) for key, sent in publications.items()},
        )

    @cached_property
    def brokers(self) -> tuple[str, ...]:
        """The groups whose brokers pass something on."""
        names = [sent.broker for sent in self.publications.values()]
        names += [to.broker for sent in self.publications.values() for to in sent.deliveries]
        return tuple(dict.fromkeys(names))

    def carriages(self) -> Iterator[Carriage]:
        """Every carriage of every publication."""
        for sent in self.publications.values():
            yield sent.first
            for delivery in sent.deliveries:
                if delivery.bridge is not None:
                    yield delivery.bridge
                yield delivery.last

    def local_sensors(self, group: str) -> tuple[str, ...]:
        """Sensors on *group* whose observations a stage of that very group needs."""
        stages = self.groups[group].stages
        return tuple(
            name
            for name, sensor in self.experiment.scenario.sensors.items()
            if sensor.node == group
            and any(name in self.experiment.scenario.stages[s.name].needs for s in stages)
        )


class _Carrier:
    """Finds the links between groups."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology

    def carriage(self, output: str, source: str, target: str, channel: Channel) -> Carriage:
        nodes = self._topology.nodes
        return Carriage(
            source=source,
            target=target,
            purpose=f"{output}/{source}-{target}/{channel}",
            connection=f"{source}-{target}/{channel}",
            each="instances" in {nodes[source].count, nodes[target].count},
            crossings=tuple(self._crossings(source, target)) if source != target else (),
        )

    def _crossings(self, source: str, target: str) -> Iterator[Crossing]:
        topology, here = self._topology, source
        for name in crossed_links(topology, source, target):
            link = topology.links[name]
            first, second = link.between
            way: Way = "up" if here == first else "down"
            yield Crossing(
                link=name,
                way=way,
                each=any(topology.nodes[end].count == "instances" for end in link.between),
                direction=link.up if way == "up" else link.down,
                moves=link.mobility is not None or link.trace is not None,
            )
            here = second if here == first else first


def _publication(routes: Routes, carrier: _Carrier, output: str, source: str) -> Publication:
    flows = routes.leaving(source, output)
    near, channel = routes.ends(flows[0])[0], flows[0].published_on
    deliveries = []
    for flow in flows:
        far = routes.ends(flow)[1]
        bridge = None if far == near else carrier.carriage(output, near, far, flow.channel)
        last = carrier.carriage(output, far, flow.target, flow.channel)
        deliveries.append(Delivery(flow.target, bridge, far, last))
    return Publication(
        output=output,
        source=source,
        channel=channel,
        first=carrier.carriage(output, source, near, channel),
        broker=near,
        deliveries=tuple(deliveries),
    )


class _Feeders:
    """What hands messages on to each direction of each link."""

    def __init__(self, publications: Iterable[Publication]) -> None:
        self._found: dict[tuple[str, Way], set[tuple[str, ...]]] = {}
        for sent in publications:
            self._follow(sent.first, start=("host", sent.source))
            for delivery in sent.deliveries:
                if delivery.bridge is not None:
                    self._follow(delivery.bridge, start=("broker", sent.broker))
                self._follow(delivery.last, start=("broker", delivery.broker))

    def _follow(self, carriage: Carriage, start: tuple[str, ...]) -> None:
        before = start
        for crossing in carriage.crossings:
            self._found.setdefault((crossing.link, crossing.way), set()).add(before)
            before = ("link", crossing.link, crossing.way, "each" if crossing.each else "")

    def ordered(self, sent: Publication) -> Publication:
        """The publication whose crossings know whether they are fed in order."""
        deliveries = (
            replace(
                to,
                bridge=None if to.bridge is None else self._carriage(to.bridge),
                last=self._carriage(to.last),
            )
            for to in sent.deliveries
        )
        return replace(sent, first=self._carriage(sent.first), deliveries=tuple(deliveries))

    def _carriage(self, carriage: Carriage) -> Carriage:
        crossings: list[Crossing] = []
        still = True
        for crossing in carriage.crossings:
            feeders = self._found[crossing.link, crossing.way]
            (feeder,) = feeders if len(feeders) == 1 else (("host",),)
            gathers = feeder[0] == "link" and feeder[3] == "each" and not crossing.each
            still = still and not crossing.moves
            ordered = still and feeder[0] != "host" and not gathers
            crossings.append(replace(crossing, in_order=ordered))
        return replace(carriage, crossings=tuple(crossings))


def _group(experiment: Experiment, name: str) -> PlannedGroup:
    scenario, group = experiment.scenario, experiment.topology.nodes[name]
    here = [stage for stage in scenario.order() if experiment.placement.runs_on(stage, name)]
    here.sort(key=lambda stage: scenario.stages[stage].background)
    stages = tuple(_stage(experiment, stage, name) for stage in here)
    return PlannedGroup(
        name=name,
        each=group.count == "instances",
        stages=stages,
        computes=any(
            scenario.stages[s.name].kind in {"preprocess", "inference"} or s.serving is not None
            for s in stages
        ),
    )


def _stage(experiment: Experiment, name: str, group: str) -> PlannedStage:
    scenario = experiment.scenario
    stage, origin = scenario.stages[name], scenario.origin(name)
    end = scenario.end_of(origin)
    hardware = experiment.topology.nodes[group].hardware
    return PlannedStage(
        name=name,
        group=group,
        origin=origin,
        needs=stage.own_needs,
        serving=stage.serving,
        within_s=dict(stage.within_s),
        announces=name in announcing_stages(scenario),
        leads_to_end=name in ancestors(scenario, end),
        is_end=name == end,
        background=stage.background,
        speed=1.0 if hardware is None else hardware.speed,
    )

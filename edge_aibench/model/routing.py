"""Which messages cross the network: worked out from scenario, topology and placement.

The output of a sensor or stage is published once, and is a *flow* to each node group where a
stage needs it and it is not made. All that an answer waits for, and alarms, go through one broker,
the one nearest to the sensors, wherever the stages run: a cloud host connects to it over the WAN.
Bulk data goes to the broker nearest to where it is wanted, over a bridge.

Answers do not cross a bridge because mosquitto leaves Nagle's algorithm on there: a message that
follows another within a round trip waits for its acknowledgement (15.5 instead of 6.2 ms over a
link of 5 ms, measured). Bulk data can wait.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from edge_aibench.errors import ConfigError

if TYPE_CHECKING:
    from edge_aibench.model.placement import Placement
    from edge_aibench.model.scenario import Channel, Scenario
    from edge_aibench.model.topology import Topology


@dataclass(frozen=True)
class Flow:
    """Output *output* travels from *source* to *target* (node groups).

    It is published on connection *published_on* and received on connection *channel*.
    """

    output: str
    source: str
    target: str
    published_on: Channel
    channel: Channel


@dataclass(frozen=True)
class Bridge:
    """Broker group *local* holds a connection to *remote* that carries *flows*, one channel."""

    local: str
    remote: str
    channel: Channel
    flows: tuple[Flow, ...]

    @property
    def name(self) -> str:
        """Its name in the broker's configuration."""
        return f"{self.local}-{self.remote}-{self.channel}"


@dataclass(frozen=True)
class Routes:
    """All flows, the broker group nearest to each node group, and the bridges.

    *home* is the broker group that all but bulk data goes through; "" is the nearest one.
    """

    flows: tuple[Flow, ...]
    broker_of: dict[str, str]
    bridges: tuple[Bridge, ...]
    home: str = ""

    def broker_for(self, group: str, channel: Channel) -> str:
        """The broker group to which *group* connects for *channel*."""
        return self.broker_of[group] if channel == "bulk" or not self.home else self.home

    def leaving(self, group: str, output: str) -> tuple[Flow, ...]:
        """Flows of *output* made on *group*."""
        return tuple(f for f in self.flows if f.source == group and f.output == output)

    def arriving(self, group: str) -> tuple[Flow, ...]:
        """Flows that end on *group*."""
        return tuple(f for f in self.flows if f.target == group)

    def crosses(self, flow: Flow) -> bool:
        """Whether *flow* goes over a bridge."""
        near, far = self.ends(flow)
        return near != far

    def ends(self, flow: Flow) -> tuple[str, str]:
        """The broker groups where *flow* is published and where it is received."""
        return (
            self.broker_for(flow.source, flow.published_on),
            self.broker_for(flow.target, flow.channel),
        )

    def sent_to(self, flow: Flow) -> str:
        """Topic of *flow* where it is published, without the instance."""
        return f"{flow.published_on}/{flow.output}"

    def arrives_at(self, flow: Flow) -> str:
        """Topic of *flow* where it is received, without the instance: a bridge may move it."""
        channel = flow.channel if self.crosses(flow) else flow.published_on
        return f"{channel}/{flow.output}"


def route(scenario: Scenario, topology: Topology, placement: Placement) -> Routes:
    """Work the flows out. Raises ConfigError where a node has no broker to speak to.

    Also where several hosts could serve an instance and nobody says which one does.
    """
    _check_counts(topology, placement)
    flows = tuple(_flows(scenario, placement))
    ends = dict.fromkeys(group for flow in flows for group in (flow.source, flow.target))
    broker_of = {group: nearest_broker(topology, group) for group in ends}
    sensors = [sensor.node for sensor in scenario.sensors.values() if sensor.node in broker_of]
    home = broker_of[sensors[0]] if sensors else ""
    direct = Routes(flows=flows, broker_of=broker_of, bridges=(), home=home)
    return replace(direct, bridges=tuple(_bridges(topology, direct)))


def _check_counts(topology: Topology, placement: Placement) -> None:
    for group in dict.fromkeys(name for groups in placement.groups.values() for name in groups):
        if topology.nodes[group].count not in (1, "instances"):
            rule = "a stage runs on a single host, or on one for each instance"
            raise _miscounted(topology, group, rule)


def _miscounted(topology: Topology, group: str, rule: str) -> ConfigError:
    return ConfigError(
        rule,
        where=f"topology {topology.name}",
        key=f"nodes.{group}.count",
        value=topology.nodes[group].count,
        next_step="change the count, or name another group",
    )


def _flows(scenario: Scenario, placement: Placement) -> list[Flow]:
    flows: list[Flow] = []
    for output in (*scenario.sensors, *scenario.stages):
        made_on = _made_on(output, scenario, placement)
        published_on = scenario.stages[output].channel if output in scenario.stages else "main"
        for target, consumers in _consumers_by_group(output, scenario, placement).items():
            if target not in made_on:
                # Where anything but bulk consumers needs it, all of them share that one copy.
                bulk = all(scenario.stages[name].channel == "bulk" for name in consumers)
                channel: Channel = "bulk" if bulk else published_on
                flows.append(Flow(output, made_on[0], target, published_on, channel))
    return flows


def _consumers_by_group(
    output: str, scenario: Scenario, placement: Placement
) -> dict[str, list[str]]:
    """The stages that need *output*, by the node group where they run."""
    found: dict[str, list[str]] = {}
    for consumer in scenario.consumers(output):
        for group in placement.groups[consumer]:
            found.setdefault(group, []).append(consumer)
    return found


def _made_on(output: str, scenario: Scenario, placement: Placement) -> tuple[str, ...]:
    if output in scenario.sensors:
        return (scenario.sensors[output].node,)
    return placement.groups[output]


def nearest_broker(topology: Topology, start: str) -> str:
    """The broker group with the fewest links to *start*. Raises ConfigError if there is none."""
    seen, front = {start}, deque([start])
    while front:
        here = front.popleft()
        if topology.nodes[here].broker:
            if topology.nodes[here].count != 1:
                raise _miscounted(topology, here, "a broker runs on a single host")
            return here
        for link in topology.links.values():
            if here in link.between:
                there = link.between[1] if link.between[0] == here else link.between[0]
                if there not in seen:
                    seen.add(there)
                    front.append(there)
    raise ConfigError(
        f"no broker can be reached from '{start}'",
        where=f"topology {topology.name}",
        next_step="set 'broker: true' on an edge or cloud host",
    )


def _bridges(topology: Topology, routes: Routes) -> list[Bridge]:
    carried: dict[tuple[str, str, Channel], list[Flow]] = {}
    rank = {"device": 0, "edge": 1, "cloud": 2}
    for flow in routes.flows:
        if routes.crosses(flow):
            local, remote = sorted(
                routes.ends(flow), key=lambda name: (rank[topology.nodes[name].tier], name)
            )
            carried.setdefault((local, remote, flow.channel), []).append(flow)
    return [
        Bridge(local=local, remote=remote, channel=channel, flows=tuple(group))
        for (local, remote, channel), group in carried.items()
    ]

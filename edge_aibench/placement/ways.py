"""The links between node groups, for reckoning with messages without a simulation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from edge_aibench.model.paths import crossed_links
from edge_aibench.model.routing import nearest_broker
from edge_aibench.record.offered_load import other_way

if TYPE_CHECKING:
    from edge_aibench.model.scenario import Channel, Scenario
    from edge_aibench.model.topology import Topology
    from edge_aibench.record.offered_load import Way


@dataclass(frozen=True)
class Crossing:
    """One direction of a link on the way; with *each* every instance has a wire of its own."""

    link: str
    way: Way
    each: bool
    delay_s: float
    rate_bps: float | None
    back_rate_bps: float | None

    @property
    def name(self) -> str:
        """As loads are called."""
        return f"link {self.link} {self.way}"

    @property
    def back_name(self) -> str:
        """The other direction, which the confirmations take."""
        return f"link {self.link} {other_way(self.way)}"


@dataclass(frozen=True)
class Leg:
    """A message's way between two hosts without a broker between; *each* as of its crossings."""

    source: str
    target: str
    crossings: tuple[Crossing, ...]


class Ways:
    """The ways of a topology. Links that move or follow a trace count as they are at their best."""

    def __init__(self, scenario: Scenario, topology: Topology) -> None:
        self._topology = topology
        self._home = nearest_broker(topology, next(iter(scenario.sensors.values())).node)
        self.leg = cache(self._leg)
        self._nearest = cache(lambda group: nearest_broker(topology, group))

    def broker(self, group: str, channel: Channel) -> str:
        """The broker to which *group* connects for *channel*, as `Routes.broker_for` has it."""
        return self._nearest(group) if channel == "bulk" else self._home

    def _leg(self, source: str, target: str) -> Leg:
        topology, here, crossings = self._topology, source, []
        for name in crossed_links(topology, source, target) if source != target else ():
            link = topology.links[name]
            first, second = link.between
            way: Way = "up" if here == first else "down"
            direction, back = (link.up, link.down) if way == "up" else (link.down, link.up)
            crossings.append(
                Crossing(
                    link=name,
                    way=way,
                    each=any(topology.nodes[end].count == "instances" for end in link.between),
                    delay_s=direction.delay_s,
                    rate_bps=direction.rate_bps,
                    back_rate_bps=back.rate_bps,
                )
            )
            here = second if here == first else first
        return Leg(source, target, tuple(crossings))

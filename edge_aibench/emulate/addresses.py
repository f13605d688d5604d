"""Addresses and routes of the emulated hosts, worked out before anything is made.

All links that meet in switches form one Ethernet segment; a link between two hosts is a segment
of its own. Segment k is 10.k.0.0/16. Hosts with several interfaces forward, and every host has
a route to every segment along the fewest hops.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from ipaddress import IPv4Network

from edge_aibench.errors import ConfigError
from edge_aibench.model.topology import Topology, Wire

PREFIX = 16
_LARGEST_SEGMENT = 2**PREFIX - 2
_MOST_SEGMENTS = 250


@dataclass(frozen=True)
class Attachment:
    """A host's interface on a segment, at the end of *wire*."""

    host: str
    interface: str
    wire: Wire
    segment: int
    address: str


@dataclass(frozen=True)
class Route:
    """*host* reaches *subnet* through *via*."""

    host: str
    subnet: str
    via: str


@dataclass(frozen=True)
class AddressPlan:
    """All attachments and routes of a network."""

    attachments: tuple[Attachment, ...]
    routes: tuple[Route, ...]

    def of(self, host: str) -> tuple[Attachment, ...]:
        """The interfaces of *host*, eth0 first."""
        return tuple(found for found in self.attachments if found.host == host)

    def address(self, host: str, *, seen_from: str) -> str:
        """The address of *host* to use from *seen_from*: on a shared segment where there is one."""
        segments = {found.segment for found in self.of(seen_from)}
        mine = self.of(host)
        shared = [found.address for found in mine if found.segment in segments]
        return shared[0] if shared else mine[0].address


def plan_addresses(topology: Topology, *, instances: int) -> AddressPlan:
    """Give every host interface an address and every host its routes."""
    wires = tuple(topology.wires(instances=instances))
    segments = _segments(topology, wires)
    attachments = _attachments(topology, wires, segments)
    return AddressPlan(attachments=attachments, routes=_routes(attachments))


def _is_switch(topology: Topology, group: str) -> bool:
    return topology.nodes[group].kind == "switch"


def _segments(topology: Topology, wires: tuple[Wire, ...]) -> list[int]:
    """Segment of each wire: wires that share a switch share a segment.

    Raises ConfigError where switches form a ring.
    """
    parent = list(range(len(wires)))

    def root(number: int) -> int:
        while parent[number] != number:
            number = parent[number]
        return number

    met: dict[str, int] = {}
    for number, wire in enumerate(wires):
        between = [met[str(end)] for end in (wire.a, wire.b) if str(end) in met]
        if len(between) == 2 and root(between[0]) == root(between[1]):
            raise ConfigError(
                "closes a ring of switches, in which broadcasts would circle for ever",
                where=f"topology {topology.name}",
                key=f"links.{wire.link}",
                next_step="leave one link of the ring out, or make a node of it a host",
            )
        for end in (wire.a, wire.b):
            if _is_switch(topology, end.group):
                first = met.setdefault(str(end), number)
                parent[root(number)] = root(first)
    order = {found: k for k, found in enumerate(dict.fromkeys(root(n) for n in range(len(wires))))}
    if len(order) > _MOST_SEGMENTS:
        raise ConfigError(
            f"needs {len(order)} Ethernet segments, at most {_MOST_SEGMENTS} can be addressed",
            where=f"topology {topology.name}",
            next_step="join hosts by a switch",
        )
    return [order[root(number)] for number in range(len(wires))]


def _attachments(
    topology: Topology, wires: tuple[Wire, ...], segments: list[int]
) -> tuple[Attachment, ...]:
    on_host: dict[str, int] = {}
    on_segment: dict[int, int] = {}
    found = []
    for wire, segment in zip(wires, segments, strict=True):
        for end in (wire.a, wire.b):
            if _is_switch(topology, end.group):
                continue
            number = on_segment[segment] = on_segment.get(segment, 0) + 1
            if number > _LARGEST_SEGMENT:
                raise ConfigError(
                    f"more than {_LARGEST_SEGMENT} hosts on one segment",
                    where=f"topology {topology.name}",
                )
            interface = on_host[str(end)] = on_host.get(str(end), -1) + 1
            address = f"10.{segment}.{number >> 8}.{number & 255}"
            found.append(Attachment(str(end), f"eth{interface}", wire, segment, address))
    return tuple(found)


def _routes(attachments: tuple[Attachment, ...]) -> tuple[Route, ...]:
    on_segment: dict[int, list[Attachment]] = {}
    of_host: dict[str, list[Attachment]] = {}
    for found in attachments:
        on_segment.setdefault(found.segment, []).append(found)
        of_host.setdefault(found.host, []).append(found)
    gateways = [host for host, ends in of_host.items() if len(ends) > 1]
    routes = []
    for host, ends in of_host.items():
        first_hop = _first_hops([end.segment for end in ends], gateways, of_host)
        for segment, gateway_address in first_hop.items():
            subnet = str(IPv4Network(f"10.{segment}.0.0/{PREFIX}"))
            routes.append(Route(host=host, subnet=subnet, via=gateway_address))
    return tuple(routes)


def _first_hops(
    own: list[int], gateways: list[str], of_host: dict[str, list[Attachment]]
) -> dict[int, str]:
    """For each segment beyond *own*: the neighbouring gateway's address that leads there."""
    first: dict[int, str] = {}
    reached, front = set(own), deque((segment, "") for segment in own)
    while front:
        here, via = front.popleft()
        for gateway in gateways:
            ends = {end.segment: end.address for end in of_host[gateway]}
            if here not in ends:
                continue
            for segment in ends:
                if segment not in reached:
                    reached.add(segment)
                    first[segment] = via or ends[here]
                    front.append((segment, first[segment]))
    return first

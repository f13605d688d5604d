"""Any topology: addresses are unique, segments are what switches join, and routes lead there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from hypothesis import given
from hypothesis import strategies as st

from edge_aibench.emulate.addresses import AddressPlan, Attachment, plan_addresses
from edge_aibench.model.topology import Topology, Wire


@dataclass(frozen=True)
class Net:
    topology: Topology
    instances: int


@st.composite
def nets(draw: st.DrawFn) -> Net:
    """A connected topology of up to eight groups; leaves may be groups of several hosts."""
    kinds = draw(st.lists(st.sampled_from(["host", "switch"]), min_size=2, max_size=8))
    tree = [(draw(st.integers(0, child - 1)), child) for child in range(1, len(kinds))]
    # Rings of hosts only: in a ring of switches broadcasts would circle for ever.
    pairs = [
        (a, b)
        for b in range(len(kinds))
        for a in range(b)
        if (a, b) not in tree and "host" in (kinds[a], kinds[b])
    ]
    extra = draw(st.lists(st.sampled_from(pairs), max_size=3, unique=True)) if pairs else []
    edges = tree + extra
    degree = [sum(node in edge for edge in edges) for node in range(len(kinds))]
    nodes: dict[str, dict[str, object]] = {}
    for number, kind in enumerate(kinds):
        if kind == "switch":
            nodes[f"n{number}"] = {"tier": "edge", "kind": "switch"}
        else:
            leaf = degree[number] == 1 and len(kinds) > 2
            several = leaf and draw(st.booleans())
            neighbour_is_single = not any(
                nodes.get(f"n{other}", {}).get("count") == "instances"
                for edge in edges
                if number in edge
                for other in edge
            )
            nodes[f"n{number}"] = {
                "tier": "edge",
                "hardware": {"name": "here", "speed": 1},
                "count": "instances" if several and neighbour_is_single else 1,
            }
    links = {f"l{i}": {"between": (f"n{a}", f"n{b}")} for i, (a, b) in enumerate(edges)}
    topology = Topology.model_validate({"name": "drawn", "nodes": nodes, "links": links})
    return Net(topology, draw(st.integers(1, 4)))


@given(nets())
def test_addresses_are_unique_in_their_segment_and_interfaces_have_no_gaps(net: Net) -> None:
    plan = plan_addresses(net.topology, instances=net.instances)
    addresses = [found.address for found in plan.attachments]
    assert len(set(addresses)) == len(addresses)
    for found in plan.attachments:
        network = IPv4Network(f"10.{found.segment}.0.0/16")
        address = IPv4Address(found.address)
        assert address in network
        assert address not in (network.network_address, network.broadcast_address)

    for host in {found.host for found in plan.attachments}:
        interfaces = [found.interface for found in plan.of(host)]
        assert interfaces == [f"eth{number}" for number in range(len(interfaces))]


@given(nets())
def test_one_segment_is_what_wires_and_switches_join(net: Net) -> None:
    plan = plan_addresses(net.topology, instances=net.instances)
    for one in plan.attachments:
        joined = _flood(net, one)
        for other in plan.attachments:
            assert (one.segment == other.segment) == ((other.host, other.wire) in joined)


@given(nets())
def test_routes_lead_to_every_segment_along_the_fewest_hops(net: Net) -> None:
    plan = plan_addresses(net.topology, instances=net.instances)
    distance = _gateways_between(plan)
    hosts = sorted({found.host for found in plan.attachments})
    for host in hosts:
        for segment in {found.segment for found in plan.attachments}:
            crossed = list(_gateways_crossed(plan, host, segment))
            assert len(crossed) == min(distance[own.segment, segment] for own in plan.of(host)), (
                f"{host} to segment {segment} over {crossed}"
            )


def _flood(net: Net, start: Attachment) -> set[tuple[str, Wire]]:
    """Host ends that a broadcast from *start* reaches: through wires, and on through switches."""
    wires = list(net.topology.wires(instances=net.instances))
    reached: set[tuple[str, Wire]] = set()
    crossed: set[Wire] = set()
    front = [start.wire]
    while front:
        wire = front.pop()
        if wire in crossed:
            continue
        crossed.add(wire)
        for end in (wire.a, wire.b):
            if net.topology.nodes[end.group].kind == "host":
                reached.add((str(end), wire))
            else:
                front += [next_wire for next_wire in wires if end in (next_wire.a, next_wire.b)]
    return reached


def _gateways_between(plan: AddressPlan) -> dict[tuple[int, int], int]:
    """Fewest hosts between any two segments, by Floyd and Warshall."""
    segments = {found.segment for found in plan.attachments}
    far = len(plan.attachments) + 1
    distance = {(a, b): 0 if a == b else far for a in segments for b in segments}
    for host in {found.host for found in plan.attachments}:
        own = {found.segment for found in plan.of(host)}
        for a in own:
            for b in own - {a}:
                distance[a, b] = 1
    for middle in segments:
        for a in segments:
            for b in segments:
                way = distance[a, middle] + distance[middle, b]
                distance[a, b] = min(distance[a, b], way)
    return distance


def _gateways_crossed(plan: AddressPlan, host: str, segment: int) -> Iterator[str]:
    """The hosts that forward a packet of *host* to *segment*, by the routing tables alone."""
    owner = {found.address: found for found in plan.attachments}
    here, left = host, len(plan.attachments)
    while segment not in {found.segment for found in plan.of(here)}:
        assert left > 0, "the packet goes in circles"
        left -= 1
        (via,) = [
            route.via
            for route in plan.routes
            if route.host == here and route.subnet == f"10.{segment}.0.0/16"
        ]
        gateway = owner[via]
        assert gateway.segment in {found.segment for found in plan.of(here)}, "no neighbour"
        here = gateway.host
        yield here

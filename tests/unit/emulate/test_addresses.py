"""Addresses and routes of topologies small enough to draw."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge_aibench.emulate.addresses import AddressPlan, plan_addresses
from edge_aibench.errors import ConfigError

if TYPE_CHECKING:
    from tests.unit.conftest import BuildTopology


def _addresses(plan: AddressPlan) -> dict[str, list[tuple[str, str]]]:
    hosts = dict.fromkeys(found.host for found in plan.attachments)
    return {host: [(found.interface, found.address) for found in plan.of(host)] for host in hosts}


def _routes(plan: AddressPlan) -> dict[str, dict[str, str]]:
    table: dict[str, dict[str, str]] = {}
    for route in plan.routes:
        assert route.subnet not in table.get(route.host, {}), "two routes to one segment"
        table.setdefault(route.host, {})[route.subnet] = route.via
    return table


def test_hosts_around_a_switch_are_neighbours(build_topology: BuildTopology) -> None:
    topology = build_topology(
        {"access": ("bed", "switch"), "backhaul": ("switch", "edge")},
        switches=("switch",),
        counts={"bed": "instances"},
    )
    plan = plan_addresses(topology, instances=3)
    assert _addresses(plan) == {
        "bed-1": [("eth0", "10.0.0.1")],
        "bed-2": [("eth0", "10.0.0.2")],
        "bed-3": [("eth0", "10.0.0.3")],
        "edge": [("eth0", "10.0.0.4")],
    }
    assert plan.routes == ()


def test_a_chain_of_hosts_forwards(build_topology: BuildTopology) -> None:
    topology = build_topology({"one": ("a", "b"), "two": ("b", "c"), "three": ("c", "d")})
    plan = plan_addresses(topology, instances=1)
    assert _addresses(plan) == {
        "a": [("eth0", "10.0.0.1")],
        "b": [("eth0", "10.0.0.2"), ("eth1", "10.1.0.1")],
        "c": [("eth0", "10.1.0.2"), ("eth1", "10.2.0.1")],
        "d": [("eth0", "10.2.0.2")],
    }
    assert _routes(plan) == {
        "a": {"10.1.0.0/16": "10.0.0.2", "10.2.0.0/16": "10.0.0.2"},
        "b": {"10.2.0.0/16": "10.1.0.2"},
        "c": {"10.0.0.0/16": "10.1.0.1"},
        "d": {"10.1.0.0/16": "10.2.0.1", "10.0.0.0/16": "10.2.0.1"},
    }


def test_switches_joined_by_a_wire_are_one_segment(build_topology: BuildTopology) -> None:
    topology = build_topology(
        {"a": ("bed", "ward"), "b": ("ward", "core"), "c": ("core", "edge")},
        switches=("ward", "core"),
    )
    plan = plan_addresses(topology, instances=1)
    # The wire between the switches has no host's end, so no address of its own.
    assert _addresses(plan) == {"bed": [("eth0", "10.0.0.1")], "edge": [("eth0", "10.0.0.2")]}
    assert plan.routes == ()


def test_switches_joined_by_a_host_are_two_segments(build_topology: BuildTopology) -> None:
    topology = build_topology(
        {
            "a": ("bed", "ward"),
            "b": ("ward", "gateway"),
            "c": ("gateway", "core"),
            "d": ("core", "cloud"),
        },
        switches=("ward", "core"),
        counts={"bed": 2},
    )
    plan = plan_addresses(topology, instances=1)
    assert _addresses(plan) == {
        "bed-1": [("eth0", "10.0.0.1")],
        "bed-2": [("eth0", "10.0.0.2")],
        "gateway": [("eth0", "10.0.0.3"), ("eth1", "10.1.0.1")],
        "cloud": [("eth0", "10.1.0.2")],
    }
    assert _routes(plan) == {
        "bed-1": {"10.1.0.0/16": "10.0.0.3"},
        "bed-2": {"10.1.0.0/16": "10.0.0.3"},
        "cloud": {"10.0.0.0/16": "10.1.0.1"},
    }


def test_the_shorter_of_two_ways_is_taken(build_topology: BuildTopology) -> None:
    # a - b - c - d - e - a is a ring: from a, the segment of c and d is nearer over e.
    topology = build_topology(
        {
            "ab": ("a", "b"),
            "bc": ("b", "c"),
            "cd": ("c", "d"),
            "de": ("d", "e"),
            "ea": ("e", "a"),
        }
    )
    plan = plan_addresses(topology, instances=1)
    # Segments in the order of the links: ab 0, bc 1, cd 2, de 3, ea 4.
    from_a = _routes(plan)["a"]
    assert from_a["10.1.0.0/16"] == "10.0.0.2"
    assert from_a["10.3.0.0/16"] == "10.4.0.1"
    assert set(from_a) == {"10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16"}


def test_an_address_is_given_on_the_asker_s_own_segment(build_topology: BuildTopology) -> None:
    topology = build_topology({"one": ("a", "b"), "two": ("b", "c")})
    plan = plan_addresses(topology, instances=1)
    assert plan.address("b", seen_from="a") == "10.0.0.2"
    assert plan.address("b", seen_from="c") == "10.1.0.1"
    assert plan.address("c", seen_from="a") == "10.1.0.2"


def test_a_ward_of_three_hundred_goes_on_in_the_third_byte(build_topology: BuildTopology) -> None:
    topology = build_topology(
        {"access": ("bed", "switch")}, switches=("switch",), counts={"bed": "instances"}
    )
    plan = plan_addresses(topology, instances=300)
    assert plan.of("bed-255")[0].address == "10.0.0.255"
    assert plan.of("bed-256")[0].address == "10.0.1.0"
    assert plan.of("bed-300")[0].address == "10.0.1.44"


def test_more_segments_than_can_be_numbered_are_refused(build_topology: BuildTopology) -> None:
    topology = build_topology({"each": ("bed", "edge")}, counts={"bed": "instances"})
    with pytest.raises(ConfigError, match="251 Ethernet segments"):
        plan_addresses(topology, instances=251)


def test_a_ring_of_switches_is_refused(build_topology: BuildTopology) -> None:
    topology = build_topology(
        {
            "ab": ("a", "b"),
            "bc": ("b", "c"),
            "ca": ("c", "a"),
            "access": ("bed", "a"),
            "backhaul": ("b", "edge"),
        },
        switches=("a", "b", "c"),
    )
    with pytest.raises(ConfigError):
        plan_addresses(topology, instances=1)

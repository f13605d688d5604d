"""Topologies: which nodes there are and which of them a link joins."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from edge_aibench.errors import ConfigError
from edge_aibench.model.link import Link
from edge_aibench.model.topology import Hardware, NodeGroup, Topology


def wires(topology: Topology, instances: int) -> list[tuple[str, int, str, str]]:
    return [(w.link, w.index, str(w.a), str(w.b)) for w in topology.wires(instances=instances)]


def test_a_group_of_instances_grows_with_them(topology: Topology) -> None:
    assert topology.count("pole", instances=4) == 4
    assert topology.count("far", instances=4) == 3
    assert [str(n) for n in topology.members("pole", instances=2)] == ["pole-1", "pole-2"]
    assert [str(n) for n in topology.members("pole", instances=1)] == ["pole"]


def test_tiers_hold_hosts_and_no_switches(topology: Topology) -> None:
    assert topology.groups_of("edge") == ["cabinet"]
    assert topology.groups_of("cloud") == ["near", "far"]
    assert topology.groups_of("device") == ["pole"]


def test_a_lone_node_meets_each_of_a_group_from_either_side(topology: Topology) -> None:
    assert wires(topology, 2) == [
        ("air", 0, "pole-1", "radio"),
        ("air", 1, "pole-2", "radio"),
        ("cable", 0, "radio", "cabinet"),
        ("metro", 0, "cabinet", "near"),
        ("ocean", 0, "near", "far-1"),
        ("ocean", 1, "near", "far-2"),
        ("ocean", 2, "near", "far-3"),
    ]


def test_groups_of_equal_size_pair_up(topology: Topology) -> None:
    links = {**topology.links, "direct": Link(between=("pole", "far"))}
    paired = topology.model_copy(update={"links": links})
    assert wires(paired, 3)[-3:] == [
        ("direct", 0, "pole-1", "far-1"),
        ("direct", 1, "pole-2", "far-2"),
        ("direct", 2, "pole-3", "far-3"),
    ]


def test_groups_of_other_sizes_cannot_be_joined(topology: Topology) -> None:
    links = {**topology.links, "direct": Link(between=("pole", "far"))}
    uneven = topology.model_copy(update={"links": links})
    with pytest.raises(ConfigError, match=r"links.direct.between: joins 2 nodes with 3"):
        wires(uneven, 2)


@pytest.mark.parametrize(
    ("links", "message"),
    [
        ({"air": Link(between=("pole", "moon"))}, "names no node group"),
        ({"air": Link(between=("pole", "pole"))}, "joins a node group with itself"),
        ({"air": Link(between=("pole", "radio"))}, "no link leads to this node group"),
        ({}, "no link leads to this node group"),
    ],
)
def test_every_name_exists_and_every_node_is_reached(
    topology: Topology, links: dict[str, Link], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        Topology(name="yard", nodes=topology.nodes, links=links)


def test_a_topology_has_nodes() -> None:
    with pytest.raises(ValidationError, match="at least one group"):
        Topology(name="yard", nodes={}, links={})


def test_a_single_node_needs_no_link() -> None:
    nodes = {"all": NodeGroup(tier="edge", hardware=Hardware(name="box", stated_speed=1))}
    assert wires(Topology(name="alone", nodes=nodes, links={}), 5) == []


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"tier": "edge"}, "a host needs hardware"),
        ({"tier": "edge", "kind": "switch", "broker": True}, "no hardware and no broker"),
        (
            {"tier": "edge", "kind": "switch", "hardware": Hardware(name="box", stated_speed=1)},
            "no hardware and no broker",
        ),
    ],
)
def test_hosts_compute_and_switches_do_not(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        NodeGroup.model_validate(fields)

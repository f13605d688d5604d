from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from edge_aibench.model.topology import Topology

BuildTopology = Callable[..., Topology]


@pytest.fixture
def build_topology() -> BuildTopology:
    """Make a topology from its switches, the ends of its links in order, and its counts."""

    def build(
        links: Mapping[str, tuple[str, str]],
        *,
        switches: tuple[str, ...] = (),
        counts: Mapping[str, int | str] | None = None,
        brokers: tuple[str, ...] = (),
    ) -> Topology:
        given = counts or {}
        names = dict.fromkeys(end for ends in links.values() for end in ends)
        nodes: dict[str, dict[str, object]] = {}
        for name in names:
            if name in switches:
                nodes[name] = {"tier": "edge", "kind": "switch"}
            else:
                nodes[name] = {
                    "tier": "edge",
                    "hardware": {"name": "here", "speed": 1},
                    "broker": name in brokers,
                    "count": given.get(name, 1),
                }
        spec = {name: {"between": ends} for name, ends in links.items()}
        return Topology.model_validate({"name": "built", "nodes": nodes, "links": spec})

    return build

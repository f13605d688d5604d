"""A ward small enough to work out by hand: one sensor, two tasks, three tiers."""

from __future__ import annotations

from edge_aibench.model.scenario import Scenario
from edge_aibench.model.topology import Topology

NAMES = ("monitor", "window", "first", "second", "bedside", "archive")
"""Sensors and stages of `small_ward`, in its order."""


def small_ward() -> Scenario:
    """Monitor -> window -> first, second -> bedside, and monitor -> archive in the background."""
    return Scenario.model_validate(
        {
            "name": "small-ward",
            "topology": "three-tiers",
            "components": "nowhere:nothing",
            "instances": {"name": "patient", "default": 2},
            "sensors": {"monitor": {"node": "ward", "payload": 144.0}},
            "stages": {
                "window": {"kind": "preprocess", "needs": ["monitor"], "place": "with-consumers"},
                "first": {
                    "kind": "inference",
                    "task": "first",
                    "needs": ["window"],
                    "place": "edge",
                },
                "second": {
                    "kind": "inference",
                    "task": "second",
                    "needs": ["window"],
                    "place": "edge",
                },
                "bedside": {"kind": "actuate", "needs": ["first", "second"], "place": "device"},
                "archive": {
                    "kind": "store",
                    "needs": ["monitor"],
                    "place": "cloud",
                    "background": True,
                    "channel": "bulk",
                },
            },
            "done-at": "bedside",
        }
    )


def three_tiers(*, device_speed: float = 1.0) -> Topology:
    """Ward (one an instance) - switch - edge (broker) - cloud (broker)."""

    def host(tier: str, *, broker: bool, speed: float = 1.0) -> dict[str, object]:
        hardware = {"name": f"{tier}-hardware", "speed": speed}
        return {"tier": tier, "hardware": hardware, "broker": broker}

    return Topology.model_validate(
        {
            "name": "three-tiers",
            "nodes": {
                "ward": {
                    **host("device", broker=False, speed=device_speed),
                    "count": "instances",
                },
                "switch": {"tier": "edge", "kind": "switch"},
                "edge": host("edge", broker=True),
                "cloud": host("cloud", broker=True),
            },
            "links": {
                "access": {"between": ["ward", "switch"]},
                "backhaul": {"between": ["switch", "edge"]},
                "wan": {"between": ["edge", "cloud"]},
            },
        }
    )

"""A scenario and a topology with two edge hosts, built in code."""

from __future__ import annotations

import pytest

from edge_aibench.model.link import Link
from edge_aibench.model.scenario import Instances, Scenario, Sensor, Stage
from edge_aibench.model.topology import Hardware, NodeGroup, Topology

BOX = Hardware(name="box", stated_speed=1)


@pytest.fixture
def scenario() -> Scenario:
    """A camera whose frames are cut on the device or edge, judged twice and shown."""
    return Scenario(
        name="gate",
        topology="yard",
        components="gate:components",
        instances=Instances(name="camera"),
        sensors={"camera": Sensor(node="pole", payload_bytes=1000.0)},
        stages={
            "show": Stage(kind="actuate", needs=("faces", "plates"), place="device"),
            "faces": Stage(kind="inference", task="faces", needs=("crop",), place="edge"),
            "plates": Stage(kind="inference", task="plates", needs=("crop",), place="cloud"),
            "crop": Stage(kind="preprocess", needs=("camera",), place="with-consumers"),
        },
        done_at="show",
    )


@pytest.fixture
def topology() -> Topology:
    """Poles on a radio switch, one edge host, two cloud groups behind it."""
    return Topology(
        name="yard",
        nodes={
            "pole": NodeGroup(tier="device", count="instances", hardware=BOX),
            "radio": NodeGroup(tier="edge", kind="switch"),
            "cabinet": NodeGroup(tier="edge", hardware=BOX, broker=True),
            "near": NodeGroup(tier="cloud", hardware=BOX),
            "far": NodeGroup(tier="cloud", count=3, hardware=BOX),
        },
        links={
            "air": Link(between=("pole", "radio")),
            "cable": Link(between=("radio", "cabinet")),
            "metro": Link(between=("cabinet", "near")),
            "ocean": Link(between=("near", "far")),
        },
    )

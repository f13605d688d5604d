"""Placement: from tiers and the user's choice to node groups."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from edge_aibench.errors import ConfigError
from edge_aibench.model.placement import Placement, place
from edge_aibench.model.scenario import Scenario, Sensor
from edge_aibench.model.topology import Topology


def test_a_choice_of_one_place_moves_all_inference(scenario: Scenario, topology: Topology) -> None:
    placement = place(scenario, topology, "edge")
    assert placement.groups == {
        "show": ("pole",),
        "faces": ("cabinet",),
        "plates": ("cabinet",),
        "crop": ("cabinet",),
    }
    assert placement.stages_on("cabinet") == ("faces", "plates", "crop")
    assert placement.runs_on("crop", "cabinet")
    assert not placement.runs_on("crop", "pole")


def test_what_goes_with_its_consumers_is_copied_to_each(
    scenario: Scenario, topology: Topology
) -> None:
    placement = place(scenario, topology, "faces=device, plates=near")
    assert placement.groups["crop"] == ("pole", "near")
    assert list(placement.groups) == list(scenario.stages)


def test_any_stage_can_be_moved_to_a_group(scenario: Scenario, topology: Topology) -> None:
    placement = place(scenario, topology, "plates=far,crop=cabinet,show=near")
    assert placement.groups["plates"] == ("far",)
    assert placement.groups["crop"] == ("cabinet",)
    assert placement.groups["show"] == ("near",)


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        (None, r"plates: tier 'cloud' has several host groups \(near, far\)"),
        ("cabnet", r"did you mean cabinet"),
        ("radio", r"no place of this name \(found 'radio'\)"),
        ("plates=near,face=edge", "did you mean faces"),
        ("plates=near,plates=far", "places a stage twice"),
        ("plates=near,edge", "stage=place pairs"),
        ("plates=", "stage=place pairs"),
    ],
)
def test_a_choice_that_cannot_be_met_is_refused(
    scenario: Scenario, topology: Topology, choice: str | None, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        place(scenario, topology, choice)


def test_a_tier_without_a_host_is_refused(scenario: Scenario, topology: Topology) -> None:
    nodes = {name: node for name, node in topology.nodes.items() if name not in ("near", "far")}
    links = {name: link for name, link in topology.links.items() if name in ("air", "cable")}
    small = Topology(name="yard", nodes=nodes, links=links)
    with pytest.raises(ConfigError, match="tier 'cloud' has no host in topology 'yard'"):
        place(scenario, small)


@pytest.mark.parametrize(("node", "message"), [("pol", "did you mean pole"), ("radio", "host")])
def test_a_sensor_sits_on_a_host_of_the_topology(
    scenario: Scenario, topology: Topology, node: str, message: str
) -> None:
    sensors = {"camera": Sensor(node=node, payload_bytes=1.0)}
    lost = scenario.model_copy(update={"sensors": sensors})
    with pytest.raises(ConfigError, match=message) as caught:
        place(lost, topology, "edge")
    assert "sensors.camera.node" in caught.value.where


def test_every_stage_has_a_place() -> None:
    with pytest.raises(ValidationError, match="stage 'show' has no place"):
        Placement(groups={"show": ()})

"""Scenarios: the order of the graph, and graphs that make no sense."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from pydantic import ValidationError

from edge_aibench.model.scenario import Scenario, Stage


def changed(scenario: Scenario, **changes: Any) -> Scenario:
    fields = {name: getattr(scenario, name) for name in Scenario.model_fields}
    return Scenario.model_validate(fields | changes)


def stage(*needs: str, **changes: Any) -> Stage:
    return Stage.model_validate({"kind": "fuse", "needs": needs, "place": "edge"} | changes)


def test_each_stage_comes_after_what_it_needs_and_else_as_in_the_file(scenario: Scenario) -> None:
    assert scenario.order() == ("crop", "faces", "plates", "show")


def test_stages_know_their_consumers(scenario: Scenario) -> None:
    assert scenario.consumers("camera") == ("crop",)
    assert scenario.consumers("crop") == ("faces", "plates")
    assert scenario.consumers("show") == ()
    assert scenario.inference_stages() == ("faces", "plates")


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        ({"show": stage("cam")}, "names no sensor or stage"),
        ({"show": stage("show")}, "show needs show"),
        ({"a": stage("b"), "b": stage("c"), "c": stage("a"), "show": stage("camera")}, "circle"),
        ({"show": stage("camera"), "camera": stage("show")}, "both a sensor and a stage"),
        ({"other": stage("camera")}, "names no stage"),
        ({"show": stage("camera", background=True)}, "background stage"),
        ({}, "at least 1 item"),
    ],
)
def test_a_graph_that_makes_no_sense_is_refused(
    scenario: Scenario, stages: dict[str, Stage], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        changed(scenario, stages=stages)


def test_a_circle_is_told_in_the_direction_of_needs(scenario: Scenario) -> None:
    stages = {"a": stage("b"), "b": stage("c"), "c": stage("a"), "show": stage("camera")}
    with pytest.raises(ValidationError) as caught:
        changed(scenario, stages=stages)
    told = str(caught.value.errors()[0]["ctx"]["error"]).removeprefix(
        "stages need each other in a circle: "
    )
    steps = told.split(" needs ")
    assert len(steps) == 4
    assert all(stages[one].needs == (other,) for one, other in pairwise(steps))


def test_only_inference_has_a_task() -> None:
    with pytest.raises(ValidationError, match="names its task"):
        stage("camera", kind="inference")
    with pytest.raises(ValidationError, match="names its task"):
        stage("camera", kind="store", task="death")

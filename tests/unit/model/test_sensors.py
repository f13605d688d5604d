"""Scenarios with several sensors: whose request a stage works for, and where it ends."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from edge_aibench.model.scenario import Scenario, Serving

HOME: dict[str, Any] = {
    "name": "home",
    "topology": "lab",
    "components": "x:y",
    "instances": {"name": "home"},
    "sensors": {
        "microphone": {"node": "speaker", "payload": 1.0},
        "camera": {"node": "doorbell", "payload": 1.0, "done_at": "welcome"},
    },
    "stages": {
        "speech": {"kind": "fuse", "needs": ("microphone",), "place": "edge"},
        "face": {"kind": "fuse", "needs": ("camera",), "place": "edge"},
        "welcome": {"kind": "actuate", "needs": ("face",), "place": "device"},
        "command": {
            "kind": "fuse",
            "needs": ("face", "speech"),
            "place": "edge",
            "within_s": {"face": 2.0},
        },
    },
    "done_at": "command",
}


def home(**stages: Any) -> Scenario:
    return Scenario(**HOME | {"stages": HOME["stages"] | stages})


def test_a_stage_works_for_the_sensor_of_its_own_needs() -> None:
    scenario = home()
    names = ("microphone", "speech", "command", "camera", "face", "welcome")
    assert [scenario.origin(name) for name in names] == ["microphone"] * 3 + ["camera"] * 3
    assert (scenario.end_of("microphone"), scenario.end_of("camera")) == ("command", "welcome")
    assert scenario.stages["command"].own_needs == ("speech",)


@pytest.mark.parametrize(
    ("command", "rule"),
    [
        ({"within_s": {}}, "come from several sensors"),
        ({"within_s": {"face": 1.0, "speech": 1.0}}, "must leave a need"),
        ({"within_s": {"welcome": 1.0}}, "none of the stage's needs"),
        ({"needs": ("microphone", "speech"), "within_s": {"speech": 1.0}}, "joined anyway"),
        ({"background": True}, "background stage"),
    ],
)
def test_what_cannot_be_joined_is_refused(command: dict[str, Any], rule: str) -> None:
    with pytest.raises(ValidationError, match=rule):
        home(command=HOME["stages"]["command"] | command)


def test_every_sensor_needs_an_end_of_its_own() -> None:
    sensors = {name: sensor | {"done_at": None} for name, sensor in HOME["sensors"].items()}
    with pytest.raises(ValidationError, match="ends requests of 'microphone', not of 'camera'"):
        Scenario(**HOME | {"sensors": sensors})


def test_waiting_without_a_batch_is_refused() -> None:
    assert Serving(max_batch=4, max_wait_s=0.01).max_wait_s == 0.01
    with pytest.raises(ValidationError, match="a batch holds one"):
        Serving(max_wait_s=0.01)

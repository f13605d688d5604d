"""What scenario.yaml may say of the camera's sensor and stages."""

from __future__ import annotations

from typing import Any

import pytest

from edge_aibench.config.load import load_scenario
from edge_aibench.config.parameters import check_parameters, own_parameters
from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.camera.parameters import PARAMETERS, video_parameters

from .conftest import MakeComponents


def test_the_shipped_scenario_says_what_the_defaults_are() -> None:
    scenario = load_scenario("camera").scenario
    check_parameters(scenario, PARAMETERS)
    for name, kind in PARAMETERS.items():
        assert own_parameters(scenario, name, kind) == kind()


@pytest.mark.parametrize(
    ("place", "name", "value", "message"),
    [
        ("video", "width", 12, "sensors.video.parameters.width: must be a whole number from 160"),
        ("video", "height", "tall", "sensors.video.parameters.height: must be a whole number"),
        ("gate", "jpeg-quality", 101, "must be a whole number from 1 to 100 .found 101"),
        ("gate", "jpeg-quality", 80.5, "must be a whole number from 1 to 100"),
        ("gate", "jpeg-quality", True, "must be a whole number from 1 to 100"),
        ("gate", "zone-codec", "h264", "must be jpeg or mpeg4 .found 'h264'"),
        ("gate", "jpg-quality", 80, "there is no parameter of this name"),
        ("clip", "stride", 0, "stages.clip.parameters.stride: must be a whole number from 1"),
        ("person-reid", "known-above", 2, "must be a cosine from -1 to 1"),
        ("decode", "speed", 2, "this stage has no parameters"),
    ],
)
def test_what_cannot_be_is_refused(
    place: str, name: str, value: Any, message: str, make_components: MakeComponents
) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        make_components(parameters={place: {name: value}})
    assert caught.value.next_step


def test_a_scenario_without_video_is_refused() -> None:
    scenario = load_scenario("camera").scenario
    renamed = scenario.model_copy(update={"sensors": {"film": scenario.sensors["video"]}})
    with pytest.raises(ConfigError, match="must have a sensor of this name"):
        video_parameters(renamed)


def test_a_whole_number_is_a_number(make_components: MakeComponents) -> None:
    make_components(
        parameters={"gate": {"motion-threshold": 20}, "person-reid": {"known-above": 1}}
    )

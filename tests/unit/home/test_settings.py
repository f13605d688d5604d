"""The scenario's own parameters."""

from __future__ import annotations

import pytest

from edge_aibench.config.load import load_scenario
from edge_aibench.config.overrides import parse_overrides
from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.home.settings import Settings, read_settings
from edge_aibench.tasks.payload import Encoding

SHIPPED = Settings(
    sound=Encoding(name="flac"),
    picture=Encoding(name="jpeg", quality=90),
    threshold=0.8,
    strangers=0.25,
)


def settings(*given: str) -> Settings:
    return read_settings(load_scenario("home", parse_overrides(given)).scenario)


def test_the_scenario_says_what_it_means() -> None:
    assert settings() == SHIPPED


def test_what_is_not_said_is_as_shipped() -> None:
    scenario = load_scenario("home").scenario
    stages = {
        name: stage.model_copy(update={"parameters": {}}) for name, stage in scenario.stages.items()
    }
    sensors = {
        name: sensor.model_copy(update={"parameters": {}})
        for name, sensor in scenario.sensors.items()
    }
    bare = scenario.model_copy(update={"stages": stages, "sensors": sensors})
    assert read_settings(bare) == SHIPPED


def test_parameters_can_be_set() -> None:
    changed = settings(
        "stages.compress-sound.parameters.encoding=raw",
        "stages.compress-image.parameters.encoding=jpeg:40",
        "stages.face.parameters.threshold=1",
        "sensors.camera.parameters.strangers=0",
    )
    assert changed == Settings(
        sound=Encoding(name="raw"),
        picture=Encoding(name="jpeg", quality=40),
        threshold=1.0,
        strangers=0.0,
    )


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ("stages.compress-sound.parameters.encoding=jpeg:90", "must be raw or flac"),
        ("stages.compress-sound.parameters.encoding=mp3", "no encoding of this name"),
        ("stages.compress-image.parameters.encoding=flac", "must be raw or jpeg:QUALITY"),
        ("stages.compress-image.parameters.encoding=jpeg:101", "quality from 1 to 100"),
        ("stages.face.parameters.threshold=4.1", "must be a number from 0 to 4"),
        ("stages.face.parameters.threshold=near", "must be a number from 0 to 4"),
        ("sensors.camera.parameters.strangers=-0.1", "must be a number from 0 to 1"),
        ("sensors.camera.parameters.strangers=true", "must be a number from 0 to 1"),
        ("stages.face.parameters.treshold=0.7", "did you mean threshold"),
        ("stages.compress-sound.parameters.bits=8", "known: encoding"),
    ],
)
def test_wrong_parameters_are_refused(given: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        settings(given)

"""The scenario's own parameters."""

from __future__ import annotations

import pytest

from edge_aibench.config.load import load_scenario
from edge_aibench.config.overrides import parse_overrides
from edge_aibench.config.parameters import check_parameters, own_parameters
from edge_aibench.errors import ConfigError
from edge_aibench.model.scenario import Scenario
from edge_aibench.scenarios.home.parameters import (
    PARAMETERS,
    DoorbellParameters,
    FaceParameters,
    PictureParameters,
    SoundParameters,
)
from edge_aibench.tasks.payload import Encoding


def changed(*given: str) -> Scenario:
    return load_scenario("home", parse_overrides(given)).scenario


def test_the_scenario_says_what_the_defaults_are() -> None:
    scenario = changed()
    check_parameters(scenario, PARAMETERS)
    for name, kind in PARAMETERS.items():
        assert own_parameters(scenario, name, kind) == kind()


def test_parameters_can_be_set() -> None:
    scenario = changed(
        "stages.compress-sound.parameters.encoding=raw",
        "stages.compress-image.parameters.encoding=jpeg:40",
        "stages.face.parameters.threshold=1",
        "sensors.camera.parameters.strangers=0",
    )
    sound = own_parameters(scenario, "compress-sound", SoundParameters)
    assert sound.encoding == Encoding(name="raw")
    picture = own_parameters(scenario, "compress-image", PictureParameters)
    assert picture.encoding == Encoding(name="jpeg", quality=40)
    assert own_parameters(scenario, "face", FaceParameters).threshold == 1.0
    assert own_parameters(scenario, "camera", DoorbellParameters).strangers == 0.0


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (
            "stages.compress-sound.parameters.encoding=jpeg:90",
            "must be flac or raw.*default is flac",
        ),
        ("stages.compress-sound.parameters.encoding=mp3", "must be flac or raw .found 'mp3'"),
        ("stages.compress-image.parameters.encoding=flac", "must be jpeg:1 to jpeg:100 or raw"),
        ("stages.compress-image.parameters.encoding=jpeg:101", "must be jpeg:1 to jpeg:100 or raw"),
        ("stages.face.parameters.threshold=4.1", "must be a number from 0 to 4"),
        ("stages.face.parameters.threshold=near", "must be a number from 0 to 4"),
        ("sensors.camera.parameters.strangers=-0.1", "must be a number from 0 to 1"),
        ("sensors.camera.parameters.strangers=true", "must be a number from 0 to 1"),
        ("stages.face.parameters.treshold=0.7", "did you mean threshold"),
        ("stages.compress-sound.parameters.bits=8", "known: encoding"),
        ("stages.speech.parameters.beam=8", "this stage has no parameters"),
    ],
)
def test_wrong_parameters_are_refused(given: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=f"(?s){complaint}"):
        check_parameters(changed(given), PARAMETERS)

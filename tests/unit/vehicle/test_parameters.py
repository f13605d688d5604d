"""The scenario's own parameters: what they may be, and what is said of others."""

from __future__ import annotations

import pytest

from edge_aibench.config.load import load_scenario
from edge_aibench.config.overrides import parse_overrides
from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.vehicle.parameters import RANGES, read_parameters


def read(*settings: str) -> dict[str, dict[str, float]]:
    return read_parameters(load_scenario("vehicle", parse_overrides(settings)).scenario)


def test_the_scenario_says_what_the_defaults_say() -> None:
    defaults = {
        stage: {key: given.default for key, given in ranges.items()}
        for stage, ranges in RANGES.items()
    }
    assert read() == defaults


def test_a_setting_replaces_one() -> None:
    found = read("stages.compress.parameters.jpeg-quality=40")
    assert found["compress"] == {"jpeg-quality": 40}
    assert found["detect"] == read()["detect"]


@pytest.mark.parametrize(
    ("setting", "rule"),
    [
        ("stages.compress.parameters.jpeg-quality=0", "a whole number from 1 to 100"),
        ("stages.compress.parameters.jpeg-quality=101", "a whole number from 1 to 100"),
        ("stages.compress.parameters.jpeg-quality=85.5", "a whole number from 1 to 100"),
        ("stages.compress.parameters.jpeg-quality=true", "a whole number from 1 to 100"),
        ("stages.compress.parameters.jpeg-quality=good", "a whole number from 1 to 100"),
        ("stages.detect.parameters.likeness=1.5", "a number from 0.5 to 1"),
        ("stages.traffic-sign.parameters.least-length=-0.1", "a number from 0 to 1"),
    ],
)
def test_a_value_out_of_range_is_refused(setting: str, rule: str) -> None:
    with pytest.raises(ConfigError, match=rule):
        read(setting)


@pytest.mark.parametrize(
    ("setting", "place"),
    [
        ("stages.compress.parameters.quality=85", "stages.compress"),
        ("stages.decide.parameters.quality=85", "stages.decide"),
        ("sensors.camera.parameters.rate=10", "sensors.camera"),
    ],
)
def test_an_unknown_parameter_is_refused(setting: str, place: str) -> None:
    with pytest.raises(ConfigError, match="no parameter of this name") as caught:
        read(setting)
    assert place in caught.value.where

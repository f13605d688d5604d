"""The scenario's own parameters: what they may be, and what is said of others."""

from __future__ import annotations

import pytest

from edge_aibench.config.load import load_scenario
from edge_aibench.config.overrides import parse_overrides
from edge_aibench.config.parameters import check_parameters, own_parameters
from edge_aibench.errors import ConfigError
from edge_aibench.model.scenario import Scenario
from edge_aibench.scenarios.vehicle.parameters import PARAMETERS, CompressParameters


def changed(*settings: str) -> Scenario:
    return load_scenario("vehicle", parse_overrides(settings)).scenario


def test_the_scenario_says_what_the_defaults_are() -> None:
    scenario = changed()
    check_parameters(scenario, PARAMETERS)
    for name, kind in PARAMETERS.items():
        assert own_parameters(scenario, name, kind) == kind()


def test_a_setting_replaces_one() -> None:
    scenario = changed("stages.compress.parameters.jpeg-quality=40")
    found = own_parameters(scenario, "compress", CompressParameters)
    assert found == CompressParameters(jpeg_quality=40)


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
    with pytest.raises(ConfigError, match=rule) as caught:
        check_parameters(changed(setting), PARAMETERS)
    assert caught.value.key == setting.partition("=")[0]
    assert caught.value.next_step


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("stages.compress.parameters.quality=85", "stages.compress.*no parameter of this name"),
        ("stages.decide.parameters.quality=85", "stages.decide.*this stage has no parameters"),
        ("sensors.camera.parameters.rate=10", "sensors.camera.*this sensor has no parameters"),
    ],
)
def test_an_unknown_parameter_is_refused(setting: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        check_parameters(changed(setting), PARAMETERS)

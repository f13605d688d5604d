"""What the ward's parts are made of is checked before anything is read."""

from __future__ import annotations

import pytest

from edge_aibench.config.load import load_scenario
from edge_aibench.config.overrides import parse_overrides
from edge_aibench.errors import ConfigError
from edge_aibench.model.components import Context
from edge_aibench.scenarios.icu.stages import IcuComponents, components
from edge_aibench.tasks.codecs import LocalOnly


def make(*settings: str, inference: str = "window") -> IcuComponents:
    return components(
        Context(
            scenario=load_scenario("icu", parse_overrides(settings)).scenario,
            instances=1,
            observations={"monitor": 1},
            seed=1,
            inference=inference,
            runtime="auto",
            data_root=None,
        )
    )


def test_it_has_two_inference_modes() -> None:
    make(inference="window")
    make(inference="streaming")
    with pytest.raises(ConfigError, match="known: streaming, window"):
        make(inference="at-once")


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("stages.death.parameters.depth=3", "this stage has no parameters "),
        ("sensors.monitor.parameters.rate=3", "this sensor has no parameters "),
    ],
)
def test_nothing_has_parameters_of_its_own(setting: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        make(setting)


def test_windows_stay_where_they_are_made() -> None:
    assert isinstance(make().codec("window"), LocalOnly)

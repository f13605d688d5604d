"""What a scenario's own parameters may be, and what is said of others."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from edge_aibench.config.load import load_scenario
from edge_aibench.config.parameters import check_parameters, own_parameters, read_parameters
from edge_aibench.config.values import DocumentValue
from edge_aibench.errors import ConfigError
from edge_aibench.model.scenario import Scenario


class Oven(DocumentValue):
    shelf_count: int = Field(3, ge=1, le=5, description="a whole number from 1 to 5")
    heat: float = Field(0.5, ge=0, le=1, description="a number from 0 to 1")
    light: bool = Field(default=False, description="true or false")
    label: str = Field("", description="text")


def read(**parameters: Any) -> Oven:
    given = {name.replace("_", "-"): value for name, value in parameters.items()}
    return read_parameters(Oven, given, where="scenario bakery", key="stages.oven.parameters")


def bakery(parameters: dict[str, Any], *, sensor: dict[str, Any] | None = None) -> Scenario:
    """The shipped ICU scenario, whose stages have none of their own, with some."""
    scenario = load_scenario("icu").scenario
    monitor = scenario.sensors["monitor"].model_copy(update={"parameters": sensor or {}})
    window = scenario.stages["window"].model_copy(update={"parameters": parameters})
    return scenario.model_copy(
        update={"sensors": {"monitor": monitor}, "stages": {**scenario.stages, "window": window}}
    )


def test_what_is_not_given_has_its_default() -> None:
    assert read() == Oven(shelf_count=3, heat=0.5, light=False, label="")
    assert read(shelf_count=5) == Oven(shelf_count=5, heat=0.5)


def test_a_whole_number_is_a_number() -> None:
    assert read(heat=1).heat == 1.0


@pytest.mark.parametrize(
    ("name", "value", "rule", "next_step"),
    [
        ("shelf-count", 0, "a whole number from 1 to 5", "the default is 3"),
        ("shelf-count", 6, "a whole number from 1 to 5", "the default is 3"),
        ("shelf-count", 2.5, "a whole number from 1 to 5", "the default is 3"),
        ("shelf-count", True, "a whole number from 1 to 5", "the default is 3"),
        ("shelf-count", "2", "a whole number from 1 to 5", "the default is 3"),
        ("heat", -0.1, "a number from 0 to 1", "the default is 0.5"),
        ("heat", math.inf, "a number from 0 to 1", "the default is 0.5"),
        ("heat", math.nan, "a number from 0 to 1", "the default is 0.5"),
        ("heat", False, "a number from 0 to 1", "the default is 0.5"),
        ("light", 1, "true or false", "the default is False"),
        ("label", 7, "text", "leave it out"),
    ],
)
def test_another_value_is_refused(name: str, value: Any, rule: str, next_step: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(**{name: value})
    error = caught.value
    assert (error.where, error.key) == ("scenario bakery", f"stages.oven.parameters.{name}")
    assert (error.rule, error.next_step) == (f"must be {rule}", next_step)
    assert error.value is value


@given(st.integers() | st.floats() | st.text() | st.booleans())
def test_a_value_is_taken_or_refused_with_our_own_error(value: Any) -> None:
    fits = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
    try:
        taken = read(heat=value)
    except ConfigError:
        assert not fits
    else:
        assert fits
        assert taken.heat == value


@pytest.mark.parametrize("name", ["heet", "shelf_count"])
def test_an_unknown_name_is_refused_with_the_nearest(name: str) -> None:
    with pytest.raises(ConfigError, match="no parameter of this name") as caught:
        read_parameters(Oven, {name: 1}, where="scenario bakery", key="stages.oven.parameters")
    assert caught.value.where == "scenario bakery: stages.oven.parameters"
    assert caught.value.next_step in ("did you mean heat?", "did you mean shelf-count?")


def test_the_scenarios_own_are_read_by_name() -> None:
    scenario = bakery({"heat": 0.25}, sensor={"shelf-count": 2})
    assert own_parameters(scenario, "window", Oven) == Oven(heat=0.25)
    assert own_parameters(scenario, "monitor", Oven) == Oven(shelf_count=2)
    assert own_parameters(scenario, "alerts", Oven) == Oven()
    assert own_parameters(scenario, "no-such-stage", Oven) == Oven()
    check_parameters(scenario, {"window": Oven, "monitor": Oven})


def test_what_has_no_parameters_takes_none() -> None:
    check_parameters(bakery({}), {})
    with pytest.raises(ConfigError, match=r"this stage has no parameters \(found 0.25") as caught:
        check_parameters(bakery({"heat": 0.25}), {"monitor": Oven})
    assert caught.value.key == "stages.window.parameters.heat"
    with pytest.raises(ConfigError, match="this sensor has no parameters") as caught:
        check_parameters(bakery({}, sensor={"heat": 0.25}), {"window": Oven})
    assert caught.value.key == "sensors.monitor.parameters.heat"


def test_each_is_checked_against_its_own_kind() -> None:
    with pytest.raises(ConfigError, match=r"sensors\.monitor\.parameters\.heat: must be a number"):
        check_parameters(bakery({}, sensor={"heat": 2}), {"monitor": Oven})

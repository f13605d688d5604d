"""Objectives, limits and floors as users write them."""

from __future__ import annotations

import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.placement.build import budget_limits
from edge_aibench.placement.objective import Limit, Objective
from edge_aibench.placement.wishes import parse_floors, parse_limit, parse_objectives
from tests.unit.placement.wards import build_ward

WARD = build_ward()


def test_objectives_know_which_way_is_better() -> None:
    assert parse_objectives("e2e.p99, goodput,quality.first", WARD) == (
        Objective("e2e.p99"),
        Objective("goodput", largest=True),
        Objective("quality.first", largest=True),
    )


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("e2e.p98x", "a latency needs a statistic"),
        ("e2e", "a latency needs a statistic"),
        ("quality.third", "no measure of this name"),
        ("energy.mars", "no measure of this name"),
        ("e2e.p99,e2e.p99", "comes twice"),
        ("", "no measure of this name"),
    ],
)
def test_an_objective_that_is_none(text: str, rule: str) -> None:
    with pytest.raises(ConfigError, match=rule):
        parse_objectives(text, WARD)


@pytest.mark.parametrize(
    ("text", "measure", "most"),
    [
        ("e2e.p99<=10ms", "e2e.p99", 10.0),
        ("first.max <= 1 s", "first.max", 1000.0),
        ("over-budget<=1 %", "over-budget", 0.01),
        ("energy.edge<=2 kJ", "energy.edge", 2000.0),
        ("bytes.wan<=10 kB", "bytes.wan", 10_000.0),
        ("cost.per-hour<=1.5", "cost.per-hour", 1.5),
    ],
)
def test_limits_are_read_with_their_units(text: str, measure: str, most: float) -> None:
    found = parse_limit(text, WARD)
    assert (found.measure, found.name) == (measure, text)
    assert found.most == pytest.approx(most)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("e2e.p99", "must be a measure, <= and a value"),
        ("e2e.p99>=10ms", "must be written with <="),
        ("e2e.p99<=10", "its value"),
        ("e2e.p99<=10 J", "its value"),
        ("in-budget>=99 %", "over-budget"),
        ("quality.first>=0.9", "--quality-floor"),
        ("nothing<=1", "no measure of this name"),
    ],
)
def test_a_limit_that_is_none(text: str, rule: str) -> None:
    with pytest.raises(ConfigError, match=rule):
        parse_limit(text, WARD)


def test_floors_are_numbers_or_shares_of_inference_stages() -> None:
    assert parse_floors(["first=0.9", "second=95 %"], WARD) == {"first": 0.9, "second": 0.95}
    for text, rule in (
        ("first", "STAGE=VALUE"),
        ("window=1", "no inference stage"),
        ("first=x", "number"),
    ):
        with pytest.raises(ConfigError, match=rule):
            parse_floors([text], WARD)


def test_budgets_are_limits_in_milliseconds() -> None:
    document = WARD.scenario.model_dump(by_alias=True)
    document["budgets"] = {"end-to-end": {"limit": 0.01, "percentile": 95.0}}
    scenario = type(WARD.scenario).model_validate(document)
    assert budget_limits(scenario) == (Limit("e2e.p95", 10.0, "end-to-end budget"),)
    assert budget_limits(WARD.scenario) == ()

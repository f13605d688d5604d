"""What assignments are worth: measures, limits, capacity and memory."""

from __future__ import annotations

import math

import pytest

from edge_aibench.errors import RunError
from edge_aibench.model.hardware import Hardware
from edge_aibench.placement.choice import Assignment, Choice, Form
from edge_aibench.placement.objective import Limit, Objective
from edge_aibench.placement.problem import Problem
from tests.unit.placement.wards import build_small, build_ward, constant, lite

TIMES = {"first": constant(2e-3), "second": constant(4e-3)}


def at(problem: Problem, place: str, *, form: Form | None = None) -> Assignment:
    form = form or Form()
    return problem.uniform({"first": Choice(place, form), "second": Choice(place)})


def test_the_value_is_the_measure_that_a_run_has() -> None:
    problem, evaluator = build_small(build_ward(TIMES, instances=1))
    found = problem.evaluate(at(problem, "ward"))
    # One patient: 2 + 4 ms in a row, never waiting.
    assert found.value == pytest.approx(6.0)
    assert found.measures == {"e2e.mean": pytest.approx(6.0)}
    assert found.feasible
    assert problem.evaluate(at(problem, "ward")) is found
    assert evaluator.simulations == 1


def test_a_broken_limit_is_named_with_its_excess() -> None:
    limits = (Limit("e2e.mean", 4.0, "four ms"), Limit("e2e.p50", 100.0, "hundred ms"))
    problem, _ = build_small(build_ward(TIMES, instances=1), limits=limits)
    found = problem.evaluate(at(problem, "ward"))
    assert found.broken == {"four ms": pytest.approx(0.5)}
    assert not found.feasible


def test_nothing_on_a_link_is_within_any_limit_of_it() -> None:
    changes = {"archive": {"place": "device", "channel": "main"}}
    limits = (Limit("comm.p99", 0.001, "communication budget"),)
    experiment = build_ward(TIMES, instances=1, changes=changes)
    problem, _ = build_small(experiment, limits=limits)
    found = problem.evaluate(at(problem, "ward"))
    assert math.isnan(found.measures["comm.p99"])
    assert found.feasible


def test_a_limit_on_what_no_run_has_is_an_error() -> None:
    limits = (Limit("quality.first", 0.5, "odd"),)
    problem, _ = build_small(build_ward(TIMES), limits=limits)
    with pytest.raises(RunError, match="no simulated run has a figure"):
        problem.evaluate(at(problem, "ward"))


def test_too_much_work_is_not_simulated_and_breaks_capacity() -> None:
    # 0.7 s a second each: alone they fit, together they ask for 1.4.
    times = {"first": constant(0.35), "second": constant(0.35)}
    problem, evaluator = build_small(build_ward(times, instances=2))
    found = problem.evaluate(at(problem, "edge"))
    assert found.saturated
    assert found.value == math.inf
    assert found.broken == {"worker of edge": pytest.approx(0.4)}
    assert evaluator.simulations == 0


def test_networks_that_fit_alone_may_not_fit_together() -> None:
    experiment = build_ward(TIMES)
    node = experiment.topology.nodes["edge"]
    assert node.hardware is not None
    hardware = Hardware.model_validate(
        {**node.hardware.model_dump(by_alias=True), "memory": 3000.0}
    )
    nodes = {**experiment.topology.nodes, "edge": node.model_copy(update={"hardware": hardware})}
    topology = experiment.topology.model_copy(update={"nodes": nodes})
    small = lite(1e-3, size_bytes=2000)
    problem, _ = build_small(
        experiment.model_copy(update={"topology": topology}),
        forms={"first": (small,), "second": (small,)},
    )
    here = Choice("edge", small.form)
    found = problem.evaluate(problem.uniform({"first": here, "second": here}))
    assert found.broken == {"memory of edge": pytest.approx(1 / 3)}
    assert problem.estimate(found.assignment).memory == {"edge": pytest.approx(4 / 3)}


def test_quality_is_that_of_the_networks_that_run() -> None:
    problem, _ = build_small(
        build_ward(TIMES),
        forms={"first": (lite(1e-3, quality=0.9),)},
        objectives=(Objective("quality.first", largest=True),),
    )
    assert problem.evaluate(at(problem, "edge", form=Form("lite"))).value == pytest.approx(0.9)
    assert math.isnan(problem.evaluate(at(problem, "edge")).value)


def test_bytes_on_a_link_are_those_of_a_request() -> None:
    problem, _ = build_small(build_ward({}), objectives=(Objective("bytes.access"),))
    # A reading of 144 bytes up, with 45 of MQTT and 66 of headers; results without a payload down,
    # with the same around them; 70 of confirmation for each of the three.
    up, down = 144 + 45 + 66, 2 * (45 + 66)
    assert problem.evaluate(at(problem, "edge")).value == pytest.approx(up + down + 3 * 70)


def test_the_share_over_budget_is_what_is_not_in_it() -> None:
    objectives = (Objective("over-budget"), Objective("in-budget", largest=True))
    problem, _ = build_small(build_ward(TIMES), objectives=objectives)
    measures = problem.evaluate(at(problem, "edge")).measures
    assert measures["over-budget"] == pytest.approx(1.0 - measures["in-budget"])

"""Policies by name, by path, and what happens when one is at fault."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.placement.choice import Assignment, Choice, Part
from edge_aibench.placement.policy import Policy
from edge_aibench.placement.problem import Problem
from edge_aibench.placement.registry import BUILT_IN, decide, find_policy, policy_names
from edge_aibench.placement.search import Search
from tests.unit.placement.wards import build_small, build_ward, constant


@pytest.fixture
def problem() -> Problem:
    return build_small(build_ward({"first": constant(1e-3)}))[0]


def test_every_name_leads_to_a_policy() -> None:
    assert set(BUILT_IN) <= set(policy_names())
    for name in policy_names():
        assert callable(find_policy(name))


def test_an_unknown_name_offers_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean greedy"):
        find_policy("gredy")


def test_a_function_in_a_file(tmp_path: Path, problem: Problem) -> None:
    file = tmp_path / "own.py"
    file.write_text(
        "def last(problem):\n"
        "    return problem.uniform({s: c[-1] for s, c in problem.options.items()})\n"
    )
    found = decide("own", find_policy(f"{file}:last"), problem, limit_s=10.0)
    assert found.choices() == {"first": Choice("cloud"), "second": Choice("cloud")}


@pytest.mark.parametrize(
    ("content", "attribute", "rule"),
    [
        ("last = 3\n", "last", "must be a function"),
        ("def other(p): ...\n", "last", "has no attribute"),
        ("def last(p) return\n", "last", "cannot be imported: SyntaxError"),
    ],
)
def test_a_file_without_a_policy(tmp_path: Path, content: str, attribute: str, rule: str) -> None:
    (tmp_path / "own.py").write_text(content)
    with pytest.raises(ConfigError, match=rule):
        find_policy(f"{tmp_path / 'own.py'}:{attribute}")


def raises(problem: Problem) -> Assignment:
    raise ZeroDivisionError(f"{len(problem.stages)} stages")


def names_nobody(problem: Problem) -> Assignment:
    return Assignment.uniform({"first": Choice("edge")}, problem.instances)


def goes_elsewhere(problem: Problem) -> Assignment:
    return problem.uniform({"first": Choice("moon"), "second": Choice("edge")})


def forgets_some(problem: Problem) -> Assignment:
    part = (Part(Choice("edge"), problem.instances - 1),)
    return Assignment({"first": part, "second": part})


@pytest.mark.parametrize(
    ("policy", "rule"),
    [
        (raises, "policy mine: ended with ZeroDivisionError: 2 stages"),
        (lambda _: {"first": "edge"}, r"policy mine: must return an assignment \(found 'dict'\)"),
        (lambda _: None, "must return an assignment"),
        (names_nobody, "must place these stages and no others: first, second"),
        (goes_elsewhere, "policy mine: first: gives a choice that is no option"),
        (forgets_some, "must place 2 instances"),
    ],
)
@pytest.mark.parametrize("limit_s", [None, 10.0])
def test_a_policy_at_fault_is_named(
    problem: Problem, policy: Policy, rule: str, limit_s: float | None
) -> None:
    with pytest.raises(ConfigError, match=rule):
        decide("mine", policy, problem, limit_s=limit_s)


def test_a_refused_choice_is_answered_with_its_rule() -> None:
    experiment = build_ward(changes={"first": {"stays-within": "device"}})
    problem, _ = build_small(experiment)
    edge = problem.uniform({"first": Choice("edge"), "second": Choice("edge")})
    with pytest.raises(ConfigError, match="no option: first stays within the device tier"):
        decide("mine", lambda _: edge, problem, limit_s=None)


def test_a_policy_that_never_returns_is_left_behind(problem: Problem) -> None:
    released = threading.Event()

    def waits(_: Problem) -> Assignment:
        released.wait()
        return problem.uniform({"first": Choice("edge"), "second": Choice("edge")})

    with pytest.raises(ConfigError, match=r"did not return within 0.05 s"):
        decide("mine", waits, problem, limit_s=0.05)
    released.set()


def test_among_several_policies_one_of_ours_may_find_nothing() -> None:
    experiment = build_ward({}, changes={"first": {"stays-within": "edge"}}, instances=1)
    problem, evaluator = build_small(experiment)
    search = Search(problem, evaluator, 60.0)
    search.ask(["cloud-only", "edge-only", "exhaustive"], lambda _: None)
    cloud, edge, oracle = search.summed_up()
    assert cloud.placed is None
    assert cloud.refused is not None
    assert "stays within the edge tier" in cloud.refused
    assert edge.regret is not None
    assert oracle.regret == 0.0
    assert search.proven
    with pytest.raises(ConfigError, match="cloud-only"):
        Search(problem, evaluator, 60.0).ask(["cloud-only"], lambda _: None)


def test_the_oracle_is_left_out_where_it_would_take_too_long(problem: Problem) -> None:
    evaluator = build_small(problem.experiment)[1]
    search = Search(problem, evaluator, 1e-6)
    search.ask(["edge-only", "exhaustive"], lambda _: None)
    (_, oracle) = search.summed_up()
    assert oracle.refused is not None
    assert "--time-limit" in oracle.refused
    assert not search.proven

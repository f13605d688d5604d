"""Orders, regret, fronts and agreement, by hand and by law."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_aibench.placement.choice import Assignment, Choice
from edge_aibench.placement.evaluation import Evaluation
from edge_aibench.placement.objective import Objective
from edge_aibench.placement.ranking import agreement, best_of, non_dominated, ranked, regret
from edge_aibench.placement.search import conflict

LEAST = Objective("e2e.p99")
MOST = Objective("goodput", largest=True)


def evaluated(
    name: str, value: float, *, broken: Mapping[str, float] | None = None, **measures: float
) -> Evaluation:
    assignment = Assignment.uniform({"first": Choice(name)}, 1)
    return Evaluation(assignment, value, {"e2e.p99": value, **measures}, broken or {})


def test_what_keeps_the_limits_comes_first_then_what_breaks_them_least() -> None:
    slow = evaluated("slow", 9.0)
    fast = evaluated("fast", 1.0, broken={"budget": 0.5})
    faster = evaluated("faster", 0.5, broken={"budget": 0.2, "memory of edge": 0.4})
    assert ranked([faster, fast, slow], LEAST) == [slow, fast, faster]


def test_the_largest_is_best_where_more_is_better_and_nothing_is_worst() -> None:
    none, little, much = (evaluated(str(v), v) for v in (math.nan, 1.0, 2.0))
    assert ranked([none, little, much], MOST) == [much, little, none]
    assert best_of([none, much, little], LEAST) is little


@pytest.mark.parametrize(
    ("value", "best", "largest", "expected"),
    [
        (11.0, 10.0, False, 0.1),
        (10.0, 10.0, False, 0.0),
        (9.0, 10.0, True, 0.1),
        (math.inf, 10.0, False, None),
        (math.inf, math.inf, False, None),
        (1.0, 0.0, False, None),
        (0.0, 0.0, False, 0.0),
    ],
)
def test_regret_is_a_share_of_the_best(
    value: float, best: float, largest: bool, expected: float | None
) -> None:
    found = regret(value, best, largest=largest)
    assert found == (None if expected is None else pytest.approx(expected))


points = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.booleans()), max_size=20)


@given(points)
def test_the_front_is_what_nothing_feasible_beats(found: list[tuple[int, int, bool]]) -> None:
    objectives = (LEAST, MOST)
    evaluations = [
        evaluated(str(number), first, goodput=second, broken={"x": 1.0} if broken else {})
        for number, (first, second, broken) in enumerate(found)
    ]
    front = {
        (each.measures["e2e.p99"], each.measures["goodput"])
        for each in non_dominated(evaluations, objectives)
    }
    feasible = {(first, second) for first, second, broken in found if not broken}
    expected = {
        mine
        for mine in feasible
        if not any(
            other != mine and other[0] <= mine[0] and other[1] >= mine[1] for other in feasible
        )
    }
    assert front == expected


def test_agreement_of_orders_by_hand() -> None:
    # Of the pairs (1,2), (1,3), (2,3) one is turned: (2 - 1) / 3.
    assert agreement([1.0, 2.0, 3.0], [1.0, 3.0, 2.0]).tau == pytest.approx(1 / 3)
    assert agreement([1.0, 2.0], [4.0, 3.0]).tau == pytest.approx(-1.0)
    assert agreement([1.0], [1.0]).tau is None
    assert agreement([1.0, 1.0], [1.0, 2.0]).tau is None


broken_sets = st.lists(st.sets(st.sampled_from("abcd"), min_size=0), min_size=1, max_size=8)


@given(broken_sets)
def test_a_conflict_is_the_least_that_everything_breaks(found: list[set[str]]) -> None:
    evaluations = [
        evaluated(str(number), 1.0, broken=dict.fromkeys(sorted(broken), 1.0))
        for number, broken in enumerate(found)
    ]
    rules = conflict(evaluations)
    hitting = [
        chosen
        for number in range(5)
        for chosen in itertools.combinations("abcd", number)
        if all(set(chosen) & broken for broken in found)
    ]
    if not hitting:
        assert rules == ()
    else:
        assert len(rules) == min(map(len, hitting))
        assert all(set(rules) & broken for broken in found)


def test_capacity_is_one_rule_wherever_it_lacks() -> None:
    first = evaluated("first", 1.0, broken={"worker of edge": 0.1})
    second = evaluated("second", 1.0, broken={"link access up": 0.1, "budget": 0.3})
    assert conflict([first, second]) == ("capacity",)

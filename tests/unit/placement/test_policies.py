"""What policies give, and what holds for all of them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_aibench.errors import ConfigError
from edge_aibench.model.experiment import Experiment
from edge_aibench.placement.apply import applied
from edge_aibench.placement.choice import Choice, Form
from edge_aibench.placement.evaluate import Evaluator
from edge_aibench.placement.facts import FormFacts
from edge_aibench.placement.objective import Limit
from edge_aibench.placement.policies.edgeward import edgeward
from edge_aibench.placement.policies.exhaustive import MOST, assignments, exhaustive
from edge_aibench.placement.policies.greedy import greedy
from edge_aibench.placement.policies.kubernetes_like import kubernetes_like
from edge_aibench.placement.policies.random_choice import random_choice
from edge_aibench.placement.policies.single_tier import cloud_only, device_only, edge_only
from edge_aibench.placement.problem import Problem
from edge_aibench.placement.ranking import order_key
from edge_aibench.placement.registry import BUILT_IN, decide, find_policy
from tests.unit.placement.wards import build_small, build_ward, constant, lite

TIMES = {"window": constant(1e-3), "first": constant(2e-3), "second": constant(4e-3)}


def places(problem: Problem, policy: str) -> dict[str, str]:
    found = decide(policy, find_policy(policy), problem, limit_s=None)
    return {stage: choice.place for stage, choice in found.choices().items()}


def both(place: str) -> dict[str, str]:
    return {"first": place, "second": place}


@pytest.mark.parametrize(
    ("policy", "place"), [("device-only", "ward"), ("edge-only", "edge"), ("cloud-only", "cloud")]
)
def test_a_single_tier_takes_everything(policy: str, place: str) -> None:
    problem, _ = build_small(build_ward(TIMES))
    assert places(problem, policy) == both(place)


def test_a_tier_that_a_rule_closes_is_refused_with_the_rule() -> None:
    problem, _ = build_small(build_ward(TIMES, changes={"second": {"stays-within": "edge"}}))
    with pytest.raises(ConfigError, match=r"second: may not run in the cloud tier.*stays within"):
        cloud_only(problem)
    assert device_only(problem) != edge_only(problem)


def test_what_prepares_data_on_the_device_stays_there() -> None:
    changes = {"window": {"place": "device"}}
    problem, _ = build_small(build_ward(TIMES, changes=changes))
    assert problem.stages == ("window", "first", "second")
    assert places(problem, "cloud-only") == {"window": "ward", **both("cloud")}


def test_edgeward_goes_up_as_devices_fill() -> None:
    # At a tenth of the speed the ward does window and first (0.5 of it); second would be 1.1.
    times = {"window": constant(1e-2), "first": constant(4e-2), "second": constant(6e-2)}
    problem, _ = build_small(build_ward(times, device_speed=0.1))
    assert places(problem, "edgeward") == {"first": "ward", "second": "edge"}


def test_edgeward_takes_the_least_crowded_where_all_are_full() -> None:
    times = {"first": constant(0.9), "second": constant(0.95)}
    problem, _ = build_small(build_ward(times, instances=1))
    assert places(problem, "edgeward") == {"first": "ward", "second": "edge"}


def test_greedy_weighs_work_against_links() -> None:
    links = {"access": {"delay": 1e-3}, "wan": {"delay": 0.5}}
    slow = build_ward(TIMES, device_speed=0.1, links=links)
    assert places(build_small(slow)[0], "greedy") == both("edge")
    far = build_ward(TIMES, device_speed=0.1, links={"access": {"delay": 1.0}})
    assert places(build_small(far)[0], "greedy") == both("ward")


def test_a_scheduler_spreads_and_sees_no_latency() -> None:
    far = build_ward(TIMES, links={"wan": {"delay": 1.0}})
    assert len(set(places(build_small(far)[0], "kubernetes-like").values())) == 2


def test_the_oracle_finds_the_best_by_hand() -> None:
    # first alone on the ward, second at the edge beside it: 4 + 2 ms of link against 6 ms in a row.
    times = {"first": constant(4e-3), "second": constant(4e-3)}
    problem, evaluator = build_small(build_ward(times, links={"access": {"delay": 1e-3}}))
    found = problem.evaluate(exhaustive(problem))
    assert found.value == pytest.approx(6.0, rel=0.05)
    assert {choice.place for choice in found.assignment.choices().values()} == {"ward", "edge"}
    assert len(evaluator.known) == 9


def test_the_oracle_refuses_what_it_cannot_go_through() -> None:
    many = tuple(
        FormFacts(form=Form(f"preset-{number}"), times=constant(1e-3)) for number in range(60)
    )
    problem, _ = build_small(build_ward(TIMES), forms={"first": many, "second": many})
    assert problem.combinations == 183**2 > MOST
    with pytest.raises(ConfigError, match="at most 20,000 assignments"):
        exhaustive(problem)


def test_random_draws_by_the_seed() -> None:
    experiment = build_ward(TIMES, device_speed=0.1)
    first, _ = build_small(experiment, seed=3)
    again, evaluator = build_small(experiment, seed=3)
    assert random_choice(first) == random_choice(again)
    assert 1 < len(evaluator.known) <= 9


wards = st.builds(
    build_ward,
    st.fixed_dictionaries(
        {
            name: st.floats(1e-4, 0.2).map(lambda time_s: constant(round(time_s, 4)))
            for name in ("window", "first", "second")
        }
    ),
    instances=st.integers(1, 4),
    device_speed=st.sampled_from((0.5, 1.0)),
    links=st.fixed_dictionaries(
        {
            "access": st.fixed_dictionaries({"delay": st.sampled_from((0.0, 1e-3, 2e-2))}),
            "wan": st.fixed_dictionaries({"delay": st.sampled_from((1e-3, 5e-2))}),
        }
    ),
    duration_s=st.just(2.0),
)


def asked(experiment: Experiment, **options: object) -> tuple[Problem, Evaluator] | None:
    """The problem; None if a stage has no place at all."""
    try:
        return build_small(experiment, **options)
    except ConfigError:
        return None


@settings(max_examples=6)
@given(experiment=wards)
def test_no_policy_beats_the_oracle_and_all_give_options(experiment: Experiment) -> None:
    made = asked(experiment, limits=(Limit("e2e.mean", 20.0, "twenty"),))
    if made is None:
        return
    problem, _ = made
    best = problem.evaluate(exhaustive(problem))
    for name in BUILT_IN:
        try:
            found = decide(name, find_policy(name), problem, limit_s=None)
        except ConfigError:
            continue
        for stage, choice in found.choices().items():
            assert choice in problem.options[stage]
        given_value = problem.evaluate(found)
        assert order_key(best, problem.objective) <= order_key(given_value, problem.objective)


@settings(max_examples=4)
@given(experiment=wards, faster=st.floats(0.1, 1.0))
def test_one_more_form_never_makes_the_oracle_worse(experiment: Experiment, faster: float) -> None:
    made = asked(experiment)
    if made is None:
        return
    problem, _ = made
    other = lite(round(0.01 * faster, 5))
    more, _ = build_small(experiment, forms={"first": (other,)})
    assert set(problem.options["first"]) < set(more.options["first"])
    value, with_more = (each.evaluate(exhaustive(each)).value for each in (problem, more))
    assert with_more <= value


@settings(max_examples=4)
@given(experiment=wards)
def test_the_order_of_stages_in_the_file_decides_nothing(experiment: Experiment) -> None:
    made = asked(experiment)
    if made is None:
        return
    scenario = experiment.scenario
    stages = dict(reversed(scenario.stages.items()))
    turned = experiment.model_copy(
        update={"scenario": scenario.model_copy(update={"stages": stages})}
    )
    problem, _ = made
    other, _ = build_small(turned)
    values, others = (
        sorted(each.evaluate(one).value for one in assignments(each)) for each in (problem, other)
    )
    # Beside each other on one worker first and second change places: their latest stays.
    assert others == pytest.approx(values)


def test_the_policies_by_function_are_those_by_name() -> None:
    problem, _ = build_small(build_ward(TIMES))
    by_hand = {
        "edgeward": edgeward,
        "greedy": greedy,
        "kubernetes-like": kubernetes_like,
        "random": random_choice,
    }
    for name, policy in by_hand.items():
        assert find_policy(name) is policy
    only = Choice("edge")
    assert applied(problem, problem.uniform({"first": only, "second": only})) == problem.experiment

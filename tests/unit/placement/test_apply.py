"""A decision put into an experiment, and read back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_aibench.errors import InternalError
from edge_aibench.placement.apply import applied, assignment_in, decided_stages
from edge_aibench.placement.choice import Assignment, Choice, Cut, Form, Part
from edge_aibench.placement.facts import CutFacts, FormFacts
from edge_aibench.testing.ward import small_ward
from tests.unit.placement.wards import build_small, build_ward, constant, lite

if TYPE_CHECKING:
    from edge_aibench.placement.problem import Problem

PLACES = ("ward", "edge", "cloud")


@pytest.fixture
def problem() -> Problem:
    experiment = build_ward({"first": constant(1e-3)}, instances=4)
    return build_small(experiment, forms={"first": (lite(5e-4),)})[0]


def uniform(problem: Problem, first: Choice, second: Choice) -> Assignment:
    return problem.uniform({"first": first, "second": second})


def test_networks_are_decided_and_what_stores_or_acts_or_follows_is_not() -> None:
    assert decided_stages(small_ward()) == ("first", "second")


def test_stages_go_where_they_are_sent_and_consumers_draw_copies_along(problem: Problem) -> None:
    placed = applied(problem, uniform(problem, Choice("ward"), Choice("cloud"))).placement
    assert placed.groups == {
        "window": ("ward", "cloud"),
        "first": ("ward",),
        "second": ("cloud",),
        "bedside": ("ward",),
        "archive": ("cloud",),
    }


def test_a_form_changes_network_and_times_of_its_stage_alone(problem: Problem) -> None:
    made = applied(problem, uniform(problem, Choice("edge", Form("lite")), Choice("edge")))
    assert made.scenario.stages["first"].preset == "lite"
    assert made.scenario.stages["second"] == problem.experiment.scenario.stages["second"]
    assert made.timings.stages["first"].work.mean_s == 5e-4


def test_workers_become_those_of_the_stage(problem: Problem) -> None:
    made = applied(problem, uniform(problem, Choice("edge", workers=3), Choice("edge")))
    serving = made.scenario.stages["first"].serving
    assert serving is not None
    assert serving.workers == 3
    assert made.scenario.stages["second"].serving is None


def test_the_scenarios_own_choices_change_nothing(problem: Problem) -> None:
    assert applied(problem, uniform(problem, Choice("edge"), Choice("edge"))) == problem.experiment


def test_equal_blocks_share_a_variant(problem: Problem) -> None:
    edge, ward = Choice("edge"), Choice("ward")
    apart = Assignment(
        {
            "first": (Part(edge, 1), Part(ward, 2), Part(edge, 1)),
            "second": (Part(edge, 4),),
        }
    )
    made = applied(problem, apart)
    assert len(made.placements) == 2
    followed = [made.variants.followed(instance, 0.0) for instance in range(4)]
    assert followed == [0, 1, 1, 0]
    assert assignment_in(made, problem) == apart


def test_parts_that_differ_in_more_than_place_are_refused(problem: Problem) -> None:
    parts = (Part(Choice("edge"), 2), Part(Choice("edge", Form("lite")), 2))
    with pytest.raises(InternalError, match="more than place"):
        applied(problem, Assignment({"first": parts, "second": (Part(Choice("edge"), 4),)}))


def test_a_cut_makes_two_stages_and_is_read_back(problem: Problem) -> None:
    part = FormFacts(form=Form(), times=constant(1e-4))
    cuts = (CutFacts(after="conv1", payload_bytes=500, front=part, rest=part),)
    facts = {**problem.facts, "first": replace(problem.facts["first"], cuts=cuts)}
    cut = replace(problem, facts=facts)
    assignment = uniform(cut, Choice("edge", cut=Cut("conv1", "ward")), Choice("cloud"))
    made = applied(cut, assignment)
    assert made.placement.groups["first-front"] == ("ward",)
    assert made.placement.groups["first"] == ("edge",)
    assert made.scenario.stages["first"].needs == ("first-front",)
    assert made.timings.stages["first"].work.mean_s == 1e-4
    assert assignment_in(made, cut) == assignment


choices = st.builds(
    Choice,
    place=st.sampled_from(PLACES),
    form=st.sampled_from((Form(), Form("lite"))),
    workers=st.integers(0, 3),
)


@given(first=choices, second=st.sampled_from(PLACES))
def test_what_was_applied_is_read_back(first: Choice, second: str) -> None:
    experiment = build_ward({"first": constant(1e-3)}, instances=4)
    problem, _ = build_small(experiment, forms={"first": (lite(5e-4),)})
    assignment = uniform(problem, first, Choice(second))
    assert assignment_in(applied(problem, assignment), problem) == assignment


@given(
    places=st.lists(
        st.tuples(st.sampled_from(PLACES), st.sampled_from(PLACES)), min_size=4, max_size=4
    )
)
def test_what_was_applied_apart_is_read_back(places: list[tuple[str, str]]) -> None:
    problem, _ = build_small(build_ward(instances=4))
    made = applied(
        problem,
        Assignment(
            {
                "first": tuple(Part(Choice(place), 1) for place, _ in places),
                "second": tuple(Part(Choice(place), 1) for _, place in places),
            }
        ),
    )
    for instance, (first, second) in enumerate(places):
        placement = made.placements[made.variants.followed(instance, 0.0)]
        assert (placement.groups["first"], placement.groups["second"]) == ((first,), (second,))
    read = assignment_in(made, problem)
    given_places = [place for place, _ in places]
    assert [
        part.choice.place for part in read.parts["first"] for _ in range(part.instances)
    ] == given_places

"""Decisions as they are written: texts, commands, and the document read back."""

from __future__ import annotations

from pathlib import Path

from edge_aibench.api.choices import Choices
from edge_aibench.api.placing_command import place_commands
from edge_aibench.api.simulation import SimulationChoices
from edge_aibench.placement.choice import Assignment, Choice, Form, Part
from edge_aibench.placement.decision import Placed, place_text, placed_stages, settings_of
from tests.unit.placement.wards import build_ward, facts_of, lite


def placed(**parts: tuple[Part, ...]) -> Placed:
    facts = facts_of(build_ward(instances=4), {"first": (lite(1e-3),)})
    return Placed(
        stages=placed_stages(Assignment(parts), facts),
        text="",
        measures={},
        feasible=False,
        saturated=True,
        broken={"worker of edge": float("inf")},
    )


WHOLE = placed(
    first=(Part(Choice("edge", Form("lite"), workers=2), 4),), second=(Part(Choice("ward"), 4),)
)


def test_a_placement_is_written_as_the_option_has_it() -> None:
    assert place_text(WHOLE) == "first=edge,second=ward"
    apart = placed(
        first=(Part(Choice("edge"), 3), Part(Choice("ward"), 1)), second=(Part(Choice("edge"), 4),)
    )
    assert place_text(apart) == "first=edge:3+ward:1,second=edge"
    assert settings_of(apart) == ()


def test_only_what_the_scenario_does_not_say_is_set() -> None:
    assert settings_of(WHOLE) == (
        "stages.first.preset=lite",
        "stages.first.precision=float32",
        "stages.first.serving.workers=2",
    )


def test_the_commands_have_all_that_the_user_said() -> None:
    choices = Choices(
        scenario="ward",
        instances=4,
        topology="site.yaml",
        interval="500ms",
        duration_s=12.0,
        seed=7,
        settings=("links.access.delay=2 ms",),
        profiles=(Path("p.json"),),
    )
    only = SimulationChoices(services=("all=constant 1 ms",))
    simulate, emulate = place_commands(choices, only, WHOLE)
    shared = (
        "ward --instances 4 --topology site.yaml --interval 500ms "
        "--set 'links.access.delay=2 ms' --seed 7 --place first=edge,second=ward "
        "--set stages.first.preset=lite --set stages.first.precision=float32 "
        "--set stages.first.serving.workers=2"
    )
    assert emulate == f"edge-aibench emulate {shared} --dilation auto"
    assert simulate == (
        f"edge-aibench simulate {shared} --duration 12 --service 'all=constant 1 ms' "
        "--profile p.json"
    )


def test_the_document_reads_back() -> None:
    text = WHOLE.model_dump_json()
    assert '"never"' in text
    assert Placed.model_validate_json(text) == WHOLE

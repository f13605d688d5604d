"""What the plan says of links and workers that will be full."""

from __future__ import annotations

from edge_aibench.api.choices import Choices, resolve
from edge_aibench.cli.plan import load_notes, plan_view
from edge_aibench.emulate.capacity import expect
from edge_aibench.record.load import Load


def load(offered: float) -> Load:
    return Load(
        kind="link", name="link access up", place="access/1", offered=offered, carries=100e3
    )


def test_the_plan_says_which_queue_will_grow_and_what_would_help() -> None:
    experiment = resolve(Choices("icu", instances=2))
    view = plan_view(experiment, expect(experiment, {}), [load(124e3), load(10e3)])
    (note,) = [note for note in view.notes if "grows" in note]
    assert note.startswith(
        "queue of link access up (access/1) grows without bound: offered 124 kbit/s, "
        "carries 100 kbit/s; what helps: fewer instances, a faster link"
    )


def test_from_80_percent_on_it_asks_for_long_runs() -> None:
    assert load_notes([load(79e3)]) == []
    (note,) = load_notes([load(80e3)])
    assert "at 80% of its capacity" in note
    assert "make the run long" in note

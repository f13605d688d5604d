"""Scores and sums of them, worked out by hand."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

import pytest

from edge_aibench.config.load import load_scenario
from edge_aibench.config.overrides import parse_overrides
from edge_aibench.model.components import Answer
from edge_aibench.scenarios.camera.parameters import GateParameters
from edge_aibench.scenarios.camera.quality import (
    judge_answers,
    judge_gate,
    score_action,
    score_event,
    score_sightings,
)
from edge_aibench.scenarios.camera.site import Site
from edge_aibench.scenarios.camera.street.layout import Box
from edge_aibench.scenarios.camera.street.truth import STRANGER, FrameTruth, Passer
from edge_aibench.scenarios.camera.views import Action, Event, Sighting
from edge_aibench.tasks.weights import packaged_weights

TRUTH = FrameTruth(
    passers=(
        Passer(identity=5, body=Box(x=100, y=100, width=50, height=100), whole=True),
        Passer(identity=STRANGER, body=Box(x=300, y=100, width=50, height=100), whole=True),
    )
)
NEAR_KNOWN = Box(x=95, y=95, width=60, height=110)
NEAR_STRANGER = Box(x=295, y=95, width=60, height=110)
NOBODY = Box(x=500, y=100, width=50, height=100)


@pytest.mark.parametrize(
    ("named", "score"),
    [
        ([(NEAR_KNOWN, 5)], 1.0),
        ([(NEAR_KNOWN, 6)], 0.0),
        ([(NEAR_KNOWN, STRANGER)], 0.0),
        ([(NEAR_KNOWN, 5), (NEAR_STRANGER, STRANGER)], 1.0),
        ([(NEAR_KNOWN, 5), (NEAR_STRANGER, 5)], 0.5),
        # A cut-out of nobody is nobody known.
        ([(NEAR_KNOWN, 5), (NEAR_STRANGER, 7), (NOBODY, STRANGER)], 2 / 3),
        ([(NOBODY, 5)], 0.0),
    ],
)
def test_sightings_are_right_by_whom_they_overlap(
    named: Sequence[tuple[Box, int]], score: float
) -> None:
    sightings = [Sighting(box=box, identity=who, likeness=0.9) for box, who in named]
    assert score_sightings(sightings, TRUTH) == pytest.approx(score)


def test_without_a_truth_there_is_no_score() -> None:
    sighting = Sighting(box=NOBODY, identity=1, likeness=0.9)
    assert math.isnan(score_sightings([sighting], None))
    assert math.isnan(score_action(Action(label="TaiChi", score=1.0), [None] * 16))


@pytest.mark.parametrize(
    ("shown", "label", "score"),
    [
        (["TaiChi"] * 16, "TaiChi", 1.0),
        (["TaiChi"] * 16, "Lunges", 0.0),
        ([None] * 7 + ["TaiChi"] * 9, "TaiChi", 1.0),
        (["Lunges"] * 7 + ["TaiChi"] * 9, "Lunges", 0.0),
        ([None] * 16, "TaiChi", 0.0),
    ],
)
def test_an_action_is_right_if_most_frames_show_it(
    shown: list[str | None], label: str, score: float
) -> None:
    truths = [FrameTruth(action=action) for action in shown]
    assert score_action(Action(label=label, score=0.5), truths) == score


def test_an_event_is_as_right_as_its_parts(site: Site) -> None:
    shown = [truth.action for s in range(240) if (truth := site.truth(0, s)) is not None]
    sequence = next(s for s in range(15, 240) if all(shown[s - 15 : s + 1]))
    label = shown[sequence] or ""
    right, wrong = Action(label=label, score=1.0), Action(label="Swing", score=1.0)
    # Nobody is at the left edge of the sky.
    known = Sighting(box=Box(x=0, y=0, width=9, height=9), identity=5, likeness=0.9)
    assert score_event(Event(sightings=(), action=right), site, 0, sequence) == 1.0
    assert score_event(Event(sightings=(), action=wrong), site, 0, sequence) == 0.0
    assert score_event(Event(sightings=(known,), action=right), site, 0, sequence) == 0.5
    assert math.isnan(score_event(Event(sightings=(), action=None), site, 0, sequence))


def test_answers_are_summed_up_beside_the_shipped_quality() -> None:
    answers = [
        Answer(0, 1, "person-reid", 1.0),
        Answer(0, 2, "person-reid", 0.5),
        Answer(0, 3, "person-reid", math.nan),
        Answer(0, 3, "events", 0.25),
    ]
    overrides = parse_overrides(["stages.action.preset=reference"])
    judged = judge_answers(answers, load_scenario("camera", overrides).scenario)
    manifest = json.loads((packaged_weights("camera") / "manifest.json").read_text())
    shipped = manifest["networks"]["person-reid"]["lite"]["quality"]["network"]
    assert judged["person-reid"] == {
        "map": shipped["map"],
        "rank1": shipped["rank1"],
        "run_accuracy": 0.75,
        "run_cases": 2,
    }
    assert judged["action"] == {
        "quality": "n/a (untrained)",
        "run_accuracy": None,
        "run_cases": 0,
    }
    assert judged["events"] == {"run_accuracy": 0.25, "run_cases": 1}


def test_the_gate_stops_what_is_empty_and_finds_who_is_there(site: Site) -> None:
    judged = judge_gate(site, GateParameters(), cameras=2, frames=240, interval_s=0.1)
    assert judged["recall"] > 0.95
    assert judged["stopped_empty"] == 1.0
    assert 0.5 < judged["passed"] < 0.8
    # 640 x 360 pixels of 3 bytes, 10 times a second.
    assert judged["raw_bps"] == 640 * 360 * 3 * 8 * 10
    assert len(judged["compression"]) == 2
    by_rates = judged["raw_bps"] / judged["sent_bps"]
    low, high = sorted(judged["compression"].values())
    assert low <= by_rates <= high
    assert low > 100


def test_a_blind_gate_finds_nobody(site: Site) -> None:
    blind = GateParameters(motion_threshold=255)
    judged = judge_gate(site, blind, cameras=1, frames=100, interval_s=0.1)
    assert judged["recall"] == 0.0
    assert judged["passed"] == 0.0
    assert judged["sent_bps"] == 0.0
    assert set(judged["compression"].values()) == {None}

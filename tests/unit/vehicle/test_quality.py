"""What counts as right, on frames written down by hand."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from edge_aibench.config.load import load_scenario
from edge_aibench.config.overrides import parse_overrides
from edge_aibench.model.components import Answer
from edge_aibench.scenarios.vehicle.decision import Decision, SeenSign
from edge_aibench.scenarios.vehicle.drives.frames import FrameTruth, VisibleSign
from edge_aibench.scenarios.vehicle.quality import (
    DecisionTruth,
    score_lanes,
    score_signs,
    sum_up,
)
from edge_aibench.scenarios.vehicle.tasks.lane_detection.lanes import ABSENT, Lanes, answer_rows
from edge_aibench.tasks.weights import packaged_weights

ROWS = answer_rows(360)
LIMIT_50, LIMIT_80, STOP = 2, 5, 14


def visible(class_id: int, height: int, *, left: int = 100, clear: bool = True) -> VisibleSign:
    box = (left, 50, left + height, 50 + height)
    return VisibleSign(class_id=class_id, box=box, clear=clear)


def truth(*signs: VisibleSign) -> FrameTruth:
    lanes = Lanes(rows=2 * ROWS, columns=np.full((1, len(ROWS)), 400.0))
    return FrameTruth(lanes=lanes, offset_share=0.0, signs=signs)


def seen(class_id: int, box: tuple[int, int, int, int]) -> SeenSign:
    return SeenSign(class_id=class_id, length=0.9, box=box)


@pytest.mark.parametrize(
    ("column", "share"),
    # 400 of 1280 is 199.75 of 640; 20 pixels of 1280 are allowed, and are 10 of 640.
    [(199.75, 1.0), (209.0, 1.0), (190.5, 1.0), (210.0, 0.0), (150.0, 0.0)],
)
def test_lanes_are_judged_in_tusimples_pixels(column: float, share: float) -> None:
    answer = Lanes(rows=ROWS, columns=np.full((1, len(ROWS)), column))
    assert score_lanes(answer, truth()) == pytest.approx(share)


def test_rows_without_the_line_are_wrong() -> None:
    columns = np.full((1, len(ROWS)), 199.75)
    columns[0, :7] = ABSENT
    answer = Lanes(rows=ROWS, columns=columns)
    assert score_lanes(answer, truth()) == pytest.approx(21 / 28)


def test_signs_count_from_a_size_on_and_while_clear() -> None:
    frame = truth(
        visible(LIMIT_50, 18),
        visible(LIMIT_80, 17, left=200),
        visible(STOP, 40, left=300, clear=False),
    )
    assert score_signs((seen(LIMIT_50, (100, 50, 118, 68)),), frame) == 1.0
    assert score_signs((), frame) == 0.0


def test_half_of_two_signs_is_half() -> None:
    frame = truth(visible(LIMIT_50, 20), visible(STOP, 20, left=300))
    right = seen(LIMIT_50, (100, 50, 120, 70))
    wrong_class = seen(LIMIT_80, (300, 50, 320, 70))
    wrong_place = seen(STOP, (311, 50, 331, 70))
    assert score_signs((right, wrong_class, wrong_place), frame) == 0.5


def test_the_place_must_be_shared_by_half() -> None:
    frame = truth(visible(STOP, 30))
    # Moved by a third of the width: 20 of 40 columns are common to both.
    assert score_signs((seen(STOP, (110, 50, 140, 80)),), frame) == 1.0
    assert score_signs((seen(STOP, (111, 50, 141, 80)),), frame) == 0.0


def test_a_frame_without_signs_is_not_judged() -> None:
    assert math.isnan(score_signs((), truth()))
    assert math.isnan(score_signs((), truth(visible(STOP, 10))))


def right_limits(judge: DecisionTruth, sequence: int) -> set[int | None]:
    return {
        limit
        for limit in (None, 50, 80)
        if judge.score(Decision(offset_share=None, speed_limit_kmh=limit, halt="no"), sequence)
    }


def right_halts(judge: DecisionTruth, sequence: int) -> set[str]:
    return {
        halt
        for halt in ("no", "give-way", "stop")
        if judge.score(Decision(offset_share=None, speed_limit_kmh=None, halt=halt), sequence)
    }


LIMITS = [
    truth(),
    truth(visible(LIMIT_50, 10)),
    truth(visible(LIMIT_50, 20)),
    truth(visible(LIMIT_50, 22)),
    truth(),
    truth(visible(LIMIT_80, 30)),
    truth(visible(LIMIT_80, 40)),
    truth(),
]


def test_a_limit_may_hold_from_its_first_sight_and_must_from_its_second_clear_frame() -> None:
    judge = DecisionTruth(LIMITS, start=0)
    expected = [{None}, {None, 50}, {None, 50}, {50}, {50}, {50, 80}, {80}, {80}]
    assert [right_limits(judge, sequence) for sequence in range(8)] == expected


def test_in_later_rounds_the_limit_of_the_last_one_holds() -> None:
    judge = DecisionTruth(LIMITS, start=0)
    expected = [{80}, {80, 50}, {80, 50}, {50}]
    for round_ in (1, 2, 9):
        assert [right_limits(judge, 8 * round_ + place) for place in range(4)] == expected


def test_a_vehicle_that_starts_later_knows_of_nothing_before() -> None:
    judge = DecisionTruth(LIMITS, start=4)
    assert [right_limits(judge, sequence) for sequence in range(4)] == [
        {None},
        {None, 80},
        {80},
        {80},
    ]
    assert right_limits(judge, 4) == {80}


def test_a_halt_may_linger_for_two_frames() -> None:
    stop = truth(visible(STOP, 25))
    judge = DecisionTruth([truth(), stop, stop, stop, *[truth()] * 4], start=0)
    assert [right_halts(judge, sequence) for sequence in range(7)] == [
        {"no"},
        {"no", "stop"},
        {"stop"},
        {"stop"},
        {"no", "stop"},
        {"no", "stop"},
        {"no"},
    ]


def shipped(task: str) -> dict[str, dict[str, float]]:
    """What the manifest beside the shipped weights says."""
    manifest = json.loads((packaged_weights("vehicle") / "manifest.json").read_text())
    quality: dict[str, dict[str, float]] = manifest["networks"][task]["lite"]["quality"]
    return quality


def test_scores_are_summed_up_by_stage_without_those_not_judged() -> None:
    stages = load_scenario("vehicle").scenario.stages
    values = {"lane-detection": (1.0, 0.5), "traffic-sign": (1.0, math.nan), "decide": (math.nan,)}
    answers = [
        Answer(0, sequence, stage, value)
        for stage, given in values.items()
        for sequence, value in enumerate(given)
    ]
    quality = sum_up(answers, stages)
    assert quality["lane-detection"] == {
        "accuracy": shipped("lane-detection")["network"]["accuracy"],
        "run_accuracy": 0.75,
        "run_frames": 2,
    }
    assert quality["traffic-sign"] == {
        "top1": shipped("traffic-sign")["network"]["top1"],
        "run_found_and_right": 1.0,
        "run_frames": 1,
    }
    assert quality["decide"] == {"run_right": None, "run_frames": 0}


def test_an_untrained_network_has_no_quality() -> None:
    overrides = parse_overrides(("stages.lane-detection.preset=reference",))
    stages = load_scenario("vehicle", overrides).scenario.stages
    quality = sum_up([Answer(0, 0, "lane-detection", 0.1)], stages)
    assert quality["lane-detection"]["quality"] == "n/a (untrained)"


def test_a_network_of_8_bits_has_a_quality_of_its_own() -> None:
    overrides = parse_overrides(("stages.lane-detection.precision=int8",))
    stages = load_scenario("vehicle", overrides).scenario.stages
    quality = sum_up([Answer(0, 0, "lane-detection", 0.1)], stages)
    assert quality["lane-detection"]["accuracy"] == shipped("lane-detection")["int8"]["accuracy"]

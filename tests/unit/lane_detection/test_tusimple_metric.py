"""Cases worked out by hand from the published rules."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.vehicle.tasks.lane_detection.tusimple_metric import (
    OFFICIAL_RUN_TIME_LIMIT_MS,
    TuSimpleScore,
    mean_score,
    score_frame,
)

ROWS = np.arange(10.0, 210.0, 10.0)  # 20 rows, so that one point is 5 %


def upright(column: float) -> NDArray[np.float64]:
    return np.full(20, column)


def lines(*columns: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array(columns).reshape(len(columns), 20)


def test_the_labels_themselves() -> None:
    labels = lines(upright(100), upright(300))
    assert score_frame(labels, labels, ROWS) == TuSimpleScore(
        accuracy=1.0, false_positives=0.0, false_negatives=0.0
    )


@pytest.mark.parametrize(("aside", "accuracy"), [(19.9, 1.0), (-19.9, 1.0), (20.0, 0.0)])
def test_twenty_pixels_beside_an_upright_line(aside: float, accuracy: float) -> None:
    score = score_frame(lines(upright(100 + aside)), lines(upright(100)), ROWS)
    assert score.accuracy == accuracy
    assert score.false_negatives == 1 - accuracy
    assert score.false_positives == 1 - accuracy


@pytest.mark.parametrize(("aside", "accuracy"), [(28.2, 1.0), (28.4, 0.0)])
def test_a_slanting_line_has_more_room(aside: float, accuracy: float) -> None:
    # At 45 degrees the tolerance is 20 / cos(45 degrees) = 28.28 pixels.
    slanting = 200 + ROWS
    assert score_frame(lines(slanting + aside), lines(slanting), ROWS).accuracy == accuracy


def test_absent_on_both_sides_is_right() -> None:
    label = upright(100)
    label[:6] = -2
    answer = upright(100)
    answer[:4] = -2
    # 4 rows absent in both, 14 right, 2 answered where the label has none: 18 of 20.
    score = score_frame(lines(answer), lines(label), ROWS)
    assert score.accuracy == pytest.approx(0.9)
    assert score.false_negatives == 0


@pytest.mark.parametrize(("wrong", "missed"), [(3, 0.0), (4, 1.0)])
def test_a_label_is_matched_from_85_percent_on(wrong: int, missed: float) -> None:
    answer = upright(100)
    answer[:wrong] = 400
    score = score_frame(lines(answer), lines(upright(100)), ROWS)
    assert score.false_negatives == missed
    assert score.false_positives == missed
    assert score.accuracy == pytest.approx(1 - wrong / 20)


def test_a_line_too_many_and_one_missed() -> None:
    labels = lines(upright(100), upright(300), upright(500))
    answers = lines(upright(100), upright(301), upright(800), upright(900))
    score = score_frame(answers, labels, ROWS)
    assert score.accuracy == pytest.approx(2 / 3)
    assert score.false_positives == pytest.approx(2 / 4)
    assert score.false_negatives == pytest.approx(1 / 3)


def test_of_five_labels_the_worst_is_let_off() -> None:
    labels = lines(*(upright(100 * place) for place in range(1, 6)))
    score = score_frame(labels[:3], labels, ROWS)
    # Two are missed, one of them let off; the others count as four.
    assert score.accuracy == pytest.approx(3 / 4)
    assert score.false_negatives == pytest.approx(1 / 4)
    assert score.false_positives == 0


def test_two_labels_matched_by_one_line_make_up_for_a_false_one() -> None:
    labels = lines(upright(100), upright(110))
    score = score_frame(lines(upright(105)), labels, ROWS)
    assert score.false_positives == -1
    assert score.accuracy == 1


def test_three_lines_too_many_score_nothing() -> None:
    label = lines(upright(100))
    answers = lines(*(upright(100 * place) for place in range(1, 5)))
    assert score_frame(answers[:3], label, ROWS).accuracy == 1
    assert score_frame(answers, label, ROWS) == TuSimpleScore(
        accuracy=0.0, false_positives=0.0, false_negatives=1.0
    )


def test_no_answer_and_no_label() -> None:
    nothing = np.zeros((0, 20))
    assert score_frame(nothing, lines(upright(100)), ROWS) == TuSimpleScore(
        accuracy=0.0, false_positives=0.0, false_negatives=1.0
    )
    assert score_frame(lines(upright(100)), nothing, ROWS) == TuSimpleScore(
        accuracy=0.0, false_positives=1.0, false_negatives=0.0
    )


@pytest.mark.parametrize(
    ("taken_ms", "limit_ms", "accuracy"),
    [
        (201.0, OFFICIAL_RUN_TIME_LIMIT_MS, 0.0),
        (200.0, OFFICIAL_RUN_TIME_LIMIT_MS, 1.0),
        (1000.0, None, 1.0),
        (None, OFFICIAL_RUN_TIME_LIMIT_MS, 1.0),
    ],
)
def test_the_run_time_limit(
    taken_ms: float | None, limit_ms: float | None, accuracy: float
) -> None:
    labels = lines(upright(100))
    score = score_frame(labels, labels, ROWS, run_time_ms=taken_ms, run_time_limit_ms=limit_ms)
    assert score.accuracy == accuracy
    assert score.false_negatives == 1 - accuracy


def test_the_mean_over_frames() -> None:
    first = TuSimpleScore(accuracy=1.0, false_positives=0.0, false_negatives=0.5)
    second = TuSimpleScore(accuracy=0.5, false_positives=0.5, false_negatives=0.0)
    assert mean_score([first, second]) == TuSimpleScore(
        accuracy=0.75, false_positives=0.25, false_negatives=0.25
    )
    with pytest.raises(ConfigError, match="at least one frame"):
        mean_score([])


def test_columns_for_other_rows_are_refused() -> None:
    with pytest.raises(ConfigError, match="each of the 20 rows"):
        score_frame(np.zeros((1, 19)), lines(upright(1)), ROWS)


def test_a_label_of_one_point_is_taken_as_upright() -> None:
    label = np.full(20, -2.0)
    label[3] = 100
    answer = label.copy()
    answer[3] = 119.9
    assert math.isclose(score_frame(lines(answer), lines(label), ROWS).accuracy, 1)

"""TuSimple's metric against a second reading of its rules, line by line and in plain Python."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_aibench.scenarios.vehicle.tasks.lane_detection.tusimple_metric import score_frame

ROWS = [10.0 * number for number in range(1, 9)]
line = st.lists(
    st.one_of(st.just(-2.0), st.integers(0, 90).map(float)), min_size=len(ROWS), max_size=len(ROWS)
)
lines = st.lists(line, max_size=7)


def slope(columns: list[float]) -> float:
    """By the normal equation of a straight line, over the points that are there."""
    points = [(y, x) for x, y in zip(columns, ROWS, strict=True) if x >= 0]
    if len(points) < 2:
        return 0.0
    n = len(points)
    sum_y, sum_x = sum(y for y, _ in points), sum(x for _, x in points)
    sum_yy, sum_yx = sum(y * y for y, _ in points), sum(y * x for y, x in points)
    return (n * sum_yx - sum_y * sum_x) / (n * sum_yy - sum_y * sum_y)


def right_points(answer: list[float], label: list[float]) -> tuple[int, float]:
    """How many points are right, and how near the nearest one is to the tolerance."""
    tolerance = 20 / math.cos(math.atan(slope(label)))
    gaps = []
    for given_x, wanted_x in zip(answer, label, strict=True):
        gaps.append(
            abs((given_x if given_x >= 0 else -100) - (wanted_x if wanted_x >= 0 else -100))
        )
    return sum(gap < tolerance for gap in gaps), min(abs(gap - tolerance) for gap in gaps)


def expected(answers: list[list[float]], labels: list[list[float]]) -> tuple[float, float, float]:
    if len(answers) > len(labels) + 2:
        return 0.0, 0.0, 1.0
    shares = []
    for label in labels:
        found = [right_points(answer, label)[0] / len(ROWS) for answer in answers]
        shares.append(max(found, default=0.0))
    matched = len([share for share in shares if share >= 0.85])
    missed = len(labels) - matched
    total = sum(shares)
    if len(labels) > 4:
        total -= min(shares)
        missed = max(missed - 1, 0)
    divisor = max(1, min(4, len(labels)))
    false = (len(answers) - matched) / len(answers) if answers else 0.0
    return total / divisor, false, missed / divisor


@given(answers=lines, labels=lines)
def test_it_is_what_the_rules_say(answers: list[list[float]], labels: list[list[float]]) -> None:
    nearest = [right_points(answer, label)[1] for answer in answers for label in labels]
    if min(nearest, default=1.0) < 1e-9:
        return  # At the tolerance itself rounding decides.
    answered, labelled = (
        np.array(side).reshape(len(side), len(ROWS)) for side in (answers, labels)
    )
    score = score_frame(answered, labelled, np.array(ROWS))
    found = (score.accuracy, score.false_positives, score.false_negatives)
    assert found == pytest.approx(expected(answers, labels))


@given(labels=st.lists(line, min_size=1, max_size=5))
def test_the_labels_are_the_best_answer(labels: list[list[float]]) -> None:
    columns = np.array(labels)
    score = score_frame(columns, columns, np.array(ROWS))
    assert score.accuracy == 1
    assert score.false_negatives == 0

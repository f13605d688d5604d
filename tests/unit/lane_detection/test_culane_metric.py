from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_aibench.scenarios.vehicle.tasks.lane_detection.culane_metric import (
    CULaneCounts,
    count_frame,
    interpolate,
)

SIZE = (300, 600)


def upright(column: float) -> NDArray[np.float64]:
    return np.array([(column, 20.0), (column, 150.0), (column, 280.0)])


@pytest.mark.parametrize(("aside", "right"), [(0, 1), (8, 1), (12, 0), (60, 0)])
def test_half_of_the_union_must_overlap(aside: float, right: int) -> None:
    # Bands of 30 pixels that lie 10 apart share 20 of 40: a half, up to their ends' caps.
    counts = count_frame([upright(200 + aside)], [upright(200)], size=SIZE)
    assert counts == CULaneCounts(
        true_positives=right, false_positives=1 - right, false_negatives=1 - right
    )


def test_each_label_is_matched_once_and_for_the_best_sum() -> None:
    # The first answer overlaps both labels, the second the first label only.
    labels = [upright(200), upright(209)]
    answers = [upright(203), upright(197)]
    assert count_frame(answers, labels, size=SIZE).true_positives == 2
    assert count_frame(answers[:1], labels, size=SIZE) == CULaneCounts(
        true_positives=1, false_positives=0, false_negatives=1
    )


def test_nothing_on_either_side() -> None:
    assert count_frame([], [upright(10)], size=SIZE).false_negatives == 1
    assert count_frame([upright(10)], [], size=SIZE).false_positives == 1
    assert count_frame([], [], size=SIZE).f1 == 0


def test_a_point_covers_nothing() -> None:
    point = np.array([(200.0, 100.0)])
    assert count_frame([point], [upright(200)], size=SIZE).true_positives == 0
    assert count_frame([point], [point], size=SIZE).true_positives == 0


def test_f1_by_hand() -> None:
    counts = CULaneCounts(true_positives=3, false_positives=1, false_negatives=2)
    counts += CULaneCounts(true_positives=1, false_positives=0, false_negatives=2)
    assert counts.precision == pytest.approx(4 / 5)
    assert counts.recall == pytest.approx(4 / 8)
    # 2 x 0.8 x 0.5 / 1.3
    assert counts.f1 == pytest.approx(8 / 13)


def test_the_spline_passes_through_its_points() -> None:
    points = np.array([(0.0, 0.0), (30.0, 40.0), (90.0, 120.0), (90.0, 120.0), (80.0, 200.0)])
    curve = interpolate(points)
    for point in points:
        assert np.abs(curve - point).sum(axis=1).min() < 1e-9


def test_the_spline_of_a_straight_line_is_straight() -> None:
    points = np.array([(0.0, 0.0), (3.0, 4.0), (30.0, 40.0), (60.0, 80.0)])
    curve = interpolate(points)
    assert curve[:, 0] * 4 == pytest.approx(curve[:, 1] * 3)
    assert (np.diff(curve[:, 0]) > 0).all()

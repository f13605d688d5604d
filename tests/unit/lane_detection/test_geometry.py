from __future__ import annotations

import numpy as np
import pytest

from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.geometry import (
    Camera,
    Road,
    label_columns,
)

CAMERA = Camera(width=1280, height=720, focal_px=1000.0, height_m=1.5, horizon=260.0)
STRAIGHT = Road(offset_m=0.0, heading=0.0, curvature=0.0, curvature_rate=0.0, climb=0.0)


def test_a_straight_line_by_hand() -> None:
    # Row 410 is 150 below the horizon: 1.5 m x 1000 / 150 = 10 m ahead, where 2 m are 200 px.
    columns = label_columns(CAMERA, STRAIGHT, np.array([-2.0, 2.0]), np.array([410.0, 560.0]))
    assert columns.tolist() == [[440.0, 240.0], [840.0, 1040.0]]


def test_absent_above_the_horizon_too_far_and_aside() -> None:
    # 21 rows below the horizon are 71 m ahead, 22 are 68 m.
    rows = np.array([250.0, 260.0, 281.0, 282.0, 700.0])
    columns = label_columns(CAMERA, STRAIGHT, np.array([3.0]), rows)
    assert columns.tolist() == [[-2.0, -2.0, -2.0, 684.0, -2.0]]


def test_a_bend_by_hand() -> None:
    road = Road(offset_m=0.5, heading=0.01, curvature=0.002, curvature_rate=6e-5, climb=0.0)
    # At 20 m: 0.5 + 0.2 + 0.002 x 400 / 2 + 6e-5 x 8000 / 6 = 1.18 m.
    assert road.lateral(np.array([20.0])) == pytest.approx([1.18])


@pytest.mark.parametrize("climb", [-2e-4, 0.0, 2e-4])
def test_rows_and_distances_belong_together(climb: float) -> None:
    road = Road(offset_m=0.0, heading=0.0, curvature=0.0, curvature_rate=0.0, climb=climb)
    z = np.array([3.0, 10.0, 40.0, 70.0])
    rows = road.project(CAMERA, 0.0, z)[:, 1]
    assert road.distance(CAMERA, rows) == pytest.approx(z)


def test_behind_a_crest_there_is_no_road() -> None:
    road = Road(offset_m=0.0, heading=0.0, curvature=0.0, curvature_rate=0.0, climb=-2e-3)
    # The road is seen up to 38.7 m, sqrt(2 x 1.5 / 2e-3), in the row 77.5 below the horizon.
    assert np.isinf(road.distance(CAMERA, np.array([260.0, 300.0, 337.0]))).all()
    assert road.distance(CAMERA, np.array([338.0]))[0] == pytest.approx(38.7, abs=5)

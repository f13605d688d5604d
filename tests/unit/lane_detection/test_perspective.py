from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_aibench.scenarios.vehicle.tasks.lane_detection.perspective import (
    Perspective,
    fit_curve,
    fit_robustly,
    fixed_perspective,
)

VIEW = Perspective(a=0.9, b=0.3, c=-0.2, d=0.4, e=1.1, f=-3.0)
Y = np.linspace(0.45, 1, 30)


def test_it_is_the_homography_of_the_paper() -> None:
    x = np.linspace(0, 1, 30)
    matrix = np.array(((VIEW.a, VIEW.b, VIEW.c), (0, VIEW.d, VIEW.e), (0, VIEW.f, 1)))
    transformed = matrix @ np.stack((x, Y, np.ones(30)))
    across, along = transformed[:2] / transformed[2]
    assert VIEW.across(x, Y) == pytest.approx(across)
    assert VIEW.along(Y) == pytest.approx(along)
    returned = np.linalg.inv(matrix) @ np.stack((across, along, np.ones(30)))
    assert VIEW.back(across, Y) == pytest.approx(returned[0] / returned[2])


def test_the_fixed_one_counts_from_the_bottom_to_the_horizon() -> None:
    view = fixed_perspective(0.4)
    assert view.along(np.array([1.0, 0.7, 0.5])) == pytest.approx(np.array([1, 2, 6]))
    # Straight ahead and a column that meets it at the horizon stay where they are.
    rows = np.array([1.0, 0.7, 0.5])
    assert view.across(np.full(3, 0.5), rows) == pytest.approx(np.zeros(3))
    assert view.across(0.5 + 0.3 * (rows - 0.4) / 0.6, rows) == pytest.approx(np.full(3, 0.3))


def from_above(view: Perspective, y: NDArray[np.float64]) -> NDArray[np.float64]:
    along = view.along(y)
    return view.back(2e-3 * along**3 - 0.03 * along**2 + 0.1 * along + 0.2, y)


def test_a_cubic_from_above_is_found() -> None:
    view = fixed_perspective()
    x = from_above(view, Y)
    curve = fit_curve(x, Y, degree=3, perspective=view, weights=np.ones(30))
    wanted = np.array([0.4, 0.5, 0.8])
    assert curve.x(wanted) == pytest.approx(from_above(view, wanted))
    assert np.isnan(curve.x(np.array([0.28, 0.1]))).all()


def test_a_parabola_in_the_image_is_found() -> None:
    x = 0.3 + 0.2 * Y - 0.4 * Y**2
    curve = fit_curve(x, Y, degree=2, perspective=None, weights=np.ones(30))
    assert curve.x(np.array([0.0, 1.0])) == pytest.approx(np.array([0.3, 0.1]))


def test_the_error_in_the_image_is_least() -> None:
    rng = np.random.default_rng(1)
    x = 0.4 + 0.2 * Y + 0.02 * rng.normal(size=30)
    weights = rng.uniform(0.5, 2, 30)
    curve = fit_curve(x, Y, degree=3, perspective=VIEW, weights=weights)
    # The curve in the image is linear in its coefficients, so that least squares finds them.
    design = np.vander(VIEW.along(Y), 4) * (VIEW.divisor(Y) / VIEW.a)[:, None]
    rest = x + (VIEW.b * Y + VIEW.c) / VIEW.a
    root = np.sqrt(weights)
    solution, *_ = np.linalg.lstsq(design * root[:, None], rest * root, rcond=None)
    expected = design @ solution - (VIEW.b * Y + VIEW.c) / VIEW.a
    assert curve.x(Y) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("points", "degree"), [(1, 0), (3, 0), (4, 1), (6, 1), (7, 2), (10, 3)])
def test_a_short_line_bears_a_low_degree(points: int, degree: int) -> None:
    # Thirty points are 0.55 apart, 0.019 one from the next; a degree takes 0.055.
    curve = fit_curve(
        Y[:points] ** 2, Y[:points], degree=3, perspective=None, weights=np.ones(points)
    )
    assert len(curve.coefficients) == degree + 1


def test_points_beyond_the_horizon_are_left_out() -> None:
    view = fixed_perspective(0.4)
    y = np.concatenate(([0.1, 0.3, 0.4], Y))
    x = np.concatenate(([9.0, 9.0, 9.0], 0.2 + 0.1 * Y))
    curve = fit_curve(x, y, degree=1, perspective=view, weights=np.ones(len(y)))
    assert curve.x(Y) == pytest.approx(0.2 + 0.1 * Y)


def test_no_points_have_no_curve() -> None:
    nothing = np.zeros(0)
    for view in (None, VIEW):
        curve = fit_curve(nothing, nothing, degree=3, perspective=view, weights=nothing)
        assert np.isnan(curve.x(Y)).all()


@pytest.mark.parametrize("view", [None, fixed_perspective()])
def test_stray_points_hardly_count(view: Perspective | None) -> None:
    x = 0.3 + 0.2 * Y
    x[4:8] += 0.15
    curve = fit_robustly(x, Y, degree=1, perspective=view, scale=0.01)
    assert curve.x(Y) == pytest.approx(0.3 + 0.2 * Y, abs=0.002)
    plain = fit_curve(x, Y, degree=1, perspective=view, weights=np.ones(30))
    assert np.abs(plain.x(Y) - 0.3 - 0.2 * Y).max() > 0.02


def test_points_beyond_the_horizon_have_no_part_in_a_robust_fit() -> None:
    y = np.concatenate(([0.1, 0.3], Y))
    x = np.concatenate(([9.0, 9.0], 0.2 + 0.1 * Y))
    curve = fit_robustly(x, y, degree=1, perspective=fixed_perspective(0.4), scale=0.01)
    assert curve.x(Y) == pytest.approx(0.2 + 0.1 * Y)

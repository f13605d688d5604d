"""Which runs a validation makes."""

from __future__ import annotations

import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.fidelity.grid import Asked, interval_s, plan_grid


def test_cells_are_interleaved_lightest_first_and_repeats_go_round() -> None:
    found = list(plan_grid(["edge", "cloud"], [0.8], [0.4], repeats=2))
    assert found[:3] == [
        Asked(role="held-out", place="edge", load=0.4, repeat=0),
        Asked(role="calibration", place="edge", load=0.8, repeat=0),
        Asked(role="held-out", place="cloud", load=0.4, repeat=0),
    ]
    assert [one.repeat for one in found] == [0, 0, 0, 0, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("calibrate_at", "predict_at", "option"),
    [
        ([0.0], [0.4], "--calibrate-at"),
        ([0.2], [1.0], "--predict-at"),
        ([0.2], [float("nan")], "--predict-at"),
        ([0.2, 0.4], [0.4], "--predict-at"),
    ],
)
def test_loads_that_show_nothing_are_refused(
    calibrate_at: list[float], predict_at: list[float], option: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        list(plan_grid(["edge"], calibrate_at, predict_at, repeats=1))
    assert caught.value.where == option


def test_twice_the_load_takes_half_the_interval() -> None:
    assert interval_s(0.8, known_interval_s=1.0, known_use=0.1) == 0.125
    # 0.0123456 s to three digits.
    assert interval_s(1.0, known_interval_s=0.123456, known_use=0.1) == 0.0123

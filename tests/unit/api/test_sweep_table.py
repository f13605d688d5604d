"""The tidy table and the means over repeats, by hand."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest

from edge_aibench.api.sweeps.options import Point
from edge_aibench.api.sweeps.runs import Outcome
from edge_aibench.api.sweeps.table import CSV, PARQUET, point_results, tidy_table, write_table

POINTS: tuple[Point, ...] = ({"place": "edge", "n": 1}, {"place": "cloud", "n": 2})


def outcome(index: int, repeat: int, value: float, validity: str = "VALID") -> Outcome:
    reasons = "" if validity == "VALID" else "stable: it grows"
    figures: dict[str, float | str] = {"e2e.mean": value, "validity": validity, "reasons": reasons}
    return Outcome(index, repeat, 100 + repeat, figures)


OUTCOMES = [
    outcome(0, 0, 1.0),
    outcome(1, 0, math.inf),
    Outcome(0, 1, 101, error="ValueError: a, b"),
    outcome(1, 1, 0.1 + 0.2, "INVALID"),
]


def table(outcomes: list[Outcome]) -> pd.DataFrame:
    return tidy_table(outcomes, points=POINTS, keys=("n", "place"), measures=("e2e.mean",))


def test_one_row_a_run_whatever_their_order() -> None:
    found = table(OUTCOMES)
    assert list(found.columns) == [
        *("point", "n", "place", "repeat", "seed", "e2e.mean"),
        *("validity", "reasons", "error"),
    ]
    assert found["point"].tolist() == [0, 0, 1, 1]
    assert found["place"].tolist() == ["edge", "edge", "cloud", "cloud"]
    assert found["seed"].tolist() == [100, 101, 100, 101]
    assert found["e2e.mean"].isna().tolist() == [False, True, False, False]
    assert found["validity"].tolist() == ["VALID", "", "VALID", "INVALID"]
    assert found["reasons"].tolist() == ["", "", "", "stable: it grows"]
    assert found["error"].tolist() == ["", "ValueError: a, b", "", ""]
    pd.testing.assert_frame_equal(table(OUTCOMES[::-1]), found)


def test_both_files_hold_every_digit(tmp_path: Path) -> None:
    write_table(table(OUTCOMES), tmp_path)
    lines = (tmp_path / CSV).read_text().splitlines()
    assert lines == [
        "point,n,place,repeat,seed,e2e.mean,validity,reasons,error",
        "0,1,edge,0,100,1.0,VALID,,",
        '0,1,edge,1,101,,,,"ValueError: a, b"',
        "1,2,cloud,0,100,inf,VALID,,",
        "1,2,cloud,1,101,0.30000000000000004,INVALID,stable: it grows,",
    ]
    read = pd.read_parquet(tmp_path / PARQUET)
    assert read["e2e.mean"].tolist()[2:] == [math.inf, 0.1 + 0.2]


def test_a_key_with_text_and_numbers_becomes_text(tmp_path: Path) -> None:
    points: tuple[Point, ...] = ({"x": 1}, {"x": "auto"}, {"x": None})
    found = tidy_table(
        [outcome(index, 0, 1.0) for index in range(3)], points=points, keys=("x",), measures=()
    )
    write_table(found, tmp_path)
    assert pd.read_parquet(tmp_path / PARQUET)["x"].tolist()[:2] == ["1", "auto"]


def test_a_mean_over_repeats_with_students_interval() -> None:
    outcomes = [outcome(0, repeat, value) for repeat, value in enumerate((1.0, 2.0, 3.0))]
    (point,) = point_results(outcomes, points=POINTS, keys=("n",), measures=("e2e.mean",))
    figure = point.figures["e2e.mean"]
    # Standard deviation 1, Student's t with 2 degrees of freedom: 4.3026527 at 97.5 %.
    half = 4.302652729911275 / math.sqrt(3)
    assert (point.keys, point.runs, figure.count, figure.mean) == ({"n": 1}, 3, 3, 2.0)
    assert figure.lower == pytest.approx(2.0 - half)
    assert figure.upper == pytest.approx(2.0 + half)


def test_runs_that_failed_or_are_invalid_are_in_no_mean() -> None:
    first, second = point_results(OUTCOMES, points=POINTS, keys=(), measures=("e2e.mean",))
    assert (first.runs, first.failed, first.invalid) == (2, 1, 0)
    assert (second.runs, second.failed, second.invalid) == (2, 0, 1)
    assert (first.figures["e2e.mean"].count, first.figures["e2e.mean"].mean) == (1, 1.0)
    assert first.figures["e2e.mean"].lower is None
    assert second.figures["e2e.mean"].mean == math.inf


def test_a_point_without_figures_has_none() -> None:
    (point,) = point_results(
        [Outcome(0, 0, 1, error="x")], points=POINTS, keys=(), measures=("e2e.mean",)
    )
    assert point.figures["e2e.mean"].count == 0
    assert math.isnan(point.figures["e2e.mean"].mean)

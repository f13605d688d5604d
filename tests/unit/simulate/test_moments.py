"""Rows that are drawn by the moment at which a request is due."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError

from edge_aibench.model.time_law import MeasuredTimes
from edge_aibench.model.timings import Moments, StageTimes, Timings
from edge_aibench.simulate.draws import moment_shares

Integers = NDArray[np.int64]
Numbers = NDArray[np.float64]

TEN = Moments(at_s=tuple(map(float, range(10))), stretch_s=3.0, near_s=0.4)


def rows(
    moments: Moments, due_s: list[float], *, near: float = 0.0, begin: float = 0.0
) -> list[int]:
    def begins(stretches: Integers) -> Numbers:
        return np.full(len(stretches), begin)

    due = np.array(due_s)
    shares = moment_shares(moments, due, np.full(len(due), near), begins)
    return [int(share * len(moments.at_s)) for share in shares]


def test_within_a_stretch_rows_follow_one_another() -> None:
    # A stretch is 3 s: it begins anew at 3 s, here always at the first row.
    assert rows(TEN, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]) == [0, 1, 2, 0, 1, 2]


def test_a_stretch_begins_where_it_was_drawn_and_runs_over_the_end_to_the_beginning() -> None:
    # 10 rows last 9 s; a beginning at 8/9 of them is at 8 s, and 9 s is 0 s again.
    assert rows(TEN, [0.0, 1.0, 2.0], begin=8 / 9) == [8, 0, 1]


def test_rows_of_about_the_moment_stand_for_it() -> None:
    moments = Moments(at_s=(0.0, 0.9, 1.0, 1.1, 9.0), stretch_s=5.0, near_s=0.2)
    assert [rows(moments, [1.0], near=share)[0] for share in (0.0, 0.4, 0.99)] == [1, 2, 3]
    # Nothing was measured about 5 s after the beginning: the next row is taken.
    assert rows(moments, [4.0]) == [4]


def test_rows_that_lie_close_count_as_much_as_those_far_apart() -> None:
    # Three rows within 2 s and three within 200 s: half of the stretches begin in either part.
    uneven = Moments(at_s=(0.0, 1.0, 2.0, 100.0, 200.0, 300.0), stretch_s=0.5)
    found = [rows(uneven, [0.0], begin=share)[0] for share in (0.1, 0.3, 0.45, 0.6, 0.7, 0.8)]
    assert found == [0, 1, 2, 3, 4, 4]


def test_one_row_is_all_there_is() -> None:
    one = Moments(at_s=(7.0,), stretch_s=1.0)
    assert rows(one, [0.0, 5.5], near=0.9, begin=0.9) == [0, 0]


def test_every_row_is_drawn_about_as_often_as_any_other() -> None:
    generator = np.random.default_rng(7)
    begins = generator.random(20_000)
    due_s = np.arange(20_000) * 3.0 + generator.random(20_000) * 3.0
    near = generator.random(20_000)
    many = Moments(at_s=tuple(np.linspace(0.0, 99.0, 100).tolist()), stretch_s=3.0, near_s=2.0)
    shares = moment_shares(many, due_s, near, lambda numbers: begins[numbers])
    counts = np.bincount((shares * 100).astype(int), minlength=100)
    assert counts[5:95].min() > 120
    assert counts.max() < 300


def test_moments_are_one_a_row_in_order() -> None:
    work = StageTimes(work=MeasuredTimes(measured_s=(1.0, 2.0, 3.0)))
    with pytest.raises(ValidationError, match="one instant a row"):
        Timings(stages={"a": work}, rows=True, moments=Moments(at_s=(0.0, 1.0), stretch_s=1.0))
    with pytest.raises(ValidationError, match="are those of rows"):
        Timings(stages={"a": work}, moments=Moments(at_s=(0.0, 1.0, 2.0), stretch_s=1.0))
    with pytest.raises(ValidationError, match="must not fall"):
        Moments(at_s=(1.0, 0.5), stretch_s=1.0)

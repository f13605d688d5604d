from __future__ import annotations

import numpy as np
import pytest

from edge_aibench.errors import InternalError
from edge_aibench.scenarios.vehicle.tasks.lane_detection.lanes import (
    ABSENT,
    Lanes,
    answer_rows,
    rank_lines,
)

ROWS = np.array([100.0, 110.0, 120.0, 130.0])


def test_tusimple_rows() -> None:
    rows = answer_rows(720)
    assert rows[0] == 160
    assert rows[-1] == 710
    assert len(rows) == 56
    assert (np.diff(rows) == 10).all()


def test_columns_at_other_rows() -> None:
    lanes = Lanes(rows=ROWS, columns=np.array([[ABSENT, 50.0, 60.0, 80.0]]))
    wanted = np.array([90.0, 100.0, 105.0, 110.0, 115.0, 122.5, 130.0, 131.0])
    expected = [[ABSENT, ABSENT, ABSENT, 50.0, 55.0, 65.0, 80.0, ABSENT]]
    assert lanes.at_rows(wanted) == pytest.approx(np.array(expected))
    assert lanes.at_rows(ROWS) is lanes.columns


def test_no_lines_at_other_rows() -> None:
    lanes = Lanes(rows=ROWS, columns=np.zeros((0, 4)))
    assert lanes.at_rows(np.array([105.0])).shape == (0, 1)
    assert lanes.polylines() == ()


def test_polylines_leave_out_what_is_absent() -> None:
    columns = np.array([[ABSENT, 5.0, 6.0, ABSENT], [ABSENT] * 4])
    (line,) = Lanes(rows=ROWS, columns=columns).polylines()
    assert line.tolist() == [[5.0, 110.0], [6.0, 120.0]]


def test_columns_must_fit_rows() -> None:
    with pytest.raises(InternalError, match="do not fit"):
        Lanes(rows=ROWS, columns=np.zeros((2, 3)))


def test_lines_are_ranked_from_the_middle_at_the_bottom() -> None:
    rows = np.array([50.0, 60.0, 70.0])
    columns = np.array(
        [
            [10.0, 9.0, 8.0],  # left, outer
            [40.0, 30.0, 20.0],  # straight on it is at -10 at the bottom: farther left still
            [55.0, 60.0, 65.0],  # at 80 at the bottom: right
            [ABSENT, ABSENT, 70.0],  # one point has no direction
        ]
    )
    slots = {slot: line[-1] for slot, line in rank_lines(columns, rows, width=100, height=100)}
    assert slots == {(False, 0): 8.0, (False, 1): 20.0, (True, 0): 65.0}

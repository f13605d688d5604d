"""Lane lines of one image: what a label holds and what an answer is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_aibench.errors import InternalError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Points = NDArray[np.float64]

ABSENT: Final = -2.0
"""The column of a lane line at a row that it does not cross, as TuSimple writes it."""

ROW_STEP: Final = 10
FIRST_ROW_SHARE: Final = 160 / 720
"""TuSimple samples lines each 10 rows from row 160 of 720 on; others from 240 on."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Lanes:
    """Columns of lane lines at fixed rows, in pixels of the image as the sensor gave it.

    *rows* float64 (rows,), increasing; *columns* float64 (lines, rows), `ABSENT` where a line
    does not cross a row inside the image.
    """

    rows: NDArray[np.float64]
    columns: NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.columns.ndim != 2 or self.columns.shape[1:] != self.rows.shape:
            raise InternalError(
                f"columns {self.columns.shape} do not fit rows {self.rows.shape} of lane lines"
            )

    def __len__(self) -> int:
        """How many lines there are."""
        return len(self.columns)

    @property
    def present(self) -> NDArray[np.bool_]:
        """Where a line crosses a row, bool (lines, rows)."""
        return self.columns >= 0

    def at_rows(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the columns at other *rows*, (lines, rows).

        Between two rows a line is straight; where either of them is not crossed it is absent.
        """
        if np.array_equal(rows, self.rows):
            return self.columns
        if not len(self.rows):
            return np.full((len(self), len(rows)), ABSENT)
        below = np.minimum(np.searchsorted(self.rows, rows), len(self.rows) - 1)
        above = np.maximum(below - (self.rows[below] != rows), 0)
        span = self.rows[below] - self.rows[above]
        share = np.where(span > 0, (rows - self.rows[above]) / np.where(span > 0, span, 1), 0)
        inside = (rows >= self.rows[0]) & (rows <= self.rows[-1])
        both = self.present[:, above] & self.present[:, below] & inside
        between = (1 - share) * self.columns[:, above] + share * self.columns[:, below]
        return np.where(both, between, ABSENT)

    def polylines(self) -> tuple[Points, ...]:
        """The lines as points (n, 2) of column and row, from the top down, empty ones left out."""
        lines = (
            np.column_stack((columns[present], self.rows[present]))
            for columns, present in zip(self.columns, self.present, strict=True)
        )
        return tuple(line for line in lines if len(line))


def answer_rows(height: int) -> NDArray[np.float64]:
    """The rows at which lines are answered for images of *height*: 160, 170, .. 710 for 720."""
    first = ROW_STEP * round(FIRST_ROW_SHARE * height / ROW_STEP)
    return np.arange(first, height, ROW_STEP, dtype=np.float64)


def rank_lines(
    columns: NDArray[np.float64], rows: NDArray[np.float64], *, width: int, height: int
) -> list[tuple[tuple[bool, int], NDArray[np.float64]]]:
    """Name each line (whether it is right of the middle, its rank from the middle from 0 on).

    What counts is where a line, or the straight line through its lowest points, meets the
    bottom of the image.
    """
    placed = []
    for line in columns:
        present = np.flatnonzero(line >= 0)
        if len(present) < 2:
            continue
        last = present[-4:]
        at_bottom = np.polyfit(rows[last] - height, line[last], 1)[1]
        placed.append((float(at_bottom) - width / 2, line))
    right = sorted((pair for pair in placed if pair[0] >= 0), key=lambda pair: pair[0])
    left = sorted((pair for pair in placed if pair[0] < 0), key=lambda pair: -pair[0])
    return [
        ((side, rank), line)
        for side, found in ((False, left), (True, right))
        for rank, (_, line) in enumerate(found)
    ]

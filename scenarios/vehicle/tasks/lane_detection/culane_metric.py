"""CULane's official metric: F1 of lines that are drawn 30 pixels wide and overlap by half.

Pan, Shi, Luo, Wang and Tang, Spatial as deep: spatial CNN for traffic scene understanding, AAAI
2018, arXiv 1712.06080, and the evaluator that comes with the data: lines are interpolated by a
natural cubic spline over their chord length, drawn on the image, matched one to one so that the
sum of intersections over union is largest, and right above 0.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Points = NDArray[np.float64]

LINE_WIDTH_PX: Final = 30
IOU_THRESHOLD: Final = 0.5
_POINTS_A_SEGMENT: Final = 50


@dataclass(frozen=True, kw_only=True)
class CULaneCounts:
    """Lines right, answered in vain and missed; counts of frames may be added."""

    true_positives: int
    false_positives: int
    false_negatives: int

    def __add__(self, other: CULaneCounts) -> CULaneCounts:
        return CULaneCounts(
            true_positives=self.true_positives + other.true_positives,
            false_positives=self.false_positives + other.false_positives,
            false_negatives=self.false_negatives + other.false_negatives,
        )

    @property
    def precision(self) -> float:
        """The share of answered lines that are right; 0 if none was answered."""
        return _share(self.true_positives, self.true_positives + self.false_positives)

    @property
    def recall(self) -> float:
        """The share of labelled lines that were found; 0 if none is labelled."""
        return _share(self.true_positives, self.true_positives + self.false_negatives)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall; 0 if both are."""
        wrong = self.false_positives + self.false_negatives
        return _share(2 * self.true_positives, 2 * self.true_positives + wrong)


def count_frame(
    answered: Sequence[Points],
    labelled: Sequence[Points],
    *,
    size: tuple[int, int],
    threshold: float = IOU_THRESHOLD,
    width_px: int = LINE_WIDTH_PX,
) -> CULaneCounts:
    """Compare one frame's lines, points (n, 2) of column and row, in an image of *size* (height,
    width). A line of fewer than two points covers nothing.
    """
    from scipy.optimize import linear_sum_assignment

    right = 0
    if len(answered) and len(labelled):
        overlap = _overlaps(
            [_draw(line, size, width_px) for line in answered],
            [_draw(line, size, width_px) for line in labelled],
        )
        rows, columns = linear_sum_assignment(overlap, maximize=True)
        right = int((overlap[rows, columns] > threshold).sum())
    return CULaneCounts(
        true_positives=right,
        false_positives=len(answered) - right,
        false_negatives=len(labelled) - right,
    )


def interpolate(points: Points) -> Points:
    """A natural cubic spline through *points* (n, 2), over the length of its chords."""
    from scipy.interpolate import CubicSpline

    steps = np.hypot(*np.diff(points, axis=0).T)
    # Two equal points in a row are one.
    distinct: Points = points[np.append(True, steps > 0)]
    if len(distinct) < 3:
        return distinct
    place = np.append(0, np.cumsum(steps[steps > 0]))
    spline = CubicSpline(place, distinct, bc_type="natural")
    between = np.linspace(0, len(place) - 1, (len(place) - 1) * _POINTS_A_SEGMENT + 1)
    curve: Any = spline(np.interp(between, np.arange(len(place)), place))
    return np.asarray(curve, dtype=np.float64)


def _draw(points: Points, size: tuple[int, int], width_px: int) -> NDArray[np.bool_]:
    import cv2

    canvas = np.zeros(size, np.uint8)
    if len(points) >= 2:
        limit = 1 << 14
        curve = np.rint(np.clip(interpolate(points), -limit, limit)).astype(np.int32)
        cv2.polylines(canvas, [curve], isClosed=False, color=1, thickness=width_px)
    drawn: NDArray[np.bool_] = canvas.astype(np.bool_)
    return drawn


def _overlaps(
    left: Sequence[NDArray[np.bool_]], right: Sequence[NDArray[np.bool_]]
) -> NDArray[np.float64]:
    """Intersections over union, (left, right); 0 where both cover nothing."""
    first, second = (
        np.stack([drawn.ravel() for drawn in side]).astype(np.float32) for side in (left, right)
    )
    shared = (first @ second.T).astype(np.float64)
    union = first.sum(axis=1)[:, np.newaxis] + second.sum(axis=1) - shared
    return np.where(union > 0, shared / np.maximum(union, 1), 0)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0

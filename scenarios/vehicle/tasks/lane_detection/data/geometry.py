"""Where the road is in the image: a pinhole camera over a road that bends and climbs.

The car looks along z, x points right, both in metres on the ground. The road's centre line is
a clothoid, whose curvature changes linearly with the way, as road builders lay bends out; for
the headings met here its lateral offset is the cubic that lane models commonly use (Dickmanns
and Mysliwetz, Recursive 3-D road and relative ego-state recognition, IEEE PAMI 14(2), 1992).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_aibench.scenarios.vehicle.tasks.lane_detection.lanes import ABSENT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[np.float64]

LABELLED_M: Final = 70.0
"""How far ahead a line is labelled: beyond, a 0.15 m wide line is thinner than two pixels."""


@dataclass(frozen=True, kw_only=True)
class Camera:
    """A pinhole camera without roll, *height_m* over the ground; *horizon* is its row."""

    width: int
    height: int
    focal_px: float
    height_m: float
    horizon: float

    def project(self, x: Values, z: Values, above_m: Values | float = 0.0) -> Values:
        """Give the image points (n, 2), column and row, of points at *x*, *z* that are *above_m*
        over flat ground.
        """
        column = self.width / 2 + self.focal_px * x / z
        row = self.horizon + self.focal_px * (self.height_m - above_m) / z
        return np.stack((column, row), axis=-1)


@dataclass(frozen=True, kw_only=True)
class Road:
    """A road ahead: where its centre line is, where it points, how it bends and climbs.

    *curvature* in 1/m at the car, *curvature_rate* in 1/m2, *climb* is the vertical curvature
    in 1/m, positive where the road rises.
    """

    offset_m: float
    heading: float
    curvature: float
    curvature_rate: float
    climb: float

    def lateral(self, z: Values) -> Values:
        """The x of the centre line at the distances *z*."""
        return (
            self.offset_m
            + self.heading * z
            + self.curvature * z**2 / 2
            + self.curvature_rate * z**3 / 6
        )

    def elevation(self, z: Values) -> Values:
        """How far the road is above the ground that the car stands on."""
        return self.climb * z**2 / 2

    def project(self, camera: Camera, offset_m: Values | float, z: Values) -> Values:
        """Give the image points (n, 2) of points on the road, *offset_m* right of its centre."""
        return camera.project(self.lateral(z) + offset_m, z, self.elevation(z))

    def distance(self, camera: Camera, rows: Values) -> Values:
        """How far ahead the road is that is seen in *rows*; infinite where none is.

        The positive root of climb f z^2 / 2 + (row - horizon) z - f h = 0, in the form that
        also holds without a climb.
        """
        below = rows - camera.horizon
        under_root = below**2 + 2 * self.climb * camera.focal_px**2 * camera.height_m
        divisor = below + np.sqrt(np.maximum(under_root, 0))
        seen = (under_root >= 0) & (divisor > 0)
        way = 2 * camera.focal_px * camera.height_m
        return np.where(seen, way / np.where(seen, divisor, 1), np.inf)


def label_columns(camera: Camera, road: Road, offsets_m: Values, rows: Values) -> Values:
    """Give the columns (lines, rows) of lines at *offsets_m*, whole pixels as TuSimple has them;
    `ABSENT` beyond the labelled distance and outside the image.
    """
    z = road.distance(camera, rows)
    near = z <= LABELLED_M
    usable = np.where(near, z, 1.0)
    x = road.lateral(usable) + offsets_m[:, np.newaxis]
    columns = np.rint(camera.width / 2 + camera.focal_px * x / usable)
    inside = near & (columns >= 0) & (columns < camera.width)
    return np.where(inside, columns, ABSENT)

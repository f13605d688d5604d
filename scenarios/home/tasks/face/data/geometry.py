"""Curves on a head in three dimensions, and where a camera sees them.

Points are (x, y, z) in half heights of the face, z toward the viewer; pictures are seen without
perspective, as from far away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from edge_aibench.scenarios.home.tasks.face.data.conditions import Pose

    Points = NDArray[np.float64]

# Half axes of the ellipsoid that the features lie on: wider and taller than the face, whose
# outline is drawn by itself.
_HALF_WIDTH: Final = 0.95
_HALF_HEIGHT: Final = 1.25
_DEPTH: Final = 0.75

_STEPS: Final = 6


@dataclass(frozen=True, kw_only=True)
class View:
    """A pose as a projection to pixels, *factor* times as many as the picture has."""

    rotation: Points
    pixels: float
    centre: Points
    yaw: float

    def flat(self, points: Points) -> Points:
        """Project (n, 3) to pixels (n, 2)."""
        return points @ self.rotation[:2].T * self.pixels + self.centre

    def on_face(self, points: Points, *, raised: float = 0.0) -> Points:
        """Project (n, 2) of the face's surface, *raised* toward the viewer."""
        return self.flat(_with_depth(points, _surface(points) + raised))

    def outline(self, points: Points, *, jaw: bool = True) -> Points:
        """Project (n, 2) of the head's outline.

        A turned head is about as wide as one seen from the front, and its chin, which lies
        before the axis, moves to the side.
        """
        wide = points / np.array([np.cos(self.yaw), 1.0])
        depth = 0.38 * np.clip(points[:, 1], 0, None) if jaw else np.zeros(len(points))
        return self.flat(_with_depth(wide, depth))


def make_view(pose: Pose, *, factor: int) -> View:
    """Turn a pose into a projection; roll comes last."""
    sin_yaw, cos_yaw = np.sin(pose.yaw), np.cos(pose.yaw)
    sin_pitch, cos_pitch = np.sin(pose.pitch), np.cos(pose.pitch)
    sin_roll, cos_roll = np.sin(pose.roll), np.cos(pose.roll)
    yaw = np.array([[cos_yaw, 0, sin_yaw], [0, 1, 0], [-sin_yaw, 0, cos_yaw]])
    pitch = np.array([[1, 0, 0], [0, cos_pitch, sin_pitch], [0, -sin_pitch, cos_pitch]])
    roll = np.array([[cos_roll, -sin_roll, 0], [sin_roll, cos_roll, 0], [0, 0, 1]])
    return View(
        rotation=roll @ pitch @ yaw,
        pixels=pose.pixels * factor,
        centre=np.array(pose.centre) * factor,
        yaw=pose.yaw,
    )


def smooth(points: Points | Sequence[tuple[float, float]], *, closed: bool = True) -> Points:
    """A Catmull-Rom curve (uniform) through points (n, 2), six steps from one to the next."""
    given = np.asarray(points, dtype=np.float64)
    if closed:
        around = np.concatenate((given[-1:], given, given[:2]))
    else:
        around = np.concatenate((given[:1], given, given[-1:]))
    before, start, end, after = around[:-3], around[1:-2], around[2:-1], around[3:]
    curve = np.einsum("sk,knd->nsd", _CATMULL_ROM, np.stack((before, start, end, after)))
    flat = curve.reshape(-1, given.shape[1])
    return flat if closed else np.concatenate((flat, given[-1:]))


def ellipse(
    centre: tuple[float, float], half_width: float, half_height: float, *, tilt: float = 0.0
) -> Points:
    """The border of an ellipse, (20, 2), turned by *tilt* radians."""
    around = _CIRCLE * np.array([half_width, half_height])
    turn = np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])
    border: Points = around @ turn + np.array(centre)
    return border


def mirrored(points: Points) -> Points:
    """The same on the other side of the face, in the same direction around."""
    other: Points = (points * np.array([-1.0, 1.0]))[::-1]
    return other


def _surface(points: Points) -> Points:
    inside = 1 - (points[:, 0] / _HALF_WIDTH) ** 2 - (points[:, 1] / _HALF_HEIGHT) ** 2
    depth: Points = _DEPTH * np.sqrt(np.clip(inside, 0.0, None))
    return depth


def _with_depth(points: Points, depth: Points) -> Points:
    return np.column_stack((points, depth))


def _catmull_rom_weights() -> Points:
    t = np.arange(_STEPS) / _STEPS
    return 0.5 * np.column_stack(
        (-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, -(t**2) + t**3)
    )


_CATMULL_ROM: Final = _catmull_rom_weights()
_ANGLES: Final = np.arange(20) * 2 * np.pi / 20
_CIRCLE: Final = np.column_stack((np.cos(_ANGLES), np.sin(_ANGLES)))

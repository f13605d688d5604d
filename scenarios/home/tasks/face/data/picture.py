"""A person under given conditions as a camera would have taken them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.scenarios.home.tasks.face.data.canvas import Canvas
from edge_aibench.scenarios.home.tasks.face.data.features import Sitting, draw_person
from edge_aibench.scenarios.home.tasks.face.data.geometry import make_view

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.scenarios.home.tasks.face.data.conditions import (
        Camera,
        Conditions,
        Light,
        Pose,
    )
    from edge_aibench.scenarios.home.tasks.face.data.identity import Identity

SIDE: Final = 250
"""Pixels a side, as LFW's pictures have."""

# Drawn twice as large and averaged down, for edges finer than OpenCV's.
_FACTOR: Final = 2


def take_picture(
    person: Identity, conditions: Conditions, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Give the picture before it is compressed, uint8 (250, 250, 3) RGB; *rng* makes the noise."""
    import cv2

    canvas = Canvas(_background(conditions.background))
    view = make_view(conditions.pose, factor=_FACTOR)
    draw_person(Sitting(canvas=canvas, view=view, person=person, conditions=conditions))
    small: Any = cv2.resize(canvas.pixels, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    lit: Any = cv2.multiply(small, _light(conditions.light, conditions.pose), dtype=cv2.CV_32F)
    return _photograph(lit, conditions.camera, rng)


def encode(picture: NDArray[np.uint8], *, quality: int) -> bytes:
    """Compress RGB as JPEG."""
    import cv2

    _, content = cv2.imencode(
        ".jpg", np.ascontiguousarray(picture[:, :, ::-1]), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    compressed: bytes = content.tobytes()
    return compressed


def _background(grid: NDArray[np.float64]) -> NDArray[np.uint8]:
    import cv2

    side = SIDE * _FACTOR
    coarse = (grid * 255).astype(np.uint8)
    enlarged: Any = cv2.resize(coarse, (side, side), interpolation=cv2.INTER_LINEAR)
    background: NDArray[np.uint8] = enlarged
    return background


def _light(light: Light, pose: Pose) -> NDArray[np.float32]:
    """How much light each pixel sends back, (250, 250, 3): Lambert's law on an ellipsoid.

    Beyond the head the ellipsoid's border goes on, so that hair and shoulders are lit alike.
    """
    columns = (np.arange(SIDE, dtype=np.float32) - pose.centre[0]) / (0.95 * pose.pixels)
    rows = (np.arange(SIDE, dtype=np.float32) - pose.centre[1]) / (1.25 * pose.pixels)
    columns, rows = columns[np.newaxis], rows[:, np.newaxis]
    from_middle = columns**2 + rows**2
    aside, below, ahead = (float(part) for part in light.direction)
    facing = (columns * aside + rows * below) / np.sqrt(np.maximum(from_middle, 1.0))
    facing += ahead * np.sqrt(np.maximum(1.0 - from_middle, 0.0))
    shade = light.ambient + light.strength * np.maximum(facing, 0.0)
    return np.asarray(shade[..., np.newaxis] * light.colour.astype(np.float32), dtype=np.float32)


def _photograph(lit: Any, camera: Camera, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Blur, expose, and add noise; OpenCV rounds and keeps to 0..255 in the same pass."""
    import cv2

    seen = cv2.GaussianBlur(lit, (0, 0), camera.blur) if camera.blur > 0.2 else lit
    exposed = cv2.convertScaleAbs(seen)
    curve = (255 * (np.arange(256) / 255) ** camera.gamma).astype(np.float32)
    noise = rng.standard_normal(lit.shape, dtype=np.float32)
    noise *= np.float32(camera.noise)
    picture: Any = cv2.add(cv2.LUT(exposed, curve), noise, dtype=cv2.CV_8U)
    photographed: NDArray[np.uint8] = picture
    return photographed

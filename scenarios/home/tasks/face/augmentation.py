"""Changing training pictures by chance: where the face is, how it is lit, what is covered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.scenarios.home.tasks.face.presets import FaceInput

MARGIN: Final = 1.25
"""How much larger than the network's input the crops are that `augment` cuts from."""

_TURN: Final = 0.12
_ZOOM: Final = 0.07
_SHIFT_SHARE: Final = 0.05
_GAIN: Final = 0.25
_TINT: Final = 0.10
_COVERED_CHANCE: Final = 0.3


def augment(
    crops: NDArray[np.uint8], picture: FaceInput, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Give faces (n, height, width, 3) cut from *crops*, which are `MARGIN` times as large.

    Each is turned, zoomed, shifted and maybe mirrored; its brightness and tint change, and with
    a chance of 0.3 a rectangle of up to a third of each side is covered with a plain colour.
    """
    import cv2

    count = len(crops)
    turn = rng.uniform(-_TURN, _TURN, count)
    zoom = rng.uniform(1 - _ZOOM, 1 + _ZOOM, count)
    shift = rng.uniform(-_SHIFT_SHARE, _SHIFT_SHARE, (count, 2)) * (picture.width, picture.height)
    flip = np.where(rng.random(count) < 0.5, -1.0, 1.0)
    gains = rng.uniform(1 - _GAIN, 1 + _GAIN, (count, 1))
    gains = gains * rng.uniform(1 - _TINT, 1 + _TINT, (count, 3))
    target = (picture.width, picture.height)
    middle = np.array(crops.shape[2:0:-1]) / 2
    faces = np.empty((count, picture.height, picture.width, 3), dtype=np.uint8)
    for place in range(count):
        cos, sin = zoom[place] * np.cos(turn[place]), zoom[place] * np.sin(turn[place])
        # From the face's pixels to the crop's, turned about the middles of both.
        linear = np.array([[cos * flip[place], -sin], [sin * flip[place], cos]])
        offset = middle + shift[place] - linear @ (np.array(target) / 2)
        faces[place] = cv2.warpAffine(
            crops[place],
            np.column_stack((linear, offset)),
            target,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REFLECT,
        )
    lit = np.clip(faces * gains[:, np.newaxis, np.newaxis, :].astype(np.float32), 0, 255)
    faces = lit.astype(np.uint8)
    _cover(faces, rng)
    return faces


def _cover(faces: NDArray[np.uint8], rng: np.random.Generator) -> None:
    count, height, width = faces.shape[:3]
    for place in np.flatnonzero(rng.random(count) < _COVERED_CHANCE):
        rows, columns = rng.integers(2, max(height // 3, 3)), rng.integers(2, max(width // 3, 3))
        top, left = rng.integers(0, height - rows), rng.integers(0, width - columns)
        faces[place, top : top + rows, left : left + columns] = rng.integers(0, 256, 3)

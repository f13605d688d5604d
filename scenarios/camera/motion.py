"""Telling what moves: the difference to a background that follows slow changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_aibench.scenarios.camera.street.layout import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Image = NDArray[np.uint8]
    Mask = NDArray[np.uint8]

ANALYSIS_WIDTH: Final = 160
"""Pictures are shrunk to this width first, which averages most of the noise away."""

# Shares of the difference that the background takes over with each frame. What stands still for
# a minute and more, such as a parked car, becomes background.
_RATE_STILL: Final = 0.05
_RATE_MOVING: Final = 0.002

# At the analysed size: a tenth of the picture's height, and a dozen pixels.
_LEAST_HEIGHT: Final = 9
_LEAST_AREA: Final = 24
_LEAST_ZONE_AREA: Final = 12

MOST_BOXES: Final = 16
"""The largest are kept where more moves, as in rain or when the whole camera is shaken."""


@dataclass(frozen=True, kw_only=True)
class Motion:
    """Where something moves: boxes around it in pixels of the frame, and whether in the zone.

    A box at the left or right edge is not among them: who enters or leaves is seen in part.
    """

    boxes: tuple[Box, ...]
    in_zone: bool


class MotionDetector:
    """One camera's background; *history* is what it saw before.

    People are looked for left of the *zone*, which is looked at apart; without a zone all of
    the picture is both.
    """

    def __init__(self, history: Sequence[Image], zone: Box | None, *, threshold: float) -> None:
        height, width = history[0].shape[:2]
        self._factor = width / ANALYSIS_WIDTH
        self._size = (ANALYSIS_WIDTH, max(1, round(height / self._factor)))
        self._threshold = threshold
        self._zone = None if zone is None else zone.scaled(1 / self._factor)
        small = np.stack([self._shrunk(frame) for frame in history])
        self._background = np.median(small, axis=0).astype(np.float32)

    def observe(self, frame: Image) -> Motion:
        """Find what differs from the background, uint8 (height, width, 3), and follow it."""
        small = self._shrunk(frame)
        difference = small - self._background
        moving = (np.abs(difference).max(axis=2) > self._threshold).astype(np.uint8)
        rate = np.where(moving[..., np.newaxis], np.float32(_RATE_MOVING), np.float32(_RATE_STILL))
        self._background += rate * difference
        if self._zone is None:
            return Motion(boxes=self._boxes(moving, ANALYSIS_WIDTH), in_zone=_is_motion(moving))
        zone = _part(moving, self._zone)
        in_zone = _is_motion(zone)
        zone[:] = 0
        right = self._zone.x
        return Motion(boxes=self._boxes(moving, right), in_zone=in_zone)

    def _shrunk(self, frame: Image) -> NDArray[np.float32]:
        import cv2

        small = cv2.resize(frame, self._size, interpolation=cv2.INTER_AREA)
        return np.asarray(small, dtype=np.float32)

    def _boxes(self, moving: Mask, right: int) -> tuple[Box, ...]:
        """Boxes around what hangs together, left to right, none of them at an edge."""
        import cv2

        # Parts of a body in the background's colour leave gaps, more often one above the other.
        joined = cv2.morphologyEx(moving, cv2.MORPH_CLOSE, np.ones((9, 3), dtype=np.uint8))
        count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
        found = []
        for label in range(1, count):
            x, y, width, height, _ = (int(value) for value in stats[label])
            area = int(np.count_nonzero(moving[labels == label]))
            if height < _LEAST_HEIGHT or area < _LEAST_AREA or x == 0 or x + width >= right:
                continue
            found.append(Box(x=x, y=y, width=width, height=height).scaled(self._factor))
        largest = sorted(found, key=lambda box: -box.width * box.height)[:MOST_BOXES]
        return tuple(sorted(largest, key=lambda box: (box.x, box.y)))


def _is_motion(moving: Mask) -> bool:
    return int(np.count_nonzero(moving)) >= _LEAST_ZONE_AREA


def _part(mask: Mask, box: Box) -> Mask:
    return mask[box.y : box.y + box.height, box.x : box.x + box.width]

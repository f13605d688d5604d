"""Filling and stroking curves with smooth edges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Points = NDArray[np.float64]
    Colour = NDArray[np.float64]

# Places are given to OpenCV in sixteenths of a pixel.
_FRACTION_BITS: Final = 4


class Canvas:
    """A picture, uint8 (side, side, 3) RGB, to draw on; points are (n, 2) pixels (x, y)."""

    def __init__(self, pixels: NDArray[np.uint8]) -> None:
        import cv2

        self.pixels = pixels
        self._cv2 = cv2

    def fill(self, points: Points, colour: Colour) -> None:
        """Fill a closed curve."""
        self._cv2.fillPoly(
            self.pixels, [_fixed(points)], _level(colour), self._cv2.LINE_AA, _FRACTION_BITS
        )

    def stroke(self, points: Points, colour: Colour, width: float, *, closed: bool = False) -> None:
        """Draw along a curve, *width* pixels wide."""
        self._cv2.polylines(
            self.pixels,
            [_fixed(points)],
            closed,
            _level(colour),
            max(round(width), 1),
            self._cv2.LINE_AA,
            _FRACTION_BITS,
        )


def mix(colour: Colour, other: Colour, share: float) -> Colour:
    """A colour with *share* of another in it."""
    mixed: Colour = colour + share * (other - colour)
    return mixed


def _fixed(points: Points) -> Any:
    return np.rint(points * (1 << _FRACTION_BITS)).astype(np.int32)


def _level(colour: Colour) -> tuple[float, ...]:
    return tuple(np.clip(colour * 255, 0, 255).tolist())

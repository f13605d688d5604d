"""A drawing board for signs: shapes of one colour in coordinates from -1 to 1.

The x axis points right and the y axis down; the sign fills the square. Shapes are drawn hard-
edged at several times the size that is kept; averaging makes their edges smooth.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Colour = tuple[int, int, int]
Point = tuple[float, float]

WHITE: Final[Colour] = (235, 235, 230)
BLACK: Final[Colour] = (25, 25, 28)
GREY: Final[Colour] = (125, 125, 125)
RED: Final[Colour] = (190, 25, 35)
BLUE: Final[Colour] = (20, 85, 170)
YELLOW: Final[Colour] = (245, 195, 25)
GREEN: Final[Colour] = (30, 140, 70)

_DRAWN_SIDE: Final = 576
# The fonts of OpenCV are drawn at this scale and then fitted into their box.
_FONT_SCALE: Final = 6.0


class Board:
    """A transparent square to draw on."""

    def __init__(self) -> None:
        self._pixels = np.zeros((_DRAWN_SIDE, _DRAWN_SIDE, 4), dtype=np.uint8)

    def picture(self, side: int) -> NDArray[np.float32]:
        """What is drawn, float32 (side, side, 4): RGB times opacity, and opacity, in [0, 1]."""
        import cv2

        drawn = self._pixels.astype(np.float32) / 255
        picture = cv2.resize(drawn, (side, side), interpolation=cv2.INTER_AREA)
        return np.asarray(picture, dtype=np.float32)

    def polygon(self, points: Sequence[Point], colour: Colour) -> None:
        """Fill a polygon."""
        import cv2

        places = np.array([self._place(point) for point in points], dtype=np.int32)
        cv2.fillPoly(self._pixels, [places], (*colour, 255))

    def disc(self, centre: Point, radius: float, colour: Colour) -> None:
        """Fill a circle."""
        import cv2

        cv2.circle(
            self._pixels, self._place(centre), self._length(radius), (*colour, 255), cv2.FILLED
        )

    def circle(self, centre: Point, radius: float, width: float, colour: Colour) -> None:
        """Draw a circle with a line of *width*, *radius* to its middle."""
        import cv2

        cv2.circle(
            self._pixels,
            self._place(centre),
            self._length(radius),
            (*colour, 255),
            self._length(width),
        )

    def line(self, points: Sequence[Point], width: float, colour: Colour) -> None:
        """Draw a line through *points*."""
        import cv2

        places = np.array([self._place(point) for point in points], dtype=np.int32)
        cv2.polylines(self._pixels, [places], False, (*colour, 255), self._length(width))

    def arrow(self, points: Sequence[Point], width: float, colour: Colour) -> None:
        """Draw a line through *points* with a head at the last one, three times as wide."""
        (x0, y0), (x1, y1) = points[-2:]
        length = math.hypot(x1 - x0, y1 - y0)
        along = ((x1 - x0) / length, (y1 - y0) / length)
        reach, half = 1.9 * width, 1.5 * width
        foot = (x1 - reach * along[0], y1 - reach * along[1])
        self.line([*points[:-1], foot], width, colour)
        self.polygon(
            [
                (x1, y1),
                (foot[0] - half * along[1], foot[1] + half * along[0]),
                (foot[0] + half * along[1], foot[1] - half * along[0]),
            ],
            colour,
        )

    def text(self, text: str, *, half_width: float, half_height: float, colour: Colour) -> None:
        """Write *text* in the middle, stretched to fill its box."""
        import cv2

        thickness = 26
        (width, height), below = cv2.getTextSize(
            text, cv2.FONT_HERSHEY_SIMPLEX, _FONT_SCALE, thickness
        )
        ink = np.zeros((height + below + 2 * thickness, width + 2 * thickness), dtype=np.uint8)
        origin = (thickness, height + thickness)
        cv2.putText(
            ink, text, origin, cv2.FONT_HERSHEY_SIMPLEX, _FONT_SCALE, 255, thickness, cv2.LINE_AA
        )
        rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
        ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        left, top = self._place((-half_width, -half_height))
        right, bottom = self._place((half_width, half_height))
        fitted = cv2.resize(ink, (right - left, bottom - top), interpolation=cv2.INTER_AREA)
        self._pixels[top:bottom, left:right][fitted > 127] = (*colour, 255)

    def paste(self, other: Board, *, scale: float, down: float) -> None:
        """Draw what is on another board, smaller by *scale* and moved down."""
        import cv2

        side = round(_DRAWN_SIDE * scale)
        small = cv2.resize(other._pixels, (side, side), interpolation=cv2.INTER_NEAREST)
        left = (_DRAWN_SIDE - side) // 2
        top = left + self._length(down)
        target = self._pixels[top : top + side, left : left + side]
        small = small[: target.shape[0]]
        target[small[..., 3] > 0] = small[small[..., 3] > 0]

    def _place(self, point: Point) -> tuple[int, int]:
        # The first pixel's middle is as far to the left as the last one's to the right.
        middle = (_DRAWN_SIDE - 1) / 2
        return round(middle * (1 + point[0])), round(middle * (1 + point[1]))

    def _length(self, length: float) -> int:
        return max(1, round(length * _DRAWN_SIDE / 2))


def arc(centre: Point, radius: float, *, from_deg: float, to_deg: float) -> list[Point]:
    """Points on a circle; angles count clockwise from the x axis."""
    angles = np.linspace(math.radians(from_deg), math.radians(to_deg), 24).tolist()
    return [
        (centre[0] + radius * math.cos(angle), centre[1] + radius * math.sin(angle))
        for angle in angles
    ]


def mirrored(points: Sequence[Point]) -> list[Point]:
    """The points with left and right changed over."""
    return [(-x, y) for x, y in points]

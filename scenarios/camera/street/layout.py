"""Where things are in the picture of a generated camera: all in pixels of the base size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from edge_aibench.scenarios.camera.tasks.action.data.scenery import FRAME_HEIGHT, FRAME_WIDTH
from edge_aibench.scenarios.camera.tasks.person_reid.data.drawing import (
    CANVAS_HEIGHT,
    CANVAS_WIDTH,
)

BASE_WIDTH: Final = 640
BASE_HEIGHT: Final = 360

LOOP_FRAMES: Final = 240

HORIZON: Final = 230
FEET_BAND: Final = (300.0, 325.0)
"""Rows in which people stand."""

SPRITE_WIDTH: Final = CANVAS_WIDTH // 2
SPRITE_HEIGHT: Final = CANVAS_HEIGHT // 2
"""People are drawn at twice their size."""


@dataclass(frozen=True, kw_only=True)
class Box:
    """A rectangle in pixels: left and upper corner, width and height."""

    x: int
    y: int
    width: int
    height: int

    def scaled(self, factor: float) -> Box:
        """Give it in a picture that is *factor* times as large."""
        return Box(
            x=round(self.x * factor),
            y=round(self.y * factor),
            width=round(self.width * factor),
            height=round(self.height * factor),
        )

    def overlap(self, other: Box) -> float:
        """The area of both together over the area of either, from 0 to 1."""
        across = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        down = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        both = max(across, 0) * max(down, 0)
        either = self.width * self.height + other.width * other.height - both
        return both / either if either else 0.0


YARD: Final = Box(
    x=BASE_WIDTH - FRAME_WIDTH,
    y=BASE_HEIGHT - FRAME_HEIGHT,
    width=FRAME_WIDTH,
    height=FRAME_HEIGHT,
)
"""The corner in which actions are done, as large as the action generator's pictures."""

STREET_WIDTH: Final = YARD.x
"""People walk left of the yard, behind whose wall they vanish."""

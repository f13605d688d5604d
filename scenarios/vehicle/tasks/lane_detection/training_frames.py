"""Frames of a split at network size with their lines, held in memory, and changed at random."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.scenarios.vehicle.tasks.lane_detection.processing import (
    checked_image,
    shrink,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from edge_aibench.scenarios.vehicle.tasks.lane_detection.lanes import Lanes
    from edge_aibench.tasks.sample import Samples

    Image = NDArray[np.uint8]
    Points = NDArray[np.float64]

_KEPT_BYTES: Final = 1 << 30
"""Frames beyond this much memory are read again each time."""

_SHIFT: Final = 4
"""Lines are drawn to a sixteenth of a pixel."""


@dataclass(frozen=True, kw_only=True)
class TrainingFrame:
    """A frame at network size: *image* uint8 (h, w, 3), *lines* as points (n, 2) in its pixels."""

    image: Image
    lines: tuple[Points, ...]


class TrainingFrames:
    """The frames of a split at *size* (height, width)."""

    def __init__(self, samples: Samples[Any, Lanes], size: tuple[int, int]) -> None:
        self._samples = samples
        self._size = size
        self._kept: dict[int, TrainingFrame] = {}
        self._most_kept = _KEPT_BYTES // (3 * size[0] * size[1])

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, place: int) -> TrainingFrame:
        """Read and shrink a frame; raises ConfigError if it cannot be read."""
        if place in self._kept:
            return self._kept[place]
        sample = self._samples[place]
        image = checked_image(sample.raw)
        scale = np.array(self._size[::-1]) / np.array(image.shape[1::-1])
        lines = tuple((line + 0.5) * scale - 0.5 for line in sample.label.polylines())
        frame = TrainingFrame(image=shrink(image, self._size), lines=lines)
        if len(self._kept) < self._most_kept:
            self._kept[place] = frame
        return frame


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """How much a frame is changed: turned by degrees, scaled and moved by shares, mirrored or
    not, its light multiplied by up to e to the *light*.
    """

    turn_deg: float = 3.0
    zoom: float = 0.1
    move: float = 0.06
    light: float = 0.25

    def apply(self, frame: TrainingFrame, rng: np.random.Generator) -> TrainingFrame:
        """Change a frame and its lines alike."""
        import cv2

        height, width = frame.image.shape[:2]
        matrix = self._matrix(width, height, rng)
        image = cv2.warpAffine(
            frame.image,
            matrix,
            (width, height),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        gain = np.exp(rng.uniform(-self.light, self.light, 3) / 3 + rng.normal(0, self.light / 2))
        lit = np.clip(image * gain, 0, 255).astype(np.uint8)
        lines = tuple(line @ matrix[:, :2].T + matrix[:, 2] for line in frame.lines)
        return TrainingFrame(image=lit, lines=lines)

    def _matrix(self, width: int, height: int, rng: np.random.Generator) -> Points:
        """From a pixel of the frame to the one where it goes, (2, 3)."""
        angle = np.radians(rng.uniform(-self.turn_deg, self.turn_deg))
        zoom = 1 + rng.uniform(-self.zoom, self.zoom)
        mirror = -1.0 if rng.random() < 0.5 else 1.0
        turn = zoom * np.array(
            ((np.cos(angle) * mirror, -np.sin(angle)), (np.sin(angle) * mirror, np.cos(angle)))
        )
        centre = np.array(((width - 1) / 2, (height - 1) / 2))
        moved = rng.uniform(-self.move, self.move, 2) * (width, height)
        return np.column_stack((turn, centre + moved - turn @ centre))


def draw_lines(
    lines: Sequence[Points], size: tuple[int, int], *, thickness: int
) -> NDArray[np.uint8]:
    """Number the pixels of each line from 1 on, uint8 (height, width), 0 where there is none."""
    import cv2

    canvas = np.zeros(size, np.uint8)
    for number, line in enumerate(lines, 1):
        points = np.rint(line * (1 << _SHIFT)).astype(np.int32)
        cv2.polylines(
            canvas, [points], isClosed=False, color=number, thickness=thickness, shift=_SHIFT
        )
    return canvas

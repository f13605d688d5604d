"""Reading a generated recording: frames put together from the empty street and its patches."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_aibench.rng import stream
from edge_aibench.scenarios.camera.street.layout import BASE_HEIGHT, YARD, Box
from edge_aibench.scenarios.camera.street.truth import FrameTruth, Passer
from edge_aibench.scenarios.camera.street.writer import FRAMES_FILE, PIXELS_FILE, STREET_FILE

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Image = NDArray[np.uint8]

MOST_NOISES: Final = 4
"""How many different noises the empty street has; frames take them in turn."""


class StreetRecording:
    """One camera's loop in pictures of *width* x *height*; *noises* of the empty street.

    Patches are mapped from their file, not read: a frame costs a copy of the street, and of
    the patches in it.
    """

    def __init__(self, folder: Path, *, width: int, height: int, noises: int) -> None:
        content = json.loads((folder / FRAMES_FILE).read_text(encoding="utf-8"))
        self._pixels: Image = np.load(folder / PIXELS_FILE, mmap_mode="r", allow_pickle=False)
        self._patches = [(row[0], Box(**_sides(row[1:]))) for row in content["patches"]]
        self._frames = content["frames"]
        self._factor = height / BASE_HEIGHT
        street = np.load(folder / STREET_FILE, allow_pickle=False)
        self._streets = _noisy(street, width, height, noises, deviation=content["noise"])
        self.name = folder.name
        self.zone = YARD.scaled(self._factor)

    def __len__(self) -> int:
        """How many frames the loop has."""
        return len(self._frames)

    def frame(self, place: int, *, noise: int) -> Image:
        """Frame *place* of the loop, uint8 (height, width, 3) RGB, with one of the noises."""
        frame = self._streets[noise % len(self._streets)].copy()
        for number in self._frames[place]["patches"]:
            start, box = self._patches[number]
            pixels = self._pixels[start : start + box.width * box.height * 3]
            self._paste(frame, pixels.reshape(box.height, box.width, 3), box)
        return frame

    def truth(self, place: int) -> FrameTruth:
        """What is true of frame *place*, in pixels of its pictures."""
        described = self._frames[place]
        return FrameTruth(
            passers=tuple(
                Passer(
                    identity=identity,
                    body=Box(**_sides(sides)).scaled(self._factor),
                    whole=bool(whole),
                )
                for identity, *sides, whole in described["passers"]
            ),
            action=described["action"],
        )

    def _paste(self, frame: Image, pixels: Image, box: Box) -> None:
        if self._factor != 1:
            import cv2

            box = box.scaled(self._factor)
            size = (box.width, box.height)
            pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR), np.uint8)
        frame[box.y : box.y + box.height, box.x : box.x + box.width] = pixels


def _noisy(street: Image, width: int, height: int, noises: int, *, deviation: float) -> list[Image]:
    import cv2

    scaled = cv2.resize(street, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float32)
    rng = stream(0, "camera/noise")
    return [
        np.clip(
            scaled + np.float32(deviation) * rng.standard_normal(scaled.shape, dtype=np.float32),
            0,
            255,
        ).astype(np.uint8)
        for _ in range(noises)
    ]


def _sides(numbers: list[int]) -> dict[str, int]:
    x, y, width, height = numbers
    return {"x": x, "y": y, "width": width, "height": height}

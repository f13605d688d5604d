"""The generated frames of a split: scene, image and label of frame number so and so."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from edge_aibench.errors import unknown_name
from edge_aibench.rng import stream
from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.render import render
from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.scene import (
    Domain,
    Scene,
    draw_scene,
)
from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.textures import (
    Texture,
    make_noise,
    make_texture,
)
from edge_aibench.tasks.component import TEST, TRAIN, VAL

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DOMAINS: Final = {
    TRAIN: Domain(curvature=(0.0, 1 / 500), textures=range(24)),
    VAL: Domain(curvature=(0.0, 1 / 500), textures=range(24, 30)),
    TEST: Domain(curvature=(1 / 500, 1 / 300), textures=range(30, 42)),
}
"""What is held out: all test frames are in bends sharper than any of the training, and no
surface, roadside or skyline occurs in two splits."""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """A generated frame: *image* uint8 (height, width, 3) RGB, and what it shows."""

    image: NDArray[np.uint8]
    scene: Scene


@dataclass(frozen=True, kw_only=True)
class FrameSource:
    """Frames of *size* (width, height), labelled at *rows*; the same for the same seed."""

    seed: int
    size: tuple[int, int]
    rows: NDArray[np.float64]
    _textures: dict[int, Texture] = field(default_factory=dict, repr=False)
    _noise: list[NDArray[np.int16]] = field(default_factory=list, repr=False)

    def frame(self, split: str, index: int) -> Frame:
        """Render frame *index* of a split."""
        if split not in DOMAINS:
            raise unknown_name("split", split, DOMAINS, where="data")
        rng = stream(self.seed, f"lane-detection/{split}/{index}")
        scene = draw_scene(DOMAINS[split], self.size, self.rows, rng)
        return Frame(
            image=render(scene, self._texture(scene.texture), self._grain(), rng), scene=scene
        )

    def _texture(self, number: int) -> Texture:
        if number not in self._textures:
            self._textures[number] = make_texture(self.seed, number)
        return self._textures[number]

    def _grain(self) -> NDArray[np.int16]:
        if not self._noise:
            self._noise.append(make_noise(self.seed))
        return self._noise[0]

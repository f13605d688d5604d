"""Generated videos in the layout of UCF101: 10 classes, 25 groups, up to 4 clips a group.

A group shares place, person and tempo, as UCF101's groups share persons and background; the
splits go by group. A video depends only on the seed and its own name, so that a smaller data set
holds the same videos as a larger one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_aibench.rng import stream
from edge_aibench.scenarios.camera.tasks.action.classes import GENERATED_CLASSES
from edge_aibench.scenarios.camera.tasks.action.data.figure import draw, posture
from edge_aibench.scenarios.camera.tasks.action.data.motions import (
    CLIP_TEMPO,
    GROUP_TEMPO,
    MOTIONS,
    draw_phases,
)
from edge_aibench.scenarios.camera.tasks.action.data.scenery import (
    FRAME_WIDTH,
    FRAMES_PER_S,
    draw_camera,
    draw_outfit,
    draw_scene,
    look,
)
from edge_aibench.scenarios.camera.tasks.action.data.ucf101 import CLASS_INDEX, LISTS, VIDEOS
from edge_aibench.scenarios.camera.tasks.action.data.video import write_video
from edge_aibench.scenarios.camera.tasks.action.data.video_list import VALIDATION_GROUPS
from edge_aibench.tasks.generated import writing_data

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from edge_aibench.scenarios.camera.tasks.action.data.figure import Outfit
    from edge_aibench.scenarios.camera.tasks.action.data.scenery import Camera
    from edge_aibench.tasks.component import DataProgress

TEST_GROUPS: Final = range(1, 8)
TRAIN_GROUPS: Final = range(8, 23)
"""Split 1 of UCF101 tests on groups 1 to 7; `VALIDATION_GROUPS` are the last of the others."""

CLIPS_PER_GROUP: Final = 4
SHORTEST_FRAMES, LONGEST_FRAMES = 24, 48
LARGEST_SCALE: Final = 20.0


@dataclass(frozen=True, kw_only=True)
class VideoName:
    """Which video of the data set: its class, group and clip, both from 1."""

    label: str
    group: int
    clip: int

    @property
    def place(self) -> str:
        """As the lists name it, such as `TaiChi/v_TaiChi_g08_c01.avi`."""
        return f"{self.label}/v_{self.label}_g{self.group:02d}_c{self.clip:02d}.avi"


def write_ucf101(
    root: Path, *, seed: int, scale: float, progress: DataProgress | None = None
) -> None:
    """Write a data set under *root*; see `DataLayout.write`.

    At *scale* 1 there are 60 training, 12 validation and 28 test videos of each class, at
    least one of each at any scale. Raises ConfigError if *root* holds something or *scale* is
    out of range, HostError if a file cannot be written.
    """
    with writing_data(root, scale=scale, largest_scale=LARGEST_SCALE):
        _write(root, seed=seed, scale=scale, progress=progress)


def _write(root: Path, *, seed: int, scale: float, progress: DataProgress | None) -> None:
    train = list(_names((*TRAIN_GROUPS, *sorted(VALIDATION_GROUPS)), scale=scale))
    test = list(_names(TEST_GROUPS, scale=scale))
    _write_lists(root / LISTS, train=train, test=test)
    for label in GENERATED_CLASSES:
        (root / VIDEOS / label).mkdir(parents=True)
    names = [*train, *test]
    for done, name in enumerate(names, 1):
        frames = film(name, seed=seed)
        write_video(root / VIDEOS / name.place, frames, frames_per_s=FRAMES_PER_S)
        if progress is not None:
            progress(done, len(names))


def film(name: VideoName, *, seed: int) -> Iterator[NDArray[np.uint8]]:
    """Give the frames of a video, uint8 (height, width, 3) RGB each."""
    group = f"action/g{name.group:02d}"
    clip = f"{group}/c{name.clip:02d}"
    scene = draw_scene(stream(seed, group), tempo=GROUP_TEMPO)
    outfit = draw_outfit(scene, stream(seed, clip))
    rng = stream(seed, f"{clip}/{name.label}")
    count = int(rng.integers(SHORTEST_FRAMES, LONGEST_FRAMES, endpoint=True))
    camera = draw_camera(rng, frames=count)
    phases = draw_phases(
        MOTIONS[name.label],
        tempo=scene.tempo * float(rng.uniform(*CLIP_TEMPO)),
        seconds=np.arange(count) / FRAMES_PER_S,
        rng=rng,
    )
    # The camera drifts about the figure, wherever it stands before the background.
    middle = camera.offsets.mean(axis=0)
    for frame, offset in enumerate(camera.offsets):
        image = look(scene, offset)
        feet = np.array([FRAME_WIDTH / 2 + camera.x, scene.ground]) - (offset - middle)
        _draw_figure(image, phases[frame], outfit, feet=feet, height=scene.figure_height)
        yield _expose(image, camera, rng)


def _draw_figure(
    image: NDArray[np.uint8],
    phases: NDArray[np.float64],
    outfit: Outfit,
    *,
    feet: NDArray[np.float64],
    height: float,
) -> None:
    """Draw the figure in place, *feet* where it stands and *height* in pixels."""
    scale = np.array([height, -height])
    draw(
        image,
        posture(phases),
        outfit,
        to_pixels=lambda points: feet + points * scale,
        pixels_per_height=height,
    )


def _expose(
    image: NDArray[np.uint8], camera: Camera, rng: np.random.Generator
) -> NDArray[np.uint8]:
    grain = rng.standard_normal(image.shape[:2], dtype=np.float32) * camera.noise
    lit = image * np.float32(camera.gain) + grain[..., np.newaxis]
    return np.clip(lit, 0, 255).astype(np.uint8)


def _names(groups: tuple[int, ...] | range, *, scale: float) -> Iterator[VideoName]:
    """The videos of a list at a scale, class by class as UCF101's lists have them.

    Training and validation groups shrink apart, so that neither is ever empty.
    """
    validation = [group for group in groups if group in VALIDATION_GROUPS]
    others = [group for group in groups if group not in VALIDATION_GROUPS]
    for label in GENERATED_CLASSES:
        for part in (others, validation):
            for group, clip in _places(part, scale=scale):
                yield VideoName(label=label, group=group, clip=clip)


def _places(groups: list[int], *, scale: float) -> list[tuple[int, int]]:
    """Group and clip of a class's videos in a part: whole groups first, the last one maybe not."""
    if not groups:
        return []
    wanted = max(1, round(scale * CLIPS_PER_GROUP * len(groups)))
    used = min(len(groups), math.ceil(wanted / CLIPS_PER_GROUP))
    return sorted((groups[place % used], place // used + 1) for place in range(wanted))


def _write_lists(folder: Path, *, train: list[VideoName], test: list[VideoName]) -> None:
    numbers = {label: number for number, label in enumerate(GENERATED_CLASSES, 1)}
    folder.mkdir(parents=True)
    contents = {
        CLASS_INDEX: [f"{number} {label}" for label, number in numbers.items()],
        "trainlist01.txt": [f"{name.place} {numbers[name.label]}" for name in train],
        "testlist01.txt": [name.place for name in test],
    }
    for name, lines in contents.items():
        text = "".join(f"{line}\n" for line in lines)
        (folder / name).write_text(text, encoding="utf-8", newline="\n")

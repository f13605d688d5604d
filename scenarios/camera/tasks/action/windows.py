"""What training sees of a video: a random stretch of 16 frames, randomly cropped and mirrored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_aibench.scenarios.camera.tasks.action.classes import DIRECTED_CLASSES
from edge_aibench.scenarios.camera.tasks.action.clips import (
    check_video,
    normalise,
    resize,
    window_frames,
)
from edge_aibench.scenarios.camera.tasks.action.evaluation import check_class
from edge_aibench.scenarios.camera.tasks.action.presets import CLIP_FRAMES, NetworkShape

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.tasks.sample import Samples

SMALLEST_CROP: Final = 0.84
"""Crops take at least this share of the frame's shorter side, the second of the published
scales (Hara et al., section 3.2)."""

_STORED_SHARE = 8 / 7
"""Videos are kept this much larger than the network's input, so that most crops still shrink."""

STORE_BYTES: Final = 1024**3
"""Shrunk videos are kept in memory up to this size in all and read anew beyond it. The generated
ones need 0.4 GB at the side of `lite`."""


@dataclass(frozen=True, kw_only=True)
class Jitter:
    """How far windows are changed: shares of the contrast, and brightness in deviations.

    With *shuffle_colours* red, green and blue change places at random: for data whose colours
    say nothing about the class.
    """

    contrast: float
    brightness: float
    shuffle_colours: bool = False


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Windows, float32 (rows, 3, 16, side, side), and their classes' places, int64 (rows,)."""

    clips: NDArray[np.float32]
    targets: NDArray[np.int64]


class ShrunkVideos:
    """Training videos scaled near the network's side, the first of them kept in memory."""

    def __init__(
        self,
        samples: Samples[NDArray[np.uint8], str],
        shape: NetworkShape,
        *,
        store_bytes: int = STORE_BYTES,
    ) -> None:
        self._samples = samples
        self._side = round(shape.side * _STORED_SHARE)
        self._places: Mapping[str, int] = {
            label: place for place, label in enumerate(shape.classes)
        }
        self._free_bytes = store_bytes
        self._kept: dict[int, tuple[NDArray[np.uint8], str]] = {}

    def __len__(self) -> int:
        return len(self._samples)

    def read(self, index: int) -> tuple[NDArray[np.uint8], str]:
        """Give a video's frames, uint8 (frames, height, width, 3), and its class.

        Raises ConfigError for a damaged video, and for a class without an output.
        """
        if index in self._kept:
            return self._kept[index]
        sample = self._samples[index]
        check_class(sample.label, self._places, where=sample.name)
        video = check_video(sample.raw)
        height, width = video.shape[1:3]
        share = self._side / min(height, width)
        shrunk = resize(video, height=round(height * share), width=round(width * share))
        if shrunk.nbytes <= self._free_bytes:
            self._free_bytes -= shrunk.nbytes
            self._kept[index] = shrunk, sample.label
        return shrunk, sample.label

    def place(self, label: str) -> int:
        """Which of the network's outputs a class is."""
        return self._places[label]


def draw_batches(
    videos: ShrunkVideos,
    shape: NetworkShape,
    rng: np.random.Generator,
    *,
    batch_size: int,
    windows_per_video: int,
    jitter: Jitter,
) -> Iterator[Batch]:
    """Give the windows of an epoch, in random order, drawing all chance from *rng*."""
    order = rng.permutation(np.repeat(np.arange(len(videos)), windows_per_video))
    for start in range(0, len(order), batch_size):
        members = order[start : start + batch_size]
        windows = np.empty((len(members), CLIP_FRAMES, shape.side, shape.side, 3), dtype=np.uint8)
        targets = np.empty(len(members), dtype=np.int64)
        for row, index in enumerate(members):
            frames, label = videos.read(int(index))
            window = draw_window(frames, shape.side, rng, may_mirror=label not in DIRECTED_CLASSES)
            windows[row] = window[..., rng.permutation(3)] if jitter.shuffle_colours else window
            targets[row] = videos.place(label)
        yield Batch(clips=_jittered(normalise(windows), jitter, rng), targets=targets)


def draw_window(
    frames: NDArray[np.uint8], side: int, rng: np.random.Generator, *, may_mirror: bool
) -> NDArray[np.uint8]:
    """Draw a window of a video, uint8 (16, *side*, *side*, 3)."""
    start = int(rng.integers(0, max(len(frames) - CLIP_FRAMES, 0), endpoint=True))
    height, width = frames.shape[1:3]
    shorter = min(height, width)
    crop = round(shorter * float(rng.uniform(SMALLEST_CROP, 1.0)))
    top = int(rng.integers(0, height - crop, endpoint=True))
    left = _draw_left(width, crop, shorter, rng)
    mirror = bool(rng.random() < 0.5) and may_mirror
    taken = frames[window_frames(len(frames), start=start)]
    window = resize(taken[:, top : top + crop, left : left + crop], height=side, width=side)
    return window[:, :, ::-1] if mirror else window


def fade(clips: NDArray[np.float32], still: float) -> NDArray[np.float32]:
    """Keep the share *still* of what does not move: of each pixel's mean over the clip's time.

    Takes float32 (rows, 3, frames, side, side).
    """
    if still == 1.0:
        return clips
    standing = clips.mean(axis=2, keepdims=True)
    return np.asarray(clips - np.float32(1.0 - still) * standing)


def _draw_left(width: int, crop: int, shorter: int, rng: np.random.Generator) -> int:
    """Where a crop begins from the left: within the middle square and a tenth beyond it.

    The test sees the middle square alone; what stands far from it need not be learned.
    """
    slack = min((width - shorter) // 2, shorter // 10)
    first = (width - shorter) // 2 - slack
    last = (width + shorter) // 2 + slack - crop
    return int(rng.integers(max(first, 0), min(last, width - crop), endpoint=True))


def _jittered(
    clips: NDArray[np.float32], jitter: Jitter, rng: np.random.Generator
) -> NDArray[np.float32]:
    shape = (len(clips), 1, 1, 1, 1)
    gain = rng.uniform(1 - jitter.contrast, 1 + jitter.contrast, shape).astype(np.float32)
    shift = rng.uniform(-jitter.brightness, jitter.brightness, shape).astype(np.float32)
    clips *= gain
    clips += shift
    return clips

"""Cutting a video into the network's clips: which frames, which part of them, which values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.camera.tasks.action.presets import CLIP_FRAMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Mean and standard deviation of the colours of Kinetics, red, green and blue of 0 to 1
# (mean.py of kenshohara/3D-ResNets-PyTorch).
KINETICS_MEAN: Final = (0.4345, 0.4051, 0.3775)
KINETICS_STD: Final = (0.2768, 0.2713, 0.2737)


def check_video(raw: Any) -> NDArray[np.uint8]:
    """Give *raw* if it is a video; raises ConfigError, saying what one is, if not."""
    if (
        not isinstance(raw, np.ndarray)
        or raw.dtype != np.uint8
        or raw.ndim != 4
        or raw.shape[3] != 3
        or 0 in raw.shape
    ):
        found = f"{raw.dtype} {raw.shape}" if isinstance(raw, np.ndarray) else type(raw).__name__
        raise ConfigError(
            "must be a video of at least one frame: uint8 (frames, height, width, 3) RGB",
            where="sample of task action",
            value=found,
            next_step="decode the video with OpenCV and convert its frames from BGR to RGB",
        )
    return raw


def clip_frames(frames: int) -> NDArray[np.intp]:
    """Which frames of a video each clip takes: (clips, 16).

    The clips follow each other without overlap. The last one, if shorter, starts again with its
    own first frame until it is full: looping, as the published test does it.
    """
    starts = np.arange(0, frames, CLIP_FRAMES)[:, np.newaxis]
    lengths = np.minimum(frames - starts, CLIP_FRAMES)
    return starts + np.arange(CLIP_FRAMES) % lengths


def window_frames(frames: int, *, start: int) -> NDArray[np.intp]:
    """Which frames the window from *start* takes: (16,), looped if the video ends before."""
    length = min(frames - start, CLIP_FRAMES)
    return start + np.arange(CLIP_FRAMES) % length


def crop_centre(frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The largest square in the middle of each frame, (frames, s, s, 3), without copying."""
    height, width = frames.shape[1:3]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return frames[:, top : top + side, left : left + side]


def resize(frames: NDArray[np.uint8], *, height: int, width: int) -> NDArray[np.uint8]:
    """Scale frames (frames, h, w, 3) to (frames, *height*, *width*, 3).

    By area where they shrink, so that thin limbs do not fall between the sampled pixels,
    linearly where they grow.
    """
    import cv2

    if frames.shape[1:3] == (height, width):
        return frames
    shrinks = frames.shape[1] >= height and frames.shape[2] >= width
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    scaled = np.empty((len(frames), height, width, 3), dtype=np.uint8)
    for source, target in zip(frames, scaled, strict=True):
        cv2.resize(source, (width, height), dst=target, interpolation=method)
    return scaled


def normalise(clips: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Turn clips (rows, 16, side, side, 3) into the network's input (rows, 3, 16, side, side)."""
    scale = (1.0 / (255.0 * np.array(KINETICS_STD))).astype(np.float32)
    offset = (np.array(KINETICS_MEAN) / np.array(KINETICS_STD)).astype(np.float32)
    by_channel = np.empty((len(clips), 3, *clips.shape[1:4]), dtype=np.float32)
    for channel in range(3):
        np.multiply(clips[..., channel], scale[channel], out=by_channel[:, channel])
        by_channel[:, channel] -= offset[channel]
    return by_channel

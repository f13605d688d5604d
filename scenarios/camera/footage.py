"""Recordings of the user's: a folder of video files, or of images in the order of their names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_aibench.errors import ConfigError
from edge_aibench.tasks.media import read_image

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.scenarios.camera.parameters import VideoParameters
    from edge_aibench.scenarios.camera.street.truth import FrameTruth

    Image = NDArray[np.uint8]

VIDEO_SUFFIXES: Final = (".avi", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".ts", ".webm")
IMAGE_SUFFIXES: Final = (".bmp", ".jpeg", ".jpg", ".png", ".ppm")

FOOTAGE_BYTES: Final = 64 * 1024**2
"""Decoded frames of all recordings together: the first ones of each are kept, and looped."""

_FEWEST_FRAMES: Final = 16
"""As many as an action clip has."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Footage:
    """A recording of which nobody knows the truth; *frames* uint8 (n, height, width, 3) RGB."""

    name: str
    frames: NDArray[np.uint8]
    zone: None = None

    def __len__(self) -> int:
        """How many frames the loop has."""
        return len(self.frames)

    def frame(self, place: int, *, noise: int) -> Image:
        """Frame *place*; it has the noise that was recorded."""
        del noise
        return np.asarray(self.frames[place])

    def truth(self, place: int) -> FrameTruth | None:
        """Nobody knows: None."""
        del place
        return None


def read_footage(root: Path, video: VideoParameters, *, most: int) -> list[Footage]:
    """Read the first *most* videos of a folder, or its images as one recording.

    Pictures are scaled to fit the sensor's size and keep their shape; what is left is black.
    Raises ConfigError for a folder with neither, and for a file that cannot be read, holds no
    frame, or one frame only.
    """
    if not root.is_dir():
        raise ConfigError(
            "must be a folder of video files or of images",
            where=str(root),
            next_step="check the path",
        )
    files = sorted(path for path in root.iterdir() if path.is_file())
    videos = [path for path in files if path.suffix.lower() in VIDEO_SUFFIXES][:most]
    images = [path for path in files if path.suffix.lower() in IMAGE_SUFFIXES]
    if not videos and not images:
        raise ConfigError(
            "must hold video files, or images",
            where=str(root),
            value=f"{len(files)} other files",
            next_step=f"give files that end in {', '.join((*VIDEO_SUFFIXES, *IMAGE_SUFFIXES))}",
        )
    frame_bytes = video.width * video.height * 3
    limit = max(_FEWEST_FRAMES, FOOTAGE_BYTES // (frame_bytes * max(len(videos), 1)))
    if videos:
        return [
            _footage(path, (_fitted(frame, video) for frame in _decoded(path, limit)))
            for path in videos
        ]
    return [_footage(root, (_fitted(read_image(path), video) for path in images[:limit]))]


def _footage(path: Path, frames: Iterator[Image]) -> Footage:
    read = list(frames)
    if len(read) < 2:
        raise ConfigError(
            "must hold at least two frames: nothing moves in one",
            where=str(path),
            value=len(read),
            next_step="replace the file, or take it out of the folder",
        )
    stacked = np.stack(read)
    stacked.flags.writeable = False
    return Footage(name=path.name, frames=stacked)


def _decoded(path: Path, limit: int) -> Iterator[Image]:
    """At most *limit* frames of a video, RGB."""
    import cv2

    capture = cv2.VideoCapture(str(path))
    try:
        if not capture.isOpened():
            raise ConfigError(
                "must be a video that OpenCV can decode",
                where=str(path),
                value=f"{path.stat().st_size} bytes",
                next_step="replace the file, or take it out of the folder",
            )
        for _ in range(limit):
            found, frame = capture.read()
            if not found:
                return
            yield np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), dtype=np.uint8)
    finally:
        capture.release()


def _fitted(image: Image, video: VideoParameters) -> Image:
    import cv2

    height, width = image.shape[:2]
    if (width, height) == (video.width, video.height):
        return image
    factor = min(video.width / width, video.height / height)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    fitted = np.zeros((video.height, video.width, 3), dtype=np.uint8)
    left, top = (video.width - size[0]) // 2, (video.height - size[1]) // 2
    scaled = cv2.resize(image, size, interpolation=method)
    fitted[top : top + size[1], left : left + size[0]] = scaled
    return fitted

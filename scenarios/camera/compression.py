"""Short videos as bytes, and back.

OpenCV's packages for PyPI cannot write H.264: their FFmpeg has only encoders that need a
video device (h264_v4l2m2m), for licence reasons. MPEG-4 part 2 can be written, and is what
`mpeg4` means here; it too codes what changes from one frame to the next.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_aibench.errors import HostError
from edge_aibench.tasks.payload import damaged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Image = NDArray[np.uint8]

_SHARED_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - where Linux keeps files in memory
_FOURCC: Final = "mp4v"
# The container wants a rate; nothing depends on it.
_FRAMES_PER_S: Final = 25.0


def pack_mpeg4(frames: Sequence[Image]) -> bytes:
    """Compress frames, uint8 (height, width, 3) RGB each, as MPEG-4 part 2 in an MP4 file.

    Raises HostError where OpenCV has no such encoder.
    """
    import cv2

    height, width = frames[0].shape[:2]
    with _memory_file() as path:
        fourcc = cv2.VideoWriter.fourcc(*_FOURCC)
        writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, fourcc, _FRAMES_PER_S, (width, height))
        try:
            for frame in frames:
                writer.write(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
        finally:
            writer.release()
        content = path.read_bytes()
    if not content:
        raise HostError(
            "this OpenCV cannot write MPEG-4 video",
            mend="use zone-codec jpeg, or install opencv-python-headless from PyPI",
        )
    return content


def unpack_mpeg4(content: bytes, count: int) -> list[Image]:
    """Give the *count* frames of a video; raises RunError if it is damaged."""
    import cv2

    frames: list[Image] = []
    with _memory_file() as path:
        path.write_bytes(content)
        capture = cv2.VideoCapture(str(path))
        try:
            while len(frames) < count:
                found, frame = capture.read()
                if not found:
                    raise damaged(f"an MPEG-4 video of {count} frames", content)
                frames.append(np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), np.uint8))
        finally:
            capture.release()
    return frames


@contextmanager
def _memory_file() -> Iterator[Path]:
    """A file for OpenCV, which knows files only; in memory where the host has such a place."""
    home = _SHARED_MEMORY if os.access(_SHARED_MEMORY, os.W_OK) else None
    handle, name = tempfile.mkstemp(suffix=".mp4", dir=home)
    os.close(handle)
    path = Path(name)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)

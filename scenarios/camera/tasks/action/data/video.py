"""Writing one video file, by OpenCV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edge_aibench.errors import HostError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray


def write_video(path: Path, frames: Iterable[NDArray[np.uint8]], *, frames_per_s: float) -> None:
    """Encode RGB frames (height, width, 3) as Motion JPEG in AVI, each frame on its own.

    Equal frames give equal bytes. Raises HostError if the file could not be written.
    """
    import cv2

    writer: Any = None
    written = 0
    try:
        for frame in frames:
            if writer is None:
                writer = cv2.VideoWriter(
                    str(path),
                    cv2.CAP_OPENCV_MJPEG,
                    cv2.VideoWriter.fourcc(*"MJPG"),
                    frames_per_s,
                    (frame.shape[1], frame.shape[0]),
                    [cv2.VIDEOWRITER_PROP_QUALITY, _JPEG_QUALITY],
                )
            writer.write(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
            written += 1
    finally:
        if writer is not None:
            writer.release()
    # OpenCV's writer reports neither a folder that is missing nor a disk that is full.
    if written == 0 or _readable_frames(path) != written:
        raise HostError(
            f"{path}: {written} frames could not be written",
            mend="free disk space, or write to another folder",
        )


_JPEG_QUALITY = 75


def _readable_frames(path: Path) -> int:
    """How many frames a finished file announces; 0 if it cannot be opened."""
    import cv2

    if not path.is_file():
        return 0
    capture = cv2.VideoCapture(str(path))
    try:
        return int(capture.get(cv2.CAP_PROP_FRAME_COUNT)) if capture.isOpened() else 0
    finally:
        capture.release()

"""Reading images, videos and sound from files, with one kind of error for all that can be wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from edge_aibench.errors import ConfigError, HostError
from edge_aibench.tasks.sample import Sound

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def read_image(path: Path) -> NDArray[np.uint8]:
    """Read an image, uint8 (height, width, 3) RGB; raises ConfigError if it cannot be read."""
    import cv2

    content = np.frombuffer(_read_bytes(path, "an image"), dtype=np.uint8)
    image = cv2.imdecode(content, cv2.IMREAD_COLOR) if len(content) else None
    if image is None:
        raise _unreadable(path, "an image that OpenCV reads, such as JPEG, PNG or PPM")
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def read_video(path: Path) -> NDArray[np.uint8]:
    """Read all frames of a video, uint8 (frames, height, width, 3) RGB.

    Raises ConfigError if the file cannot be read or holds no frame.
    """
    import cv2

    if not path.is_file():
        raise _missing(path, "a video")
    capture = cv2.VideoCapture(str(path))
    frames = []
    try:
        while True:
            there, frame = capture.read()
            if not there:
                break
            frames.append(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB))
    finally:
        capture.release()
    if not frames:
        raise _unreadable(path, "a video of at least one frame that OpenCV reads, such as AVI")
    return np.asarray(frames, dtype=np.uint8)


def read_sound(path: Path, *, rate_hz: int) -> Sound:
    """Read a mono sound of *rate_hz* samples a second.

    Raises ConfigError if the file cannot be read or is of another rate, or of more channels.
    """
    soundfile = import_soundfile()
    if not path.is_file():
        raise _missing(path, "a sound file")
    try:
        samples, found_hz = soundfile.read(str(path), dtype="int16")
    except soundfile.LibsndfileError as error:
        raise _unreadable(path, "a sound file such as FLAC or WAV") from error
    if found_hz != rate_hz or samples.ndim != 1 or not len(samples):
        channels = 1 if samples.ndim == 1 else samples.shape[1]
        raise ConfigError(
            f"must be mono sound with {rate_hz} samples a second",
            where=str(path),
            value=f"{found_hz} samples a second, {channels} channels, {len(samples)} samples",
            next_step=f"convert it, for example with `sox IN -r {rate_hz} -c 1 OUT.flac`",
        )
    return Sound(samples=samples, rate_hz=rate_hz)


def import_soundfile() -> Any:
    """Import the sound file library when it is first needed; raises HostError without it."""
    try:
        import soundfile
    except (ImportError, OSError) as error:
        raise HostError(
            f"sound files cannot be read: {error}", mend="pip install soundfile"
        ) from error
    return soundfile


def _read_bytes(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _missing(path, what, why=error.strerror) from error


def _missing(path: Path, what: str, *, why: str | None = None) -> ConfigError:
    return ConfigError(
        f"must be {what}, and cannot be opened",
        where=str(path),
        value=why,
        next_step="check the path",
    )


def _unreadable(path: Path, what: str) -> ConfigError:
    return ConfigError(
        f"must be {what}",
        where=str(path),
        value=f"{path.stat().st_size} bytes",
        next_step="the file is damaged or of another kind: replace it",
    )

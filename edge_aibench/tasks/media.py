"""Reading images, videos and sound from files, with one kind of error for all that can be wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.errors import ConfigError, HostError
from edge_aibench.tasks.sample import Sound

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


LARGEST_IMAGE_BYTES: Final = 64 * 1024**2
"""No camera's picture is larger; reading something else by mistake should not fill memory."""


def read_image(path: Path) -> NDArray[np.uint8]:
    """Read an image, uint8 (height, width, 3) RGB; raises ConfigError if it cannot be read."""
    image = decode_image(_read_bytes(path, "an image"))
    if image is None:
        raise _unreadable(path, "an image that OpenCV reads, such as JPEG, PNG or PPM")
    return image


def decode_image(content: bytes) -> NDArray[np.uint8] | None:
    """Decode what an image file holds, uint8 (height, width, 3) RGB; None if it is no image."""
    import cv2

    if not content:
        return None
    image = cv2.imdecode(np.frombuffer(content, dtype=np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        return None
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), dtype=np.uint8)


LONGEST_FRAMES: Final = 20_000
LARGEST_DECODED_BYTES: Final = 2 * 1024**3
"""The longest clip of UCF101, 1,776 frames of 320x240, decodes to 0.4 GB."""

_RESTORE: Final = "restore the file from its source, or generate the data set again"


def read_video(path: Path) -> NDArray[np.uint8]:
    """Decode all frames, uint8 (frames, height, width, 3) RGB.

    Raises ConfigError for a file that is missing, is no video, has no frame, is cut short, or
    decodes to more than the limits above.
    """
    import cv2

    if not path.is_file():
        raise ConfigError("must be a video file", where=str(path), next_step=_RESTORE)
    if path.stat().st_size == 0:
        raise ConfigError("must not be an empty file", where=str(path), next_step=_RESTORE)
    capture = cv2.VideoCapture(str(path))
    try:
        if not capture.isOpened():
            raise ConfigError(
                "must be a video that OpenCV can decode", where=str(path), next_step=_RESTORE
            )
        announced = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
        frames = _decode(capture, path=path)
    finally:
        capture.release()
    # Some files of UCF101 announce a frame or two more than they hold; a file cut short
    # announces many more.
    if not frames or len(frames) < 0.9 * announced:
        raise ConfigError(
            f"must hold the {max(announced, 1)} frames that its header announces",
            where=str(path),
            value=len(frames),
            next_step=_RESTORE,
        )
    return np.stack(frames)


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


def _decode(capture: Any, *, path: Path) -> list[NDArray[np.uint8]]:
    import cv2

    frames: list[NDArray[np.uint8]] = []
    decoded_bytes = 0
    while True:
        found, frame = capture.read()
        if not found:
            return frames
        decoded_bytes += frame.nbytes
        if len(frames) >= LONGEST_FRAMES or decoded_bytes > LARGEST_DECODED_BYTES:
            raise ConfigError(
                f"must not decode to more than {LONGEST_FRAMES} frames or "
                f"{LARGEST_DECODED_BYTES} bytes",
                where=str(path),
                next_step="cut the video into shorter ones",
            )
        frames.append(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB))


def _read_bytes(path: Path, what: str) -> bytes:
    try:
        size = path.stat().st_size
        if size > LARGEST_IMAGE_BYTES:
            raise ConfigError(
                f"must be {what} of at most {LARGEST_IMAGE_BYTES} bytes",
                where=str(path),
                value=size,
            )
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

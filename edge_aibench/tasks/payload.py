"""What a sensor may send, and how many bytes that is on the wire.

| encoding       | carries                     | bytes                                  |
|----------------|-----------------------------|----------------------------------------|
| raw            | the sensor's own numbers    | a header and the numbers               |
| jpeg:QUALITY   | images, frame by frame      | lossy, quality 1 to 100                |
| flac           | sound                       | lossless                               |
| float32        | the network's input, made on the device | a header and 4 a number    |
| base64-float64 | the same, as text           | 32 for 3 numbers, rounded up           |

The last one is what the reference harness of Edge AIBench sends; it is here to be compared with.

What cannot be read back raises RunError: it was damaged on the way, which is nobody's file.
"""

from __future__ import annotations

import base64
import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.errors import ConfigError, RunError, unknown_name
from edge_aibench.tasks.media import decode_image, import_soundfile
from edge_aibench.tasks.sample import Sound

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Rows = tuple[NDArray[Any], ...]

RAW: Final = "raw"
JPEG: Final = "jpeg"
FLAC: Final = "flac"
FLOAT32: Final = "float32"
BASE64_FLOAT64: Final = "base64-float64"

OF_SENSOR: Final = (RAW, JPEG, FLAC)
OF_NETWORK_INPUT: Final = (FLOAT32, BASE64_FLOAT64)

# Their places are on the wire: new ones go to the end.
_DTYPES: Final = ("uint8", "int16", "int32", "int64", "float32", "float64", "int8")
_COUNT: Final = struct.Struct("<I")
_LARGEST_BYTES: Final = 1 << 30


_JPEG_BEGINS: Final = b"\xff\xd8"
_JPEG_ENDS: Final = b"\xff\xd9"


def damaged(what: str, payload: bytes) -> RunError:
    """Build the error for a *payload* that does not hold *what* it must."""
    return RunError(
        f"{len(payload)} bytes that must be {what} cannot be read",
        next_step="they were cut or altered on the way, or are of another encoding",
    )


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """An encoding by name; *quality* for JPEG only."""

    name: str
    quality: int | None = None

    def __str__(self) -> str:
        """As `parse_encoding` reads it."""
        return self.name if self.quality is None else f"{self.name}:{self.quality}"

    @property
    def of_network_input(self) -> bool:
        """Whether it carries what the network reads instead of what the sensor has."""
        return self.name in OF_NETWORK_INPUT


def parse_encoding(text: str) -> Encoding:
    """Read `raw`, `jpeg:90`, `flac`, `float32` or `base64-float64`; raises ConfigError."""
    name, separator, quality = text.partition(":")
    if name not in (*OF_SENSOR, *OF_NETWORK_INPUT):
        raise unknown_name("encoding", text, (*OF_SENSOR, *OF_NETWORK_INPUT), where="payload")
    if name != JPEG:
        if separator:
            raise ConfigError("takes no quality", where="payload", key=name, value=quality)
        return Encoding(name=name)
    if not quality.isdecimal() or not 1 <= int(quality) <= 100:
        raise ConfigError(
            "needs a quality from 1 to 100, such as jpeg:90",
            where="payload",
            key=name,
            value=quality,
        )
    return Encoding(name=name, quality=int(quality))


def encode_raw(encoding: Encoding, raw: Any) -> bytes:
    """Encode a sensor's sample: an array, or `Sound`.

    Raises ConfigError if the encoding cannot carry it.
    """
    if encoding.name == FLAC:
        return _encode_flac(_as_sound(raw))
    if encoding.name == JPEG:
        return _encode_jpeg(_as_frames(raw), encoding.quality or 0)
    if isinstance(raw, Sound):
        return _COUNT.pack(raw.rate_hz) + pack_array(raw.samples)
    return pack_array(np.asarray(raw))


def encode_rows(encoding: Encoding, rows: Rows) -> bytes:
    """Encode a network's inputs, each of shape (rows, ...)."""
    if encoding.name == BASE64_FLOAT64:
        return base64.b64encode(
            b"".join(np.asarray(array, dtype="<f8").tobytes() for array in rows)
        )
    return b"".join(pack_array(np.asarray(array, dtype=np.float32)) for array in rows)


def decode_jpeg(payload: bytes) -> NDArray[np.uint8]:
    """Give back the frames of `jpeg`, uint8 (frames, height, width, 3).

    Raises RunError if they are damaged.
    """
    frames, offset = [], 0
    while offset < len(payload):
        length, offset = _read_count(payload, offset)
        frames.append(unpack_jpeg(payload[offset : offset + length]))
        offset += length
    if not frames:
        raise damaged("at least one frame", payload)
    return np.stack(frames)


def pack_jpeg(image: NDArray[np.uint8], quality: int) -> bytes:
    """Compress one image, uint8 (height, width, 3) RGB, with *quality* 1 to 100, as JPEG.

    Raises ConfigError for an array that is no image of at most 65,500 pixels a side.
    """
    import cv2

    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise _no_images(image)
    blue_first = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    done, coded = cv2.imencode(".jpg", blue_first, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ConfigError("cannot be written as JPEG", where="payload", value=image.shape)
    return bytes(coded)


def unpack_jpeg(content: bytes) -> NDArray[np.uint8]:
    """Give back the image of `pack_jpeg`, uint8 (height, width, 3) RGB.

    Raises RunError if it is damaged.
    """
    # OpenCV fills what is missing of a file cut short with grey, and calls that an image.
    whole = content.startswith(_JPEG_BEGINS) and content.endswith(_JPEG_ENDS)
    image = decode_image(content) if whole else None
    if image is None:
        raise damaged("a JPEG image", content)
    return image


def decode_flac(payload: bytes) -> Sound:
    """Give back the sound of `flac`; raises RunError if it is damaged."""
    soundfile = import_soundfile()
    try:
        samples, rate_hz = soundfile.read(io.BytesIO(payload), dtype="int16")
    except soundfile.LibsndfileError as error:
        raise damaged("FLAC sound", payload) from error
    return Sound(samples=samples, rate_hz=rate_hz)


def decode_base64(payload: bytes, shape: Sequence[int]) -> NDArray[np.float64]:
    """Give back the numbers of `base64-float64`, which says nothing of their shape."""
    try:
        return np.frombuffer(base64.b64decode(payload, validate=True), "<f8").reshape(shape)
    except ValueError as error:
        raise damaged(f"base64 of float64 numbers of shape {tuple(shape)}", payload) from error


def pack_array(array: NDArray[Any]) -> bytes:
    """Write dtype, shape and numbers, little-endian: a byte each for the first two counts, four
    for each dimension, then the numbers. Raises ConfigError for another dtype.
    """
    kind = array.dtype.name
    if kind not in _DTYPES:
        raise ConfigError(f"must be one of {', '.join(_DTYPES)}", where="payload", value=kind)
    header = struct.pack(f"<BB{array.ndim}I", _DTYPES.index(kind), array.ndim, *array.shape)
    return header + np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).tobytes()


def unpack_array(payload: bytes) -> NDArray[Any]:
    """Read `pack_array`'s bytes; raises RunError if they are not what they say."""
    try:
        kind, dimensions = struct.unpack_from("<BB", payload)
        shape = struct.unpack_from(f"<{dimensions}I", payload, 2)
        dtype = np.dtype(_DTYPES[kind]).newbyteorder("<")
    except (struct.error, IndexError) as error:
        raise damaged("an array", payload) from error
    start = 2 + 4 * dimensions
    expected = int(np.prod(shape, dtype=object)) * dtype.itemsize
    if expected > _LARGEST_BYTES or len(payload) - start != expected:
        raise damaged(f"an array of shape {shape}", payload)
    return np.frombuffer(payload, dtype, offset=start).reshape(shape)


def _encode_jpeg(frames: NDArray[np.uint8], quality: int) -> bytes:
    coded = (pack_jpeg(frame, quality) for frame in frames)
    return b"".join(_COUNT.pack(len(content)) + content for content in coded)


def _encode_flac(sound: Sound) -> bytes:
    content = io.BytesIO()
    import_soundfile().write(content, sound.samples, sound.rate_hz, format="FLAC")
    return content.getvalue()


def _as_frames(raw: Any) -> NDArray[np.uint8]:
    array = np.asarray(raw)
    if array.dtype != np.uint8 or array.ndim not in (3, 4) or array.shape[-1] != 3:
        raise _no_images(array)
    return array if array.ndim == 4 else array[np.newaxis]


def _no_images(array: NDArray[Any]) -> ConfigError:
    return ConfigError(
        "carries images only, uint8 (height, width, 3) or frames of them",
        where="payload",
        key=JPEG,
        value=(array.dtype.name, array.shape),
    )


def _as_sound(raw: Any) -> Sound:
    if not isinstance(raw, Sound):
        raise ConfigError("carries sound only", where="payload", key=FLAC, value=type(raw).__name__)
    return raw


def _read_count(payload: bytes, offset: int) -> tuple[int, int]:
    if len(payload) < offset + _COUNT.size:
        raise damaged("frames", payload)
    (length,) = _COUNT.unpack_from(payload, offset)
    offset += _COUNT.size
    if length > len(payload) - offset:
        raise damaged("frames", payload)
    return length, offset

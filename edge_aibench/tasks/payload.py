"""What a sensor may send, and how many bytes that is on the wire.

| encoding       | carries                     | bytes                                  |
|----------------|-----------------------------|----------------------------------------|
| raw            | the sensor's own numbers    | a header and the numbers               |
| jpeg:QUALITY   | images, frame by frame      | lossy, quality 1 to 100                |
| flac           | sound                       | lossless                               |
| float32        | the network's input, made on the device | a header and 4 a number    |
| base64-float64 | the same, as text           | 32 for 3 numbers, rounded up           |

The last one is what the reference harness of Edge AIBench sends; it is here to be compared with.
"""

from __future__ import annotations

import base64
import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.errors import ConfigError, unknown_name
from edge_aibench.tasks.media import import_soundfile
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

_DTYPES: Final = ("uint8", "int16", "int32", "int64", "float32", "float64")
_COUNT: Final = struct.Struct("<I")
_LARGEST_BYTES: Final = 1 << 30


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """An encoding by name; *quality* for JPEG only."""

    name: str
    quality: int | None = None

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
    """Give back the frames of `jpeg`, uint8 (frames, height, width, 3); raises ConfigError."""
    import cv2

    frames, offset = [], 0
    while offset < len(payload):
        length, offset = _read_count(payload, offset)
        part = np.frombuffer(payload, np.uint8, count=length, offset=offset)
        image = cv2.imdecode(part, cv2.IMREAD_COLOR) if length else None
        if image is None:
            raise _damaged("a JPEG image")
        frames.append(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
        offset += length
    if not frames:
        raise _damaged("at least one frame")
    return np.stack(frames)


def decode_flac(payload: bytes) -> Sound:
    """Give back the sound of `flac`; raises ConfigError if it is damaged."""
    soundfile = import_soundfile()
    try:
        samples, rate_hz = soundfile.read(io.BytesIO(payload), dtype="int16")
    except soundfile.LibsndfileError as error:
        raise _damaged("FLAC sound") from error
    return Sound(samples=samples, rate_hz=rate_hz)


def decode_base64(payload: bytes, shape: Sequence[int]) -> NDArray[np.float64]:
    """Give back the numbers of `base64-float64`, which says nothing of their shape."""
    try:
        return np.frombuffer(base64.b64decode(payload, validate=True), "<f8").reshape(shape)
    except ValueError as error:
        raise _damaged(f"base64 of float64 numbers of shape {tuple(shape)}") from error


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
    """Read `pack_array`'s bytes; raises ConfigError if they are not what they say."""
    try:
        kind, dimensions = struct.unpack_from("<BB", payload)
        shape = struct.unpack_from(f"<{dimensions}I", payload, 2)
        dtype = np.dtype(_DTYPES[kind]).newbyteorder("<")
    except (struct.error, IndexError) as error:
        raise _damaged("an array") from error
    start = 2 + 4 * dimensions
    expected = int(np.prod(shape, dtype=object)) * dtype.itemsize
    if expected > _LARGEST_BYTES or len(payload) - start != expected:
        raise _damaged(f"an array of shape {shape}")
    return np.frombuffer(payload, dtype, offset=start).reshape(shape)


class ArrayCodec:
    """How arrays and single numbers travel, as `pack_array`; a number comes back as shape ()."""

    def __init__(self, dtype: str = "float32") -> None:
        self._dtype = np.dtype(dtype)

    def encode(self, output: Any) -> bytes:
        """Write *output* as numbers of the codec's dtype."""
        return pack_array(np.asarray(output, self._dtype))

    def decode(self, payload: bytes) -> NDArray[Any]:
        """Read an array back; raises ConfigError if it was damaged."""
        return unpack_array(payload)


def _encode_jpeg(frames: NDArray[np.uint8], quality: int) -> bytes:
    import cv2

    parts = []
    for frame in frames:
        image = cv2.cvtColor(frame, cv2.COLOR_RGB2BGR)
        done, coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if not done:
            raise ConfigError("cannot be written as JPEG", where="payload", value=frame.shape)
        parts.append(_COUNT.pack(len(coded)) + coded.tobytes())
    return b"".join(parts)


def _encode_flac(sound: Sound) -> bytes:
    content = io.BytesIO()
    import_soundfile().write(content, sound.samples, sound.rate_hz, format="FLAC")
    return content.getvalue()


def _as_frames(raw: Any) -> NDArray[np.uint8]:
    array = np.asarray(raw)
    if array.dtype != np.uint8 or array.ndim not in (3, 4) or array.shape[-1] != 3:
        raise ConfigError(
            "carries images only, uint8 (height, width, 3) or frames of them",
            where="payload",
            key=JPEG,
            value=(array.dtype.name, array.shape),
        )
    return array if array.ndim == 4 else array[np.newaxis]


def _as_sound(raw: Any) -> Sound:
    if not isinstance(raw, Sound):
        raise ConfigError("carries sound only", where="payload", key=FLAC, value=type(raw).__name__)
    return raw


def _read_count(payload: bytes, offset: int) -> tuple[int, int]:
    if len(payload) < offset + _COUNT.size:
        raise _damaged("frames")
    (length,) = _COUNT.unpack_from(payload, offset)
    offset += _COUNT.size
    if length > len(payload) - offset:
        raise _damaged("frames")
    return length, offset


def _damaged(what: str) -> ConfigError:
    return ConfigError(
        f"must hold {what}",
        where="payload",
        next_step="it was cut or altered on the way, or is of another encoding",
    )

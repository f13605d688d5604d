"""How outputs travel between car, edge and cloud: fixed layouts, little-endian, no pickling."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.errors import ConfigError, RunError
from edge_aibench.scenarios.vehicle.decision import Decision, SeenSign
from edge_aibench.scenarios.vehicle.detection import Regions
from edge_aibench.scenarios.vehicle.images import JpegImage
from edge_aibench.scenarios.vehicle.tasks.lane_detection.lanes import Lanes, answer_rows
from edge_aibench.tasks.payload import pack_array, unpack_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.scenarios.vehicle.decision import Halt

_COUNT: Final = struct.Struct("<H")
_LANES: Final = struct.Struct("<HH")
_SIGN: Final = struct.Struct("<Bf4i")
_DECISION: Final = struct.Struct("<fhB")
_BOX_BYTES: Final = 16
_NO_LIMIT: Final = -1
_HALTS: Final[tuple[Halt, ...]] = ("no", "give-way", "stop")


class FrameCodec:
    """The frame's own numbers, after a header of 14 bytes."""

    def encode(self, output: NDArray[np.uint8]) -> bytes:
        """691,214 bytes for 640 x 360 pixels."""
        return pack_array(output)

    def decode(self, payload: bytes) -> NDArray[np.uint8]:
        """Give uint8 (height, width, 3); raises RunError for anything else."""
        try:
            image = unpack_array(payload)
        except ConfigError as error:
            raise _damaged("frame", payload) from error
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
            raise _damaged("frame", payload)
        return image


class JpegCodec:
    """The JPEG file as it is."""

    def encode(self, output: JpegImage) -> bytes:
        """About 45 kB for 640 x 360 pixels at quality 85."""
        return output.content

    def decode(self, payload: bytes) -> JpegImage:
        """What it holds is looked at by stage `decode`."""
        return JpegImage(payload)


class RegionsCodec:
    """How many, their boxes as int32, then the pixels of each."""

    def encode(self, output: Regions) -> bytes:
        """3 bytes a pixel: cut-outs are small."""
        pixels = b"".join(crop.tobytes() for crop in output.crops)
        return _COUNT.pack(len(output.crops)) + output.boxes.astype("<i4").tobytes() + pixels

    def decode(self, payload: bytes) -> Regions:
        """Read regions back; raises RunError if they are damaged."""
        count = _read_count(payload, "set of regions")
        start = _COUNT.size + count * _BOX_BYTES
        if len(payload) < start:
            raise _damaged("set of regions", payload)
        boxes = np.frombuffer(payload, "<i4", count=4 * count, offset=_COUNT.size)
        boxes = boxes.reshape(count, 4).astype(np.int32)
        crops = []
        for left, top, right, bottom in boxes.tolist():
            shape = (bottom - top, right - left, 3)
            size = shape[0] * shape[1] * 3
            if min(shape) <= 0 or start + size > len(payload):
                raise _damaged("set of regions", payload)
            crops.append(np.frombuffer(payload, np.uint8, count=size, offset=start).reshape(shape))
            start += size
        if start != len(payload):
            raise _damaged("set of regions", payload)
        return Regions(boxes=boxes, crops=tuple(crops))


class LanesCodec:
    """How many lines, the image's height (uint16 each), then float32 columns.

    The rows need not travel: they follow from the height.
    """

    def __init__(self, height: int) -> None:
        self._height = height

    def encode(self, output: Lanes) -> bytes:
        """116 bytes a line of an image 360 pixels high, and 4."""
        header = _LANES.pack(len(output), self._height)
        return header + output.columns.astype("<f4").tobytes()

    def decode(self, payload: bytes) -> Lanes:
        """Read lines back; raises RunError if they are damaged."""
        if len(payload) < _LANES.size:
            raise _damaged("set of lines", payload)
        lines, height = _LANES.unpack_from(payload)
        rows = answer_rows(height)
        if len(payload) != _LANES.size + 4 * lines * len(rows):
            raise _damaged("set of lines", payload)
        columns = np.frombuffer(payload, "<f4", offset=_LANES.size).astype(np.float64)
        return Lanes(rows=rows, columns=columns.reshape(lines, len(rows)))


class SignsCodec:
    """How many, then class (uint8), capsule length (float32) and box (int32) of each."""

    def encode(self, output: tuple[SeenSign, ...]) -> bytes:
        """21 bytes a sign, and 2."""
        signs = (_SIGN.pack(sign.class_id, sign.length, *sign.box) for sign in output)
        return _COUNT.pack(len(output)) + b"".join(signs)

    def decode(self, payload: bytes) -> tuple[SeenSign, ...]:
        """Read signs back; raises RunError if they are damaged."""
        count = _read_count(payload, "set of signs")
        if len(payload) != _COUNT.size + count * _SIGN.size:
            raise _damaged("set of signs", payload)
        return tuple(
            SeenSign(class_id=class_id, length=length, box=(left, top, right, bottom))
            for class_id, length, left, top, right, bottom in _SIGN.iter_unpack(
                payload[_COUNT.size :]
            )
        )


class DecisionCodec:
    """Offset (float32, NaN for none), limit (int16, -1 for none), halt (uint8)."""

    def encode(self, output: Decision) -> bytes:
        """7 bytes."""
        offset = math.nan if output.offset_share is None else output.offset_share
        limit = _NO_LIMIT if output.speed_limit_kmh is None else output.speed_limit_kmh
        return _DECISION.pack(offset, limit, _HALTS.index(output.halt))

    def decode(self, payload: bytes) -> Decision:
        """Read a decision back; raises RunError if it is damaged."""
        if len(payload) != _DECISION.size:
            raise _damaged("decision", payload)
        offset, limit, halt = _DECISION.unpack(payload)
        if halt >= len(_HALTS):
            raise _damaged("decision", payload)
        return Decision(
            offset_share=None if math.isnan(offset) else offset,
            speed_limit_kmh=None if limit == _NO_LIMIT else limit,
            halt=_HALTS[halt],
        )


class NoOutput:
    """For stages that pass nothing on."""

    def encode(self, output: Any) -> bytes:
        """Refuse."""
        raise TypeError(f"a {type(output).__name__} does not travel")

    def decode(self, payload: bytes) -> Any:
        """Refuse."""
        raise TypeError(f"{len(payload)} bytes are the output of no stage")


def _read_count(payload: bytes, what: str) -> int:
    if len(payload) < _COUNT.size:
        raise _damaged(what, payload)
    return int(_COUNT.unpack_from(payload)[0])


def _damaged(what: str, payload: bytes) -> RunError:
    return RunError(
        f"{len(payload)} bytes are not a whole {what}",
        next_step="the message was cut or altered on the way: look at the broker's log",
    )

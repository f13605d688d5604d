"""How outputs travel between car, edge and cloud: fixed layouts, little-endian, no pickling."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_aibench.scenarios.vehicle.decision import Decision, SeenSign
from edge_aibench.scenarios.vehicle.detection import Regions
from edge_aibench.scenarios.vehicle.images import JpegImage
from edge_aibench.scenarios.vehicle.tasks.lane_detection.lanes import Lanes, answer_rows
from edge_aibench.tasks.codecs import PayloadReader

if TYPE_CHECKING:
    from edge_aibench.scenarios.vehicle.decision import Halt

_COUNT: Final = struct.Struct("<H")
_LANES: Final = struct.Struct("<HH")
_SIGN: Final = struct.Struct("<Bf4i")
_DECISION: Final = struct.Struct("<fhB")
_BOX_BYTES: Final = 16
_NO_LIMIT: Final = -1
_HALTS: Final[tuple[Halt, ...]] = ("no", "give-way", "stop")


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
        reader = PayloadReader(payload, "regions of a frame")
        count = reader.count(least=_BOX_BYTES, layout=_COUNT)
        boxes = reader.array("<i4", 4 * count).reshape(count, 4).astype(np.int32)
        crops = []
        for left, top, right, bottom in boxes.tolist():
            shape = (bottom - top, right - left, 3)
            if min(shape) <= 0:
                raise reader.damaged()
            crops.append(reader.array("u1", math.prod(shape)).reshape(shape))
        reader.finish()
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
        reader = PayloadReader(payload, "lines of a frame")
        lines, height = reader.read(_LANES)
        rows = answer_rows(height)
        columns = reader.array("<f4", lines * len(rows)).astype(np.float64)
        reader.finish()
        return Lanes(rows=rows, columns=columns.reshape(lines, len(rows)))


class SignsCodec:
    """How many, then class (uint8), capsule length (float32) and box (int32) of each."""

    def encode(self, output: tuple[SeenSign, ...]) -> bytes:
        """21 bytes a sign, and 2."""
        signs = (_SIGN.pack(sign.class_id, sign.length, *sign.box) for sign in output)
        return _COUNT.pack(len(output)) + b"".join(signs)

    def decode(self, payload: bytes) -> tuple[SeenSign, ...]:
        """Read signs back; raises RunError if they are damaged."""
        reader = PayloadReader(payload, "signs of a frame")
        signs = []
        for _ in range(reader.count(least=_SIGN.size, layout=_COUNT)):
            class_id, length, *box = reader.read(_SIGN)
            left, top, right, bottom = box
            signs.append(SeenSign(class_id=class_id, length=length, box=(left, top, right, bottom)))
        reader.finish()
        return tuple(signs)


class DecisionCodec:
    """Offset (float32, NaN for none), limit (int16, -1 for none), halt (uint8)."""

    def encode(self, output: Decision) -> bytes:
        """7 bytes."""
        offset = math.nan if output.offset_share is None else output.offset_share
        limit = _NO_LIMIT if output.speed_limit_kmh is None else output.speed_limit_kmh
        return _DECISION.pack(offset, limit, _HALTS.index(output.halt))

    def decode(self, payload: bytes) -> Decision:
        """Read a decision back; raises RunError if it is damaged."""
        reader = PayloadReader(payload, "a driving decision")
        offset, limit, halt = reader.read(_DECISION)
        reader.finish()
        if halt >= len(_HALTS):
            raise reader.damaged()
        return Decision(
            offset_share=None if math.isnan(offset) else offset,
            speed_limit_kmh=None if limit == _NO_LIMIT else limit,
            halt=_HALTS[halt],
        )

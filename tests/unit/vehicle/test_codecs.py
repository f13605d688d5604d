"""The scenario's messages, byte by byte."""

from __future__ import annotations

import math
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from edge_aibench.errors import RunError
from edge_aibench.scenarios.vehicle import codecs
from edge_aibench.scenarios.vehicle.decision import Decision, SeenSign
from edge_aibench.scenarios.vehicle.detection import Regions
from edge_aibench.scenarios.vehicle.images import JpegImage
from edge_aibench.scenarios.vehicle.tasks.lane_detection.lanes import Lanes, answer_rows

FLOAT32 = st.floats(width=32, allow_nan=False, allow_infinity=False)
COORDINATE = st.integers(-(2**31), 2**31 - 1)
BOX = st.tuples(COORDINATE, COORDINATE, COORDINATE, COORDINATE)
ROWS = answer_rows(360)


def regions(*sizes: tuple[int, int]) -> Regions:
    crops = tuple(
        np.arange(3 * width * height, dtype=np.uint8).reshape(height, width, 3)
        for width, height in sizes
    )
    boxes = [
        (5 + i, 7 + i, 5 + i + width, 7 + i + height) for i, (width, height) in enumerate(sizes)
    ]
    return Regions(boxes=np.array(boxes, np.int32).reshape(-1, 4), crops=crops)


LINES = Lanes(rows=ROWS, columns=np.arange(2.0 * len(ROWS)).reshape(2, len(ROWS)))
SIGNS = (SeenSign(class_id=14, length=0.5, box=(1, 2, 30, 40)),)
DECISION = Decision(offset_share=-0.25, speed_limit_kmh=120, halt="stop")
EXAMPLES: list[tuple[Any, Any]] = [
    (codecs.RegionsCodec(), regions((3, 2), (4, 4))),
    (codecs.LanesCodec(360), LINES),
    (codecs.SignsCodec(), SIGNS),
    (codecs.DecisionCodec(), DECISION),
]


def test_a_jpeg_travels_as_it_is() -> None:
    codec = codecs.JpegCodec()
    assert codec.encode(JpegImage(b"content")) == b"content"
    assert codec.decode(b"content") == JpegImage(b"content")


def test_a_decision_is_seven_bytes() -> None:
    codec = codecs.DecisionCodec()
    assert codec.encode(DECISION) == struct.pack("<fhB", -0.25, 120, 2)
    nothing = Decision(offset_share=None, speed_limit_kmh=None, halt="no")
    payload = codec.encode(nothing)
    offset, limit, halt = struct.unpack("<fhB", payload)
    assert math.isnan(offset)
    assert (limit, halt) == (-1, 0)
    assert codec.decode(payload) == nothing


@given(
    st.none() | FLOAT32,
    st.none() | st.integers(0, 32767),
    st.sampled_from(["no", "give-way", "stop"]),
)
def test_decisions_come_back(offset: float | None, limit: int | None, halt: Any) -> None:
    decision = Decision(offset_share=offset, speed_limit_kmh=limit, halt=halt)
    codec = codecs.DecisionCodec()
    assert codec.decode(codec.encode(decision)) == decision


def test_an_unknown_halt_is_refused() -> None:
    with pytest.raises(RunError, match="decision"):
        codecs.DecisionCodec().decode(struct.pack("<fhB", 0.0, 0, 3))


def test_a_sign_is_21_bytes_after_their_number() -> None:
    payload = codecs.SignsCodec().encode(SIGNS)
    assert payload == struct.pack("<H", 1) + struct.pack("<Bf4i", 14, 0.5, 1, 2, 30, 40)
    assert codecs.SignsCodec().encode(()) == b"\0\0"


@given(st.lists(st.builds(SeenSign, class_id=st.integers(0, 42), length=FLOAT32, box=BOX)))
def test_signs_come_back(signs: list[SeenSign]) -> None:
    codec = codecs.SignsCodec()
    assert codec.decode(codec.encode(tuple(signs))) == tuple(signs)


@pytest.mark.parametrize("lines", [0, 1, 5])
def test_lines_are_four_bytes_a_row_and_know_their_rows(lines: int) -> None:
    codec = codecs.LanesCodec(360)
    lanes = Lanes(rows=ROWS, columns=np.full((lines, 28), 1.5))
    payload = codec.encode(lanes)
    assert len(payload) == 4 + lines * 28 * 4
    back = codec.decode(payload)
    assert back.rows.tolist() == list(range(80, 360, 10))
    assert back.columns.shape == (lines, 28)


@given(arrays(np.float32, (2, 28), elements=FLOAT32))
def test_lines_come_back_as_float32(columns: Any) -> None:
    codec = codecs.LanesCodec(360)
    back = codec.decode(codec.encode(Lanes(rows=ROWS, columns=columns.astype(np.float64))))
    assert (back.columns == columns).all()


@pytest.mark.parametrize("sizes", [(), ((3, 2),), ((3, 2), (12, 20), (1, 1))])
def test_regions_come_back_with_their_pixels(sizes: tuple[tuple[int, int], ...]) -> None:
    codec = codecs.RegionsCodec()
    sent = regions(*sizes)
    payload = codec.encode(sent)
    assert len(payload) == 2 + sum(16 + 3 * width * height for width, height in sizes)
    back = codec.decode(payload)
    assert (back.boxes == sent.boxes).all()
    assert back.boxes.shape == (len(sizes), 4)
    assert all((a == b).all() for a, b in zip(back.crops, sent.crops, strict=True))


@pytest.mark.parametrize(("codec", "output"), EXAMPLES)
def test_a_message_cut_short_or_too_long_is_refused(codec: Any, output: Any) -> None:
    payload = codec.encode(output)
    for damaged in (*(payload[:size] for size in range(len(payload))), payload + b"\0"):
        with pytest.raises(RunError, match=f"{len(damaged)} bytes that must be"):
            codec.decode(damaged)


def test_a_box_inside_out_is_refused() -> None:
    payload = struct.pack("<H4i", 1, 30, 10, 10, 30)
    with pytest.raises(RunError, match="regions"):
        codecs.RegionsCodec().decode(payload)

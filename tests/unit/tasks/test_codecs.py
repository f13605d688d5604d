"""What the scenarios' codecs are made of."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_aibench.errors import RunError
from edge_aibench.tasks.codecs import ArrayCodec, ImageCodec, LocalOnly, PayloadReader, sized
from edge_aibench.tasks.payload import pack_array


def test_numbers_and_arrays_travel_as_the_codecs_dtype() -> None:
    # Dtype and number of dimensions in a byte each, then four for each dimension.
    assert len(ArrayCodec().encode(0.5)) == 2 + 4
    assert len(ArrayCodec().encode(np.zeros((3, 5)))) == 2 + 2 * 4 + 15 * 4
    number = ArrayCodec().decode(ArrayCodec().encode(0.5))
    assert (number.shape, number.dtype.name, float(number)) == ((), "float32", 0.5)
    whole = ArrayCodec("int64").decode(ArrayCodec("int64").encode([2**40, 1]))
    assert (whole.dtype.name, whole.tolist()) == ("int64", [2**40, 1])
    with pytest.raises(RunError, match="that must be an array"):
        ArrayCodec().decode(ArrayCodec().encode(0.5)[:-1])


def test_an_image_is_fourteen_bytes_and_its_pixels() -> None:
    image = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    payload = ImageCodec().encode(image)
    # dtype uint8 is number 0, three dimensions.
    assert payload == struct.pack("<BB3I", 0, 3, 2, 4, 3) + bytes(range(24))
    assert np.array_equal(ImageCodec().decode(payload), image)


def test_frames_are_eighteen_bytes_and_their_pixels() -> None:
    frames = np.arange(48, dtype=np.uint8).reshape(2, 2, 4, 3)
    payload = ImageCodec(frames=True).encode(frames)
    assert len(payload) == 18 + 48
    assert np.array_equal(ImageCodec(frames=True).decode(payload), frames)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 1), np.uint8),
        np.zeros((2, 4, 4, 3), np.uint8),
        np.zeros((4, 4, 3), np.int16),
    ],
)
def test_another_array_is_no_image(array: Any) -> None:
    with pytest.raises(RunError, match="that must be an 8-bit RGB image cannot be read"):
        ImageCodec().decode(pack_array(array))


def test_one_image_is_no_frames() -> None:
    with pytest.raises(RunError, match="that must be 8-bit RGB frames"):
        ImageCodec(frames=True).decode(pack_array(np.zeros((4, 4, 3), np.uint8)))


@given(st.binary(max_size=40))
def test_any_bytes_are_an_image_or_refused(payload: bytes) -> None:
    try:
        image = ImageCodec().decode(payload)
    except RunError:
        return
    assert image.dtype == np.uint8
    assert ImageCodec().encode(image) == payload


def test_what_stays_on_its_node_is_never_sent() -> None:
    with pytest.raises(TypeError, match="list does not travel"):
        LocalOnly().encode([1.0])
    with pytest.raises(TypeError, match="3 bytes"):
        LocalOnly().decode(b"abc")


def test_a_payload_is_read_part_by_part() -> None:
    payload = struct.pack("<Bf", 7, 0.5) + sized(b"abc") + struct.pack("<I2h", 2, -1, 5) + b"end"
    reader = PayloadReader(payload, "an example")
    assert reader.read(struct.Struct("<Bf")) == (7, 0.5)
    assert reader.sized() == b"abc"
    assert reader.count(least=2) == 2
    assert reader.array("<i2", 2).tolist() == [-1, 5]
    assert reader.left == 3
    assert reader.text() == "end"
    reader.finish()


def test_a_count_may_have_a_layout_of_its_own() -> None:
    reader = PayloadReader(b"\x02\x00ab", "an example")
    assert reader.count(least=1, layout=struct.Struct("<H")) == 2


@pytest.mark.parametrize(
    ("payload", "read"),
    [
        (b"abc", lambda reader: reader.read(struct.Struct("<I"))),
        (b"abc", lambda reader: reader.array("<i2", 2)),
        (b"\x03\0\0\0ab", lambda reader: reader.sized()),
        (b"\x03\0\0\0ab", lambda reader: reader.count(least=1)),
        (b"\xff", lambda reader: reader.text()),
        (b"a" * 10_001, lambda reader: reader.text()),
        (b"a", lambda reader: reader.finish()),
        (b"{", lambda reader: reader.json()),
        (b"\xff", lambda reader: reader.json()),
        (b"[" * 100_000, lambda reader: reader.json()),
        (b"1" * 5000, lambda reader: reader.json()),
        (b" " * 999_999 + b"[]", lambda reader: reader.json()),
    ],
)
def test_damage_is_told_with_what_it_was_to_be(
    payload: bytes, read: Callable[[PayloadReader], Any]
) -> None:
    with pytest.raises(RunError) as caught:
        read(PayloadReader(payload, "an example"))
    assert caught.value.what == f"{len(payload)} bytes that must be an example cannot be read"
    assert caught.value.next_step is not None


@given(st.dictionaries(st.text(), st.integers() | st.none()))
def test_json_comes_back(content: dict[str, Any]) -> None:
    import json

    assert PayloadReader(json.dumps(content).encode(), "an example").json() == content

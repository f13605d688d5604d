"""What goes over the wire, byte by byte."""

from __future__ import annotations

import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.tasks.payload import (
    ArrayCodec,
    decode_base64,
    decode_flac,
    decode_jpeg,
    encode_raw,
    encode_rows,
    pack_array,
    parse_encoding,
    unpack_array,
)
from edge_aibench.tasks.sample import Sound

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("shape", "wire_bytes"),
    [
        # The four messages of the reference harness (docs/metrics.md has the source).
        ((32, 48, 76), 1_245_184),
        ((4, 224, 224, 3), 6_422_528),
        ((1, 288, 800, 3), 7_372_800),
        ((1, 112, 96, 3), 344_064),
    ],
)
def test_the_reference_harness_sends_base64_of_float64(
    shape: tuple[int, ...], wire_bytes: int
) -> None:
    numbers = RNG.random(shape)
    payload = encode_rows(parse_encoding("base64-float64"), (numbers,))
    assert len(payload) == wire_bytes
    assert np.array_equal(decode_base64(payload, shape), numbers)


def test_float32_costs_four_bytes_a_number_and_a_header() -> None:
    rows = RNG.random((2, 3, 5)).astype(np.float32)
    payload = encode_rows(parse_encoding("float32"), (rows,))
    assert len(payload) == 2 + 3 * 4 + 30 * 4
    assert np.array_equal(unpack_array(payload), rows)


def test_raw_images_and_sound_come_back_bit_for_bit() -> None:
    image = RNG.integers(0, 256, (5, 7, 3), dtype=np.uint8)
    assert np.array_equal(unpack_array(encode_raw(parse_encoding("raw"), image)), image)
    sound = Sound(samples=RNG.integers(-999, 999, 50, dtype=np.int16), rate_hz=16_000)
    payload = encode_raw(parse_encoding("raw"), sound)
    assert int.from_bytes(payload[:4], "little") == 16_000
    assert np.array_equal(unpack_array(payload[4:]), sound.samples)


def test_flac_loses_nothing() -> None:
    tone = (8000 * np.sin(np.arange(16_000) / 20)).astype(np.int16)
    payload = encode_raw(parse_encoding("flac"), Sound(samples=tone, rate_hz=16_000))
    back = decode_flac(payload)
    assert back.rate_hz == 16_000
    assert np.array_equal(back.samples, tone)
    assert len(payload) < tone.nbytes


def test_jpeg_quality_trades_bytes_for_likeness() -> None:
    ramp = np.linspace(0, 255, 64).astype(np.uint8)
    video = np.broadcast_to(ramp[:, np.newaxis, np.newaxis], (2, 64, 64, 3)).copy()
    video[1] = 255 - video[1]
    fine, coarse = (encode_raw(parse_encoding(f"jpeg:{q}"), video) for q in (95, 10))
    assert len(coarse) < len(fine)
    errors = [np.abs(decode_jpeg(p).astype(int) - video).mean() for p in (fine, coarse)]
    assert errors[0] < 2
    assert errors[0] < errors[1] < 12


@pytest.mark.parametrize("text", ["jpg", "jpeg", "jpeg:0", "jpeg:101", "jpeg:x", "flac:3", ""])
def test_other_encodings_are_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_encoding(text)


def test_an_encoding_says_what_it_cannot_carry() -> None:
    with pytest.raises(ConfigError, match="carries sound only"):
        encode_raw(parse_encoding("flac"), np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(ConfigError, match="carries images only"):
        encode_raw(parse_encoding("jpeg:90"), np.zeros((4, 4, 3), np.float32))
    with pytest.raises(ConfigError, match="must be one of"):
        pack_array(np.zeros(2, dtype=np.complex128))


def test_cut_and_altered_payloads_are_refused() -> None:
    image = RNG.integers(0, 256, (5, 7, 3), dtype=np.uint8)
    packed = encode_raw(parse_encoding("raw"), image)
    coded = encode_raw(parse_encoding("jpeg:90"), image)
    for damaged in (b"", packed[:1], packed[:5], packed[:-1], b"\xff" + packed[1:]):
        with pytest.raises(ConfigError, match="must hold"):
            unpack_array(damaged)
    for damaged in (b"", coded[:3], coded[:-1], coded[:4] + bytes(len(coded) - 4), bytes(4)):
        with pytest.raises(ConfigError, match="must hold"):
            decode_jpeg(damaged)
    with pytest.raises(ConfigError, match="must hold"):
        decode_flac(b"fLaC")
    with pytest.raises(ConfigError, match="must hold"):
        decode_base64(b"AAA=", (2,))


def test_numbers_and_arrays_travel_as_the_codecs_dtype() -> None:
    # Dtype and number of dimensions in a byte each, then four for each dimension.
    assert len(ArrayCodec().encode(0.5)) == 2 + 4
    assert len(ArrayCodec().encode(np.zeros((3, 5)))) == 2 + 2 * 4 + 15 * 4
    number = ArrayCodec().decode(ArrayCodec().encode(0.5))
    assert (number.shape, number.dtype.name, float(number)) == ((), "float32", 0.5)
    whole = ArrayCodec("int64").decode(ArrayCodec("int64").encode([2**40, 1]))
    assert (whole.dtype.name, whole.tolist()) == ("int64", [2**40, 1])
    with pytest.raises(ConfigError, match="payload: must hold"):
        ArrayCodec().decode(ArrayCodec().encode(0.5)[:-1])

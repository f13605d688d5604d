"""What goes over the wire, byte by byte."""

from __future__ import annotations

import numpy as np
import pytest

from edge_aibench.errors import ConfigError, RunError
from edge_aibench.tasks.payload import (
    decode_base64,
    decode_flac,
    decode_jpeg,
    encode_raw,
    encode_rows,
    pack_array,
    pack_jpeg,
    parse_encoding,
    unpack_array,
    unpack_jpeg,
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


def smooth_image() -> np.ndarray:
    """Red grows to the right, blue downwards."""
    x, y = np.meshgrid(np.linspace(0, 255, 64), np.linspace(0, 255, 48))
    return np.stack((x, np.full_like(x, 60), y), axis=-1).astype(np.uint8)


def test_one_image_comes_back_with_its_colours_in_order() -> None:
    image = smooth_image()
    back = unpack_jpeg(pack_jpeg(image, 95))
    assert back.shape == (48, 64, 3)
    assert back.dtype == np.uint8
    assert np.abs(back.astype(int) - image).mean() < 3


def test_less_quality_takes_fewer_bytes() -> None:
    sizes = [len(pack_jpeg(smooth_image(), quality)) for quality in (10, 50, 85, 100)]
    assert sizes == sorted(set(sizes))


def test_an_image_with_others_has_its_length_before_it() -> None:
    image = smooth_image()
    alone = pack_jpeg(image, 90)
    together = encode_raw(parse_encoding("jpeg:90"), np.stack([image, image]))
    assert together == 2 * (len(alone).to_bytes(4, "little") + alone)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no image",
        b"\xff\xd8\xff\xd9",
        pack_jpeg(smooth_image(), 90)[:-40],
        pack_jpeg(smooth_image(), 90) + b"more",
    ],
)
def test_a_damaged_image_is_refused(content: bytes) -> None:
    with pytest.raises(RunError, match=f"{len(content)} bytes that must be a JPEG image cannot"):
        unpack_jpeg(content)


@pytest.mark.parametrize(
    "array",
    [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)],
)
def test_what_is_no_image_is_not_compressed(array: np.ndarray) -> None:
    with pytest.raises(ConfigError, match="carries images only"):
        pack_jpeg(array, 90)


def test_an_encoding_is_shown_as_it_is_written() -> None:
    for text in ("raw", "flac", "jpeg:90"):
        assert str(parse_encoding(text)) == text


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
        with pytest.raises(RunError, match="that must be"):
            unpack_array(damaged)
    for damaged in (b"", coded[:3], coded[:-1], coded[:4] + bytes(len(coded) - 4), bytes(4)):
        with pytest.raises(RunError, match="that must be"):
            decode_jpeg(damaged)
    with pytest.raises(RunError, match="that must be"):
        decode_flac(b"fLaC")
    with pytest.raises(RunError, match="that must be"):
        decode_base64(b"AAA=", (2,))

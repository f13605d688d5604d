"""What is compressed on the device comes back at the gateway."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edge_aibench.errors import RunError
from edge_aibench.model.components import Call
from edge_aibench.scenarios.home.codecs import Encoded, SoundCodec
from edge_aibench.scenarios.home.compression import Compress, DecodeImage, DecodeSound
from edge_aibench.scenarios.home.recordings import Recordings
from edge_aibench.tasks.payload import parse_encoding


def call(**inputs: Any) -> Call:
    return Call(instance=0, sequence=0, inputs=inputs)


@pytest.mark.parametrize("encoding", ["flac", "raw"])
def test_sound_comes_back_sample_by_sample(recordings: Recordings, encoding: str) -> None:
    sound, other = (recordings.utterances[place].sound for place in (0, 1))
    encoded = Compress("microphone", parse_encoding(encoding), example=other).process(
        call(microphone=sound)
    )
    assert encoded.encoding == encoding
    back = DecodeSound("small", example=other).process(call(small=encoded))
    assert back.rate_hz == sound.rate_hz
    assert np.array_equal(back.samples, sound.samples)
    if encoding == "flac":
        assert len(encoded.content) < 0.8 * sound.samples.nbytes


@pytest.mark.parametrize(("encoding", "most"), [("raw", 0.0), ("jpeg:95", 3.0), ("jpeg:30", 12.0)])
def test_a_picture_comes_back_nearly(recordings: Recordings, encoding: str, most: float) -> None:
    picture = recordings.people[0].visits[0]
    encoded = Compress("camera", parse_encoding(encoding), example=picture).process(
        call(camera=picture)
    )
    back = DecodeImage("small", example=picture).process(call(small=encoded))
    assert back.shape == picture.shape
    assert back.dtype == np.uint8
    off = np.abs(back.astype(float) - picture.astype(float)).mean()
    assert off <= most
    assert (off == 0) == (encoding == "raw")


def test_the_quality_decides_the_size(recordings: Recordings) -> None:
    picture = recordings.people[0].visits[0]
    sizes = [
        len(
            Compress("camera", parse_encoding(f"jpeg:{quality}"), example=picture)
            .process(call(camera=picture))
            .content
        )
        for quality in (30, 60, 90)
    ]
    assert sizes == sorted(set(sizes))


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("flac", b"no sound"),
        ("raw", b"\0" * 7),
        ("jpeg", b"\0" * 7),
    ],
)
def test_damaged_sound_is_refused(recordings: Recordings, encoding: str, content: bytes) -> None:
    decode = DecodeSound("small", example=recordings.utterances[0].sound)
    with pytest.raises(RunError, match="bytes that must be"):
        decode.process(call(small=Encoded(encoding, content)))


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("jpeg", b""),
        ("jpeg", b"\0\0\0\0"),
        ("jpeg", b"\x03\0\0\0abc"),
        ("raw", b"\0" * 7),
        ("flac", b"\0" * 7),
    ],
)
def test_a_damaged_picture_is_refused(
    recordings: Recordings, encoding: str, content: bytes
) -> None:
    decode = DecodeImage("small", example=recordings.people[0].visits[0])
    with pytest.raises(RunError, match="bytes that must be"):
        decode.process(call(small=Encoded(encoding, content)))


def test_raw_sound_goes_as_the_microphone_would_send_it(recordings: Recordings) -> None:
    sound = recordings.utterances[0].sound
    encoded = Compress("microphone", parse_encoding("raw"), example=sound).process(
        call(microphone=sound)
    )
    assert encoded.content == SoundCodec().encode(sound)

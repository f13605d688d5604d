"""The homes' messages, byte by byte, and what damage does to them."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_aibench.errors import RunError
from edge_aibench.scenarios.home.codecs import (
    OUTCOMES,
    Decision,
    DecisionCodec,
    Encoded,
    EncodedCodec,
    ReadingCodec,
    Recognised,
    RecognisedCodec,
    SoundCodec,
    TextCodec,
)
from edge_aibench.scenarios.home.sensors import Reading
from edge_aibench.tasks.payload import pack_array
from edge_aibench.tasks.sample import Sound

ALL = (
    SoundCodec(),
    EncodedCodec(),
    TextCodec(),
    RecognisedCodec(),
    DecisionCodec(),
    ReadingCodec(),
)
UINT32 = st.integers(0, 2**32 - 2)
MEMBERS = st.none() | st.integers(0, 3)


def test_sound_is_its_rate_and_its_samples() -> None:
    samples = np.array([1, -2, 3], np.int16)
    payload = SoundCodec().encode(Sound(samples=samples, rate_hz=16_000))
    # dtype int16 is number 1, one dimension of 3.
    assert payload == struct.pack("<IBBI3h", 16_000, 1, 1, 3, 1, -2, 3)
    back = SoundCodec().decode(payload)
    assert back.rate_hz == 16_000
    assert back.samples.tolist() == [1, -2, 3]


@pytest.mark.parametrize(("encoding", "first"), [("raw", 0), ("flac", 1), ("jpeg", 2)])
def test_an_encoded_recording_is_passed_on_as_it_is(encoding: str, first: int) -> None:
    payload = EncodedCodec().encode(Encoded(encoding, b"any bytes"))
    assert payload == bytes([first]) + b"any bytes"
    assert EncodedCodec().decode(payload) == Encoded(encoding, b"any bytes")


@given(st.text(max_size=200))
def test_text_comes_back(text: str) -> None:
    assert TextCodec().decode(TextCodec().encode(text)) == text


@given(MEMBERS, st.floats(0, 4, width=32), UINT32)
def test_who_is_at_the_door_takes_nine_bytes(
    member: int | None, distance: float, observation: int
) -> None:
    answer = Recognised(member, distance, observation)
    payload = RecognisedCodec().encode(answer)
    number = -1 if member is None else member
    assert payload == struct.pack("<bfI", number, distance, observation)
    assert RecognisedCodec().decode(payload) == answer


@given(st.sampled_from(OUTCOMES), st.text(max_size=100), MEMBERS, st.none() | UINT32)
def test_a_decision_comes_back(
    outcome: str, text: str, member: int | None, observation: int | None
) -> None:
    decision = Decision(outcome, text, member, observation)
    payload = DecisionCodec().encode(decision)
    assert len(payload) == 6 + len(text.encode())
    assert DecisionCodec().decode(payload) == decision


def test_a_reading_is_a_line_of_json() -> None:
    payload = ReadingCodec().encode(Reading(number=7, celsius=20.53))
    assert payload == b'{"number":7,"celsius":20.53}'
    assert ReadingCodec().decode(payload) == Reading(number=7, celsius=20.53)


@pytest.mark.parametrize("codec", ALL, ids=lambda codec: type(codec).__name__)
@given(payload=st.binary(max_size=40))
def test_any_bytes_are_read_or_refused(codec: Any, payload: bytes) -> None:
    # RunError is the only error allowed; what is read must be written as it was.
    try:
        back = codec.decode(payload)
    except RunError:
        return
    again = codec.decode(codec.encode(back))
    assert codec.encode(again) == codec.encode(back)


@pytest.mark.parametrize(
    ("codec", "payload"),
    [
        (SoundCodec(), b"\0\0"),
        (SoundCodec(), struct.pack("<I", 16_000) + pack_array(np.zeros(3, np.float32))),
        (SoundCodec(), struct.pack("<I", 16_000) + pack_array(np.zeros((3, 2), np.int16))),
        (SoundCodec(), struct.pack("<IBBI2h", 16_000, 1, 1, 3, 1, -2)),
        (EncodedCodec(), b""),
        (EncodedCodec(), b"\x03abc"),
        (TextCodec(), b"\xff"),
        (TextCodec(), b"a" * 10_001),
        (RecognisedCodec(), b"\0" * 8),
        (RecognisedCodec(), struct.pack("<bfI", -2, 0.5, 1)),
        (DecisionCodec(), b"\0" * 5),
        (DecisionCodec(), struct.pack("<BbI", len(OUTCOMES), 0, 1)),
        (ReadingCodec(), b"7"),
        (ReadingCodec(), b"{"),
        (ReadingCodec(), b"[" * 9000),
        (ReadingCodec(), b'{"number":7}'),
        (ReadingCodec(), b'{"number":7,"celsius":"hot"}'),
        (ReadingCodec(), b'{"number":7,"celsius":NaN}'),
        (ReadingCodec(), b'{"number":7,"celsius":1e999}'),
        (ReadingCodec(), b'{"number":7,"celsius":1' + b"0" * 400 + b"}"),
        (ReadingCodec(), b'{"number":' + b"1" * 5000 + b',"celsius":20}'),
        (ReadingCodec(), b'{"number":-7,"celsius":20}'),
        (ReadingCodec(), b'{"number":true,"celsius":20}'),
    ],
)
def test_damage_is_refused(codec: Any, payload: bytes) -> None:
    with pytest.raises(RunError, match=r"that must be .* cannot be read\n.*cut or altered"):
        codec.decode(payload)

"""How the homes' outputs travel: arrays, encoded recordings, short texts, fixed layouts.

What cannot be read back raises RunError.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import Final

import numpy as np

from edge_aibench.scenarios.home.sensors import Reading
from edge_aibench.tasks.codecs import PayloadReader
from edge_aibench.tasks.payload import (
    FLAC,
    JPEG,
    RAW,
    Encoding,
    damaged,
    encode_raw,
    unpack_array,
)
from edge_aibench.tasks.sample import Sound

_ENCODINGS: Final = (RAW, FLAC, JPEG)
_RATE: Final = struct.Struct("<I")
_RECOGNISED: Final = struct.Struct("<bfI")
_DECISION: Final = struct.Struct("<BbI")
_NOBODY: Final = -1
_NO_FACE: Final = 2**32 - 1
_HOTTEST: Final = 1000.0

CARRIED_OUT: Final = "carried out"
NO_FACE: Final = "no face was seen in time"
STRANGER: Final = "the person at the door is no member of this home"
NOT_HEARD: Final = "no word was understood"
NOT_ALLOWED: Final = "this member may not say that"
OUTCOMES: Final = (CARRIED_OUT, NO_FACE, STRANGER, NOT_HEARD, NOT_ALLOWED)


@dataclass(frozen=True)
class Encoded:
    """A recording in an *encoding* (`raw`, `flac` or `jpeg`), as the bytes it has there."""

    encoding: str
    content: bytes


@dataclass(frozen=True)
class Recognised:
    """Who is at the door at *observation* of the camera.

    *member* is the number in the household, None for a stranger; *distance* is squared, to the
    nearest member's embedding.
    """

    member: int | None
    distance: float
    observation: int


@dataclass(frozen=True)
class Decision:
    """What came of a command: *text* is what was heard, *member* who is taken to have said it.

    *observation* is that of the camera by which it was decided, None if there was none in time.
    """

    outcome: str
    text: str
    member: int | None
    observation: int | None

    @property
    def carried_out(self) -> bool:
        """Whether the home does what was said."""
        return self.outcome == CARRIED_OUT


class SoundCodec:
    """The sample rate (uint32), then the samples with their header."""

    def encode(self, output: Sound) -> bytes:
        """32 kB for a second."""
        return encode_raw(Encoding(name=RAW), output)

    def decode(self, payload: bytes) -> Sound:
        """Read a sound back; raises RunError unless it is 16-bit and mono."""
        reader = PayloadReader(payload, "16-bit mono sound")
        (rate_hz,) = reader.read(_RATE)
        samples = unpack_array(payload[_RATE.size :])
        if samples.dtype != np.int16 or samples.ndim != 1:
            raise reader.damaged()
        return Sound(samples=samples, rate_hz=rate_hz)


class EncodedCodec:
    """A byte for the encoding, then the bytes as they are."""

    def encode(self, output: Encoded) -> bytes:
        """One byte more than the recording takes."""
        return bytes([_ENCODINGS.index(output.encoding)]) + output.content

    def decode(self, payload: bytes) -> Encoded:
        """Read an encoded recording back; what it holds is looked at by whoever decodes it."""
        if not payload or payload[0] >= len(_ENCODINGS):
            raise damaged("a recording in a known encoding", payload)
        return Encoded(_ENCODINGS[payload[0]], payload[1:])


class TextCodec:
    """What was said, in UTF-8."""

    def encode(self, output: str) -> bytes:
        """Some 40 bytes for a command."""
        return output.encode()

    def decode(self, payload: bytes) -> str:
        """Read a text back."""
        return PayloadReader(payload, "what was said").text()


class RecognisedCodec:
    """Member (int8, -1 for a stranger), distance (float32), observation (uint32)."""

    def encode(self, output: Recognised) -> bytes:
        """9 bytes."""
        return _RECOGNISED.pack(_number(output.member), output.distance, output.observation)

    def decode(self, payload: bytes) -> Recognised:
        """Read an answer back."""
        reader = PayloadReader(payload, "who is at the door")
        member, distance, observation = reader.read(_RECOGNISED)
        reader.finish()
        return Recognised(_member(member, reader), distance, observation)


class DecisionCodec:
    """Outcome (uint8), member (int8), observation (uint32, the largest for none), the text."""

    def encode(self, output: Decision) -> bytes:
        """6 bytes and the text."""
        observation = _NO_FACE if output.observation is None else output.observation
        header = _DECISION.pack(OUTCOMES.index(output.outcome), _number(output.member), observation)
        return header + output.text.encode()

    def decode(self, payload: bytes) -> Decision:
        """Read a decision back."""
        reader = PayloadReader(payload, "what came of a command")
        outcome, member, observation = reader.read(_DECISION)
        if outcome >= len(OUTCOMES):
            raise reader.damaged()
        return Decision(
            outcome=OUTCOMES[outcome],
            text=reader.text(),
            member=_member(member, reader),
            observation=None if observation == _NO_FACE else observation,
        )


class ReadingCodec:
    """A line of JSON, as small sensors send: `{"number":7,"celsius":20.53}`."""

    def encode(self, output: Reading) -> bytes:
        """Some 30 bytes."""
        content = {"number": output.number, "celsius": output.celsius}
        return json.dumps(content, separators=(",", ":")).encode()

    def decode(self, payload: bytes) -> Reading:
        """Read a reading back."""
        reader = PayloadReader(payload, "a reading, with a number and degrees that can be")
        content = reader.json()
        if not isinstance(content, dict) or content.keys() != {"number", "celsius"}:
            raise reader.damaged()
        number, celsius = content["number"], content["celsius"]
        if type(number) is not int or type(celsius) not in (int, float):
            raise reader.damaged()
        if number < 0 or not abs(celsius) <= _HOTTEST:
            raise reader.damaged()
        return Reading(number=number, celsius=float(celsius))


def _number(member: int | None) -> int:
    return _NOBODY if member is None else member


def _member(number: int, reader: PayloadReader) -> int | None:
    if number < _NOBODY:
        raise reader.damaged()
    return None if number == _NOBODY else number

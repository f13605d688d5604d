"""How the homes' outputs travel: arrays, encoded recordings, short texts, fixed layouts.

What cannot be read back raises ConfigError: it was cut or altered on the way, or it is of
another version of this program.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.home.sensors import Reading
from edge_aibench.tasks.payload import (
    FLAC,
    JPEG,
    RAW,
    Encoding,
    encode_raw,
    pack_array,
    unpack_array,
)
from edge_aibench.tasks.sample import Sound

if TYPE_CHECKING:
    from edge_aibench.scenarios.home.recordings import Picture

_ENCODINGS: Final = (RAW, FLAC, JPEG)
_RATE: Final = struct.Struct("<I")
_RECOGNISED: Final = struct.Struct("<bfI")
_DECISION: Final = struct.Struct("<BbI")
_NOBODY: Final = -1
_NO_FACE: Final = 2**32 - 1
_LONGEST_TEXT_BYTES: Final = 10_000
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
        """Read a sound back; raises ConfigError unless it is 16-bit and mono."""
        if len(payload) < _RATE.size:
            raise damaged("sound")
        (rate_hz,) = _RATE.unpack_from(payload)
        samples = unpack_array(payload[_RATE.size :])
        if samples.dtype != np.int16 or samples.ndim != 1:
            raise damaged("16-bit mono sound")
        return Sound(samples=samples, rate_hz=rate_hz)


class PictureCodec:
    """The pixels with a header of 14 bytes."""

    def encode(self, output: Picture) -> bytes:
        """3 bytes a pixel."""
        return pack_array(output)

    def decode(self, payload: bytes) -> Picture:
        """Read a picture back; raises ConfigError unless it is 8-bit RGB."""
        picture = unpack_array(payload)
        if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:
            raise damaged("an 8-bit RGB picture")
        return picture


class EncodedCodec:
    """A byte for the encoding, then the bytes as they are."""

    def encode(self, output: Encoded) -> bytes:
        """One byte more than the recording takes."""
        return bytes([_ENCODINGS.index(output.encoding)]) + output.content

    def decode(self, payload: bytes) -> Encoded:
        """Read an encoded recording back; what it holds is looked at by whoever decodes it."""
        if not payload or payload[0] >= len(_ENCODINGS):
            raise damaged("a recording in a known encoding")
        return Encoded(_ENCODINGS[payload[0]], payload[1:])


class TextCodec:
    """What was said, in UTF-8."""

    def encode(self, output: str) -> bytes:
        """Some 40 bytes for a command."""
        return output.encode()

    def decode(self, payload: bytes) -> str:
        """Read a text back."""
        return _text(payload)


class RecognisedCodec:
    """Member (int8, -1 for a stranger), distance (float32), observation (uint32)."""

    def encode(self, output: Recognised) -> bytes:
        """9 bytes."""
        return _RECOGNISED.pack(_number(output.member), output.distance, output.observation)

    def decode(self, payload: bytes) -> Recognised:
        """Read an answer back."""
        if len(payload) != _RECOGNISED.size:
            raise damaged("who is at the door")
        member, distance, observation = _RECOGNISED.unpack(payload)
        return Recognised(_member(member), distance, observation)


class DecisionCodec:
    """Outcome (uint8), member (int8), observation (uint32, the largest for none), the text."""

    def encode(self, output: Decision) -> bytes:
        """6 bytes and the text."""
        observation = _NO_FACE if output.observation is None else output.observation
        header = _DECISION.pack(OUTCOMES.index(output.outcome), _number(output.member), observation)
        return header + output.text.encode()

    def decode(self, payload: bytes) -> Decision:
        """Read a decision back."""
        if len(payload) < _DECISION.size:
            raise damaged("a decision")
        outcome, member, observation = _DECISION.unpack_from(payload)
        if outcome >= len(OUTCOMES):
            raise damaged("a decision")
        return Decision(
            outcome=OUTCOMES[outcome],
            text=_text(payload[_DECISION.size :]),
            member=_member(member),
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
        try:
            content = json.loads(_text(payload))
        except (ValueError, RecursionError) as error:  # also for numbers of thousands of digits
            raise damaged("a reading as JSON") from error
        if not isinstance(content, dict) or content.keys() != {"number", "celsius"}:
            raise damaged("a reading with number and celsius")
        number, celsius = content["number"], content["celsius"]
        if type(number) is not int or type(celsius) not in (int, float):
            raise damaged("a reading whose number and celsius are numbers")
        if number < 0 or not abs(celsius) <= _HOTTEST:
            raise damaged("a reading whose number and celsius are possible")
        return Reading(number=number, celsius=float(celsius))


class Unsent:
    """For stages that pass nothing on."""

    def encode(self, output: Any) -> bytes:
        """Refuse."""
        raise TypeError(f"a {type(output).__name__} does not travel")

    def decode(self, payload: bytes) -> Any:
        """Refuse."""
        raise TypeError(f"nothing travels that {len(payload)} bytes could be")


def damaged(what: str) -> ConfigError:
    """The error for a payload that does not hold *what* it should."""
    return ConfigError(
        f"must hold {what}",
        where="payload",
        next_step="it was cut or altered on the way, or is of another version",
    )


def _text(payload: bytes) -> str:
    if len(payload) > _LONGEST_TEXT_BYTES:
        raise damaged(f"at most {_LONGEST_TEXT_BYTES} bytes of text")
    try:
        return payload.decode()
    except UnicodeDecodeError as error:
        raise damaged("text in UTF-8") from error


def _number(member: int | None) -> int:
    return _NOBODY if member is None else member


def _member(number: int) -> int | None:
    if number < _NOBODY:
        raise damaged("the number of a member")
    return None if number == _NOBODY else number

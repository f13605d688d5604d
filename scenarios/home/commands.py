"""Whether a command counts, and what is done and written down about it."""

from __future__ import annotations

import os
import struct
import weakref
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from edge_aibench.scenarios.home.codecs import (
    CARRIED_OUT,
    NO_FACE,
    NOT_ALLOWED,
    NOT_HEARD,
    STRANGER,
    Decision,
    DecisionCodec,
    ReadingCodec,
    Recognised,
)

if TYPE_CHECKING:
    from edge_aibench.model.components import Call
    from edge_aibench.scenarios.home.household import Household
    from edge_aibench.scenarios.home.sensors import Reading

_LENGTH: Final = struct.Struct("<I")


class Command:
    """Lets a command count if the member who is seen may say what is heard.

    Whoever the doorbell sees about then is taken to be the speaker. Without a face in time the
    command is refused.
    """

    def __init__(self, households: Mapping[int, Household]) -> None:
        self._households = households

    def process(self, call: Call) -> Decision:
        """Decide on the command that `speech` heard and the person that `face` saw."""
        text: str = call.inputs["speech"]
        face: Recognised | None = call.inputs["face"]
        if face is None:
            return Decision(NO_FACE, text, member=None, observation=None)
        outcome = self._outcome(call.instance, face.member, text)
        return Decision(outcome, text, member=face.member, observation=face.observation)

    def _outcome(self, home: int, number: int | None, text: str) -> str:
        if number is None:
            return STRANGER
        if not text.split():
            return NOT_HEARD
        allowed = self._households[home].members[number].may_say(text)
        return CARRIED_OUT if allowed else NOT_ALLOWED


class Told:
    """A device that is told what came of it: the request ends there."""

    def process(self, call: Call) -> None:
        """Take note; nothing is passed on."""
        del call


class Diary:
    """Keeps the commands that were carried out."""

    def __init__(self) -> None:
        self._notes = _Notes("diary")
        self._codec = DecisionCodec()

    def process(self, call: Call) -> None:
        """Write the decision down if the home did something."""
        decision: Decision = call.inputs["command"]
        if decision.carried_out:
            self._notes.add(self._codec.encode(decision))

    def kept(self) -> list[Decision]:
        """What was carried out so far."""
        return [self._codec.decode(note) for note in self._notes.read()]


class Climate:
    """Keeps the readings of all homes."""

    def __init__(self) -> None:
        self._notes = _Notes("climate")
        self._codec = ReadingCodec()

    def process(self, call: Call) -> None:
        """Write the reading down."""
        self._notes.add(self._codec.encode(call.inputs["thermometer"]))

    def kept(self) -> list[Reading]:
        """The readings so far."""
        return [self._codec.decode(note) for note in self._notes.read()]


class _Notes:
    """Byte strings in a file that ends with the process, each after its length (uint32)."""

    def __init__(self, name: str) -> None:
        self._file = os.fdopen(os.memfd_create(name), "w+b")
        weakref.finalize(self, self._file.close)

    def add(self, note: bytes) -> None:
        self._file.write(_LENGTH.pack(len(note)) + note)

    def read(self) -> Iterator[bytes]:
        self._file.seek(0)
        while header := self._file.read(_LENGTH.size):
            yield self._file.read(_LENGTH.unpack(header)[0])

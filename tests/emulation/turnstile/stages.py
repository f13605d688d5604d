"""Working parts that refuse every input but the right one."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

from edge_aibench.model.components import Answer, Call, Codec, Context, StageFunction

_KEY = struct.Struct("<II")
CLIP_EVERY = 8
Key = tuple[int, int]


class KeyCodec:
    """Instance and sequence, 8 bytes."""

    def encode(self, output: Key) -> bytes:
        return _KEY.pack(*output)

    def decode(self, payload: bytes) -> Key:
        instance, sequence = _KEY.unpack(payload)
        return int(instance), int(sequence)


class Sensor:
    """Observes who and when."""

    def observe(self, instance: int, sequence: int) -> Key:
        return instance, sequence


class Gate:
    """Lets even frames through."""

    def process(self, call: Call) -> Key | None:
        key = _only(call, "camera")
        return None if key[1] % 2 else key


class Clip:
    """Speaks on every eighth frame."""

    def process(self, call: Call) -> Key | None:
        key = _only(call, "gate")
        return None if key[1] % CLIP_EVERY else key


class Pass:
    """Gives on the one input it needs, alone or in a batch."""

    def __init__(self, need: str) -> None:
        self._need = need

    def process(self, call: Call) -> Key:
        return _only(call, self._need)

    def process_batch(self, calls: Sequence[Call]) -> list[Key]:
        return [self.process(call) for call in calls]


class Event:
    """Wants people on every frame, and an action on every eighth."""

    def process(self, call: Call) -> Key:
        action = None if call.sequence % CLIP_EVERY else (call.instance, call.sequence)
        if call.inputs["action"] != action:
            raise ValueError(f"action {call.inputs['action']}, not {action}")
        return _right(call, call.inputs["people"])


class Command:
    """Wants the command itself; who was seen may be nobody, and is of the same door."""

    def process(self, call: Call) -> Key:
        people = call.inputs["people"]
        if people is not None and people[0] != call.instance:
            raise ValueError(f"people of door {people[0]}, not {call.instance}")
        return _right(call, call.inputs["speech"])


class End:
    """Ends the request."""

    def __init__(self, need: str) -> None:
        self._need = need

    def process(self, call: Call) -> None:
        _only(call, self._need)


def _only(call: Call, need: str) -> Key:
    return _right(call, call.inputs[need])


def _right(call: Call, key: Any) -> Key:
    if key != (call.instance, call.sequence):
        raise ValueError(f"{key} came as {(call.instance, call.sequence)}")
    return call.instance, call.sequence


class Turnstile:
    """All parts."""

    def prepare(self) -> None:
        """Nothing to read."""

    def sensor(self, name: str) -> Sensor:
        del name
        return Sensor()

    def stages(self, names: Sequence[str], instances: Sequence[int]) -> Mapping[str, StageFunction]:
        del instances
        parts: dict[str, StageFunction] = {
            "gate": Gate(),
            "clip": Clip(),
            "people": Pass("gate"),
            "action": Pass("clip"),
            "event": Event(),
            "show": End("event"),
            "speech": Pass("microphone"),
            "command": Command(),
            "act": End("command"),
        }
        return {name: parts[name] for name in names}

    def codec(self, name: str) -> Codec:
        del name
        return KeyCodec()

    def score(self, stage: str, instance: int, sequence: int, output: Key) -> float:
        """1 for the right output."""
        del stage
        return float(output == (instance, sequence))

    def quality(self, answers: Sequence[Answer]) -> Mapping[str, Any]:
        """How many answers there were of each stage, and how many of them right."""
        judged: dict[str, dict[str, int]] = {}
        for answer in answers:
            counts = judged.setdefault(answer.stage, {"answers": 0, "right": 0})
            counts["answers"] += 1
            counts["right"] += answer.value == 1.0
        return judged


def components(context: Context) -> Turnstile:
    """The factory that scenario.yaml names."""
    del context
    return Turnstile()

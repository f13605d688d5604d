"""A sensor that sends 144 bytes and a stage that sends them back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from edge_aibench.model.components import Answer, Call, Codec, Context, StageFunction


class Bytes:
    """Bytes as they are."""

    def encode(self, output: bytes) -> bytes:
        return output

    def decode(self, payload: bytes) -> bytes:
        return payload


class Monitor:
    """Sends the same 144 bytes for ever."""

    def observe(self, instance: int, sequence: int) -> bytes:
        del instance, sequence
        return bytes(144)


class Echo:
    """Gives back what it got."""

    def process(self, call: Call) -> Any:
        return next(iter(call.inputs.values()))


class EmptyComponents:
    """All parts of the empty ward."""

    def prepare(self) -> None:
        """Nothing to read."""

    def sensor(self, name: str) -> Monitor:
        del name
        return Monitor()

    def stages(self, names: Sequence[str], instances: Sequence[int]) -> Mapping[str, StageFunction]:
        del instances
        return {name: Echo() for name in names}

    def codec(self, name: str) -> Codec:
        del name
        return Bytes()

    def score(self, stage: str, instance: int, sequence: int, output: object) -> float:
        """Nothing to judge."""
        del stage, instance, sequence, output
        return 0.0

    def quality(self, answers: Sequence[Answer]) -> Mapping[str, Any]:
        del answers
        return {}


def components(context: Context) -> EmptyComponents:
    """The factory that scenario.yaml names."""
    del context
    return EmptyComponents()

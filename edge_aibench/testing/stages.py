"""Stages, codecs and sensors without models, for tests of whatever hosts them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from edge_aibench.model.components import Answer, Call, Codec, SensorFunction, StageFunction


class FakeStage:
    """A stage that does what *work* says and keeps every call in *calls*."""

    def __init__(self, work: Callable[[Call], Any]) -> None:
        self._work = work
        self.calls: list[Call] = []

    def process(self, call: Call) -> Any:
        self.calls.append(call)
        return self._work(call)


class FakeSensor:
    """A sensor whose observation is the pair of instance and sequence."""

    def observe(self, instance: int, sequence: int) -> list[int]:
        return [instance, sequence]


class JsonCodec:
    """Anything that JSON can hold."""

    def encode(self, output: Any) -> bytes:
        return json.dumps(output).encode()

    def decode(self, payload: bytes) -> Any:
        return json.loads(payload)


class FakeComponents:
    """All parts of a scenario, from one function per stage; *judged* are the answers judged."""

    def __init__(self, work: Mapping[str, Callable[[Call], Any]]) -> None:
        self._stages = {name: FakeStage(function) for name, function in work.items()}
        self.judged: list[Answer] = []

    def prepare(self) -> None:
        """Nothing to read."""

    def sensor(self, name: str) -> SensorFunction:
        del name
        return FakeSensor()

    def stages(self, names: Sequence[str], instances: Sequence[int]) -> Mapping[str, StageFunction]:
        del instances
        return {name: self._stages[name] for name in names}

    def codec(self, name: str) -> Codec:
        del name
        return JsonCodec()

    def score(self, stage: str, instance: int, sequence: int, output: Any) -> float:
        """The output itself, as a number."""
        del stage, instance, sequence
        return float(output)

    def quality(self, answers: Sequence[Answer]) -> Mapping[str, Any]:
        self.judged.extend(answers)
        return {}

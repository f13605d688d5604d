"""What a scenario brings besides its description: sensors that speak and stages that work.

`components` in scenario.yaml names a factory, called once with a `Context`. Engines call what
it returns and know nothing of patients, cars or cameras.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, runtime_checkable

from edge_aibench.errors import unknown_name

if TYPE_CHECKING:
    from edge_aibench.model.scenario import Scenario

NOT_JUDGED: Final = math.nan
"""What `Components.score` gives for an answer that there is no truth for."""


@dataclass(frozen=True)
class Context:
    """What the user chose; *observations* is the longest plan of one instance, by sensor.

    *runtime* is one by name, or `auto`: each task's own.
    """

    scenario: Scenario
    instances: int
    observations: Mapping[str, int]
    seed: int
    inference: str
    runtime: str
    data_root: Path | None

    def check_inference(self, *modes: str) -> None:
        """Raise ConfigError unless *inference* is one of the *modes* that the scenario has."""
        if self.inference not in modes:
            raise unknown_name("inference mode", self.inference, modes, where="--inference")


@dataclass(frozen=True)
class Call:
    """One request at one stage; *inputs* maps each need to its decoded output.

    An input is None where its stage passed nothing on, or no partner came within its time.
    """

    instance: int
    sequence: int
    inputs: Mapping[str, Any]


class SensorFunction(Protocol):
    """The observations of one sensor."""

    def observe(self, instance: int, sequence: int) -> Any:
        """Observation *sequence* of *instance*."""
        ...


class StageFunction(Protocol):
    """The work of one stage on one node."""

    def process(self, call: Call) -> Any:
        """Do the work; None means that nothing is passed on."""
        ...


@runtime_checkable
class BatchStageFunction(StageFunction, Protocol):
    """A stage that can work on several requests at once."""

    def process_batch(self, calls: Sequence[Call]) -> Sequence[Any]:
        """The outputs for *calls*, in their order."""
        ...


class Codec(Protocol):
    """How the output of a sensor or stage travels."""

    def encode(self, output: Any) -> bytes:
        """The output as it goes on the wire."""
        ...

    def decode(self, payload: bytes) -> Any:
        """Read an encoded output back."""
        ...


@runtime_checkable
class CountingStageFunction(StageFunction, Protocol):
    """An inference stage of which one request may take several samples of its network, or none."""

    def samples(self, call: Call) -> int:
        """How many samples *call* takes, such as the people cut out of one picture."""
        ...


@dataclass(frozen=True)
class Answer:
    """The output of an inference or fuse stage, of a request that was answered.

    *value* is what `Components.score` said of it.
    """

    instance: int
    sequence: int
    stage: str
    value: float


def judged_values(answers: Iterable[Answer]) -> dict[str, list[float]]:
    """The values of the answers of each stage, without those that were not judged."""
    values: dict[str, list[float]] = {}
    for answer in answers:
        judged = values.setdefault(answer.stage, [])
        if not math.isnan(answer.value):
            judged.append(answer.value)
    return values


class Components(Protocol):
    """All of a scenario's working parts."""

    def prepare(self) -> None:
        """Read the data once, before any process is made."""
        ...

    def sensor(self, name: str) -> SensorFunction:
        """The sensor of this name, for all instances."""
        ...

    def stages(self, names: Sequence[str], instances: Sequence[int]) -> Mapping[str, StageFunction]:
        """Working copies of these stages on one node, loaded and warm, for these instances."""
        ...

    def codec(self, name: str) -> Codec:
        """How the output of sensor or stage *name* travels; loads no model."""
        ...

    def score(self, stage: str, instance: int, sequence: int, output: Any) -> float:
        """One number of an output, for `quality`; asked for outside all timing."""
        ...

    def quality(self, answers: Sequence[Answer]) -> Mapping[str, Any]:
        """How good the answers were, beside the quality the model was shipped with."""
        ...

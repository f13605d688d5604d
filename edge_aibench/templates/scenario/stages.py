"""The working parts of the scenario: its sensor, its stages, and how their outputs travel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from edge_aibench.config.folders import cache_folder
from edge_aibench.errors import ConfigError, unknown_name
from edge_aibench.inference.pipeline import Pipeline
from edge_aibench.inference.stage_network import load_stage_network, stage_component
from edge_aibench.model.components import Answer, Call, Context, StageFunction
from edge_aibench.rng import stream
from edge_aibench.tasks.codecs import ArrayCodec
from edge_aibench.tasks.component import TEST
from edge_aibench.tasks.generated import generated_data
from edge_aibench.tasks.sample import Samples


class Accelerometer:
    """Plays recordings; *starts* says with which one each machine begins."""

    def __init__(self, samples: Samples[Any, float], starts: Sequence[int]) -> None:
        self.recordings = [samples[number] for number in range(len(samples))]
        self.starts = starts

    def observe(self, instance: int, sequence: int) -> Any:
        return self.recordings[self.number(instance, sequence)].raw

    def truth(self, instance: int, sequence: int) -> float:
        return self.recordings[self.number(instance, sequence)].label

    def number(self, instance: int, sequence: int) -> int:
        return (self.starts[instance] + sequence) % len(self.recordings)


class Centre:
    """Takes gravity away."""

    def process(self, call: Call) -> Any:
        signal = call.inputs["accelerometer"]
        return signal - signal.mean()


class Bearing:
    """Gives the amplitude that the network finds."""

    def __init__(self, pipeline: Pipeline, example: Any) -> None:
        self.pipeline = pipeline
        self.pipeline.answer(example)  # The first call is slow.

    def process(self, call: Call) -> float:
        return float(self.pipeline.answer(call.inputs["centre"]))


class Lamp:
    """Lights up over a worn bearing, and passes nothing on."""

    def __init__(self, above: float) -> None:
        self.above = above
        self.lit = False

    def process(self, call: Call) -> None:
        self.lit = float(call.inputs["bearing"]) > self.above


class Parts:
    """What `components` gives: edge_aibench/model/components.py says what each method is for."""

    def __init__(self, context: Context) -> None:
        above = context.scenario.stages["lamp"].parameters.get("above")
        if not isinstance(above, int | float):
            key = "stages.lamp.parameters.above"
            raise ConfigError("must be a number", where="scenario.yaml", key=key, value=above)
        self.context = context
        self.above = above

    def prepare(self) -> None:
        task = stage_component(self.context.scenario, "bearing")
        root = self.context.data_root or generated_data(task, cache_folder())
        samples = task.data.open(root, split=TEST)
        rng = stream(self.context.seed, "accelerometer")
        starts = rng.integers(len(samples), size=self.context.instances)
        self.accelerometer = Accelerometer(samples, starts.tolist())

    def sensor(self, name: str) -> Accelerometer:
        return self.accelerometer

    def stages(self, names: Sequence[str], instances: Sequence[int]) -> Mapping[str, StageFunction]:
        return {name: self.stage(name) for name in names}

    def stage(self, name: str) -> StageFunction:
        if name == "centre":
            return Centre()
        if name == "bearing":
            scenario, runtime = self.context.scenario, self.context.runtime
            network = load_stage_network(scenario, name, runtime=runtime)
            return Bearing(network.pipeline, self.accelerometer.observe(0, 0))
        if name == "lamp":
            return Lamp(self.above)
        raise unknown_name("stage", name, ["centre", "bearing", "lamp"], where="stages.py")

    def codec(self, name: str) -> ArrayCodec:
        return ArrayCodec()

    def score(self, stage: str, instance: int, sequence: int, output: Any) -> float:
        truth = self.accelerometer.truth(instance, sequence)
        return float((float(output) > self.above) == (truth > self.above))

    def quality(self, answers: Sequence[Answer]) -> Mapping[str, Any]:
        right = [answer.value for answer in answers if answer.stage == "bearing"]
        figures = {"run_right": float(np.mean(right)), "run_cases": len(right)} if right else {}
        return {"bearing": figures}


def components(context: Context) -> Parts:
    return Parts(context)

"""A task that answers: processing and network together, from raw sample to answer."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_aibench.config.folders import cache_folder
from edge_aibench.errors import ConfigError
from edge_aibench.inference.prepared import (
    INT8,
    NetworkChoice,
    build_native,
    choose_runtime,
    export_network,
    find_weights,
    prepared_model,
)
from edge_aibench.inference.session import KERAS, LITERT, NATIVE
from edge_aibench.tasks.component import TRAIN, Component, Preset, Session
from edge_aibench.tasks.generated import generated_data
from edge_aibench.tasks.registry import get_task
from edge_aibench.tasks.sample import read_samples
from edge_aibench.tasks.task import Task

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from edge_aibench.inference.prepared import NetworkWeights
    from edge_aibench.tasks.component import Processing
    from edge_aibench.tasks.sample import Samples

    Rows = tuple[NDArray[Any], ...]

CALIBRATION_SAMPLES = 100
_CALIBRATION_SCALE = 0.1


@dataclass(frozen=True, kw_only=True)
class AnswerTimes:
    """Where the time of one answer, or of a batch of them, went; nanoseconds."""

    preprocess_ns: int
    inference_ns: int
    postprocess_ns: int


class Pipeline:
    """A task's processing around a session."""

    def __init__(self, processing: Processing, session: Session) -> None:
        self.processing = processing
        self.session = session

    def answer(self, raw: Any) -> Any:
        """Give the answer to one raw sample; raises ConfigError for one of another kind."""
        return self.answers([raw])[0]

    def answers(self, raws: Sequence[Any]) -> list[Any]:
        """Give the answers to several raw samples, whose rows go through the network together."""
        return self.timed_answers(raws)[0]

    def timed_answers(self, raws: Sequence[Any]) -> tuple[list[Any], AnswerTimes]:
        """Give `answers` and where their time went."""
        started = time.perf_counter_ns()
        inputs = [self.processing.preprocess(raw) for raw in raws]
        joined = inputs[0] if len(inputs) == 1 else _join(inputs)
        ready = time.perf_counter_ns()
        outputs = self.session.run(joined)
        inferred = time.perf_counter_ns()
        parts = [outputs] if len(inputs) == 1 else _split(outputs, inputs)
        answers = [
            self.processing.postprocess(part, raw) for part, raw in zip(parts, raws, strict=True)
        ]
        done = time.perf_counter_ns()
        return answers, AnswerTimes(
            preprocess_ns=ready - started,
            inference_ns=inferred - ready,
            postprocess_ns=done - inferred,
        )


@dataclass(frozen=True, kw_only=True)
class LoadedTask:
    """A pipeline and what it was made from."""

    component: Component
    choice: NetworkChoice
    runtime: str
    trained: bool
    pipeline: Pipeline


def get_component(task: str | Task) -> Component:
    """Give the component behind a task; raises ConfigError for an unknown task or none."""
    found = task if isinstance(task, Task) else get_task(task)
    component = None if found.component is None else found.component()
    if not isinstance(component, Component):
        raise ConfigError(
            "must give an edge_aibench.tasks.component.Component",
            where=f"task {found.name}",
            key="component",
            value=type(component).__name__,
            next_step="see docs/tasks.md on adding a task",
        )
    return component


def load_task(
    component: Component,
    choice: NetworkChoice,
    *,
    threads: int | None = None,
    calibration_root: Path | None = None,
) -> LoadedTask:
    """Load a task's network into a runtime.

    *threads* None means one in the exported runtimes; the native ones have threads for the
    whole process, which are then left as they are.

    What a runtime needs is exported on first use and kept. int8 is calibrated on samples of
    the training split under *calibration_root*, by default of generated data. Raises
    ConfigError for an unknown preset, runtime or precision and for missing or altered weights;
    HostError if the runtime is not installed or the cache cannot be written.
    """
    runtime = choose_runtime(component, choice)
    processing = component.processing(choice.preset)
    if component.own_network is not None:
        session = _own_session(component, choice, runtime=runtime, threads=threads)
        return LoadedTask(
            component=component,
            choice=choice,
            runtime=runtime,
            trained=True,
            pipeline=Pipeline(processing, session),
        )
    weights = find_weights(component, choice)
    session = (
        _native_session(component, choice.preset, weights, runtime=runtime, threads=threads)
        if runtime in NATIVE
        else open_model(
            deployed_model(component, choice, calibration_root=calibration_root).read_bytes(),
            component.preset(choice.preset),
            runtime=runtime,
            threads=threads or 1,
        )
    )
    return LoadedTask(
        component=component,
        choice=choice,
        runtime=runtime,
        trained=weights.trained or component.has_weights,
        pipeline=Pipeline(processing, session),
    )


def export_task(
    component: Component, choice: NetworkChoice, *, calibration_root: Path | None = None
) -> tuple[bytes, bool]:
    """Give the file that the runtime to deploy on loads, and whether its weights are trained.

    Raises as `load_task` does.
    """
    runtime = choose_runtime(component, choice)
    if component.own_network is not None:
        component.preset(choice.preset)
        content = component.own_network.export(
            preset=choice.preset, weights_root=choice.weights_root
        )
        return content, True
    weights = find_weights(component, choice)
    calibration = _calibration(component, choice, calibration_root)
    exported = export_network(
        component, choice.preset, weights, runtime=runtime, calibration=calibration
    )
    return exported, weights.trained or component.has_weights


def calibration_rows(processing: Processing, samples: Samples[Any, Any]) -> list[Rows]:
    """Give the inputs of some samples, spread evenly over a split."""
    count = min(CALIBRATION_SAMPLES, len(samples))
    spread = np.linspace(0, len(samples) - 1, count).round().astype(int).tolist()
    read = read_samples(samples, spread)
    return [processing.preprocess(sample.raw) for sample in read.samples]


def deployed_model(
    component: Component, choice: NetworkChoice, *, calibration_root: Path | None = None
) -> Path:
    """Give the exported file that `load_task` runs, written on first use. Raises as it does.

    Not for a component with a network of its own, nor for the native runtimes.
    """
    return prepared_model(
        component,
        choice.preset,
        find_weights(component, choice),
        runtime=choose_runtime(component, choice),
        cache=cache_folder(),
        calibration=_calibration(component, choice, calibration_root),
    )


def open_model(model: bytes, preset: Preset, *, runtime: str, threads: int = 1) -> Session:
    """Load an exported *model* with the inputs and outputs of *preset* into a runtime."""
    if runtime == LITERT:
        from edge_aibench.inference.litert_session import LiteRTSession

        return LiteRTSession(model, preset, threads=threads)
    from edge_aibench.inference.onnx_session import OnnxSession

    return OnnxSession(model, preset, threads=threads)


def _calibration(
    component: Component, choice: NetworkChoice, root: Path | None
) -> list[Rows] | None:
    if choice.precision != INT8:
        return None
    folder = root or generated_data(component, cache_folder(), scale=_CALIBRATION_SCALE)
    samples = component.data.open(folder, split=TRAIN)
    return calibration_rows(component.processing(choice.preset), samples)


def _own_session(
    component: Component, choice: NetworkChoice, *, runtime: str, threads: int | None
) -> Session:
    assert component.own_network is not None  # noqa: S101 -- its caller has looked
    component.preset(choice.preset)
    return component.own_network.open(
        preset=choice.preset, runtime=runtime, threads=threads, weights_root=choice.weights_root
    )


def _native_session(
    component: Component,
    preset: str,
    weights: NetworkWeights,
    *,
    runtime: str,
    threads: int | None,
) -> Session:
    """Build the network after the threads are set: TensorFlow runs while it is built."""
    description = component.preset(preset)
    if runtime == KERAS:
        from edge_aibench.inference import keras_session

        if threads is not None:
            keras_session.set_threads(threads)
        network = build_native(component, preset, weights)
        return keras_session.KerasSession(network, description)
    from edge_aibench.inference import torch_session

    if threads is not None:
        torch_session.set_threads(threads)
    return torch_session.TorchSession(build_native(component, preset, weights), description)


def _join(inputs: Sequence[Rows]) -> Rows:
    try:
        return tuple(np.concatenate(arrays) for arrays in zip(*inputs, strict=True))
    except ValueError as error:
        raise ConfigError(
            "samples of different lengths cannot share a batch",
            where="infer",
            value=[[array.shape for array in rows] for rows in inputs],
            next_step="use a batch of 1",
        ) from error


def _split(outputs: Rows, inputs: Sequence[Rows]) -> list[Rows]:
    ends = np.cumsum([rows[0].shape[0] for rows in inputs])[:-1]
    return list(zip(*(np.split(output, ends) for output in outputs), strict=True))

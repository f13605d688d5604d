"""What each cut of a network costs: bytes on the wire, and this machine's time for both parts."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any, Final

from edge_aibench.config.folders import cache_folder
from edge_aibench.errors import ConfigError
from edge_aibench.inference.cutting.crossing import Crossing, CrossingCodec, OneSample
from edge_aibench.inference.cutting.parts import FrontNetwork, rest_pipeline
from edge_aibench.inference.pipeline import Pipeline
from edge_aibench.tasks.component import TEST, NoData
from edge_aibench.tasks.generated import generated_data
from edge_aibench.tasks.sample import read_samples

if TYPE_CHECKING:
    from edge_aibench.inference.cutting.crossing import SampleLayout
    from edge_aibench.inference.cutting.graph import CutPoint
    from edge_aibench.inference.cutting.parts import CutNetwork
    from edge_aibench.tasks.component import DataProgress

CALLS: Final = 20
"""Of each part; fewer where they take long, but five at least."""

_SAMPLES: Final = 8
_SAMPLES_SCALE: Final = 0.1
_LEAST_CALLS: Final = 5
_WARM_UP_CALLS: Final = 2
_LARGEST_DURATION_S: Final = 2.0


@dataclass(frozen=True, kw_only=True)
class MeasuredCut:
    """A cut as this machine runs it.

    *payload_bytes* is the mean size of what travels. *front_s* are calls of pre-processing and
    front, *rest_s* of rest and post-processing, in turns. *front_bytes* and *rest_bytes* are the
    sizes of the exported parts.
    """

    cut: CutPoint
    payload_bytes: int
    front_s: tuple[float, ...]
    rest_s: tuple[float, ...]
    front_bytes: int
    rest_bytes: int


@dataclass(frozen=True, kw_only=True)
class MeasuredNetwork:
    """A network in one piece, *whole_s* of *whole_bytes*, and cut at each place."""

    network: CutNetwork
    whole_s: tuple[float, ...]
    whole_bytes: int
    cuts: tuple[MeasuredCut, ...]


def example_samples(network: CutNetwork, progress: DataProgress | None = None) -> list[Any]:
    """Give raw samples of the task's generated test data, written on first use.

    Raises ConfigError for a task without data.
    """
    component = network.component
    if isinstance(component.data, NoData):
        raise ConfigError(
            "has no data to send through its network",
            where=f"task {component.task.name}",
            key="data",
            next_step="give its component a `data`; docs/tasks.md says what that is",
        )
    folder = generated_data(component, cache_folder(), scale=_SAMPLES_SCALE, progress=progress)
    samples = component.data.open(folder, split=TEST)
    count = min(len(samples), _SAMPLES)
    return [sample.raw for sample in read_samples(samples, range(count)).samples]


def payload_bytes(
    network: CutNetwork,
    cut: CutPoint,
    inputs: Sequence[Any],
    layout: SampleLayout | None = None,
) -> int:
    """Mean bytes of what travels for one of the *inputs*; without *layout* each is one sample."""
    front = FrontNetwork(network, cut)
    return _mean_size([front.cross(value, layout or OneSample()) for value in inputs])


def measure_cuts(
    network: CutNetwork,
    inputs: Sequence[Any],
    layout: SampleLayout | None = None,
    *,
    calls: int = CALLS,
    progress: Callable[[int, int], None] | None = None,
) -> MeasuredNetwork:
    """Run the network on *inputs*, in one piece and cut at each place.

    Without *layout* each input is one sample.
    """
    layout = layout or OneSample()
    processing = network.component.processing(network.choice.preset)
    whole = Pipeline(processing, network.whole())
    whole_s = _times([lambda value: _answers(whole, layout.taken(value)[0])], inputs, calls)[0]
    found = []
    for number, cut in enumerate(network.cuts):
        found.append(_measured(network, cut, inputs, layout, calls))
        if progress is not None:
            progress(number + 1, len(network.cuts))
    return MeasuredNetwork(
        network=network,
        whole_s=whole_s,
        whole_bytes=network.model.stat().st_size,
        cuts=tuple(found),
    )


def _measured(
    network: CutNetwork, cut: CutPoint, inputs: Sequence[Any], layout: SampleLayout, calls: int
) -> MeasuredCut:
    front, rest = FrontNetwork(network, cut), rest_pipeline(network, cut.after)
    front_s, rest_s = _times(
        [
            lambda value: front.cross(value, layout),
            lambda crossing: _answers(rest, crossing.activations),
        ],
        inputs,
        calls,
    )
    return MeasuredCut(
        cut=cut,
        payload_bytes=_mean_size([front.cross(value, layout) for value in inputs]),
        front_s=front_s,
        rest_s=rest_s,
        front_bytes=network.part(cut, "front").stat().st_size,
        rest_bytes=network.part(cut, "rest").stat().st_size,
    )


def _answers(pipeline: Pipeline, samples: Sequence[Any]) -> list[Any]:
    return [pipeline.answer(sample) for sample in samples]


def _times(
    steps: Sequence[Callable[[Any], Any]], inputs: Sequence[Any], calls: int
) -> tuple[tuple[float, ...], ...]:
    """Seconds of each step, where one takes what the step before it gave."""
    taken_s: tuple[list[float], ...] = tuple([] for _ in steps)
    deadline_s = time.perf_counter() + _LARGEST_DURATION_S
    for call in range(-_WARM_UP_CALLS, calls):
        value = inputs[call % len(inputs)]
        for step, times_s in zip(steps, taken_s, strict=True):
            start_s = time.perf_counter()
            value = step(value)
            if call >= 0:
                times_s.append(time.perf_counter() - start_s)
        if call + 1 >= _LEAST_CALLS and time.perf_counter() > deadline_s:
            break
    return tuple(tuple(times_s) for times_s in taken_s)


def _mean_size(crossings: Sequence[Crossing]) -> int:
    return round(fmean(len(CrossingCodec().encode(crossing)) for crossing in crossings))

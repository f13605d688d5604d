"""What each cut of a network costs: bytes on the wire, and this machine's time for both parts."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.config.folders import cache_folder
from edge_aibench.errors import ConfigError
from edge_aibench.inference.cutting.crossing import Activation, Crossing, CrossingCodec, shape_of
from edge_aibench.tasks.component import TEST, NoData
from edge_aibench.tasks.generated import generated_data
from edge_aibench.tasks.sample import read_samples

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.inference.cutting.graph import CutPoint
    from edge_aibench.inference.cutting.parts import CutNetwork
    from edge_aibench.tasks.component import DataProgress

    Rows = tuple[NDArray[Any], ...]

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

    *payload_bytes* is the activation of one sample as it travels, without what else the stage needs
    of its input. *front_s* are calls of pre-processing and front, *rest_s* of rest and
    post-processing. *front_bytes* and *rest_bytes* are the sizes of the exported parts.
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


def payload_bytes(network: CutNetwork, cut: CutPoint, samples: Sequence[Any]) -> int:
    """Mean bytes of the activation of one sample as it travels."""
    processing = network.component.processing(network.choice.preset)
    front = network.front(cut)
    sizes = [
        _size(Activation(front.run(processing.preprocess(sample))[0], shape_of(sample)))
        for sample in samples
    ]
    return round(float(np.mean(sizes)))


def measure_cuts(
    network: CutNetwork,
    samples: Sequence[Any],
    *,
    calls: int = CALLS,
    progress: Callable[[int, int], None] | None = None,
) -> MeasuredNetwork:
    """Run the network in one piece and cut at each place, one sample a call."""
    processing = network.component.processing(network.choice.preset)
    session = network.whole()

    def answer(raw: Any) -> Any:
        return processing.postprocess(session.run(processing.preprocess(raw)), raw)

    whole_s = _times(answer, samples, calls)
    found = []
    for number, cut in enumerate(network.cuts):
        found.append(_measured(network, cut, samples, calls))
        if progress is not None:
            progress(number + 1, len(network.cuts))
    return MeasuredNetwork(
        network=network,
        whole_s=whole_s,
        whole_bytes=network.model.stat().st_size,
        cuts=tuple(found),
    )


def _measured(
    network: CutNetwork, cut: CutPoint, samples: Sequence[Any], calls: int
) -> MeasuredCut:
    processing = network.component.processing(network.choice.preset)
    front, rest = network.front(cut), network.rest(cut)

    def begin(raw: Any) -> Activation:
        return Activation(front.run(processing.preprocess(raw))[0], shape_of(raw))

    def finish(activation: Activation) -> Any:
        return processing.postprocess(rest.run((activation.rows,)), activation)

    activations = [begin(sample) for sample in samples]
    return MeasuredCut(
        cut=cut,
        payload_bytes=round(float(np.mean([_size(activation) for activation in activations]))),
        front_s=_times(begin, samples, calls),
        rest_s=_times(finish, activations, calls),
        front_bytes=network.part(cut, "front").stat().st_size,
        rest_bytes=network.part(cut, "rest").stat().st_size,
    )


def _times(work: Callable[[Any], Any], given: Sequence[Any], calls: int) -> tuple[float, ...]:
    for call in range(_WARM_UP_CALLS):
        work(given[call % len(given)])
    taken_s: list[float] = []
    deadline_s = time.perf_counter() + _LARGEST_DURATION_S
    while len(taken_s) < calls:
        start_s = time.perf_counter()
        work(given[len(taken_s) % len(given)])
        taken_s.append(time.perf_counter() - start_s)
        if len(taken_s) >= _LEAST_CALLS and time.perf_counter() > deadline_s:
            break
    return tuple(taken_s)


def _size(activation: Activation) -> int:
    return len(CrossingCodec().encode(Crossing((activation,))))

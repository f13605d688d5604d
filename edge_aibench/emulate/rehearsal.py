"""How long each stage takes here: the scenario's own stages, run on their own data beforehand.

Observations of one instance go through all stages in one process that does nothing else, so the
times are those of an idle machine. It happens in a forked process: the engine stays light.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from edge_aibench.emulate import kernel
from edge_aibench.emulate.aside import work_aside
from edge_aibench.model.components import BatchStageFunction, Call

if TYPE_CHECKING:
    from edge_aibench.model.components import Components, StageFunction
    from edge_aibench.model.scenario import Scenario, Serving

ROUNDS = 12
"""Observations of one instance that a rehearsal plays at least."""

_MOST_ROUNDS = 64
_ENOUGH_CALLS = 4
_LARGEST_DURATION_S = 10.0
_WARMUP_ROUNDS = 2
_BATCH_CALLS = 8
_LARGEST_BATCHES_S = 2.0
"""For the batches of one stage."""

_KEPT_OUTPUTS = 8


@dataclass(frozen=True)
class Rehearsal:
    """What stages did, for one observation of their sensor on the average.

    *service_s* is how long each worked, and *passes* how often it passed an output on (always, if
    it is not named). *calls_s* are the single calls behind that, *speaks* the share of them that
    passed something on, and *batches_s* calls with several requests at once, by their number.
    *payloads* are some outputs as they travel, of the stages that were asked for.
    """

    service_s: Mapping[str, float]
    passes: Mapping[str, float] = field(default_factory=dict)
    calls_s: Mapping[str, Sequence[float]] = field(default_factory=dict)
    speaks: Mapping[str, float] = field(default_factory=dict)
    batches_s: Mapping[str, Mapping[int, Sequence[float]]] = field(default_factory=dict)
    payloads: Mapping[str, Sequence[bytes]] = field(default_factory=dict)


@dataclass(frozen=True)
class Extent:
    """How long to rehearse: until each inference stage has worked *calls* times, but no more than
    *rounds* observations; with *batches* also in those that a stage may work on at once. Some
    outputs of each stage in *outputs* are kept. With *as_worker* stages run before ordinary
    processes where that is allowed, as they do on emulated hosts. *pause_s* lies between two
    observations: one after the other they would find all of it in the caches.
    """

    calls: int = _ENOUGH_CALLS
    rounds: int = _MOST_ROUNDS
    batches: bool = False
    outputs: frozenset[str] = frozenset()
    as_worker: bool = False
    pause_s: float = 0.0


def rehearse(
    scenario: Scenario,
    components: Components,
    observations: Mapping[str, int] | None = None,
    *,
    extent: Extent = Extent(),
) -> Rehearsal:
    """What each stage does for one observation of its sensor, on the average.

    A stage that works once in sixteen observations, on a clip of pictures, counts a sixteenth.
    As many rounds are played as *extent* says, of the *observations* that each sensor has (at
    least 12), for about ten seconds at most.

    Raises RunError if a stage cannot run; an error of ours, such as that of a damaged file, as
    it is.
    """
    said = work_aside(
        lambda _tell: _in_text(_play_all(scenario, components, observations or {}, extent)),
        failed=f"the stages of '{scenario.name}' cannot be rehearsed",
    )
    # The numbers of requests come through JSON, whose keys are text.
    batches_s = {
        stage: {int(batch): calls for batch, calls in sizes.items()}
        for stage, sizes in said.pop("batches_s").items()
    }
    payloads = {
        stage: [base64.b64decode(text) for text in texts]
        for stage, texts in said.pop("payloads").items()
    }
    return Rehearsal(**said, batches_s=batches_s, payloads=payloads)


def _in_text(found: Rehearsal) -> dict[str, Any]:
    """*found* in what JSON can hold."""
    texts = {
        stage: [base64.b64encode(payload).decode() for payload in payloads]
        for stage, payloads in found.payloads.items()
    }
    return {**asdict(found), "payloads": texts}


def _play_all(
    scenario: Scenario, components: Components, observations: Mapping[str, int], extent: Extent
) -> Rehearsal:
    order = scenario.order()
    functions = components.stages(order, (0,))
    taken: dict[str, list[float]] = {name: [] for name in order}
    passed = dict.fromkeys(order, 0)
    calls: dict[str, list[Call]] = {name: [] for name in order}
    payloads: dict[str, list[bytes]] = {name: [] for name in order if name in extent.outputs}
    rounds = min((extent.rounds, *observations.values())) if observations else ROUNDS
    if extent.as_worker:
        kernel.become_realtime(kernel.WORKER_PRIORITY)
    deadline_s = time.monotonic() + _LARGEST_DURATION_S
    played = 0
    for sequence in range(max(ROUNDS, rounds)):
        if sequence >= ROUNDS and (
            time.monotonic() > deadline_s or _is_enough(scenario, taken, extent.calls)
        ):
            break
        if extent.pause_s:
            time.sleep(extent.pause_s)
        made = _play(scenario, components, functions, sequence)
        if sequence < _WARMUP_ROUNDS:
            continue
        played += 1
        for name, (seconds, output, call) in made.items():
            taken[name].append(seconds)
            passed[name] += output is not None
            kept = payloads.get(name)
            if kept is not None and output is not None and len(kept) < _KEPT_OUTPUTS:
                kept.append(components.codec(name).encode(output))
            if len(calls[name]) < _BATCH_CALLS:
                calls[name].append(call)
    rounds = max(played, 1)
    return Rehearsal(
        service_s={name: sum(times) / rounds for name, times in taken.items()},
        passes={name: number / rounds for name, number in passed.items()},
        calls_s=taken,
        speaks={name: passed[name] / len(times) for name, times in taken.items() if times},
        batches_s={
            name: _play_batches(function, calls[name], scenario.stages[name].serving)
            for name, function in functions.items()
            if extent.batches and isinstance(function, BatchStageFunction) and calls[name]
        },
        payloads=payloads,
    )


def _play_batches(
    function: BatchStageFunction, calls: Sequence[Call], serving: Serving | None
) -> dict[int, list[float]]:
    """Seconds of calls with 2, 4, 8 ... requests at once, up to the most that *serving* allows."""
    largest = 1 if serving is None else serving.max_batch
    sizes = [2**power for power in range(1, largest.bit_length()) if 2**power < largest]
    if largest > 1:
        sizes.append(largest)
    taken: dict[int, list[float]] = {}
    deadline_s = time.monotonic() + _LARGEST_BATCHES_S
    for size in sizes:
        together = [calls[place % len(calls)] for place in range(size)]
        function.process_batch(together)
        taken[size] = []
        for _ in range(_BATCH_CALLS):
            start_s = time.perf_counter()
            function.process_batch(together)
            taken[size].append(time.perf_counter() - start_s)
            if time.monotonic() > deadline_s:
                return taken
    return taken


def _is_enough(scenario: Scenario, taken: Mapping[str, list[float]], calls: int) -> bool:
    return all(len(taken[name]) >= calls for name in scenario.inference_stages())


def _play(
    scenario: Scenario,
    components: Components,
    functions: Mapping[str, StageFunction],
    sequence: int,
) -> dict[str, tuple[float, Any, Call]]:
    """Send observation *sequence* of every sensor through all stages.

    By stage: the seconds it took, its output (None: it passed nothing on), and what it was asked.
    """
    made: dict[str, Any] = {
        name: components.sensor(name).observe(0, sequence) for name in scenario.sensors
    }
    taken = {}
    for name in scenario.order():
        stage = scenario.stages[name]
        inputs = {need: made.get(need) for need in stage.needs}
        if all(inputs[need] is None for need in stage.own_needs):
            continue
        call = Call(0, sequence, inputs)
        start_s = time.perf_counter()
        made[name] = functions[name].process(call)
        seconds = time.perf_counter() - start_s
        taken[name] = (seconds, made[name], call)
    return taken

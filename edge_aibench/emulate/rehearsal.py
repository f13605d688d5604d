"""How long each stage takes here: the scenario's own stages, run on their own data beforehand.

Observations of one instance go through all stages in one process that does nothing else, so the
times are those of an idle machine. It happens in a forked process: the engine stays light.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from edge_aibench.emulate.aside import work_aside
from edge_aibench.model.components import Call

if TYPE_CHECKING:
    from edge_aibench.model.components import Components, StageFunction
    from edge_aibench.model.scenario import Scenario

ROUNDS = 12
"""Observations of one instance that a rehearsal plays at least."""

_MOST_ROUNDS = 64
_ENOUGH_CALLS = 4
_LARGEST_DURATION_S = 10.0
_WARMUP_ROUNDS = 2


@dataclass(frozen=True)
class Rehearsal:
    """What stages did, for one observation of their sensor on the average.

    *service_s* is how long each worked, and *passes* how often it passed an output on (always, if
    it is not named).
    """

    service_s: Mapping[str, float]
    passes: Mapping[str, float] = field(default_factory=dict)


def rehearse(
    scenario: Scenario, components: Components, observations: Mapping[str, int] | None = None
) -> Rehearsal:
    """What each stage does for one observation of its sensor, on the average.

    A stage that works once in sixteen observations, on a clip of pictures, counts a sixteenth.
    Up to 64 rounds are played, of the *observations* that each sensor has (at least 12), until
    every inference stage has worked four times.

    Raises RunError if a stage cannot run; an error of ours, such as that of a damaged file, as
    it is.
    """
    said = work_aside(
        lambda _tell: asdict(_play_all(scenario, components, observations or {})),
        failed=f"the stages of '{scenario.name}' cannot be rehearsed",
    )
    return Rehearsal(**said)


def _play_all(
    scenario: Scenario, components: Components, observations: Mapping[str, int]
) -> Rehearsal:
    order = scenario.order()
    functions = components.stages(order, (0,))
    taken: dict[str, list[float]] = {name: [] for name in order}
    passed = dict.fromkeys(order, 0)
    rounds = min((_MOST_ROUNDS, *observations.values())) if observations else ROUNDS
    deadline_s = time.monotonic() + _LARGEST_DURATION_S
    played = 0
    for sequence in range(max(ROUNDS, rounds)):
        if sequence >= ROUNDS and (time.monotonic() > deadline_s or _is_enough(scenario, taken)):
            break
        made = _play(scenario, components, functions, sequence)
        if sequence < _WARMUP_ROUNDS:
            continue
        played += 1
        for name, (seconds, spoke) in made.items():
            taken[name].append(seconds)
            passed[name] += spoke
    rounds = max(played, 1)
    return Rehearsal(
        service_s={name: sum(times) / rounds for name, times in taken.items()},
        passes={name: number / rounds for name, number in passed.items()},
    )


def _is_enough(scenario: Scenario, taken: Mapping[str, list[float]]) -> bool:
    return all(len(taken[name]) >= _ENOUGH_CALLS for name in scenario.inference_stages())


def _play(
    scenario: Scenario,
    components: Components,
    functions: Mapping[str, StageFunction],
    sequence: int,
) -> dict[str, tuple[float, bool]]:
    """Send observation *sequence* of every sensor through all stages.

    By stage: the seconds it took, and whether it passed something on.
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
        start_s = time.perf_counter()
        made[name] = functions[name].process(Call(0, sequence, inputs))
        taken[name] = (time.perf_counter() - start_s, made[name] is not None)
    return taken

"""How long each stage takes here: the scenario's own stages, run on their own data beforehand.

Observations of one instance go through all stages in one process that does nothing else, so the
times are those of an idle machine. It happens in a forked process: the engine stays light.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from edge_aibench.emulate import interrupts, kernel
from edge_aibench.emulate.carried import read_error, write_error
from edge_aibench.errors import EdgeAIBenchError, RunError
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
    read_end, write_end = os.pipe()
    with interrupts.held():
        pid = os.fork()
        if pid == 0:
            os.close(read_end)
            _rehearse_and_end(scenario, components, observations or {}, write_end)
    os.close(write_end)
    try:
        with os.fdopen(read_end) as answers:
            text = answers.read()
    except KeyboardInterrupt:
        os.kill(pid, signal.SIGKILL)
        raise
    finally:
        os.waitpid(pid, 0)
    said = json.loads(text) if text else {"failure": "it ended without a word"}
    if "error" in said:
        raise read_error(said["error"])
    if "failure" in said:
        raise RunError(f"the stages of '{scenario.name}' cannot be rehearsed: {said['failure']}")
    return Rehearsal(**said)


def _rehearse_and_end(
    scenario: Scenario, components: Components, observations: Mapping[str, int], write_end: int
) -> None:
    # Interrupts, held back since the fork, are the parent's to act on: it ends this process.
    said: dict[str, Any] = {}
    try:
        kernel.die_with_parent()
        # Runtimes talk on stderr while they load; the user's screen is no place for that.
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        said = asdict(_play_all(scenario, components, observations))
    except EdgeAIBenchError as error:
        said = {"error": write_error(error)}
    except BaseException as error:  # noqa: BLE001 - told to the parent, which raises it
        said = {"failure": f"{type(error).__name__}: {error}"}
    finally:
        with os.fdopen(write_end, "w") as answers:
            json.dump(said, answers)
        os._exit(0)


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

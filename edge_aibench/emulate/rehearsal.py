"""How long each stage takes here: the scenario's own stages, run on their own data beforehand.

Observations of one instance go through all stages in one process that does nothing else, so the
times are those of an idle machine. It happens in a forked process: the engine stays light.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from edge_aibench.emulate import interrupts, kernel
from edge_aibench.emulate.carried import read_error, write_error
from edge_aibench.errors import EdgeAIBenchError, RunError
from edge_aibench.model.components import Call

if TYPE_CHECKING:
    from edge_aibench.model.components import Components
    from edge_aibench.model.scenario import Scenario

ROUNDS = 12
"""Observations of one instance that a rehearsal plays."""

_WARMUP_ROUNDS = 2


def rehearse(scenario: Scenario, components: Components) -> Mapping[str, float]:
    """Mean service time of each stage in seconds.

    Raises RunError if a stage cannot run; an error of ours, such as that of a damaged file, as
    it is.
    """
    read_end, write_end = os.pipe()
    with interrupts.held():
        pid = os.fork()
        if pid == 0:
            os.close(read_end)
            _rehearse_and_end(scenario, components, write_end)
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
    return {str(name): float(seconds) for name, seconds in said.items()}


def _rehearse_and_end(scenario: Scenario, components: Components, write_end: int) -> None:
    # Interrupts, held back since the fork, are the parent's to act on: it ends this process.
    said: dict[str, Any] = {}
    try:
        kernel.die_with_parent()
        # Runtimes talk on stderr while they load; the user's screen is no place for that.
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        said = {**_times(scenario, components)}
    except EdgeAIBenchError as error:
        said = {"error": write_error(error)}
    except BaseException as error:  # noqa: BLE001 - told to the parent, which raises it
        said = {"failure": f"{type(error).__name__}: {error}"}
    finally:
        with os.fdopen(write_end, "w") as answers:
            json.dump(said, answers)
        os._exit(0)


def _times(scenario: Scenario, components: Components) -> dict[str, float]:
    order = scenario.order()
    functions = components.stages(order, (0,))
    taken: dict[str, list[float]] = {name: [] for name in order}
    for sequence in range(ROUNDS):
        made: dict[str, Any] = {
            name: components.sensor(name).observe(0, sequence) for name in scenario.sensors
        }
        for name in order:
            inputs = {need: made.get(need) for need in scenario.stages[name].needs}
            if any(value is None for value in inputs.values()):
                continue
            start_s = time.perf_counter()
            made[name] = functions[name].process(Call(0, sequence, inputs))
            if sequence >= _WARMUP_ROUNDS:
                taken[name].append(time.perf_counter() - start_s)
    return {name: statistics.fmean(times) if times else 0.0 for name, times in taken.items()}

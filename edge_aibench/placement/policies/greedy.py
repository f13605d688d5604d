"""Stage after stage, each where it does best with what is placed already."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from edge_aibench.placement.choice import Assignment

if TYPE_CHECKING:
    from edge_aibench.placement.choice import Choice
    from edge_aibench.placement.problem import Problem


def greedy(problem: Problem) -> Assignment:
    """Place each stage where the estimated mean end to end of what is placed grows least.

    Nothing is taken back, and nothing is simulated. Of equal means the one that leaves the fullest
    worker or link emptiest is taken. The estimate is of time, whatever the objective is.
    """
    placed: dict[str, Choice] = {}
    for stage in problem.stages:
        options = problem.options[stage]
        placed[stage] = min(options, key=lambda each: _cost(problem, {**placed, stage: each}))
    return problem.uniform(placed)


def _cost(problem: Problem, choices: dict[str, Choice]) -> tuple[bool, float, float]:
    found = problem.estimate(Assignment.uniform(choices, problem.instances))
    sensors = problem.experiment.scenario.sensors
    mean_s = math.fsum(
        found.mean_s[name] / sensor.arrivals.interval_s for name, sensor in sensors.items()
    )
    full = max(found.memory.values(), default=0.0) > 1.0
    return full, mean_s, found.fullest

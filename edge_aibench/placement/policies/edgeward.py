"""From the sensors upwards: each stage as near to its sensor as there is room left.

After the edge-ward placement of iFogSim (Gupta et al., Software: Practice and Experience 47, 2017),
with use and memory as the measure of room.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_aibench.model.topology import TIERS
from edge_aibench.placement.choice import Assignment
from edge_aibench.record.load import NEAR

if TYPE_CHECKING:
    from edge_aibench.placement.choice import Choice
    from edge_aibench.placement.problem import Problem


def edgeward(problem: Problem) -> Assignment:
    """Place stage after stage on the lowest tier where workers and memory keep some room.

    A worker has room up to a use of 0.8. Where none has, the one that is asked for least is taken.
    """
    placed: dict[str, Choice] = {}
    for stage in problem.stages:
        options = sorted(problem.options[stage], key=lambda each: _nearness(problem, stage, each))
        crowded = {}
        for choice in options:
            crowded[choice] = _crowding(problem, {**placed, stage: choice})
            if crowded[choice] <= NEAR:
                placed[stage] = choice
                break
        else:
            placed[stage] = min(options, key=lambda each: crowded[each])
    return problem.uniform(placed)


def _nearness(problem: Problem, stage: str, choice: Choice) -> tuple[int, bool]:
    """The tier from the device upwards; the sensor's own node before others of its tier."""
    scenario = problem.experiment.scenario
    sensor = scenario.sensors[scenario.origin(stage)].node
    tier = problem.experiment.topology.nodes[choice.place].tier
    return TIERS.index(tier), choice.place != sensor


def _crowding(problem: Problem, choices: dict[str, Choice]) -> float:
    """The fullest worker, link or memory; a full memory counts like a full worker."""
    found = problem.estimate(Assignment.uniform(choices, problem.instances))
    return max(found.fullest, NEAR * max(found.memory.values(), default=0.0))

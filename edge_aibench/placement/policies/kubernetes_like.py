"""What a scheduler does that knows requests for processor and memory, and nothing of latency.

After Kubernetes' default scheduler: filter the nodes that fit, score them by least requested and by
even spread, bind, one pod after the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_aibench.placement.choice import Assignment

if TYPE_CHECKING:
    from edge_aibench.placement.choice import Choice
    from edge_aibench.placement.estimate import Estimate
    from edge_aibench.placement.problem import Problem


def kubernetes_like(problem: Problem) -> Assignment:
    """Bind stages in order to the node group that fits and scores highest.

    A worker stands for a node's processor: its expected use is what is requested. Both scores are
    from 0 to 1 and count alike; of equal ones the first group is taken. Where nothing fits, the
    filter is left out. Forms are not chosen: each stage takes the first one on a node.
    """
    bound: dict[str, Choice] = {}
    for stage in problem.stages:
        first: dict[str, Choice] = {}
        for choice in problem.options[stage]:
            first.setdefault(choice.place, choice)
        found = {choice: _estimate(problem, {**bound, stage: choice}) for choice in first.values()}
        fitting = [choice for choice, estimate in found.items() if _fits(estimate)] or list(found)
        bound[stage] = max(
            fitting, key=lambda each: _free(found[each], each.place) + _spread(bound, each.place)
        )
    return problem.uniform(bound)


def _estimate(problem: Problem, choices: dict[str, Choice]) -> Estimate:
    return problem.estimate(Assignment.uniform(choices, problem.instances))


def _fits(estimate: Estimate) -> bool:
    uses = (*estimate.worker_use.values(), *estimate.memory.values())
    return max(uses, default=0.0) <= 1.0


def _free(estimate: Estimate, group: str) -> float:
    """The share of processor and memory that nobody has requested, on the average of the two."""
    uses = [use for name, use in estimate.worker_use.items() if name.endswith(f" {group}")]
    processor = 1.0 - min(max(uses, default=0.0), 1.0)
    return (processor + 1.0 - min(estimate.memory.get(group, 0.0), 1.0)) / 2.0


def _spread(bound: dict[str, Choice], group: str) -> float:
    """1 on an empty node group, less the more of what is bound is there."""
    there = sum(choice.place == group for choice in bound.values())
    return 1.0 - there / len(bound) if bound else 1.0

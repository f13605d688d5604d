"""Everything in one tier: what each of the others is compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_aibench.errors import ConfigError

if TYPE_CHECKING:
    from edge_aibench.model.topology import Tier
    from edge_aibench.placement.choice import Assignment, Choice
    from edge_aibench.placement.problem import Problem


def device_only(problem: Problem) -> Assignment:
    """Every stage on a device."""
    return in_tier(problem, "device")


def edge_only(problem: Problem) -> Assignment:
    """Every network at the edge, and what else the scenario does not do on the device."""
    return in_tier(problem, "edge")


def cloud_only(problem: Problem) -> Assignment:
    """Every network in the cloud, and what else the scenario does not do on the device."""
    return in_tier(problem, "cloud")


def in_tier(problem: Problem, tier: Tier) -> Assignment:
    """All decided stages in *tier*, each in the first form that may run there.

    What prepares data on the device in the scenario stays there: raw video sent to the cloud would
    be no fair competitor. Raises ConfigError for a stage that no rule lets run there.
    """
    return problem.uniform({stage: _choice(problem, stage, tier) for stage in problem.stages})


def _choice(problem: Problem, stage: str, tier: Tier) -> Choice:
    experiment = problem.experiment
    described, nodes = experiment.scenario.stages[stage], experiment.topology.nodes
    placed = experiment.placement.groups[stage][0]
    stands = nodes[placed].tier
    keeps_to_device = described.kind != "inference" and stands == "device"
    wanted = stands if keeps_to_device else tier
    fitting = [each for each in problem.options[stage] if nodes[each.place].tier == wanted]
    if not fitting:
        rules = [
            f"{refusal.choice}: {refusal.rule}"
            for refusal in problem.refused[stage]
            if nodes[refusal.choice.place].tier == wanted
        ]
        raise ConfigError(
            f"may not run in the {wanted} tier: {'; '.join(rules) or 'it has no host'}",
            where=f"policy {tier}-only",
            key=stage,
            next_step="take another policy",
        )
    sensor = experiment.scenario.sensors[experiment.scenario.origin(stage)].node
    near = [each for each in fitting if each.place in (placed, sensor)]
    return (near or fitting)[0]

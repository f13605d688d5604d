"""A placement problem: what may be decided, by which rules, and for what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edge_aibench.placement.choice import Assignment, Choice

if TYPE_CHECKING:
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.placement.estimate import Estimate
    from edge_aibench.placement.evaluation import Evaluation
    from edge_aibench.placement.facts import StageFacts
    from edge_aibench.placement.objective import Limit, Objective

Evaluate = Callable[[Assignment], "Evaluation"]


@dataclass(frozen=True)
class Refusal:
    """A choice that is not among the options, and the rule that keeps it out, in words."""

    choice: Choice
    rule: str


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What a policy is given.

    *experiment* is the scenario as it stands, its timings those of each stage's own form.
    *options* are the permitted choices of every decided stage, in the order of the graph; *refused*
    the others. Stages that are not in it stay where the scenario has them, or follow their
    consumers. *evaluate* simulates an assignment (each once: answers are kept), *estimate* gives
    means without a simulation. *seed* is for policies that draw.
    """

    experiment: Experiment
    facts: Mapping[str, StageFacts]
    options: Mapping[str, tuple[Choice, ...]]
    refused: Mapping[str, tuple[Refusal, ...]]
    objective: Objective
    limits: tuple[Limit, ...]
    evaluate: Evaluate = field(repr=False)
    estimate: Callable[[Assignment], Estimate] = field(repr=False)
    seed: int = 1

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages to decide, each after all that it needs."""
        return tuple(self.options)

    @property
    def instances(self) -> int:
        """How many instances the scenario has."""
        return self.experiment.instances

    @property
    def combinations(self) -> int:
        """How many uniform assignments there are."""
        total = 1
        for choices in self.options.values():
            total *= len(choices)
        return total

    def uniform(self, choices: Mapping[str, Choice]) -> Assignment:
        """The assignment that takes one choice a stage for all instances."""
        return Assignment.uniform({stage: choices[stage] for stage in self.stages}, self.instances)

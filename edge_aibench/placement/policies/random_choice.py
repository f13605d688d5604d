"""The best of some assignments drawn at random: what a search must beat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_aibench import rng
from edge_aibench.placement.ranking import best_of

if TYPE_CHECKING:
    from edge_aibench.placement.choice import Assignment
    from edge_aibench.placement.problem import Problem

DRAWN = 20
"""With so many the best is among the best 14 % with a chance of 95 %: 1 - 0.86**20."""


def random_choice(problem: Problem) -> Assignment:
    """Draw twenty assignments, every option as likely as any other, and simulate them."""
    generator = rng.stream(problem.seed, "placement/random")
    drawn = [
        problem.uniform(
            {
                stage: choices[int(generator.integers(len(choices)))]
                for stage, choices in problem.options.items()
            }
        )
        for _ in range(DRAWN)
    ]
    return best_of(map(problem.evaluate, drawn), problem.objective).assignment

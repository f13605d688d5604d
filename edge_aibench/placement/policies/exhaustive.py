"""Every uniform assignment, simulated: the oracle that other policies are measured against."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

from edge_aibench.errors import ConfigError
from edge_aibench.placement.ranking import best_of

if TYPE_CHECKING:
    from edge_aibench.placement.choice import Assignment
    from edge_aibench.placement.problem import Problem

MOST = 20_000


def exhaustive(problem: Problem) -> Assignment:
    """Simulate all combinations of options. Raises ConfigError for more than 20,000.

    Assignments that place instances apart are not among them.
    """
    if problem.combinations > MOST:
        raise ConfigError(
            f"goes through at most {MOST:,} assignments",
            where="policy exhaustive",
            value=f"{problem.combinations:,}",
            next_step="take --policy greedy or edgeward, or leave out forms or node groups",
        )
    return best_of(map(problem.evaluate, assignments(problem)), problem.objective).assignment


def assignments(problem: Problem) -> Iterator[Assignment]:
    """All uniform assignments, in the order of the options."""
    for choices in itertools.product(*problem.options.values()):
        yield problem.uniform(dict(zip(problem.stages, choices, strict=True)))

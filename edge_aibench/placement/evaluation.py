"""What a simulation of one assignment gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from edge_aibench.placement.choice import Assignment


@dataclass(frozen=True)
class Evaluation:
    """*value* is that of the objective, *measures* all that were asked for, by name.

    *broken* names each broken limit with its excess as a share of the limit. An assignment that
    breaks a limit is worse than any that breaks none; among the former the least sum of excesses
    wins. *saturated* says that some worker, link or broker was asked for more than it can do.
    """

    assignment: Assignment
    value: float
    measures: Mapping[str, float]
    broken: Mapping[str, float]
    saturated: bool = False

    @property
    def feasible(self) -> bool:
        """Whether no limit is broken and nothing is saturated."""
        return not self.broken and not self.saturated

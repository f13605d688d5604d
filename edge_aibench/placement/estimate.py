"""Means of an assignment without a simulation: what greedy policies and the MILP reckon with.

A surrogate, and never quoted as a result: waiting is that of single queues, each for itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """*mean_s* is the mean end to end by sensor; uses are shares of what can be done.

    *memory* is the share of each node group's memory that the networks on it keep. Where
    something is asked for more than it can do, the mean is infinite.
    """

    mean_s: Mapping[str, float]
    worker_use: Mapping[str, float]
    link_use: Mapping[str, float]
    memory: Mapping[str, float]

    @property
    def fullest(self) -> float:
        """The largest use of a worker or link."""
        return max((*self.worker_use.values(), *self.link_use.values()), default=0.0)

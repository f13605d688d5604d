"""Figures of a simulated run, with intervals.

Waits in a queue are correlated, so an interval comes from the means of parts of a run that are
independent: the instances, each with hosts of its own, or, where all share a station, stretches of
time that are many times longer than the queue remembers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_aibench.clock import NS_PER_S
from edge_aibench.model.experiment import Experiment
from edge_aibench.record.event_table import MISSING, EventTable
from edge_aibench.record.events import Kind
from edge_aibench.simulate.outcome import Simulated

Numbers = NDArray[np.float64]

RISK = 1e-6
"""How often an interval would miss the truth if means of parts were normal. Those of queues are
skewed: of 60,000 runs of M/M/1 at a use of 0.7 with 40 parts of 1,000 requests, worked out with
Lindley's recursion alone, 1 missed (at a RISK of 1e-5 it were 9, at 1e-4 36). So a right engine
fails less than once in 10^4.
"""


def half_width(variance: float, number: int, parts: int) -> float:
    """Of Student's interval that misses with chance RISK, for the mean of *number* values in so
    many *parts*; *variance* is that of the mean, times *number*.
    """
    from scipy.stats import t

    factor = float(t.ppf(1.0 - RISK / 2.0, parts - 1))
    return factor * math.sqrt(variance / number)


@dataclass(frozen=True)
class Estimate:
    """A mean with the half width of its interval."""

    mean: float
    half_width: float

    @classmethod
    def of(cls, parts: Numbers) -> Estimate:
        """From one mean for each part: Student's t interval that misses with chance RISK."""
        return cls(
            float(parts.mean()), half_width(float(parts.var(ddof=1)), len(parts), len(parts))
        )

    def holds(self, exact: float) -> bool:
        """Whether *exact* lies within the interval, or the run had no spread and is right."""
        return abs(self.mean - exact) <= max(self.half_width, 1e-6 * abs(exact))


@dataclass(frozen=True)
class Run:
    """A simulated run of *experiment*; instants are seconds, NaN where there is none.

    With *by_time* its parts are that many stretches of time, else the instances.
    """

    experiment: Experiment
    simulated: Simulated
    by_time: int | None = None

    def start_s(self, kind: Kind, name: str, group: str) -> Numbers:
        """When *kind* about *name* on *group* began, by request of its sensor."""
        return _seconds(self._table(name).row(kind, name, group).start_ns)

    def end_s(self, kind: Kind, name: str, group: str) -> Numbers:
        """When it ended."""
        return _seconds(self._table(name).row(kind, name, group).end_ns)

    def wait_s(self, stage: str, group: str, *, after: str, kind: Kind) -> Numbers:
        """From event *kind* about *after* on *group* to the beginning of *stage*'s work there."""
        return self.start_s(Kind.SERVED, stage, group) - self.end_s(kind, after, group)

    def due_s(self, sensor: str) -> Numbers:
        """When observations of *sensor* are due, by request."""
        plan = next(plan for plan in self.simulated.plans if plan.sensor == sensor)
        return np.concatenate(plan.instants_ns) / NS_PER_S

    def parts(self, sensor: str, values: Numbers) -> Numbers:
        """The mean of *values* (by request of *sensor*) over each part, without warm-up and NaN."""
        due_s = self.due_s(sensor)
        workload = self.experiment.workload
        counted = (due_s >= workload.warmup_s) & ~np.isnan(values)
        if self.by_time is None:
            number = self.experiment.instances
            part = self._table(sensor).instances()
        else:
            number = self.by_time
            passed = (due_s - workload.warmup_s) / workload.duration_s
            part = np.clip((passed * number).astype(np.int64), 0, number - 1)
        sums = np.bincount(part[counted], weights=values[counted], minlength=number)
        means: Numbers = sums / np.bincount(part[counted], minlength=number)
        return means

    def measured(self, sensor: str) -> int:
        """How many requests of *sensor* count."""
        return int((self.due_s(sensor) >= self.experiment.workload.warmup_s).sum())

    def seen(self, sensor: str, came_s: Numbers, left_s: Numbers) -> Numbers:
        """How many requests of *sensor* each one finds at its instance's station as it comes."""
        found = np.empty(len(came_s))
        instances = self._table(sensor).instances()
        for instance in range(self.experiment.instances):
            mine = np.flatnonzero(instances == instance)
            left = np.sort(left_s[mine])
            found[mine] = np.arange(len(mine)) - np.searchsorted(left, came_s[mine], "right")
        return found

    def _table(self, name: str) -> EventTable:
        return self.simulated.tables[self.experiment.scenario.origin(name)]


def share_beyond(values: Numbers, limit: float) -> Numbers:
    """1 where a value is greater than *limit*, 0 where it is not, NaN where there is none."""
    return np.where(np.isnan(values), np.nan, (values > limit).astype(np.float64))


def _seconds(instants_ns: NDArray[np.int64]) -> Numbers:
    return np.where(instants_ns == MISSING, np.nan, instants_ns / NS_PER_S)

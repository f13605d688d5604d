"""Experiments whose figures theory knows in closed form.

A case gives the same figures at every length; the tests run it short, the table of
docs/theory.md long.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from edge_aibench.model.experiment import Experiment
from edge_aibench.record.events import Kind
from tests.statistical.simulate.measure import Numbers, Run, share_beyond

INTERVAL_S = 0.01
RATE = 1.0 / INTERVAL_S
Measure = Callable[[Run], Numbers]
"""One number for each part of a run."""


@dataclass(frozen=True)
class Figure:
    """Something theory knows; *unit* is "ms" for times in seconds, "" for shares and counts.

    Where theory knows how much it varies, *variance* is that of its mean over n requests, times n.
    """

    name: str
    exact: float
    measure: Measure
    unit: str = "ms"
    variance: float | None = None


@dataclass(frozen=True)
class Case:
    """An experiment by how long it lasts (s) and how many instances it has, and its figures.

    A case with *shared* stations has so many *instances* and is cut into parts by time; others
    have an instance for each part. A request comes every *interval_s* at the station, and *warmup*
    of them come before those that count: 19 times what M/M/1 at a use of 0.7 takes to forget how
    it began, 1 / (1 - sqrt(use))^2 service times.
    """

    law: str
    experiment: Callable[..., Experiment]
    figures: tuple[Figure, ...]
    sensor: str = "source"
    shared: bool = False
    instances: int = 1
    interval_s: float = INTERVAL_S
    warmup: int = 500

    def made(self, *, parts: int, requests: int) -> Experiment:
        """The experiment with *parts* of about *requests* each after its warm-up."""
        span_s = requests * self.interval_s
        return self.experiment(
            instances=self.instances if self.shared else parts,
            duration_s=parts * span_s if self.shared else span_s,
            warmup_s=self.warmup * self.interval_s,
        )


def wait(run: Run) -> Numbers:
    return run.wait_s("work", "host", after="source", kind=Kind.OBSERVED)


def sojourn(run: Run) -> Numbers:
    came_s = run.end_s(Kind.OBSERVED, "source", "host")
    return run.end_s(Kind.SERVED, "work", "host") - came_s


def mean(of: Callable[[Run], Numbers], sensor: str = "source") -> Measure:
    return lambda run: run.parts(sensor, of(run))


def beyond(of: Callable[[Run], Numbers], limit: float, sensor: str = "source") -> Measure:
    return lambda run: run.parts(sensor, share_beyond(of(run), limit))

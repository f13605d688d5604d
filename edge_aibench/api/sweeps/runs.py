"""One run of a sweep: what is to be done, how it is done, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from edge_aibench.api.sweeps.options import Point

Figures = Mapping[str, "float | str"]
RunPoint = Callable[[Point, int], Figures]
"""Runs one point with one seed; gives measures as numbers and remarks as text.

To be run in other processes it must be importable there: a function or a frozen value at the
top of a module.
"""


@dataclass(frozen=True)
class PlannedRun:
    """Repeat *repeat* at the point of number *index* (both from 0)."""

    index: int
    repeat: int
    seed: int
    point: Point

    @property
    def place(self) -> tuple[int, int]:
        """What tells it from the other runs of its sweep."""
        return self.index, self.repeat


@dataclass(frozen=True)
class Outcome:
    """What came of a run: *figures*, or the *error* in one line. It *took_s* of wall time."""

    index: int
    repeat: int
    seed: int
    figures: Figures = field(default_factory=dict)
    error: str | None = None
    took_s: float = 0.0

    @property
    def place(self) -> tuple[int, int]:
        """That of its `PlannedRun`."""
        return self.index, self.repeat


class Runner(Protocol):
    """Does runs, here or elsewhere, and gives outcomes in the order in which they come.

    Closing the generator ends what is still running.
    """

    def run(self, runs: Iterable[PlannedRun]) -> Generator[Outcome]: ...


def attempt(run_point: RunPoint, run: PlannedRun) -> Outcome:
    """Do *run*. Whatever goes wrong in it is its outcome, not the end of the sweep."""
    began_s = time.monotonic()
    try:
        given = run_point(run.point, run.seed)
        figures = {n: one if isinstance(one, str) else float(one) for n, one in given.items()}
    except Exception as error:  # noqa: BLE001 -- one bad point must not cost all the others
        return failed(run, in_one_line(error), began_s=began_s)
    took_s = time.monotonic() - began_s
    return Outcome(run.index, run.repeat, run.seed, figures, None, took_s)


def failed(run: PlannedRun, error: str, *, began_s: float | None = None) -> Outcome:
    """The outcome of a *run* that came to nothing because of *error*."""
    took_s = 0.0 if began_s is None else time.monotonic() - began_s
    return Outcome(run.index, run.repeat, run.seed, error=error, took_s=took_s)


def in_one_line(error: BaseException) -> str:
    """An error as a cell of a table: its kind, and its message without line ends."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


@dataclass(frozen=True)
class InThisProcess:
    """Does one run after another, here."""

    run_point: RunPoint

    def run(self, runs: Iterable[PlannedRun]) -> Generator[Outcome]:
        """Do *runs* in their order."""
        for run in runs:
            yield attempt(self.run_point, run)

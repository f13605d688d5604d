"""A sweep from its plan to its table."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from edge_aibench.api.sweeps.plan import SweepPlan
from edge_aibench.api.sweeps.runs import Outcome, PlannedRun, Runner
from edge_aibench.api.sweeps.store import Store, open_store
from edge_aibench.api.sweeps.table import (
    PointResult,
    is_invalid,
    point_results,
    tidy_table,
    write_table,
)
from edge_aibench.record.files import write_whole

if TYPE_CHECKING:
    import pandas as pd


class SweepObserver(Protocol):
    """Is told how a sweep goes on."""

    def began(self, *, total: int, kept: int) -> None:
        """There are *total* runs, *kept* of them done before."""

    def ended(self, outcome: Outcome) -> None:
        """One more run has ended."""


class SilentSweep:
    """Tells nobody."""

    def began(self, *, total: int, kept: int) -> None:
        """Ignore it."""

    def ended(self, outcome: Outcome) -> None:
        """Ignore it."""


@dataclass(frozen=True)
class SweepResult:
    """What a sweep has found by now; *interrupted* if there are runs left to do."""

    plan: SweepPlan
    folder: Path
    outcomes: tuple[Outcome, ...]
    interrupted: bool = False

    @property
    def table(self) -> pd.DataFrame:
        """One row a run."""
        plan = self.plan
        return tidy_table(
            self.outcomes, points=plan.points, keys=plan.keys, measures=self._measures
        )

    @property
    def points(self) -> list[PointResult]:
        """The mean over repeats, point by point."""
        plan = self.plan
        return point_results(
            self.outcomes, points=plan.points, keys=plan.keys, measures=self._measures
        )

    @property
    def failed(self) -> int:
        """Runs that ended with an error."""
        return sum(one.error is not None for one in self.outcomes)

    @property
    def invalid(self) -> int:
        """Runs that are not to be trusted."""
        return sum(map(is_invalid, self.outcomes))

    @property
    def _measures(self) -> list[str]:
        return [measure.name for measure in self.plan.measures]


def run_sweep(
    plan: SweepPlan,
    runner: Runner,
    *,
    folder: Path,
    contents: str = "",
    files: Mapping[str, str] | None = None,
    resume: bool = False,
    observer: SweepObserver | None = None,
) -> SweepResult:
    """Do the runs of *plan* with *runner*, keep each outcome in *folder* at once, write the table.

    With *resume* what is kept there is not done again, except for runs that failed. *contents*
    stands for the files that the plan names; *files* are kept beside the outcomes, by their names.
    An interrupt ends the runs under way; the table is then of what is kept. Raises what
    `open_store` and the runner raise, after writing the table.
    """
    with open_store(folder, digest=plan.digest(contents), resume=resume) as store:
        left = [run for run in plan.runs() if not _is_done(run, store)]
        for name, text in (files or {}).items():
            write_whole(folder / name, partial(_write, text))
        observer = observer or SilentSweep()
        observer.began(total=plan.total, kept=plan.total - len(left))
        interrupted = False
        try:
            _do(left, runner, store, observer)
        except KeyboardInterrupt:
            interrupted = True
        finally:
            result = SweepResult(
                plan, folder, tuple(store.outcomes[place] for place in sorted(store.outcomes))
            )
            if result.outcomes:
                write_table(result.table, folder)
        return SweepResult(plan, folder, result.outcomes, interrupted)


def _write(text: str, file: BinaryIO) -> None:
    file.write(text.encode())


def _is_done(run: PlannedRun, store: Store) -> bool:
    known = store.outcomes.get(run.place)
    return known is not None and known.error is None and known.seed == run.seed


def _do(runs: list[PlannedRun], runner: Runner, store: Store, observer: SweepObserver) -> None:
    # Closed wherever this is left, which ends the runs under way.
    with contextlib.closing(runner.run(runs)) as outcomes:
        for outcome in outcomes:
            store.add(outcome)
            observer.ended(outcome)

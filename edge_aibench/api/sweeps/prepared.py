"""A sweep that is ready to run: its points looked at, its stages rehearsed, its runner chosen."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from edge_aibench.api.notices import Notices
from edge_aibench.api.sweeps.engine import EngineRun, Preview, preview
from edge_aibench.api.sweeps.plan import SweepPlan
from edge_aibench.api.sweeps.rehearsals import FILE, Rehearsals, read_rehearsals
from edge_aibench.api.sweeps.runs import InThisProcess, Runner
from edge_aibench.api.sweeps.session import SweepObserver, SweepResult, run_sweep
from edge_aibench.errors import ConfigError

if TYPE_CHECKING:
    from edge_aibench.emulate.rehearsal import Rehearsal
    from edge_aibench.model.experiment import Experiment


@dataclass(frozen=True)
class PreparedSweep:
    """The runs of *plan*, done by *runner* (*place* says where, in words), kept in *folder*.

    *seen* is what looking at the points told.
    """

    plan: SweepPlan
    folder: Path
    runner: Runner
    place: str
    seen: Preview
    rehearsals: Rehearsals
    resume: bool = False

    @classmethod
    def of(
        cls,
        plan: SweepPlan,
        *,
        folder: Path,
        jobs: int | None = None,
        ray: str | None = None,
        resume: bool = False,
        notices: Notices | None = None,
    ) -> PreparedSweep:
        """Look at the points, and rehearse stages whose times nothing says.

        By default there are as many *jobs* as cores; *ray* is the address of a cluster. Raises
        ConfigError for a choice that cannot be and where no point can run, and what a rehearsal
        raises.
        """
        kept = read_rehearsals(folder) if resume else {}
        rehearsals = Rehearsals(kept, _rehearse(notices or Notices()))
        run_point = EngineRun(plan.scenario, plan.engine, plan.measures, rehearsals)
        # The runs take what is rehearsed by then, and measure nothing.
        looked = replace(run_point, rehearsals=Rehearsals(rehearsals.kept))
        runner, place = _runner(looked, jobs=jobs, ray=ray)
        seen = preview(plan.points, plan.keys, run_point.look)
        return cls(plan, folder, runner, place, seen, rehearsals, resume)

    def run(self, observer: SweepObserver | None = None) -> SweepResult:
        """Do the runs; an interrupt ends them early. Raises what `run_sweep` does."""
        return run_sweep(
            self.plan,
            self.runner,
            folder=self.folder,
            contents=self.seen.contents,
            files={FILE: self.rehearsals.written()} if self.rehearsals.kept else {},
            resume=self.resume,
            observer=observer,
        )

    @property
    def warning(self) -> str | None:
        """What to tell of points that cannot run; None if all that were looked at can."""
        if not self.seen.problems:
            return None
        index, error = self.seen.problems[0]
        point = ", ".join(f"{key}={self.plan.points[index][key]}" for key in self.plan.keys)
        return (
            f"{len(self.seen.problems)} of the {self.seen.looked_at} points looked at cannot run, "
            f"and their rows will say so; the first is {point}:\n{error}"
        )


def _rehearse(notices: Notices) -> Callable[[Experiment], Rehearsal]:
    from edge_aibench.api.timings import rehearse_here

    def rehearse(experiment: Experiment) -> Rehearsal:
        notices.progress("rehearsing the stages on this machine, for their times")
        return rehearse_here(experiment)

    return rehearse


def _runner(run_point: EngineRun, *, jobs: int | None, ray: str | None) -> tuple[Runner, str]:
    """Who does the runs, and where that is, in words."""
    from edge_aibench.api.sweeps.ray_cluster import RayCluster
    from edge_aibench.api.sweeps.workers import LocalProcesses

    if run_point.engine == "emulate":
        if ray is not None or (jobs or 1) > 1:
            raise ConfigError(
                "goes with simulation only: emulations at one time would share this machine",
                where="--jobs" if ray is None else "--ray",
                value=jobs if ray is None else ray,
                next_step="leave it out",
            )
        return InThisProcess(run_point), "one after another"
    if ray is not None:
        if jobs is not None:
            raise ConfigError(
                "goes without --ray: the cluster says how many runs go at a time",
                where="--jobs",
                value=jobs,
            )
        return RayCluster(run_point, ray), f"on the Ray cluster at {ray}"
    number = jobs or len(os.sched_getaffinity(0))
    noun = "process" if number == 1 else "processes"
    return LocalProcesses(run_point, number), f"in {number} {noun}"

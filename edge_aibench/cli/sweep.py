"""`edge-aibench sweep`: one experiment at many points, repeated, into one table."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from edge_aibench.api.sweeps.engine import EngineRun, Preview
    from edge_aibench.api.sweeps.plan import SweepPlan
    from edge_aibench.api.sweeps.runs import Runner
    from edge_aibench.api.sweeps.session import SweepResult
    from edge_aibench.emulate.rehearsal import Rehearsal
    from edge_aibench.model.experiment import Experiment


_PIPE_WIDTH = 240


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("sweep")(sweep)


def sweep(
    file: Annotated[Path, typer.Argument(help="The sweep's YAML file (docs/sweep.md).")],
    jobs: Annotated[
        int | None,
        typer.Option(help="Processes of this machine; as many as cores by default.", min=1),
    ] = None,
    ray: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="An existing Ray cluster: auto, HOST:PORT or ray://."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The sweep's folder; runs/sweep-FILE by default.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the sweep that is in the folder.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
) -> int:
    """Run a scenario over any keys, with repeats, into one tidy table; exit 5 if a run failed."""
    from edge_aibench.api.sweeps.engine import EngineRun, preview
    from edge_aibench.api.sweeps.plan import read_plan
    from edge_aibench.api.sweeps.rehearsals import FILE, Rehearsals, read_rehearsals
    from edge_aibench.api.sweeps.session import run_sweep
    from edge_aibench.cli.sweep_view import SweepProgress
    from edge_aibench.emulate import interrupts

    with interrupts.raised():
        plan = read_plan(file)
        folder = out or Path("runs") / f"sweep-{file.stem}"
        rehearsals = Rehearsals(read_rehearsals(folder) if resume else {}, _rehearse(quiet=quiet))
        run_point = EngineRun(plan.scenario, plan.engine, plan.measures, rehearsals)
        # The runs take what is rehearsed by then, and measure nothing.
        looked = replace(run_point, rehearsals=Rehearsals(rehearsals.kept))
        runner, place = _runner(looked, jobs=jobs, ray=ray)
        seen = preview(plan.points, plan.keys, run_point.look)
        if not quiet:
            _announce(plan, seen, place)
        result = run_sweep(
            plan,
            runner,
            folder=folder,
            contents=seen.contents,
            files={FILE: rehearsals.written()} if rehearsals.kept else {},
            resume=resume,
            observer=None if quiet else SweepProgress(sys.stderr),
        )
    _show(result, as_json=as_json)
    return _exit_code(result)


def _rehearse(*, quiet: bool) -> Callable[[Experiment], Rehearsal]:
    from edge_aibench.api.timings import rehearse_here

    def rehearse(experiment: Experiment) -> Rehearsal:
        if not quiet:
            typer.echo("rehearsing the stages on this machine, for their times", err=True)
        return rehearse_here(experiment)

    return rehearse


def _runner(run_point: EngineRun, *, jobs: int | None, ray: str | None) -> tuple[Runner, str]:
    """Who does the runs, and where that is, in words."""
    import os

    from edge_aibench.api.sweeps.ray_cluster import RayCluster
    from edge_aibench.api.sweeps.runs import InThisProcess
    from edge_aibench.api.sweeps.workers import LocalProcesses
    from edge_aibench.errors import ConfigError

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


def _announce(plan: SweepPlan, seen: Preview, place: str) -> None:
    from edge_aibench.report.wording import count_of

    points, repeats = count_of(len(plan.points), "point"), count_of(plan.repeats, "repeat")
    typer.echo(f"{plan.scenario}, {plan.engine}: {points} x {repeats}, {place}", err=True)
    if seen.problems:
        index, error = seen.problems[0]
        point = ", ".join(f"{key}={plan.points[index][key]}" for key in plan.keys)
        typer.echo(
            f"warning: {len(seen.problems)} of the {seen.looked_at} points looked at cannot run, "
            f"and their rows will say so; the first is {point}:\n{error}",
            err=True,
        )


def _show(result: SweepResult, *, as_json: bool) -> None:
    import json

    from rich.console import Console

    from edge_aibench.cli.sweep_view import as_document, render

    if as_json:
        typer.echo(json.dumps(as_document(result), indent=2, allow_nan=False))
    else:
        # A pipe has no width: all measures in one line serve grep better.
        wide = not sys.stdout.isatty()
        console = Console(highlight=False, width=_PIPE_WIDTH if wide else None)
        console.print(render(result, wide=wide))


def _exit_code(result: SweepResult) -> int:
    from edge_aibench.errors import EXIT_INTERRUPTED, EXIT_INVALID, EXIT_OK, EXIT_RUN_FAILED

    if result.interrupted:
        return EXIT_INTERRUPTED
    if result.failed:
        return EXIT_RUN_FAILED
    return EXIT_INVALID if result.invalid else EXIT_OK

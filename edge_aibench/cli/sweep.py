"""`edge-aibench sweep`: one experiment at many points, repeated, into one table."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from edge_aibench.api.sweeps.prepared import PreparedSweep
    from edge_aibench.api.sweeps.session import SweepResult

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
    from edge_aibench.api.sweeps.calls import default_folder
    from edge_aibench.api.sweeps.plan import read_plan
    from edge_aibench.api.sweeps.prepared import PreparedSweep
    from edge_aibench.cli.notices import on_stderr
    from edge_aibench.cli.sweep_view import SweepProgress
    from edge_aibench.emulate import interrupts

    with interrupts.raised():
        prepared = PreparedSweep.of(
            read_plan(file),
            folder=out or default_folder(file),
            jobs=jobs,
            ray=ray,
            resume=resume,
            notices=on_stderr(quiet=quiet),
        )
        if not quiet:
            _announce(prepared)
        result = prepared.run(None if quiet else SweepProgress(sys.stderr))
    _show(result, as_json=as_json)
    return _exit_code(result)


def _announce(prepared: PreparedSweep) -> None:
    from edge_aibench.report.wording import count_of

    plan = prepared.plan
    points, repeats = count_of(len(plan.points), "point"), count_of(plan.repeats, "repeat")
    typer.echo(f"{plan.scenario}, {plan.engine}: {points} x {repeats}, {prepared.place}", err=True)
    if prepared.warning is not None:
        typer.echo(f"warning: {prepared.warning}", err=True)


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

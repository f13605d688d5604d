"""`edge-aibench clean`: take back what a killed run has left."""

from __future__ import annotations

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("clean")(clean)


def clean(
    run: Annotated[
        str | None, typer.Option("--run", help="End and clean this run, even if it is at work.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")] = False,
) -> None:
    """Undo what the journals of ended runs list, and save what those runs had measured."""
    import json

    from edge_aibench.api.components import load_components
    from edge_aibench.emulate import recovery

    done = recovery.clean(load_components, run_id=run)
    if as_json:
        typer.echo(json.dumps({"done": done}, indent=2))
    else:
        typer.echo("\n".join(done) if done else "nothing to clean")

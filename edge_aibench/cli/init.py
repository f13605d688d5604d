"""`edge-aibench init`: a scenario of one's own to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("init")(init)


def init(
    folder: Annotated[
        Path, typer.Argument(help="A new or empty folder; the scenario is called after it.")
    ],
    instances_name: Annotated[
        str, typer.Option(help="What the scenario has many of: patient, camera, machine.")
    ] = "machine",
    title: Annotated[str | None, typer.Option(help="Default: the folder's name.")] = None,
) -> None:
    """Write a small scenario of your own, which runs as it is, into a folder."""
    import shlex

    from edge_aibench.config.own_scenario import write_scenario

    for path in write_scenario(folder, instances=instances_name, title=title):
        typer.echo(path)
    # A bare word would be the name of a scenario that comes with the package.
    is_path = "/" in str(folder) or str(folder).startswith(".")
    shown = str(folder) if is_path else f"./{folder}"
    typer.echo(f"next: edge-aibench emulate {shlex.quote(shown)}")
    typer.echo(f"      python -m pytest {shlex.quote(str(folder / 'test_stages.py'))}")

"""`edge-aibench train`: the short name of `edge-aibench task train`."""

from __future__ import annotations

import typer

from edge_aibench.cli.task_train import train


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("train")(train)

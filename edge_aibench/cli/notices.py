"""What is said on the way to a run goes to stderr."""

from __future__ import annotations

import typer

from edge_aibench.api.notices import Notices, nothing


def on_stderr(*, quiet: bool = False) -> Notices:
    """Say it on stderr; *quiet* leaves warnings only."""
    return Notices(progress=nothing if quiet else _say, warning=_warn)


def _say(text: str) -> None:
    typer.echo(text, err=True)


def _warn(text: str) -> None:
    typer.echo(f"warning: {text}", err=True)

"""`edge-aibench trace ...`: files that say how a link changes over time."""

from __future__ import annotations

import importlib

import typer

SUBCOMMAND_MODULES = ("trace_convert", "trace_generate", "trace_show")
"""In the order of `edge-aibench trace --help`."""


def register(app: typer.Typer) -> None:
    """Add the command and its subcommands to *app*."""
    group = typer.Typer(
        name="trace",
        help="Convert, generate and look at traces of links: delay, rate, loss and outages.",
        no_args_is_help=True,
        suggest_commands=False,
    )
    for name in SUBCOMMAND_MODULES:
        importlib.import_module(f"edge_aibench.cli.{name}").register(group)
    app.add_typer(group)

"""`edge-aibench task ...`: the AI components one by one."""

from __future__ import annotations

import importlib

import typer

SUBCOMMAND_MODULES = (
    "task_show",
    "task_data",
    "task_train",
    "task_evaluate",
    "task_export",
    "task_profile",
    "task_infer",
    "task_cuts",
)
"""In the order of `edge-aibench task --help`."""


def register(app: typer.Typer) -> None:
    """Add the command and its subcommands to *app*."""
    group = typer.Typer(
        name="task",
        help="Look at, train, judge, export, measure and use one AI component.",
        no_args_is_help=True,
        suggest_commands=False,
    )
    for name in SUBCOMMAND_MODULES:
        importlib.import_module(f"edge_aibench.cli.{name}").register(group)
    app.add_typer(group)

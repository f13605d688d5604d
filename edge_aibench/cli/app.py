"""Puts the commands together and turns every ending into a message and an exit code.

Each command has a module of its own in this package with a function `register(app)`. A command
returns its exit code, or None for 0. These modules import what is heavy inside their functions:
all of them are loaded for `edge-aibench --help`.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import click
import typer

from edge_aibench import __version__
from edge_aibench.errors import (
    EXIT_INTERNAL,
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_USAGE,
    EdgeAIBenchError,
    InternalError,
)

COMMAND_MODULES = (
    "init",
    "simulate",
    "emulate",
    "replay",
    "sweep",
    "place",
    "compare",
    "calibrate",
    "validate",
    "listing",
    "yardstick",
    "schema",
    "task",
    "trace",
    "train",
    "doctor",
    "clean",
)
"""In the order of `edge-aibench --help`."""

PROGRAM = "edge-aibench"
DEBUG_VARIABLE = "EDGE_AIBENCH_DEBUG"

# What a shell reports for a command that wrote to a closed pipe (128 + SIGPIPE).
_EXIT_BROKEN_PIPE = 141


def build_app() -> typer.Typer:
    """Make the command with all its subcommands."""
    app = typer.Typer(
        name=PROGRAM,
        help="Run the Edge AIBench scenarios on an emulated or simulated edge-cloud network.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        # click names the nearest command itself.
        suggest_commands=False,
    )
    app.callback()(_common)
    for name in COMMAND_MODULES:
        importlib.import_module(f"edge_aibench.cli.{name}").register(app)
    return app


def main(arguments: Sequence[str] | None = None, *, app: typer.Typer | None = None) -> int:
    """Run the command line *arguments* (sys.argv's if None) and return the exit code.

    *app* is the command to run, `build_app`'s if None.
    """
    try:
        code = _run(app or build_app(), arguments)
        sys.stdout.flush()
    except EdgeAIBenchError as error:
        return _explain(error)
    except BrokenPipeError:
        return _leave_quietly()
    except (KeyboardInterrupt, click.Abort):
        return EXIT_INTERRUPTED
    except Exception as error:  # noqa: BLE001 -- the one place where bugs meet the user
        return _admit(error)
    return code


def _common(
    _version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Show the version and exit.",
            is_eager=True,
            callback=lambda wanted: _show_version() if wanted else None,
        ),
    ] = False,
) -> None:
    return None


def _show_version() -> None:
    typer.echo(f"{PROGRAM} {__version__}")
    raise typer.Exit(EXIT_OK)


def _run(app: typer.Typer, arguments: Sequence[str] | None) -> int:
    command = typer.main.get_command(app)
    given = None if arguments is None else list(arguments)
    try:
        result = command.main(args=given, prog_name=PROGRAM, standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError:
        # The help, which rich has printed by now, is the message.
        return EXIT_USAGE
    except click.ClickException as error:
        return _explain_usage(error)
    except SystemExit as ending:
        # click exits with 1 when the reader of its output has gone.
        if isinstance(ending.__context__, BrokenPipeError):
            raise BrokenPipeError from None
        raise
    return result if isinstance(result, int) else EXIT_OK


def _explain(error: EdgeAIBenchError) -> int:
    if isinstance(error, InternalError):
        return _admit(error)
    _show_traceback_if_wanted()
    _say(f"error: {error}")
    return error.exit_code


def _explain_usage(error: click.ClickException) -> int:
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else PROGRAM
    # click sets long lists of choices one a line.
    message = " ".join(error.format_message().split())
    _say(f"error: {message}\n  -> `{path} --help` shows how to call it")
    return EXIT_USAGE


def _admit(error: BaseException) -> int:
    _show_traceback_if_wanted()
    _say(
        f"internal error {_identify(error)}: {type(error).__name__}: {error}\n"
        f"  -> this is a bug of {PROGRAM}: please report it with this number, the command and "
        f"what it printed; {DEBUG_VARIABLE}=1 shows where it happened"
    )
    return EXIT_INTERNAL


def _identify(error: BaseException) -> str:
    """Give a number that is the same whenever the same line fails in the same way."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{os.path.basename(f.filename)}:{f.name}:{f.line}" for f in frames]  # noqa: PTH119
    text = "\n".join([type(error).__name__, *places])
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _show_traceback_if_wanted() -> None:
    if os.environ.get(DEBUG_VARIABLE) == "1":
        traceback.print_exc()


def _leave_quietly() -> int:
    # Whatever is still buffered has no reader; without this, Python complains at its own exit.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.__stdout__.fileno() if sys.__stdout__ else 1)
    os.close(nowhere)
    return _EXIT_BROKEN_PIPE


def _say(text: str) -> None:
    typer.echo(text, err=True)

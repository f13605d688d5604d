"""What a command shows at the end of a run, and the exit code that it ends with."""

from __future__ import annotations

import errno
import json
import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from edge_aibench.errors import EXIT_INTERRUPTED, EXIT_INVALID, EXIT_OK

if TYPE_CHECKING:
    from rich.console import Console

    from edge_aibench.record.slo import Slo, SloResult
    from edge_aibench.record.summary import Summary


@dataclass(frozen=True)
class Output:
    """stdout carries data, stderr progress."""

    as_json: bool
    quiet: bool


def end_with(
    summary: Summary, slos: Sequence[Slo], output: Output, *, interrupted: bool = False
) -> int:
    """Show the result of a run or of its repeats; the exit code says how it went."""
    from edge_aibench.record.slo import evaluate, exit_code

    results = [evaluate(slo, summary) for slo in slos]
    _show(summary, results, output)
    if interrupted:
        return EXIT_INTERRUPTED
    if not summary.validity.valid:
        return EXIT_INVALID
    return exit_code(results) if results else EXIT_OK


def command_line(words: Sequence[str]) -> str:
    """A command of ours with these *words*, as one types it."""
    return shlex.join(["edge-aibench", *words])


def console(*, stderr: bool) -> Console:
    """The user's screen, or what is read from it."""
    from rich.console import Console

    # Not on a terminal, rich would wrap at 80 columns and cut run folders in two.
    file = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, highlight=False, width=None if file.isatty() else 100)


def _show(summary: Summary, results: Sequence[SloResult], output: Output) -> None:
    try:
        _write(summary, results, output)
        sys.stdout.flush()
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        # The terminal was closed. The record is saved and the exit code still counts; what
        # is buffered, and what comes after, goes where it can.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):
            os.dup2(nowhere, stream)
        os.close(nowhere)


def _write(summary: Summary, results: Sequence[SloResult], output: Output) -> None:
    if output.as_json:
        document = summary.model_dump(mode="json")
        document["slos"] = [result.model_dump(mode="json") for result in results]
        typer.echo(json.dumps(document, indent=2))
        return
    from edge_aibench.report.console import render_summary

    console(stderr=False).print(render_summary(summary, slos=results))

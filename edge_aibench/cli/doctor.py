"""`edge-aibench doctor`: whether this machine can emulate, and how to mend what it lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from edge_aibench.errors import EXIT_HOST, EXIT_OK

if TYPE_CHECKING:
    from edge_aibench.emulate.doctor import Diagnosis
    from edge_aibench.emulate.preflight import Finding


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("doctor")(doctor)


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> int:
    """Try out what emulation needs of this machine; exit code 3 if it cannot be had."""
    from edge_aibench.emulate.doctor import diagnose

    diagnosis = diagnose()
    if as_json:
        import json

        typer.echo(json.dumps(diagnosis.as_document(), indent=2))
    else:
        _show(diagnosis)
    return EXIT_OK if diagnosis.can_emulate else EXIT_HOST


def _show(diagnosis: Diagnosis) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("ability", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("found", overflow="fold")
    for finding in diagnosis.findings:
        table.add_row(finding.name, _mark(finding), _text(finding))
    # What follows wraps at words, never inside one, so that commands can be copied.
    console = Console(markup=False, highlight=False, soft_wrap=False)
    console.print(table)
    console.print(_verdict(diagnosis), soft_wrap=True)


def _mark(finding: Finding) -> str:
    if finding.ok:
        return "yes"
    return "NO" if finding.needed else "no"


def _text(finding: Finding) -> str:
    return finding.detail if finding.mend is None else f"{finding.detail}\n-> {finding.mend}"


def _verdict(diagnosis: Diagnosis) -> str:
    if diagnosis.can_emulate:
        first, *others = diagnosis.backends
        also = f" (also: {', '.join(others)})" if others else ""
        return f"This machine can emulate. Links are made by: {first}{also}."
    missing = ", ".join(finding.name for finding in diagnosis.obstacles) or "a link backend"
    return f"This machine cannot emulate; missing: {missing}."

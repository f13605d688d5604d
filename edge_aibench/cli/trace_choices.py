"""What several `trace` commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from edge_aibench.model.trace_table import TraceTable


def duration_s(text: str, option: str) -> float:
    """Read the duration that *option* gives. Raises ConfigError."""
    from edge_aibench.errors import ConfigError
    from edge_aibench.units import parse_duration_s

    try:
        return parse_duration_s(text)
    except ValueError as error:
        raise ConfigError(str(error), where=option, value=text) from None


def save(table: TraceTable, out: Path, *, comment: str) -> None:
    """Write *table* to *out* and say so on stderr. Raises ConfigError or HostError."""
    from edge_aibench.config.trace_csv import MAX_ROWS, MAX_TRACE_BYTES, write_trace
    from edge_aibench.errors import ConfigError, HostError
    from edge_aibench.units import format_size

    text = write_trace(table, comment=comment)
    rows = len(table.instants_s)
    if len(text) > MAX_TRACE_BYTES or rows > MAX_ROWS:
        raise ConfigError(
            f"the trace would have more than {MAX_ROWS:,} rows or {format_size(MAX_TRACE_BYTES)}, "
            "the most that a topology takes",
            where=str(out),
            value=f"{rows:,} rows, {format_size(len(text))}",
            next_step="cut the input, or make the steps longer",
        )
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise HostError(f"cannot write {out}: {error.strerror}") from None
    typer.echo(f"{out}: {rows} rows, {format_size(len(text))}", err=True)

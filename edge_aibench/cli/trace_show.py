"""`edge-aibench trace show`: what a trace is like on the whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge_aibench.network.trace_summary import DirectionSummary, Outages, Spread, TraceSummary


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("show")(show)


def show(
    file: Annotated[Path, typer.Argument(help="A trace: a CSV file.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show a trace's length, delays, rates, losses and outages, weighed by time."""
    import json

    from edge_aibench.config.trace_csv import read_trace
    from edge_aibench.network.trace_summary import summarise

    summary = summarise(read_trace(file))
    if as_json:
        typer.echo(json.dumps(_for_json(summary), indent=2))
    else:
        typer.echo(_in_words(summary))


def _for_json(summary: TraceSummary) -> dict[str, Any]:
    from dataclasses import asdict

    def finite(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: finite(inner) for key, inner in value.items()}
        # JSON has no infinity: an unlimited rate is null, as it is in a topology.
        return None if value == float("inf") else value

    described: dict[str, Any] = finite(asdict(summary))
    return described


def _in_words(summary: TraceSummary) -> str:
    from edge_aibench.units import format_duration

    end = "then it begins again" if summary.repeats else "then the last row holds"
    lines = [f"{summary.rows} rows over {format_duration(summary.duration_s)}, {end}"]
    for way, direction in (("up", summary.up), ("down", summary.down)):
        lines += ["", f"{way:<6}  {'mean':>14}  {'p5':>14}  {'p95':>14}"]
        lines += _direction_lines(direction)
    return "\n".join(lines)


def _direction_lines(direction: DirectionSummary) -> list[str]:
    from edge_aibench.units import format_duration, format_rate

    rows: list[tuple[str, Spread | None, Callable[[float], str]]] = [
        ("delay", direction.delay_s, format_duration),
        (
            "rate",
            direction.rate_bps,
            lambda r: "unlimited" if r == float("inf") else format_rate(r),
        ),
        ("loss", direction.loss, lambda share: f"{100 * share:.3g} %"),
    ]
    lines = []
    for name, spread, text in rows:
        cells = (
            ["as the link"] * 3
            if spread is None
            else [text(v) for v in (spread.mean, spread.p5, spread.p95)]
        )
        lines.append(f"{name:<6}  " + "  ".join(f"{cell:>14}" for cell in cells))
    lines += [_outage_line("held", direction.held), _outage_line("lost", direction.lost)]
    return lines


def _outage_line(kind: str, outages: Outages) -> str:
    from edge_aibench.units import format_duration

    if not outages.count:
        return f"{kind:<6}  no outage"
    each = "outage" if outages.count == 1 else "outages"
    return (
        f"{kind:<6}  {outages.count} {each}, {format_duration(outages.total_s)} in all, "
        f"the longest {format_duration(outages.longest_s)}"
    )

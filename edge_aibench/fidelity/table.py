"""A validation as text: for a terminal, and as a table for documents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from edge_aibench.record.resampling import MEASURES

if TYPE_CHECKING:
    from edge_aibench.fidelity.validation import CellReport, Comparison, ValidationReport

_SHOWN = {"calibration": "calibrated on", "held-out": "held out"}


def markdown(report: ValidationReport) -> str:
    """The cells as a Markdown table: each measure emulated, simulated, and the signed errors."""
    head = ["place", "use", "cell", "measure", "emulated, ms", "simulated, ms"]
    head += ["error", "target", "replay", "M/M/1", "network"]
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for cell in report.cells:
        lines += [f"| {' | '.join(row)} |" for row in _rows(cell)]
    return "\n".join(lines) + "\n"


def _rows(cell: CellReport) -> Iterator[list[str]]:
    marks = [_SHOWN[cell.role]]
    if cell.extrapolated:
        marks.append("extrapolated")
    if cell.invalid:
        marks.append("INVALID")
    first = [cell.place, f"{cell.worker_use:.0%}", ", ".join(marks)]
    for name in MEASURES:
        compared = cell.measures[name]
        yield [*first, name, *_figures(compared)]
        first = ["", "", ""]


def _figures(compared: Comparison) -> list[str]:
    emulated, simulated = compared.emulated, compared.simulated
    return [
        f"{emulated.value_ms:.2f} [{emulated.lower_ms:.2f}, {emulated.upper_ms:.2f}]",
        f"{simulated.value_ms:.2f} [{simulated.lower_ms:.2f}, {simulated.upper_ms:.2f}]",
        f"{compared.error:+.1%} [{compared.error_lower:+.1%}, {compared.error_upper:+.1%}]",
        "" if compared.target is None else f"{compared.target:.0%}: {compared.outcome}",
        "none" if compared.replay_error is None else f"{compared.replay_error:+.1%}",
        _theory(compared.single_queue_error),
        _theory(compared.network_error),
    ]


def _theory(value: float | None) -> str:
    return "none" if value is None else f"{value:+.0%}"


def conclusion(report: ValidationReport) -> list[str]:
    """What the held-out cells came to, in sentences."""
    outcomes = [
        (cell, name, compared)
        for cell in report.held_out
        for name, compared in cell.measures.items()
        if compared.target is not None
    ]
    lines = []
    for word in ("met", "missed", "undecided"):
        count = sum(compared.outcome == word for _, _, compared in outcomes)
        lines.append(f"{count} of {len(outcomes)} targets {word}")
    near = sum(abs(c.error) <= c.target for _, _, c in outcomes if c.target is not None)
    lines.append(f"{near} of {len(outcomes)} errors themselves within the target")
    lines += [
        f"{cell.place} at {cell.worker_use:.0%}: {'; '.join(cell.extrapolated)}"
        for cell in report.held_out
        if cell.extrapolated
    ]
    lines += [f"INVALID: {run}" for cell in report.cells for run in cell.invalid]
    return lines

"""A comparison as a table: for a terminal, Markdown and CSV, all with the same columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import RenderableType

    from edge_aibench.record.compared import Compared, ComparisonReport
    from edge_aibench.record.comparison import Difference

COLUMNS = (
    "candidate",
    "engine",
    "valid",
    "end-to-end",
    "communication",
    "measure",
    "unit",
    "value",
    "baseline",
    "difference",
    "lower",
    "upper",
    "share",
    "share-lower",
    "share-upper",
    "finding",
)

NUMBERS = (
    "value",
    "baseline",
    "difference",
    "lower",
    "upper",
    "share",
    "share-lower",
    "share-upper",
)
"""Columns that hold numbers: "never" stands for a latency without an end."""

NUMBERS = (
    "value",
    "baseline",
    "difference",
    "lower",
    "upper",
    "share",
    "share-lower",
    "share-upper",
)
"""Columns that hold numbers: "never" stands for a latency without an end."""

SHOWN = ("e2e.mean", "e2e.p50", "e2e.p99", "comm.up.p99", "comm.down.p99", "in-budget")
"""Measures in the printed table; files have all."""

INVALID = "INVALID: nothing is concluded"


def rows(report: ComparisonReport) -> Iterator[dict[str, str]]:
    """Every measure of every candidate as text; "" where there is nothing to say."""
    for one in report.candidates:
        found = {difference.measure: difference for difference in one.differences}
        for measure, value in one.measures.items():
            yield _row(report, one, measure, value, found.get(measure))


def _row(
    report: ComparisonReport,
    one: Compared,
    measure: str,
    value: float | None,
    difference: Difference | None,
) -> dict[str, str]:
    row = dict.fromkeys(COLUMNS, "")
    row |= {
        "candidate": one.label,
        "engine": one.engine,
        "valid": "yes" if one.valid else "no",
        "end-to-end": one.end_to_end or "",
        "communication": one.communication or "",
        "measure": measure,
        "unit": "share" if measure == "in-budget" else "ms",
        "value": "never" if value is None else _number(value),
    }
    if one.label == report.baseline:
        return row | {"finding": "baseline"}
    if difference is None:
        return row
    return row | {
        "baseline": _number(difference.baseline),
        "difference": _number(difference.difference),
        "lower": _number(difference.lower),
        "upper": _number(difference.upper),
        "share": _number(difference.share),
        "share-lower": _number(difference.share_lower),
        "share-upper": _number(difference.share_upper),
        "finding": finding(report, one, difference),
    }


def finding(report: ComparisonReport, one: Compared, difference: Difference) -> str:
    """In words; of runs that cannot be trusted nothing is concluded."""
    baseline = next(found for found in report.candidates if found.label == report.baseline)
    if not one.valid or not baseline.valid:
        return INVALID
    if difference.needs is not None:
        return f"needs {difference.needs} requests"
    return difference.finding


def as_csv(report: ComparisonReport) -> str:
    """All rows, comma separated."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows(report))
    return text.getvalue()


def as_markdown(report: ComparisonReport) -> str:
    """All rows as a Markdown table, with the notes above."""
    lines = [f"> {note}\n" for note in report.notes]
    lines += [f"| {' | '.join(COLUMNS)} |", "|" + "---|" * len(COLUMNS)]
    lines += [f"| {' | '.join(row.values())} |" for row in rows(report)]
    return "\n".join(lines) + "\n"


def render(report: ComparisonReport) -> RenderableType:
    """The measures of `SHOWN`, a row a measure and candidate."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    table.add_column("measure")
    table.add_column("candidate")
    for name in ("value", "difference", "95 % interval"):
        table.add_column(name, justify="right")
    table.add_column("finding")
    for measure in SHOWN:
        for one in report.candidates:
            if measure in one.measures:
                table.add_row(*_cells(report, one, measure))
    notes = [Text(f"note: {note}") for note in report.notes]
    return Group(*notes, _verdicts(report), "", table)


def _verdicts(report: ComparisonReport) -> RenderableType:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in ("candidate", "engine", "requests", "end to end", "communication", "valid"):
        table.add_column(name)
    for one in report.candidates:
        table.add_row(
            f"{one.label} (baseline)" if one.label == report.baseline else one.label,
            one.engine,
            f"{one.requests:,}",
            one.end_to_end or "no budget",
            one.communication or "no budget",
            "VALID" if one.valid else f"INVALID: {'; '.join(one.invalid)}",
        )
    return table


def _cells(report: ComparisonReport, one: Compared, measure: str) -> tuple[str, ...]:
    value = _shown(one.measures[measure], measure)
    found = next((d for d in one.differences if d.measure == measure), None)
    if found is None:
        return measure, one.label, value, "", "", "baseline"
    difference, interval = "", ""
    if found.difference is not None:
        difference = _signed(found.difference, measure)
        if found.share is not None and measure != "in-budget":
            difference += f" ({found.share:+.1%})"
    if found.lower is not None and found.upper is not None:
        interval = f"{_signed(found.lower, measure)} to {_signed(found.upper, measure)}"
    return measure, one.label, value, difference, interval, finding(report, one, found)


def _shown(value: float | None, measure: str) -> str:
    if value is None:
        return "never"
    return f"{value:.2%}" if measure == "in-budget" else f"{value:.3g} ms"


def _signed(value: float, measure: str) -> str:
    return f"{value:+.2%}" if measure == "in-budget" else f"{value:+.3g} ms"


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return "never" if value == float("inf") else f"{value:.6g}"

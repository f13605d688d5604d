"""Link traces as CSV: what a user writes, what converters make, what a saved run holds.

    time (s),up delay (ms),down delay (ms),rate (Mbit/s),loss (%),outage
    0,8.5,7,48.2,0.01,none
    0.4,8.5,7,12,0.01,held
    0.52,9,7.5,30,0.01,none
    60,repeat

A header cell names a quantity and its unit; `up` or `down` before it means that direction, and
nothing means both. Columns that are missing leave the link's own values as they are. `repeat` in
a last line begins the trace again at that time. Lines that begin with # are comments.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

from edge_aibench.config.csv_cells import check_width, read_cell
from edge_aibench.config.text_file import csv_rows, read_text
from edge_aibench.config.trace_header import (
    EXAMPLE,
    FAMILIES,
    FIELDS,
    WAYS,
    WRITTEN_UNITS,
    Column,
    read_header,
)
from edge_aibench.errors import ConfigError
from edge_aibench.model.outage import Outage
from edge_aibench.model.trace_table import TraceColumns, TraceTable

MAX_TRACE_BYTES = 512 * 1024
"""Of a trace's file: its text becomes a part of the saved configuration, which is read back."""

MAX_ROWS = 20_000

REPEAT = "repeat"
UNLIMITED = "unlimited"
LEAST_RATE_BPS = 1e3


def read_trace(path: Path, *, shown: str | None = None) -> TraceTable:
    """Read the trace in the CSV file *path*, called *shown* in errors.

    Raises ConfigError naming file, line and column for whatever is wrong with it.
    """
    source = shown or str(path)
    text = read_text(path, source=source, most_bytes=MAX_TRACE_BYTES, kind="a trace file")
    return parse_trace(text, source=source)


def parse_trace(text: str, *, source: str) -> TraceTable:
    """Read the *text* of a trace, which stands in *source*, as `read_trace` does."""
    rows = list(csv_rows(text, source=source))
    if not rows:
        raise ConfigError("the trace is empty", where=source, next_step=EXAMPLE)
    columns = read_header(rows[0][1], f"{source}:{rows[0][0]}")
    period_s = None
    body = rows[1:]
    if body and [cell.strip() for cell in body[-1][1][1:2]] == [REPEAT]:
        line, cells = body.pop()
        period_s = _period(cells, columns[0], f"{source}:{line}")
    if not body:
        raise ConfigError(
            "the trace has no rows", where=source, next_step="add a row such as '0,...' at least"
        )
    if len(body) > MAX_ROWS:
        raise ConfigError(
            f"must have at most {MAX_ROWS:,} rows",
            where=source,
            value=len(body),
            next_step="cut the trace, or sample it more coarsely",
        )
    values = [_row(cells, columns, f"{source}:{line}") for line, cells in body]
    instants_s = _instants(values, [line for line, _ in body], columns[0], source)
    if period_s is not None and period_s <= instants_s[-1]:
        raise ConfigError(
            f"must come after the last row, which is at {instants_s[-1]:g} s",
            where=f"{source}:{rows[-1][0]}",
            key=columns[0].heading,
            value=f"{period_s:g} s",
            next_step="let the trace repeat later",
        )
    up, down = (_columns_of(way, columns, values) for way in WAYS)
    return TraceTable(instants_s=instants_s, up=up, down=down, period_s=period_s)


def write_trace(table: TraceTable, *, comment: str = "") -> str:
    """Write *table* as CSV that reads back to an equal table; *comment* goes before it."""
    columns = [("time", tuple(table.instants_s), "time")]
    for quantity, field in FIELDS.items():
        up, down = getattr(table.up, field), getattr(table.down, field)
        if up == down:
            columns += [(quantity, up, quantity)] if up is not None else []
        else:
            columns += [
                (f"{way} {quantity}", values, quantity)
                for way, values in zip(WAYS, (up, down), strict=True)
                if values is not None
            ]
    lines = [f"# {line}" for line in comment.splitlines()]
    lines.append(
        ",".join(
            f"{name} ({unit})" if (unit := WRITTEN_UNITS[quantity]) else name
            for name, _, quantity in columns
        )
    )
    written = [[_cell(value, quantity) for value in values] for _, values, quantity in columns]
    lines += [",".join(cells) for cells in zip(*written, strict=True)]
    if table.period_s is not None:
        lines.append(f"{_cell(table.period_s, 'time')},{REPEAT}")
    return "\n".join(lines) + "\n"


def _cell(value: Any, quantity: str) -> str:
    if value is None:
        return UNLIMITED
    if isinstance(value, str):
        return value
    # In decimal, so that the text is short and reads back as the same float.
    number = Decimal(repr(float(value))) / FAMILIES[quantity].worth[WRITTEN_UNITS[quantity]]
    return f"{number.normalize():f}"


def _period(cells: Sequence[str], column: Column, where: str) -> float:
    if any(cell.strip() for cell in cells[2:]):
        raise ConfigError(
            f"a line with '{REPEAT}' holds nothing else",
            where=where,
            value=",".join(cells),
            next_step=f"write the time and '{REPEAT}'",
        )
    return _quantity(cells[0].strip(), column, where)


def _row(cells: Sequence[str], columns: Sequence[Column], where: str) -> list[Any]:
    last_only = f"'{REPEAT}' may stand in the last line only"
    mend = last_only if REPEAT in cells else "add or remove values"
    check_width(cells, len(columns), where=where, next_step=mend)
    return [
        _value(cell.strip(), column, where) for cell, column in zip(cells, columns, strict=True)
    ]


def _value(cell: str, column: Column, where: str) -> Any:
    if column.quantity == "outage":
        if cell not in get_args(Outage):
            raise ConfigError(
                "must be none, held or lost", where=where, key=column.heading, value=cell
            )
        return cell
    if column.quantity == "rate" and cell == UNLIMITED:
        return None
    quantity = _quantity(cell, column, where)
    if column.quantity == "rate" and quantity < LEAST_RATE_BPS:
        raise ConfigError(
            "must be at least 1 kbit/s",
            where=where,
            key=column.heading,
            value=cell,
            next_step="if nothing gets through, say so in a column 'outage': held or lost",
        )
    if column.quantity == "loss" and quantity >= 1:
        raise ConfigError(
            "must be below 100 %",
            where=where,
            key=column.heading,
            value=cell,
            next_step="if nothing gets through, say so in a column 'outage': lost",
        )
    return quantity


def _quantity(cell: str, column: Column, where: str) -> float:
    quantity = read_cell(
        cell,
        heading=column.heading,
        worth=column.worth,
        where=where,
        unknown="leave the row out if nothing is known of it",
    )
    if quantity == float("inf"):
        raise ConfigError("must be a finite number", where=where, key=column.heading, value=cell)
    return quantity


def _instants(
    values: Sequence[Sequence[Any]], lines: Sequence[int], column: Column, source: str
) -> tuple[float, ...]:
    instants_s = tuple(row[0] for row in values)
    if instants_s[0] != 0:
        raise ConfigError(
            "the first row must be at time 0",
            where=f"{source}:{lines[0]}",
            key=column.heading,
            value=f"{instants_s[0]:g} s",
            next_step="subtract the first time from all of them",
        )
    for line, before_s, now_s in zip(lines[1:], instants_s, instants_s[1:], strict=False):
        if now_s <= before_s:
            raise ConfigError(
                f"time must rise from row to row, but the row before is at {before_s:g} s",
                where=f"{source}:{line}",
                key=column.heading,
                value=f"{now_s:g} s",
                next_step="sort the rows, or keep one of those at the same time",
            )
    return instants_s


def _columns_of(
    way: str, columns: Sequence[Column], values: Sequence[Sequence[Any]]
) -> TraceColumns:
    return TraceColumns(
        **{
            FIELDS[column.quantity]: tuple(row[index] for row in values)
            for index, column in enumerate(columns)
            if column.quantity != "time" and way in column.ways
        }
    )

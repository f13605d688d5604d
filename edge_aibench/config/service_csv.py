"""Measured service times as CSV: one column a stage, one row a request.

    death,decompensation (ms)
    0.0021,1.4
    0.0019,1.6

A time is in seconds unless the header names another unit. Lines that begin with # are comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from edge_aibench.config.csv_cells import check_width, is_number, read_cell
from edge_aibench.config.text_file import csv_rows, read_text
from edge_aibench.errors import ConfigError, unknown_name
from edge_aibench.model.time_law import LONGEST_S
from edge_aibench.model.timings import Replay
from edge_aibench.units import DURATION

MAX_FILE_BYTES = 8 * 1024 * 1024
MOST_TIMES = 250_000
"""In one file: they become a part of the saved configuration, which is read back."""

_HEADING = re.compile(r"(?P<name>[^()]+?)\s*(?:\(\s*(?P<unit>[^()]*?)\s*\))?")


@dataclass(frozen=True)
class _Column:
    """*worth* is what one of its unit is in seconds."""

    name: str
    heading: str
    worth: Decimal


def read_replay(path: Path, stages: Sequence[str]) -> Replay:
    """Read a log of service times: a column for each of some of the *stages*, a row a request.

    Raises ConfigError naming file, line and column for whatever is wrong with it.
    """
    source = str(path)
    rows = _rows(path)
    if not rows:
        raise ConfigError(
            "the file is empty",
            where=source,
            next_step=f"write a header with names of stages, such as '{','.join(stages[:2])}', "
            "and a row of seconds for each request",
        )
    line, cells = rows[0]
    columns = _header(cells, f"{source}:{line}", stages)
    times_s = _times_s(rows[1:], columns, source)
    return Replay(
        rows=len(times_s),
        columns=dict(
            zip((column.name for column in columns), zip(*times_s, strict=True), strict=True)
        ),
        source=source,
    )


def read_times_s(path: Path, *, column: str) -> tuple[float, ...]:
    """Read measured times in seconds: one a line, or those of *column* where there are several.

    A header is needed only to tell columns apart, or for another unit. Raises ConfigError as
    `read_replay` does.
    """
    source = str(path)
    rows = _rows(path)
    if not rows:
        raise ConfigError(
            "the file is empty", where=source, next_step="write one time in seconds a line"
        )
    line, cells = rows[0]
    if len(cells) == 1 and is_number(cells[0].strip()):
        unnamed = _Column(name=column, heading="time", worth=Decimal(1))
        return tuple(row[0] for row in _times_s(rows, [unnamed], source))
    columns = _header(cells, f"{source}:{line}", None)
    times_s = _times_s(rows[1:], columns, source)
    names = [found.name for found in columns]
    if len(names) > 1 and column not in names:
        raise unknown_name("column", column, names, where=f"{source}:{line}")
    place = names.index(column) if column in names else 0
    return tuple(row[place] for row in times_s)


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    source = str(path)
    text = read_text(
        path, source=source, most_bytes=MAX_FILE_BYTES, kind="a CSV file of service times"
    )
    return list(csv_rows(text, source=source))


def _header(cells: Sequence[str], where: str, known: Iterable[str] | None) -> list[_Column]:
    columns: list[_Column] = []
    for cell in cells:
        column = _column(cell.strip(), where)
        if known is not None and column.name not in known:
            raise unknown_name("stage", column.name, known, where=where)
        if any(column.name == other.name for other in columns):
            raise ConfigError(
                "a column comes twice", where=where, value=column.name, next_step="keep one of them"
            )
        columns.append(column)
    return columns


def _column(heading: str, where: str) -> _Column:
    match = _HEADING.fullmatch(heading)
    if match is None or is_number(heading):
        raise ConfigError(
            "the first row must name the stage of each column",
            where=where,
            value=heading,
            next_step="write a header such as 'death,decompensation' over the times",
        )
    unit = match["unit"]
    if unit is not None and unit not in DURATION.worth:
        raise ConfigError(
            f"a unit of time must be one of {', '.join(DURATION.worth)}",
            where=where,
            key=heading,
            value=unit,
        )
    return _Column(match["name"], heading, Decimal(1) if unit is None else DURATION.worth[unit])


def _times_s(
    rows: Sequence[tuple[int, Sequence[str]]], columns: Sequence[_Column], source: str
) -> list[tuple[float, ...]]:
    """The times of each row. Raises ConfigError if there is none, or too many."""
    if not rows:
        raise ConfigError(
            "has no rows below its header",
            where=source,
            next_step="write a row of times for each request",
        )
    if len(rows) * len(columns) > MOST_TIMES:
        raise ConfigError(
            f"must hold at most {MOST_TIMES:,} times, all columns together",
            where=source,
            value=len(rows) * len(columns),
            next_step=f"keep the first {MOST_TIMES // len(columns):,} rows",
        )
    return [_row(cells, columns, f"{source}:{line}") for line, cells in rows]


def _row(cells: Sequence[str], columns: Sequence[_Column], where: str) -> tuple[float, ...]:
    few = len(cells) < len(columns)
    mend = "add the missing ones" if few else "remove what is over, or name it in the header"
    check_width(cells, len(columns), where=where, next_step=mend)
    return tuple(
        _time_s(cell.strip(), column, where) for cell, column in zip(cells, columns, strict=True)
    )


def _time_s(cell: str, column: _Column, where: str) -> float:
    seconds = read_cell(
        cell,
        heading=column.heading,
        worth=column.worth,
        where=where,
        unknown="leave the row out if the time is not known",
    )
    if seconds > LONGEST_S:
        raise ConfigError(
            f"must be at most {LONGEST_S:g} s",
            where=where,
            key=column.heading,
            value=cell,
            next_step="check the unit: a header such as 'death (ms)' names another one",
        )
    return seconds

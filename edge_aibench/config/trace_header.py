"""The header line of a link trace: which quantity of which direction, in which unit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from edge_aibench import units
from edge_aibench.errors import ConfigError, unknown_name

WAYS = ("up", "down")
FAMILIES = {
    "time": units.DURATION,
    "delay": units.DURATION,
    "rate": units.DATA_RATE,
    "loss": units.SHARE,
}
FIELDS = {"delay": "delay_s", "rate": "rate_bps", "loss": "loss", "outage": "outage"}
WRITTEN_UNITS = {"time": "s", "delay": "ms", "rate": "Mbit/s", "loss": "%", "outage": ""}
EXAMPLE = "write a first line such as 'time (s),delay (ms),rate (Mbit/s)'"

_HEADING = re.compile(r"(?:(up|down) )?(\w+)(?: \(([^()]+)\))?", re.ASCII)


@dataclass(frozen=True)
class Column:
    """One column of a file: its *quantity*, the directions it is for, what its unit is worth."""

    heading: str
    quantity: str
    ways: tuple[str, ...]
    worth: Decimal


def read_header(cells: Sequence[str], where: str) -> tuple[Column, ...]:
    """Read the cells of a header line; raises ConfigError, citing *where*."""
    columns = tuple(_heading(cell.strip(), where) for cell in cells)
    if columns[0].quantity != "time":
        raise ConfigError(
            "the first column must be the time", where=where, key=cells[0], next_step=EXAMPLE
        )
    said: set[tuple[str, str]] = set()
    for column in columns[1:]:
        for way in column.ways:
            if (column.quantity, way) in said or column.quantity == "time":
                raise ConfigError(
                    "the column comes twice", where=where, key=column.heading, next_step="drop one"
                )
            said.add((column.quantity, way))
    if not said:
        raise ConfigError(
            "needs a column beside the time",
            where=where,
            next_step="add one of delay, rate, loss and outage",
        )
    return columns


def _heading(heading: str, where: str) -> Column:
    match = _HEADING.fullmatch(heading)
    known = ["time", *FIELDS]
    if match is None or match[2] not in known or (match[2] == "time" and match[1]):
        raise unknown_name(
            "column", heading, [*known, *(f"{w} {q}" for w in WAYS for q in FIELDS)], where=where
        )
    way, quantity, unit = match[1], match[2], match[3]
    if quantity == "outage" and unit is None:
        return Column(heading, quantity, (way,) if way else WAYS, Decimal(1))
    worth = FAMILIES[quantity].worth if quantity in FAMILIES else {}
    if (unit or "") not in worth:
        allowed = ", ".join(name for name in worth if name)
        raise ConfigError(
            f"the column must have a unit in brackets: one of {allowed}"
            if worth
            else "the column has no unit",
            where=where,
            key=heading,
            value=unit,
            next_step=f"write '{quantity} ({WRITTEN_UNITS[quantity]})'"
            if worth
            else f"write '{quantity}'",
        )
    return Column(heading, quantity, (way,) if way else WAYS, worth[unit or ""])

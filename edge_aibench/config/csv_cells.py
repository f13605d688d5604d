"""Cells of the CSV files that users write: numbers in the unit of their column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from edge_aibench.errors import ConfigError

_NUMBER = re.compile(r"\+?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)


def is_number(cell: str) -> bool:
    """Whether *cell* is a decimal number of at least 0."""
    return _NUMBER.fullmatch(cell) is not None


def read_cell(cell: str, *, heading: str, worth: Decimal, where: str, unknown: str) -> float:
    """Read a quantity of a column called *heading*, one of whose unit is *worth* so much.

    Raises ConfigError, citing *where*, for what is no number of at least 0; *unknown* is what to do
    with a row that has none. A number too large for a float is infinite.
    """
    if not is_number(cell):
        raise ConfigError(
            "must be a number of at least 0",
            where=where,
            key=heading,
            value=cell,
            next_step=unknown,
        )
    # In decimal, so that 1.79 ms is the float nearest to 0.00179 s.
    return float(Decimal(cell) * worth)


def check_width(cells: Sequence[str], columns: int, *, where: str, next_step: str) -> None:
    """Raise ConfigError, citing *where*, unless there are as many *cells* as *columns*."""
    if len(cells) != columns:
        raise ConfigError(
            f"must have {columns} values, as many as the header has columns",
            where=where,
            value=len(cells),
            next_step=next_step,
        )

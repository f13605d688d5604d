"""Levenshtein's distance between two sequences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence


def edit_distance(reference: Sequence[Hashable], hypothesis: Sequence[Hashable]) -> int:
    """How many insertions, deletions and substitutions turn one sequence into the other.

    A row of the table is filled at once: what comes from the row above needs no neighbour, and
    the insertions along a row are a running minimum once the column's number is taken off.
    """
    numbers: dict[Hashable, int] = {}
    left = np.array([numbers.setdefault(one, len(numbers)) for one in reference], dtype=np.intp)
    right = np.array([numbers.setdefault(one, len(numbers)) for one in hypothesis], dtype=np.intp)
    columns = np.arange(len(right) + 1)
    row = columns.copy()
    for place, item in enumerate(left, start=1):
        above = row
        row = np.empty_like(above)
        row[0] = place
        np.minimum(above[:-1] + (right != item), above[1:] + 1, out=row[1:])
        row = np.minimum.accumulate(row - columns) + columns
    return int(row[-1])

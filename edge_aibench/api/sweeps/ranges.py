"""Latin hypercubes over ranges of numbers and of quantities with units.

Each range is cut into as many equal parts as there are points; each part holds one point, at a
place drawn evenly within it, and the parts of different ranges are matched at random (McKay,
Beckman and Conover, Technometrics 21, 1979).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from edge_aibench.units import Family, read_quantity

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_DIGITS = 6
"""Significant digits of a drawn value: it is run as it stands in the table."""


@dataclass(frozen=True)
class Range:
    """From *low* to *high*, both included; quantities are in the base unit of *family*."""

    low: float
    high: float
    scale: Literal["linear", "log"] = "linear"
    integer: bool = False
    family: Family | None = None

    def value(self, share: float) -> float | int | str:
        """What lies at *share* (0 to 1, without 1) of the way, as a document writes it."""
        if self.integer:
            # Each whole number has a part of its own; the last part ends one above the last.
            whole = math.floor(self._between(share, self.high + 1))
            return int(min(max(whole, self.low), self.high))
        number = float(f"{self._between(share, self.high):.{_DIGITS}g}")
        number = min(max(number, self.low), self.high)
        return number if self.family is None else f"{number!r} {self.family.base}".strip()

    def _between(self, share: float, high: float) -> float:
        if self.scale == "log":
            return math.exp(math.log(self.low) + share * (math.log(high) - math.log(self.low)))
        return self.low + share * (high - self.low)


class RangeError(ValueError):
    """A range breaks a rule; *bound* is the key of the bound that does, `from` or `to`."""

    def __init__(self, rule: str, *, bound: Literal["from", "to"], next_step: str) -> None:
        self.bound = bound
        self.next_step = next_step
        super().__init__(rule)


def read_range(
    low: object, high: object, *, scale: Literal["linear", "log"], integer: bool
) -> Range:
    """Make a range of two bounds, both plain numbers or both quantities of one kind.

    Raises RangeError for bounds that are no such pair, upside down, or not above 0 for `log`.
    """
    first, first_family = _bound(low, "from")
    last, last_family = _bound(high, "to")
    family = first_family or last_family
    if first_family is not last_family and not (first == 0 and low in (0, "0", "0.0")):
        raise RangeError(
            "must be a quantity of the same kind as 'from'",
            bound="to",
            next_step="write both with units, such as from: 1 ms, to: 20 ms",
        )
    if integer and (family is not None or first % 1 or last % 1):
        raise RangeError(
            "must be a whole number",
            bound="from" if family is not None or first % 1 else "to",
            next_step="drop 'integer: true', or give whole numbers",
        )
    if not first < last:
        raise RangeError(
            f"must be above 'from', which is {low}", bound="to", next_step="exchange the two"
        )
    if scale == "log" and first <= 0:
        raise RangeError(
            "must be above 0 for a logarithmic scale",
            bound="from",
            next_step="make it larger, or write scale: linear",
        )
    return Range(first, last, scale, integer, family)


def latin_hypercube(
    ranges: Mapping[str, Range], points: int, generator: np.random.Generator
) -> list[dict[str, float | int | str]]:
    """Draw *points* points; each maps every key of *ranges* to a value."""
    shares = {key: _shares(points, generator) for key in ranges}
    return [
        {key: ranges[key].value(float(shares[key][index])) for key in ranges}
        for index in range(points)
    ]


def _shares(points: int, generator: np.random.Generator) -> NDArray[np.float64]:
    """One number in each of *points* equal parts of 0 to 1, in random order."""
    parts = generator.permutation(points)
    shares: NDArray[np.float64] = (parts + generator.random(points)) / points
    return shares


def _bound(given: object, bound: Literal["from", "to"]) -> tuple[float, Family | None]:
    if isinstance(given, (int, float)):
        if math.isfinite(given):
            return float(given), None
        problem = "must be a finite number"
    else:
        try:
            return read_quantity(given)
        except ValueError as error:
            problem = str(error)
    raise RangeError(problem, bound=bound, next_step="write it like 20, 2 ms or 100 Mbit/s")

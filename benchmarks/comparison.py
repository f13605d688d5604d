"""Comparing two ways of doing the same from pairs of runs, and a figure with its target."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Verdict = Literal["met", "missed", "undecided"]


@dataclass(frozen=True)
class Ratio:
    """How many times the first is the second: the geometric mean over pairs, its interval."""

    value: float
    lower: float
    upper: float
    pairs: int

    def verdict(self, limit: float) -> Verdict:
        """Whether the ratio is at most *limit*, as far as the interval tells."""
        if self.upper <= limit:
            return "met"
        return "missed" if self.lower > limit else "undecided"


def percentile(values: Sequence[float], percent: float) -> float:
    """Nearest-rank percentile of raw *values*, *percent* over 0 and up to 100.

    Raises ValueError without values.
    """
    if not values:
        raise ValueError("no values to take a percentile of")
    rank = math.ceil(len(values) * percent / 100)
    return sorted(values)[max(rank, 1) - 1]


def ratio_of_pairs(
    first: Sequence[float], second: Sequence[float], *, confidence: float = 0.95
) -> Ratio:
    """The ratio first / second of paired positive figures, by Student's t on its logarithms.

    Raises ValueError with fewer than two pairs, for which there is no interval.
    """
    from scipy import stats

    if len(first) != len(second) or len(first) < 2:
        raise ValueError("an interval needs two pairs or more")
    logs = [math.log(a / b) for a, b in zip(first, second, strict=True)]
    count = len(logs)
    mean = math.fsum(logs) / count
    variance = math.fsum((value - mean) ** 2 for value in logs) / (count - 1)
    reach = float(stats.t.ppf((1 + confidence) / 2, count - 1)) * math.sqrt(variance / count)
    return Ratio(math.exp(mean), math.exp(mean - reach), math.exp(mean + reach), count)


@dataclass(frozen=True)
class Figure:
    """One measured figure beside its target; *ok* is None for a figure without one."""

    name: str
    measured: float | None
    unit: str
    target: str
    ok: bool | None


def at_most(name: str, measured: float | None, limit: float, unit: str) -> Figure:
    """A figure that should not exceed *limit*; None (nothing could be measured) misses it."""
    ok = measured is not None and measured <= limit
    return Figure(name, measured, unit, f"<= {limit:g}", ok)


def holds(name: str, found: bool) -> Figure:
    """A figure that is a yes or a no and should be a yes."""
    return Figure(name, 1.0 if found else 0.0, "yes=1", "yes", found)


def render(figures: Sequence[Figure]) -> str:
    """Lines of a table: figure, measured, target, verdict."""
    rows = [("figure", "measured", "target", "")]
    for figure in figures:
        shown = "-" if figure.measured is None else f"{figure.measured:.3g}"
        verdict = {True: "met", False: "missed", None: ""}[figure.ok]
        rows.append((f"{figure.name} ({figure.unit})", shown, figure.target, verdict))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def as_json(figures: Sequence[Figure]) -> list[dict[str, Any]]:
    """The figures as plain values."""
    return [asdict(figure) for figure in figures]

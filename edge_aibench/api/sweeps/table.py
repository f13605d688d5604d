"""A sweep's one tidy table, and the mean over repeats of each point."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edge_aibench.api.sweeps.options import Point
from edge_aibench.api.sweeps.runs import Outcome
from edge_aibench.record.files import write_whole

if TYPE_CHECKING:
    import pandas as pd

CSV = "table.csv"
PARQUET = "table.parquet"
VALIDITY = "validity"
REASONS = "reasons"


@dataclass(frozen=True)
class Figure:
    """The mean of one measure over *count* repeats, with its 95 % interval by Student's t.

    One repeat has no interval; a mean is NaN where no repeat has the figure, and infinite where
    one is.
    """

    count: int
    mean: float
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class PointResult:
    """All repeats of a point, by what became of them, and its *figures* by measure.

    Only valid runs are in the figures: a run that is INVALID is no measurement.
    """

    index: int
    keys: Point
    runs: int
    failed: int
    invalid: int
    figures: Mapping[str, Figure]


def tidy_table(
    outcomes: Iterable[Outcome],
    *,
    points: Sequence[Point],
    keys: Sequence[str],
    measures: Sequence[str],
) -> pd.DataFrame:
    """One row a run, by point and repeat: point, *keys*, repeat, seed, *measures*, validity,
    reasons, error.

    It depends on nothing but the outcomes, not on their order.
    """
    import pandas as pd

    ordered = sorted(outcomes, key=lambda outcome: outcome.place)
    columns: dict[str, list[object]] = {"point": [one.index for one in ordered]}
    columns |= {key: _alike([points[one.index][key] for one in ordered]) for key in keys}
    columns["repeat"] = [one.repeat for one in ordered]
    columns["seed"] = [one.seed for one in ordered]
    columns |= {name: [_figure(one, name) for one in ordered] for name in measures}
    for name in (VALIDITY, REASONS):
        columns[name] = [str(one.figures.get(name, "")) for one in ordered]
    columns["error"] = [one.error or "" for one in ordered]
    return pd.DataFrame(columns)


def write_table(table: pd.DataFrame, folder: Path) -> None:
    """Save *table* as CSV and as Parquet. Raises HostError where the machine refuses."""
    # Floats with all the digits that tell them apart, in both.
    write_whole(folder / CSV, lambda file: table.to_csv(file, index=False))
    write_whole(folder / PARQUET, lambda file: table.to_parquet(file, index=False))


def point_results(
    outcomes: Iterable[Outcome],
    *,
    points: Sequence[Point],
    keys: Sequence[str],
    measures: Sequence[str],
) -> list[PointResult]:
    """Put the repeats of each point together, in the order of the points."""
    by_point: dict[int, list[Outcome]] = {}
    for outcome in sorted(outcomes, key=lambda one: one.place):
        by_point.setdefault(outcome.index, []).append(outcome)
    return [
        PointResult(
            index=index,
            keys={key: points[index][key] for key in keys},
            runs=len(repeats),
            failed=sum(one.error is not None for one in repeats),
            invalid=sum(map(is_invalid, repeats)),
            figures={name: _mean(repeats, name) for name in measures},
        )
        for index, repeats in by_point.items()
    ]


def is_invalid(outcome: Outcome) -> bool:
    """Whether the run says of itself that it is not to be trusted."""
    return outcome.figures.get(VALIDITY) == "INVALID"


def _mean(repeats: Sequence[Outcome], name: str) -> Figure:
    import numpy as np

    from edge_aibench.record.statistics import t_interval

    figures = [_figure(one, name) for one in repeats if one.error is None and not is_invalid(one)]
    values = np.array([value for value in figures if not math.isnan(value)])
    if values.size == 0:
        return Figure(0, math.nan, None, None)
    interval = t_interval(values)
    return Figure(int(values.size), float(values.mean()), interval.lower, interval.upper)


def _figure(outcome: Outcome, name: str) -> float:
    return float(outcome.figures.get(name, math.nan))


def _alike(values: list[object]) -> list[object]:
    """Values of one column: numbers and text in one become text, which both file types take."""
    kinds = {type(value) for value in values if value is not None}
    if len(kinds) <= 1 or kinds == {int, float}:
        return values
    return [None if value is None else str(value) for value in values]

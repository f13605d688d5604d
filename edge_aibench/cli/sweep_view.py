"""What a sweep shows: a line of progress, and the mean over repeats of each point."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TextIO

from edge_aibench.cli.progress import ConsoleObserver

if TYPE_CHECKING:
    from rich.console import RenderableType

    from edge_aibench.api.sweeps.runs import Outcome
    from edge_aibench.api.sweeps.session import SweepResult
    from edge_aibench.api.sweeps.table import Figure, PointResult

MOST_SHOWN = 40
"""Points that are printed; the table has them all."""

MOST_MEASURES = 4
"""Measures that fit beside each other on a terminal."""

_LINE_EVERY_S = 5.0


class SweepProgress(ConsoleObserver):
    """Writes to *stream* how many runs are done and how long the others will take.

    One changing line on a terminal, a line every 5 s elsewhere.
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(stream)
        self._clock = clock
        self._start_s = clock()
        self._said_s = -math.inf
        self._total = self._kept = self._done = self._failed = 0

    def began(self, *, total: int, kept: int) -> None:
        """There are *total* runs, *kept* of them done before."""
        self._total, self._kept = total, kept
        if kept:
            self._write(f"{kept} of {total} runs are kept from before", stays=True)

    def ended(self, outcome: Outcome) -> None:
        """One more run has ended."""
        self._done += 1
        self._failed += outcome.error is not None
        if outcome.error is not None and self._failed == 1:
            self._write(f"run failed: {outcome.error}", stays=True)
        left = self._total - self._kept - self._done
        now_s = self._clock()
        if left and not self._terminal and now_s - self._said_s < _LINE_EVERY_S:
            return
        self._said_s = now_s
        self._write(self._line(left, now_s - self._start_s), stays=left == 0)

    def _line(self, left: int, elapsed_s: float) -> str:
        failed = f", {self._failed} failed" if self._failed else ""
        text = f"[{elapsed_s:5.1f} s] {self._kept + self._done} of {self._total} runs{failed}"
        if not left:
            return text
        # All runs are taken for alike; where points differ much this is a rough figure.
        return f"{text}, about {in_words(elapsed_s / self._done * left)} left"


def in_words(duration_s: float) -> str:
    """A waiting time as people say it: `40 s`, `12 min`, `3 h 5 min`."""
    if duration_s < 90:
        return f"{duration_s:.0f} s"
    minutes = round(duration_s / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def render(result: SweepResult, *, wide: bool = False) -> RenderableType:
    """The console's picture of what the sweep has found by now; if *wide*, all measures."""
    from rich.console import Group

    from edge_aibench.report import pieces, wording

    plan, points = result.plan, result.points
    measures = plan.measures if wide else plan.measures[:MOST_MEASURES]
    names = [f"{m.name} ({m.unit})" if m.unit else m.name for m in measures]
    table = pieces.table(*plan.keys, "runs", *names)
    for column in table.columns:
        column.overflow = "fold"
    for point in points[:MOST_SHOWN]:
        keys = [str(value) for value in point.keys.values()]
        figures = [_figure(point.figures[measure.name]) for measure in measures]
        pieces.add(table, *keys, _runs(point), *figures)
    shown: list[RenderableType] = [table]
    if len(points) > MOST_SHOWN:
        shown.append(pieces.text(f"... and {len(points) - MOST_SHOWN} more points in the table"))
    facts = pieces.facts()
    if left := plan.measures[len(measures) :]:
        pieces.add(facts, "not shown", f"{', '.join(m.name for m in left)}: see the table")
    pieces.add(facts, "figures", "mean over repeats ± half of its 95 % interval (Student's t)")
    if result.invalid:
        count = wording.count_of(result.invalid, "run")
        pieces.add(facts, "INVALID", f"{count}, left out of the means; the table says why")
    if result.failed:
        pieces.add(facts, "failed", f"{wording.count_of(result.failed, 'run')}: {_error(result)}")
    if result.interrupted:
        done, total = len(result.outcomes), plan.total
        pieces.add(facts, "interrupted", f"{done} of {total} runs are kept: --resume goes on")
    pieces.add(facts, "table", f"{result.folder}/table.csv, table.parquet")
    return Group(*shown, "", facts)


def as_document(result: SweepResult) -> dict[str, Any]:
    """The same as plain JSON types; an infinite figure is `never`, none is null."""
    return {
        "scenario": result.plan.scenario,
        "engine": result.plan.engine,
        "folder": str(result.folder),
        "runs": len(result.outcomes),
        "planned": result.plan.total,
        "failed": result.failed,
        "invalid": result.invalid,
        "interrupted": result.interrupted,
        "points": [
            {
                "keys": dict(point.keys),
                "runs": point.runs,
                "failed": point.failed,
                "invalid": point.invalid,
                "measures": {name: _entry(figure) for name, figure in point.figures.items()},
            }
            for point in result.points
        ],
    }


def _runs(point: PointResult) -> str:
    notes = [f"{point.failed} failed"] if point.failed else []
    notes += [f"{point.invalid} INVALID"] if point.invalid else []
    return f"{point.runs} ({', '.join(notes)})" if notes else str(point.runs)


def _figure(figure: Figure) -> str:
    from edge_aibench.report import wording

    if math.isnan(figure.mean):
        return wording.NONE
    mean = wording.milliseconds(figure.mean)
    if figure.lower is None or figure.upper is None or math.isinf(figure.mean):
        return mean
    return f"{mean} ± {(figure.upper - figure.lower) / 2:.2g}"


def _error(result: SweepResult) -> str:
    return next(one.error for one in result.outcomes if one.error is not None)


def _entry(figure: Figure) -> dict[str, float | int | str | None]:
    return {
        "count": figure.count,
        "mean": _plain(figure.mean),
        "lower": _plain(figure.lower),
        "upper": _plain(figure.upper),
    }


def _plain(value: float | None) -> float | str | None:
    from edge_aibench.record.values import NEVER

    if value is None or math.isnan(value):
        return None
    return NEVER if math.isinf(value) else value

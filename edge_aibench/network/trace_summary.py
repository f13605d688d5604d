"""What a trace is like on the whole: how long, how fast, how often interrupted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from edge_aibench.model.outage import Outage
from edge_aibench.model.trace_table import TraceColumns, TraceTable


@dataclass(frozen=True)
class Spread:
    """Mean, 5th and 95th percentile over time; math.inf is an unlimited rate."""

    mean: float
    p5: float
    p95: float


@dataclass(frozen=True)
class Outages:
    """Interruptions of one kind: how many, how long in all, the longest."""

    count: int
    total_s: float
    longest_s: float


@dataclass(frozen=True)
class DirectionSummary:
    """What a trace says of one direction; None where it says nothing.

    Delay, rate and loss are those of the rows; outages are counted apart and do not lower them.
    """

    delay_s: Spread | None
    rate_bps: Spread | None
    loss: Spread | None
    held: Outages
    lost: Outages


@dataclass(frozen=True)
class TraceSummary:
    """A trace as a whole; *duration_s* runs to its last row, or to where it repeats."""

    rows: int
    duration_s: float
    repeats: bool
    up: DirectionSummary
    down: DirectionSummary


def summarise(table: TraceTable) -> TraceSummary:
    """Summarise *table*, every value weighed by how long it holds.

    How long the last row of a trace that does not repeat holds is not known: it weighs nothing,
    unless it is the only one.
    """
    end_s = table.instants_s[-1] if table.period_s is None else table.period_s
    ends_s = (*table.instants_s[1:], end_s)
    weights_s = [b - a for a, b in zip(table.instants_s, ends_s, strict=True)]
    return TraceSummary(
        rows=len(table.instants_s),
        duration_s=end_s,
        repeats=table.period_s is not None,
        up=_direction(table.up, weights_s),
        down=_direction(table.down, weights_s),
    )


def _direction(columns: TraceColumns, weights_s: Sequence[float]) -> DirectionSummary:
    rates = columns.rate_bps
    return DirectionSummary(
        delay_s=_spread(columns.delay_s, weights_s),
        rate_bps=_spread(
            None if rates is None else [math.inf if r is None else r for r in rates], weights_s
        ),
        loss=_spread(columns.loss, weights_s),
        held=_outages(columns.outage, weights_s, "held"),
        lost=_outages(columns.outage, weights_s, "lost"),
    )


def _spread(values: Sequence[float] | None, weights_s: Sequence[float]) -> Spread | None:
    if values is None:
        return None
    if len(values) == 1:
        return Spread(values[0], values[0], values[0])
    total_s = math.fsum(weights_s)
    weighed = [(v, w) for v, w in sorted(zip(values, weights_s, strict=True)) if w > 0]
    return Spread(
        mean=math.fsum(v * w for v, w in weighed) / total_s,
        p5=_quantile(weighed, 0.05 * total_s),
        p95=_quantile(weighed, 0.95 * total_s),
    )


def _quantile(weighed: Sequence[tuple[float, float]], wanted_s: float) -> float:
    """The smallest value that, with all smaller ones, holds for at least *wanted_s*."""
    held_s = 0.0
    for value, weight_s in weighed:
        held_s += weight_s
        # What rounding leaves of a sum must not lead one value on.
        if held_s >= wanted_s * (1 - 1e-12):
            return value
    return weighed[-1][0]


def _outages(outages: Sequence[Outage] | None, weights_s: Sequence[float], kind: Outage) -> Outages:
    lengths_s: list[float] = []
    before: Outage = "none"
    for outage, weight_s in zip(outages or (), weights_s, strict=bool(outages)):
        if outage == kind:
            if before == kind:
                lengths_s[-1] += weight_s
            else:
                lengths_s.append(weight_s)
        before = outage
    return Outages(
        count=len(lengths_s), total_s=math.fsum(lengths_s), longest_s=max(lengths_s, default=0.0)
    )

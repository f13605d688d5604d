"""What a trace says about a link over time, as a table: one row for each instant of change."""

from __future__ import annotations

from dataclasses import dataclass

from edge_aibench.model.outage import Outage


@dataclass(frozen=True)
class TraceColumns:
    """What a trace says of one direction, one value for each instant of its table.

    A column that is None says nothing: the link's own value holds all the time. A rate of None
    is unlimited.
    """

    delay_s: tuple[float, ...] | None = None
    rate_bps: tuple[float | None, ...] | None = None
    loss: tuple[float, ...] | None = None
    outage: tuple[Outage, ...] | None = None


@dataclass(frozen=True)
class TraceTable:
    """A trace: from *instants_s* [i] on, up to the next instant, the values of row i hold.

    The first instant is 0, the others rise. After *period_s* the trace begins again; with None
    the last row holds for ever.
    """

    instants_s: tuple[float, ...]
    up: TraceColumns
    down: TraceColumns
    period_s: float | None = None

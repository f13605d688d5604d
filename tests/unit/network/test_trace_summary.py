"""Summaries of traces, computed by hand."""

from __future__ import annotations

import math

from edge_aibench.model.trace_table import TraceColumns, TraceTable
from edge_aibench.network.trace_summary import Outages, Spread, summarise


def test_values_are_weighed_by_how_long_they_hold() -> None:
    # 10 ms for 1 s, 20 ms for 8 s, 40 ms for 1 s.
    columns = TraceColumns(delay_s=(0.01, 0.02, 0.04), rate_bps=(1e6, 2e6, 6e6))
    summary = summarise(TraceTable((0.0, 1.0, 9.0), columns, TraceColumns(), period_s=10.0))
    assert (summary.rows, summary.duration_s, summary.repeats) == (3, 10.0, True)
    assert summary.up.delay_s is not None
    assert math.isclose(summary.up.delay_s.mean, 0.021)
    assert (summary.up.delay_s.p5, summary.up.delay_s.p95) == (0.01, 0.04)
    assert summary.up.rate_bps == Spread(mean=2.3e6, p5=1e6, p95=6e6)
    assert (summary.up.loss, summary.down.delay_s, summary.down.rate_bps) == (None, None, None)


def test_percentiles_fall_on_values_that_hold_long_enough() -> None:
    # 4 % of the time 1 ms, 91 % 2 ms, 5 % 3 ms.
    columns = TraceColumns(delay_s=(0.001, 0.002, 0.003))
    summary = summarise(TraceTable((0.0, 4.0, 95.0), columns, columns, period_s=100.0))
    assert summary.down.delay_s is not None
    assert (summary.down.delay_s.p5, summary.down.delay_s.p95) == (0.002, 0.002)


def test_the_last_row_of_a_trace_that_ends_weighs_nothing() -> None:
    columns = TraceColumns(delay_s=(0.01, 0.02, 9.0))
    summary = summarise(TraceTable((0.0, 1.0, 2.0), columns, columns))
    assert summary.duration_s == 2.0
    assert summary.up.delay_s == Spread(mean=0.015, p5=0.01, p95=0.02)


def test_one_row_is_all_there_is() -> None:
    columns = TraceColumns(loss=(0.1,), rate_bps=(None,))
    summary = summarise(TraceTable((0.0,), columns, columns))
    assert summary.up.loss == Spread(0.1, 0.1, 0.1)
    assert summary.up.rate_bps == Spread(math.inf, math.inf, math.inf)


def test_outages_are_counted_by_kind_and_neighbours_are_one() -> None:
    outage = TraceColumns(outage=("none", "held", "held", "lost", "none", "held"))
    table = TraceTable((0.0, 1.0, 1.5, 2.0, 4.0, 9.0), outage, TraceColumns(), period_s=10.0)
    summary = summarise(table)
    assert summary.up.held == Outages(count=2, total_s=2.0, longest_s=1.0)
    assert summary.up.lost == Outages(count=1, total_s=2.0, longest_s=2.0)
    assert summary.down.held == Outages(count=0, total_s=0.0, longest_s=0.0)

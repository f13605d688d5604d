from __future__ import annotations

import numpy as np
import pytest

from edge_aibench.emulate.live import LiveView
from edge_aibench.model.workload import ArrivalPlan
from edge_aibench.record.events import Kind
from edge_aibench.testing.events import EventScript

NAMES = ("monitor", "bedside")
ORIGIN_NS = 7_000_000_000
MS = 1_000_000


def _view(*rows: list[int], dilation: float = 1.0, total_s: float = 10.0) -> LiveView:
    instants = tuple(np.array(row, dtype=np.int64) for row in rows)
    plan = ArrivalPlan(sensor="monitor", instants_ns=instants, warmup_ns=0)
    view = LiveView([plan], done_numbers=[1], total_s=total_s, dilation=dilation)
    view.origin_ns = ORIGIN_NS
    return view


def _script(dilation: float = 1.0) -> EventScript:
    return EventScript(NAMES, ("ward",), origin_ns=ORIGIN_NS, dilation=dilation)


def test_before_the_load_nothing_is_due() -> None:
    state = _view([0, 5]).state(ORIGIN_NS - 300 * MS)
    assert (state.at_s, state.total_s, state.planned, state.due) == (0.0, 10.0, 2, 0)
    assert (state.answered, state.p50_ms, state.p99_ms) == (0, None, None)


def test_time_goes_on_to_the_end_and_no_further() -> None:
    view = _view([0, 2_000 * MS, 4_000 * MS], total_s=5.0)
    assert view.state(ORIGIN_NS + 3_000 * MS).at_s == 3.0
    assert view.state(ORIGIN_NS + 3_000 * MS).due == 2
    assert view.state(ORIGIN_NS + 9_000 * MS).at_s == 5.0
    assert view.state(ORIGIN_NS + 9_000 * MS).due == 3


def test_answers_are_counted_and_their_latency_is_from_the_schedule() -> None:
    view = _view([0, 100 * MS], [50 * MS])
    script = _script()
    script.add(Kind.SERVED, "bedside", "ward", 1 * MS, 4 * MS, request=(0, 0))
    script.add(Kind.SERVED, "bedside", "ward", 51 * MS, 56 * MS, request=(1, 0))
    script.add(Kind.SERVED, "bedside", "ward", 101 * MS, 108 * MS, request=(0, 1))
    script.add(Kind.SENT, "monitor", "ward", 1 * MS)
    view.take(script.raw())
    state = view.state(ORIGIN_NS + 200 * MS)
    # 4, 6 and 8 ms; fewer than a hundred say nothing of a 99th percentile.
    assert (state.answered, state.p50_ms, state.p99_ms) == (3, 6.0, None)


def test_dilated_answers_are_told_in_virtual_time() -> None:
    view = _view([20 * MS], dilation=5.0)
    script = _script(dilation=5.0).add(Kind.SERVED, "bedside", "ward", 25 * MS, 32 * MS)
    view.take(script.raw())
    state = view.state(ORIGIN_NS + 5_000 * MS)
    assert (state.at_s, state.p50_ms) == (1.0, 12.0)


def test_from_a_hundred_answers_on_there_is_a_99th_percentile() -> None:
    due = [second * 1_000 * MS for second in range(100)]
    view = _view(due, total_s=100.0)
    script = _script()
    for sequence, instant in enumerate(due[:99]):
        done = instant + (sequence + 1) * MS
        script.add(Kind.SERVED, "bedside", "ward", instant, done, request=(0, sequence))
    view.take(script.raw())
    assert view.state(ORIGIN_NS).p99_ms is None
    view.take(
        _script()
        .add(Kind.SERVED, "bedside", "ward", due[99], due[99] + 100 * MS, request=(0, 99))
        .raw()
    )
    # 1 to 100 ms: 99 % of the way from the first to the last of 100 values is 99.01.
    assert view.state(ORIGIN_NS).p99_ms == pytest.approx(99.01)


def test_only_the_latest_answers_are_looked_at() -> None:
    view = _view([0] * 4000)
    for base, latency in ((0, 900), (2000, 3)):
        script = _script()
        for sequence in range(base, base + 2000):
            script.add(Kind.SERVED, "bedside", "ward", 0, latency * MS, request=(0, sequence))
        view.take(script.raw())
    state = view.state(ORIGIN_NS)
    assert (state.answered, state.p50_ms, state.p99_ms) == (4000, 3.0, 3.0)


def test_filtered_and_dropped_requests_are_over_without_an_answer() -> None:
    view = _view([0, 1, 2])
    script = (
        _script().add(Kind.FILTERED, "bedside", "ward", 5).add(Kind.DROPPED, "bedside", "ward", 6)
    )
    view.take(script.add(Kind.SERVED, "bedside", "ward", 7, 8).raw())
    assert (view.over, view.state(ORIGIN_NS).answered) == (3, 1)

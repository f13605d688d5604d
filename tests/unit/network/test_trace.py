"""Traces of links: the state at an instant, the changes in a span, repeating, slowing down."""

from __future__ import annotations

import pytest

from edge_aibench.errors import InternalError
from edge_aibench.model.link import Jitter, LinkDirection
from edge_aibench.model.trace_table import TraceColumns, TraceTable
from edge_aibench.network.trace import LinkState, LinkTrace, table_trace, trace_table


def _state(delay_ms: float) -> LinkState:
    return LinkState(up=LinkDirection(delay_s=delay_ms / 1e3), down=LinkDirection())


_A, _B, _C = _state(1), _state(2), _state(3)
_ONCE = LinkTrace((0.0, 1.0, 2.5), (_A, _B, _C))
_ROUND = LinkTrace((0.0, 1.0, 2.5), (_A, _B, _C), period_s=4.0)


@pytest.mark.parametrize(
    ("instant_s", "once", "again"),
    [
        (0.0, _A, _A),
        (0.999, _A, _A),
        (1.0, _B, _B),
        (2.5, _C, _C),
        (3.999, _C, _C),
        (4.0, _C, _A),
        (5.0, _C, _B),
        (400.0, _C, _A),
    ],
)
def test_a_state_holds_from_its_instant_to_the_next(
    instant_s: float, once: LinkState, again: LinkState
) -> None:
    assert _ONCE.state_at(instant_s) is once
    assert _ROUND.state_at(instant_s) is again


def test_changes_begin_with_the_state_at_the_start_and_stop_before_the_end() -> None:
    assert list(_ONCE.changes(0.5, 2.5)) == [(0.5, _A), (1.0, _B)]
    assert list(_ONCE.changes(1.0, 9.0)) == [(1.0, _B), (2.5, _C)]
    assert list(_ONCE.changes(7.0, 9.0)) == [(7.0, _C)]


def test_a_repeating_trace_changes_in_every_round() -> None:
    assert list(_ROUND.changes(2.0, 8.0)) == [
        (2.0, _B),
        (2.5, _C),
        (4.0, _A),
        (5.0, _B),
        (6.5, _C),
    ]
    assert list(_ROUND.changes(4.0, 5.0)) == [(4.0, _A)]


def test_an_equal_neighbour_is_no_change() -> None:
    trace = LinkTrace((0.0, 1.0, 2.0, 3.0), (_A, _state(1), _B, _A), period_s=4.0)
    assert list(trace.changes(0.0, 5.0)) == [(0.0, _A), (2.0, _B), (3.0, _A)]


def test_a_repeating_trace_can_begin_within_its_round() -> None:
    begun = _ROUND.begun_at(1.5)
    assert begun == LinkTrace((0.0, 1.0, 2.5, 3.5), (_B, _C, _A, _B), period_s=4.0)
    assert _ROUND.begun_at(0.0) == _ROUND
    assert _ROUND.begun_at(2.5) == LinkTrace((0.0, 1.5, 2.5), (_C, _A, _B), period_s=4.0)
    with pytest.raises(InternalError, match="only a repeating trace"):
        _ONCE.begun_at(1.0)


def test_a_trace_can_be_cut_and_repeated() -> None:
    assert _ONCE.repeated_after(2.5) == LinkTrace((0.0, 1.0), (_A, _B), period_s=2.5)


def test_dilation_slows_everything_down() -> None:
    fast = LinkDirection(
        delay_s=0.01, rate_bps=8e6, jitter=Jitter(law="normal", spread_s=0.001), outage="held"
    )
    trace = LinkTrace((0.0, 2.0), (LinkState(fast, fast), _A), period_s=3.0).dilated(4)
    assert (trace.instants_s, trace.period_s) == ((0.0, 8.0), 12.0)
    assert trace.states[0].up == LinkDirection(
        delay_s=0.04, rate_bps=2e6, jitter=Jitter(law="normal", spread_s=0.004), outage="held"
    )
    assert trace.states[1].up.delay_s == 0.004
    assert _ONCE.dilated(1) is _ONCE


@pytest.mark.parametrize(
    ("instants_s", "states", "period_s"),
    [
        ((), (), None),
        ((0.0,), (_A, _B), None),
        ((1.0,), (_A,), None),
        ((0.0, 0.0), (_A, _B), None),
        ((0.0, 2.0, 1.0), (_A, _B, _C), None),
        ((0.0, 2.0), (_A, _B), 2.0),
    ],
)
def test_a_trace_that_makes_no_sense_is_our_bug(
    instants_s: tuple[float, ...], states: tuple[LinkState, ...], period_s: float | None
) -> None:
    with pytest.raises(InternalError):
        LinkTrace(instants_s, states, period_s)


def test_a_time_before_the_beginning_is_our_bug() -> None:
    with pytest.raises(InternalError, match="before it begins"):
        _ONCE.state_at(-0.1)


def test_a_table_says_what_it_says_and_leaves_the_rest_to_the_link() -> None:
    up = LinkDirection(delay_s=0.02, jitter=Jitter(law="normal", spread_s=0.001), loss=0.1)
    down = LinkDirection(delay_s=0.03, rate_bps=5e6)
    table = TraceTable(
        instants_s=(0.0, 1.0),
        up=TraceColumns(delay_s=(0.01, 0.04), outage=("none", "lost")),
        down=TraceColumns(rate_bps=(1e6, None)),
        period_s=2.0,
    )
    trace = table_trace(table, up=up, down=down)
    assert (trace.instants_s, trace.period_s) == ((0.0, 1.0), 2.0)
    assert trace.states == (
        LinkState(
            up=up.model_copy(update={"delay_s": 0.01}),
            down=down.model_copy(update={"rate_bps": 1e6}),
        ),
        LinkState(
            up=up.model_copy(update={"delay_s": 0.04, "outage": "lost"}),
            down=down.model_copy(update={"rate_bps": None}),
        ),
    )


def test_a_trace_and_its_table_say_the_same() -> None:
    trace = table_trace(
        TraceTable((0.0, 1.0), TraceColumns(loss=(0.1, 0.2)), TraceColumns(), None),
        up=LinkDirection(delay_s=0.02),
        down=LinkDirection(rate_bps=1e6),
    )
    table = trace_table(trace)
    assert table.up == TraceColumns((0.02, 0.02), (None, None), (0.1, 0.2), ("none", "none"))
    assert table_trace(table, up=LinkDirection(), down=LinkDirection()) == trace

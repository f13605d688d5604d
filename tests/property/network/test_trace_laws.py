"""Laws of traces, whatever is in them."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from edge_aibench.config.trace_csv import parse_trace, write_trace
from edge_aibench.errors import ConfigError
from edge_aibench.model.link import LinkDirection
from edge_aibench.model.trace_table import TraceColumns, TraceTable
from edge_aibench.network.trace import LinkState, LinkTrace
from edge_aibench.network.trace_irish5g import parse_irish5g
from edge_aibench.network.trace_mahimahi import parse_mahimahi

_PLAIN = LinkDirection()


@st.composite
def instants(draw: st.DrawFn) -> tuple[float, ...]:
    gaps_s = draw(st.lists(st.floats(1e-3, 100.0), max_size=8))
    found = [0.0]
    for gap_s in gaps_s:
        found.append(found[-1] + gap_s)
    return tuple(found)


@st.composite
def traces(draw: st.DrawFn, *, repeating: bool | None = None) -> LinkTrace:
    instants_s = draw(instants())
    delays_s = draw(
        st.lists(
            st.sampled_from([0.001, 0.002, 0.003]),
            min_size=len(instants_s),
            max_size=len(instants_s),
        )
    )
    states = tuple(LinkState(up=LinkDirection(delay_s=d), down=_PLAIN) for d in delays_s)
    period_s = instants_s[-1] + draw(st.floats(1e-3, 100.0))
    keep = draw(st.booleans()) if repeating is None else repeating
    return LinkTrace(instants_s, states, period_s if keep else None)


@st.composite
def columns(draw: st.DrawFn, rows: int) -> TraceColumns:
    def column(values: st.SearchStrategy[object]) -> object:
        return draw(st.none() | st.lists(values, min_size=rows, max_size=rows).map(tuple))

    return TraceColumns(
        delay_s=column(st.floats(0, 1e4)),  # type: ignore[arg-type]
        rate_bps=column(st.none() | st.floats(1e3, 1e12)),  # type: ignore[arg-type]
        loss=column(st.floats(0, 1, exclude_max=True)),  # type: ignore[arg-type]
        outage=column(st.sampled_from(["none", "held", "lost"])),  # type: ignore[arg-type]
    )


@st.composite
def tables(draw: st.DrawFn) -> TraceTable:
    instants_s = draw(instants())
    up = draw(columns(len(instants_s)))
    down = draw(st.just(up) | columns(len(instants_s)))
    if up == down == TraceColumns():
        up = TraceColumns(loss=(0.5,) * len(instants_s))
    period_s = draw(st.none() | st.floats(1e-3, 1e3).map(lambda more_s: instants_s[-1] + more_s))
    return TraceTable(instants_s, up, down, period_s)


@given(traces(), st.floats(0, 2000), st.floats(0, 2000))
def test_changes_tell_the_state_at_every_instant(
    trace: LinkTrace, start_s: float, span_s: float
) -> None:
    changes = list(trace.changes(start_s, start_s + span_s))
    assert changes[0] == (start_s, trace.state_at(start_s))
    assert [s for s, _ in changes] == sorted({s for s, _ in changes})
    assert all(a != b for (_, a), (_, b) in pairwise(changes))
    ends_s = [*(instant_s for instant_s, _ in changes[1:]), start_s + span_s]
    for (begin_s, state), end_s in zip(changes, ends_s, strict=True):
        if end_s - begin_s > 1e-6:
            # At the very instants of a late round, rounding decides.
            assert trace.state_at((begin_s + end_s) / 2) == state


@given(traces(repeating=True), st.floats(0, 500), st.integers(1, 5))
def test_a_repeating_trace_repeats(trace: LinkTrace, instant_s: float, rounds: int) -> None:
    assert trace.period_s is not None
    within_s = instant_s % trace.period_s
    near_a_change = any(abs(within_s - s) < 1e-6 for s in (*trace.instants_s, trace.period_s))
    if not near_a_change:
        later_s = instant_s + rounds * trace.period_s
        assert trace.state_at(later_s) == trace.state_at(instant_s)


@given(traces(repeating=True), st.floats(0, 1, exclude_max=True), st.floats(0, 500))
def test_beginning_later_is_looking_later(trace: LinkTrace, share: float, instant_s: float) -> None:
    assert trace.period_s is not None
    offset_s = share * trace.period_s
    begun = trace.begun_at(offset_s)
    assert begun.period_s == trace.period_s
    within_s = (instant_s + offset_s) % trace.period_s
    if all(abs(within_s - s) > 1e-6 for s in (*trace.instants_s, trace.period_s)):
        assert begun.state_at(instant_s) == trace.state_at(instant_s + offset_s)


@given(traces(), st.floats(1, 1000), st.floats(0, 500))
def test_dilation_stretches_time_and_delay(
    trace: LinkTrace, dilation: float, instant_s: float
) -> None:
    slow, fast = trace.dilated(dilation), trace.state_at(instant_s)
    period_s = trace.period_s or float("inf")
    within_s = instant_s % period_s
    if all(abs(within_s - s) > 1e-6 for s in (*trace.instants_s, period_s)):
        assert slow.state_at(instant_s * dilation).up.delay_s == fast.up.delay_s * dilation


@given(tables())
def test_a_written_trace_reads_back_the_same(table: TraceTable) -> None:
    assert parse_trace(write_trace(table, comment="any"), source="t") == table


@given(st.text(max_size=300))
def test_any_text_is_a_trace_or_an_error_that_says_why(text: str) -> None:
    header = "time (s),delay (ms),outage\n"
    for candidate in (text, header + text, header + "0,1,none\n" + text):
        for parse in (parse_trace, parse_mahimahi, parse_irish5g):
            try:
                assert parse(candidate, source="t").instants_s[0] == 0
            except ConfigError as error:
                assert error.where.startswith("t")  # noqa: PT017 - one of both is right


@given(st.lists(st.integers(0, 3000), min_size=1, max_size=80), st.integers(1, 500))
def test_a_mahimahi_trace_carries_what_was_delivered(gaps_ms: list[int], bin_ms: int) -> None:
    instants_ms = [sum(gaps_ms[: i + 1]) for i in range(len(gaps_ms))]
    if instants_ms[-1] == 0:
        return
    text = "\n".join(map(str, instants_ms))
    table = parse_mahimahi(text, source="t", bin_s=bin_ms / 1000)
    assert table.period_s == instants_ms[-1] / 1000
    outages = table.up.outage or ("none",) * len(table.instants_s)
    assert table.up.rate_bps is not None
    bits = sum(
        (rate_bps or 0.0) * (end_s - begin_s)
        for begin_s, end_s, rate_bps, outage in zip(
            table.instants_s,
            (*table.instants_s[1:], table.period_s),
            table.up.rate_bps,
            outages,
            strict=True,
        )
        if outage == "none"
    )
    assert abs(bits - 12_000 * len(gaps_ms)) < 1e-6 * bits

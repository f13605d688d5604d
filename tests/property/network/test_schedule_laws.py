"""Laws of a direction, whatever is asked of it and offered to it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_aibench.emulate.links.lateness import LatenessHistogram
from edge_aibench.model.link import Jitter, LinkDirection
from edge_aibench.network.law import link_law
from edge_aibench.network.schedule import DirectionSchedule
from edge_aibench.rng import stream

_NS = 1_000_000_000


@st.composite
def directions(draw: st.DrawFn) -> LinkDirection:
    delay_s = draw(st.floats(0, 0.2))
    law = draw(st.sampled_from(["none", "uniform", "normal", "lognormal"]))
    jitter = Jitter()
    if law != "none" and delay_s > 1e-6:
        jitter = Jitter(law=law, spread_s=delay_s * draw(st.floats(0.01, 0.33)))
    return LinkDirection(
        delay_s=delay_s,
        jitter=jitter,
        loss=draw(st.sampled_from([0.0, 0.01, 0.3, 0.9])),
        rate_bps=draw(st.none() | st.floats(1e3, 1e10)),
    )


offers = st.lists(
    st.tuples(st.integers(0, 50_000_000), st.integers(60, 1514)), min_size=1, max_size=120
)


def _schedule(direction: LinkDirection, max_queue_s: float = 1.0) -> DirectionSchedule:
    return DirectionSchedule(direction, generator=stream(3, "laws"), max_queue_s=max_queue_s)


@given(directions(), offers, st.floats(0, 2))
def test_every_packet_is_accepted_lost_or_dropped(
    direction: LinkDirection, gaps_and_sizes: list[tuple[int, int]], max_queue_s: float
) -> None:
    schedule = _schedule(direction, max_queue_s)
    now_ns, due = 0, []
    for gap_ns, size_bytes in gaps_and_sizes:
        now_ns += gap_ns
        due.append(schedule.offer(now_ns, size_bytes))
    delivered = sum(instant is not None for instant in due)
    assert schedule.accepted == delivered
    assert schedule.accepted + schedule.lost + schedule.dropped == len(due)
    assert direction.loss > 0 or schedule.lost == 0
    assert direction.rate_bps is not None or schedule.dropped == 0


@given(directions(), directions(), offers)
def test_order_is_kept_even_across_a_change(
    before: LinkDirection, after: LinkDirection, gaps_and_sizes: list[tuple[int, int]]
) -> None:
    schedule = _schedule(before)
    now_ns, due = 0, []
    for number, (gap_ns, size_bytes) in enumerate(gaps_and_sizes):
        if number == len(gaps_and_sizes) // 2:
            schedule.set(now_ns, after)
        now_ns += gap_ns
        instant_ns = schedule.offer(now_ns, size_bytes)
        if instant_ns is not None:
            assert instant_ns >= now_ns
            due.append(instant_ns)
    assert due == sorted(due)


@given(st.floats(1e4, 1e10), st.floats(0, 0.1), offers)
def test_no_window_carries_more_than_the_rate(
    rate_bps: float, delay_s: float, gaps_and_sizes: list[tuple[int, int]]
) -> None:
    schedule = _schedule(LinkDirection(delay_s=delay_s, rate_bps=rate_bps), max_queue_s=1e6)
    now_ns, arrived = 0, []
    for gap_ns, size_bytes in gaps_and_sizes:
        now_ns += gap_ns
        due_ns = schedule.offer(now_ns, size_bytes)
        assert due_ns is not None
        # Nothing is faster than its own sending time and the delay.
        assert due_ns >= now_ns + (size_bytes * 8 / rate_bps + delay_s) * _NS - 2
        arrived.append((due_ns, size_bytes))
    first_ns = arrived[0][0]
    # From the first arrival on, up to any later one: at most rate times time has come.
    bits = 0
    for due_ns, size_bytes in arrived[1:]:
        bits += size_bytes * 8
        assert bits <= rate_bps * (due_ns - first_ns + 2) / _NS + 1e-6 * bits


@given(st.floats(1e5, 1e9), st.integers(60, 1514), st.integers(2, 200))
def test_a_backlogged_link_sends_without_gaps(
    rate_bps: float, size_bytes: int, packets: int
) -> None:
    schedule = _schedule(LinkDirection(rate_bps=rate_bps), max_queue_s=1e6)
    last_ns = [schedule.offer(0, size_bytes) for _ in range(packets)][-1]
    assert last_ns == pytest.approx(packets * size_bytes * 8 / rate_bps * _NS, abs=1)


@given(directions(), st.integers(1, 3000))
def test_law_samples_are_delays(direction: LinkDirection, n: int) -> None:
    delays = link_law(direction).sample_delay_s(stream(1, "samples"), n)
    assert delays.shape == (n,)
    assert np.isfinite(delays).all()
    assert (delays >= 0).all()


@given(directions(), st.floats(0.001, 0.999), st.floats(0.001, 0.999))
def test_quantiles_rise_with_the_share(direction: LinkDirection, p: float, q: float) -> None:
    law = link_law(direction)
    low, high = sorted((p, q))
    assert law.delay_quantile_s(low) <= law.delay_quantile_s(high)


@given(
    st.lists(st.integers(0, 1_500_000_000), min_size=1, max_size=300),
    st.sampled_from([50.0, 90.0, 99.0, 100.0]),
)
def test_histogram_percentile_is_an_upper_bound_within_one_step(
    lateness_ns: list[int], percent: float
) -> None:
    histogram = LatenessHistogram()
    for value in lateness_ns:
        histogram.add(value)
    exact_ns = int(np.percentile(lateness_ns, percent, method="inverted_cdf"))
    found_ns = histogram.percentile_ns(percent)
    assert found_ns is not None
    assert exact_ns <= found_ns <= histogram.max_ns
    if exact_ns < 990_000_000:
        assert found_ns - exact_ns <= (1000 if exact_ns < 1_000_000 else 1_000_000)


@given(directions(), offers, st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 120))
def test_a_held_outage_is_a_stretch_cut_out_of_the_directions_time(
    direction: LinkDirection,
    gaps_and_sizes: list[tuple[int, int]],
    into_gap_ns: int,
    length_ns: int,
    number: int,
) -> None:
    """Cut the outage out of the offers' instants and paste it into the arrivals'."""
    instants_ns = np.cumsum([gap_ns for gap_ns, _ in gaps_and_sizes]).tolist()
    begin_ns = instants_ns[min(number, len(instants_ns) - 1)] + into_gap_ns
    end_ns = begin_ns + length_ns
    held, plain = _schedule(direction), _schedule(direction)
    due, expected = [], []
    changes = [
        (begin_ns, direction.model_copy(update={"outage": "held"})),
        (end_ns, direction),
    ]
    for now_ns, (_, size_bytes) in zip(instants_ns, gaps_and_sizes, strict=True):
        while changes and changes[0][0] <= now_ns:
            held.set(*changes.pop(0))
        due.append(held.offer(now_ns, size_bytes))
        cut_ns = min(now_ns, begin_ns) + max(now_ns - end_ns, 0)
        expected.append(plain.offer(cut_ns, size_bytes))
    for change in changes:
        held.set(*change)
    arrived = [None if d is None else held.arrival_ns(d) for d in due]
    # A change begins a new block of random draws, so what is random is compared in kind only.
    if direction.jitter.law == "none" and direction.loss == 0:
        pasted = [d if d is None or d <= begin_ns else d + length_ns for d in expected]
        # What arrived before the outage was asked for then; afterwards all of it is behind.
        assert [a for a, d in zip(arrived, due, strict=True) if d is None or d > begin_ns] == [
            p for p, d in zip(pasted, due, strict=True) if d is None or d > begin_ns
        ]
    known = [a for a in arrived if a is not None]
    assert known == sorted(known)
    assert len(known) == held.accepted

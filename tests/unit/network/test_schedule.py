from __future__ import annotations

from edge_aibench.model.link import Jitter, LinkDirection
from edge_aibench.network.schedule import DirectionSchedule
from edge_aibench.rng import stream

_MS = 1_000_000


def _schedule(direction: LinkDirection, *, max_queue_s: float = 1.0) -> DirectionSchedule:
    return DirectionSchedule(direction, generator=stream(1, "test"), max_queue_s=max_queue_s)


def test_a_plain_link_delivers_at_once() -> None:
    schedule = _schedule(LinkDirection())
    assert [schedule.offer(t, 1500) for t in (5, 5, 7)] == [5, 5, 7]


def test_delay_counts_from_the_end_of_sending() -> None:
    # 1250 bytes at 10 Mbit/s take 1 ms to send.
    schedule = _schedule(LinkDirection(delay_s=0.005, rate_bps=10e6))
    assert schedule.offer(0, 1250) == 6 * _MS
    # Offered while the first is being sent: waits for it.
    assert schedule.offer(400_000, 1250) == 7 * _MS
    # Offered after a pause: sent at once.
    assert schedule.offer(50 * _MS, 1250) == 56 * _MS


def test_small_frames_on_a_fast_link_keep_the_rate() -> None:
    # 60 bytes at 7 Gbit/s take 68.57 ns: rounding each to whole ns would be 0.6 % off.
    schedule = _schedule(LinkDirection(rate_bps=7e9))
    due = [schedule.offer(0, 60) for _ in range(7000)]
    last_ns = due[-1]
    assert last_ns is not None
    assert abs(last_ns - 480_000) <= 1


def test_a_full_queue_drops_from_the_tail() -> None:
    # Each frame takes 10 ms; one may wait 25 ms: the first, three behind it, no more.
    schedule = _schedule(LinkDirection(rate_bps=1e6), max_queue_s=0.025)
    due = [schedule.offer(0, 1250) for _ in range(5)]
    assert due == [10 * _MS, 20 * _MS, 30 * _MS, None, None]
    assert (schedule.accepted, schedule.dropped, schedule.lost) == (3, 2, 0)
    # 10 ms later one has been sent, and there is room for one.
    assert schedule.offer(10 * _MS, 1250) == 40 * _MS


def test_a_lost_packet_takes_no_sending_time() -> None:
    lossy = _schedule(LinkDirection(rate_bps=1e6, loss=0.5))
    due = [lossy.offer(0, 125) for _ in range(400)]
    arrived = [instant for instant in due if instant is not None]
    assert arrived == [(i + 1) * _MS for i in range(len(arrived))]
    assert lossy.lost == 400 - len(arrived)
    assert 0 < lossy.lost < 400


def test_a_change_keeps_what_is_under_way_and_the_order() -> None:
    schedule = _schedule(LinkDirection(delay_s=0.05))
    assert schedule.offer(0, 100) == 50 * _MS
    schedule.set(10 * _MS, LinkDirection(delay_s=0.001))
    # Due at 11 ms by itself, but not before its predecessor.
    assert schedule.offer(10 * _MS, 100) == 50 * _MS
    assert schedule.offer(60 * _MS, 100) == 61 * _MS


def test_a_change_of_the_rate_holds_from_the_next_packet_on() -> None:
    schedule = _schedule(LinkDirection(rate_bps=1e6))
    assert schedule.offer(0, 1250) == 10 * _MS
    schedule.set(0, LinkDirection(rate_bps=10e6))
    assert schedule.offer(0, 1250) == 11 * _MS
    schedule.set(0, LinkDirection())
    assert schedule.offer(0, 1250) == 11 * _MS


def test_one_seed_repeats_and_loss_does_not_shift_the_delays() -> None:
    jitter = Jitter(law="normal", spread_s=0.001)

    def due(loss: float) -> list[int | None]:
        schedule = _schedule(LinkDirection(delay_s=0.01, jitter=jitter, loss=loss))
        # A second apart, so that none waits for another.
        return [schedule.offer(i * 1_000_000_000, 100) for i in range(50)]

    assert due(0.0) == due(0.0)
    rare = [instant for instant in due(1e-9) if instant is not None]
    assert rare == due(0.0)


def _held(**asked: float) -> LinkDirection:
    return LinkDirection(outage="held", **asked)


def test_a_held_outage_delays_what_has_not_arrived_by_its_length() -> None:
    # 1250 bytes at 10 Mbit/s take 1 ms to send.
    asked = LinkDirection(delay_s=0.005, rate_bps=10e6)
    schedule = _schedule(asked)
    early, late = schedule.offer(0, 1250), schedule.offer(1 * _MS, 1250)
    assert (early, late) == (6 * _MS, 7 * _MS)
    # The first has arrived at 6 ms, the second is half a millisecond from its end.
    schedule.set(6_500_000, _held(delay_s=0.005, rate_bps=10e6))
    assert schedule.is_held
    assert schedule.arrival_ns(6 * _MS) == 6 * _MS
    assert schedule.arrival_ns(7 * _MS) is None
    schedule.set(106_500_000, asked)
    assert not schedule.is_held
    assert schedule.arrival_ns(7 * _MS) == 107 * _MS


def test_what_is_offered_during_a_held_outage_leaves_after_it_in_order() -> None:
    schedule = _schedule(LinkDirection(rate_bps=1e6))
    schedule.set(100 * _MS, _held(rate_bps=1e6))
    # 125 bytes take 1 ms to send.
    due = [schedule.offer(t * _MS, 125) for t in (100, 120, 199)]
    assert None not in due
    assert [schedule.arrival_ns(d) for d in due if d is not None] == [None] * 3
    schedule.set(200 * _MS, LinkDirection(rate_bps=1e6))
    assert [schedule.arrival_ns(d) for d in due if d is not None] == [
        201 * _MS,
        202 * _MS,
        203 * _MS,
    ]
    # The next one waits for them and no longer.
    after = schedule.offer(202 * _MS, 125)
    assert after is not None
    assert schedule.arrival_ns(after) == 204 * _MS


def test_a_packet_may_live_through_two_held_outages() -> None:
    schedule = _schedule(LinkDirection(delay_s=0.01))
    due_ns = schedule.offer(0, 100)
    assert due_ns is not None
    for begin_ms, end_ms in ((5, 25), (28, 58)):
        schedule.set(begin_ms * _MS, _held(delay_s=0.01))
        assert schedule.arrival_ns(due_ns) is None
        schedule.set(end_ms * _MS, LinkDirection(delay_s=0.01))
    # Outside the outages pass 5 ms, 3 ms and the last 2 ms.
    assert schedule.arrival_ns(due_ns) == 60 * _MS


def test_a_change_within_a_held_outage_does_not_end_it() -> None:
    schedule = _schedule(LinkDirection(delay_s=0.01))
    due_ns = schedule.offer(0, 100)
    assert due_ns is not None
    schedule.set(5 * _MS, _held(delay_s=0.01))
    schedule.set(15 * _MS, _held(delay_s=0.03))
    assert schedule.arrival_ns(due_ns) is None
    schedule.set(25 * _MS, LinkDirection())
    assert schedule.arrival_ns(due_ns) == 30 * _MS


def test_the_queue_of_a_held_direction_is_as_long_as_any_other() -> None:
    # Each frame takes 10 ms; 25 ms of sending may wait.
    schedule = _schedule(LinkDirection(rate_bps=1e6), max_queue_s=0.025)
    schedule.set(0, _held(rate_bps=1e6))
    due = [schedule.offer(t * _MS, 1250) for t in (0, 30, 60, 90, 120)]
    assert due == [10 * _MS, 20 * _MS, 30 * _MS, None, None]
    assert (schedule.accepted, schedule.dropped) == (3, 2)


def test_an_outage_that_loses_takes_what_is_offered_and_spares_what_is_under_way() -> None:
    schedule = _schedule(LinkDirection(delay_s=0.05))
    under_way = schedule.offer(0, 100)
    schedule.set(10 * _MS, LinkDirection(delay_s=0.05, outage="lost"))
    assert not schedule.is_held
    assert [schedule.offer(t * _MS, 100) for t in (10, 20)] == [None, None]
    schedule.set(30 * _MS, LinkDirection(delay_s=0.05))
    after = schedule.offer(30 * _MS, 100)
    assert (under_way, after) == (50 * _MS, 80 * _MS)
    assert schedule.arrival_ns(80 * _MS) == 80 * _MS
    assert (schedule.accepted, schedule.lost) == (2, 2)


def test_a_frame_stamped_within_the_outage_but_offered_after_it_does_not_leave_early() -> None:
    schedule = _schedule(LinkDirection())
    schedule.set(100 * _MS, _held())
    schedule.set(200 * _MS, LinkDirection())
    late = schedule.offer(199 * _MS, 100)
    assert late is not None
    assert schedule.arrival_ns(late) == 200 * _MS

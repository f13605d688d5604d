"""The link check: is every wire, each way, what was asked? Run before the load starts.

Three phases. *Delay*: small frames to all wires in turn, far enough apart on each that they
neither queue nor overtake. *Loss*: bursts of small frames on the lossy directions. *Rate*: a
train of frames on each direction, in groups whose asked rates together leave the machine idle
enough. All frames are sent and read by this one process; the kernel stamps them on arrival, so
that reading late does no harm. 34 wires take about four seconds.

What a busy moment of a shared machine spoils is checked again, twice at most; every attempt is
kept.
"""

from __future__ import annotations

import math
import select
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field

from edge_aibench.clock import NS_PER_S, Clock, MonotonicClock
from edge_aibench.emulate.links.backend import Endpoint, Way
from edge_aibench.emulate.links.check_verdict import (
    PROMISED_RATE_BPS,
    Findings,
    LinkCheck,
    judge,
)
from edge_aibench.emulate.links.probe_port import (
    LARGEST_FRAME_BYTES,
    SMALLEST_FRAME_BYTES,
    ProbePort,
    Received,
)
from edge_aibench.emulate.links.process import realtime_for_a_while
from edge_aibench.model.link import LinkDirection
from edge_aibench.network.law import link_law

ATTEMPTS = 3

_DELAY_ROUND, _LOSS_ROUND, _RATE_ROUND, _END_ROUND = 1, 2, 3, 4

_DELAY_FRAMES = 100
_JITTER_FRAMES = 60
_BETWEEN_SENDS_S = 0.3e-3
_DELAY_PHASE_S = 2.0
_APART_S = 2e-3
_APART_SPREADS = 4
"""Frames of one direction this many spreads apart hardly ever overtake (under any law 0.3 %)."""

_LOSSES_WANTED = 10
_LOSS_FRAMES_LEAST, _LOSS_FRAMES_MOST = 200, 1000
_LOSS_LINK_S = 0.25
_LOSS_FRAMES_PER_S = 50e3

_TRAIN_S = 0.03
_TRAIN_LONGEST_S = 0.4
_TRAIN_SPREADS = 40
_TRAIN_FRAMES = 12
_GROUP_BPS = 600e6

_LEAD_S = 10e-3
_EXCESS = 1.25
"""A train is offered faster than the link sends, and begins this far ahead: never a flood that
overruns the buffers on its way, never a gap that would look like a slow link."""

_END_FRAMES = 4
"""Frames that tell that a round is over; one gets through unless the link loses nearly all."""

_PRIORITY = 5

_SETTLE_S = 0.05
"""Beyond the longest delay the law allows, a frame that has not come is lost."""


@dataclass(frozen=True)
class AttachedWire:
    """A wire to check: its name, its two interfaces, and what was asked of it."""

    wire: str
    a: Endpoint
    b: Endpoint
    up: LinkDirection
    down: LinkDirection


@dataclass
class _Lane:
    """One direction under test: where frames go in and come out, and what came."""

    wire: str
    way: Way
    asked: LinkDirection
    source: ProbePort
    sink: ProbePort
    sent: int = 0
    came: int = 0
    received: dict[int, list[Received]] = field(default_factory=dict)

    @property
    def rate_bps(self) -> float:
        """The rate to test at."""
        asked_bps = self.asked.rate_bps
        return PROMISED_RATE_BPS if asked_bps is None else min(asked_bps, PROMISED_RATE_BPS)

    @property
    def longest_s(self) -> float:
        """Hardly any frame takes longer."""
        return link_law(self.asked).delay_quantile_s(0.9999) + _SETTLE_S

    def sending_s(self, size_bytes: int) -> float:
        """How long the link takes to send a frame of *size_bytes*."""
        return 0.0 if self.asked.rate_bps is None else size_bytes * 8 / self.asked.rate_bps

    def send(self, round_number: int, number: int, size_bytes: int) -> None:
        self.source.send(round_number=round_number, number=number, size_bytes=size_bytes)
        self.sent += 1


@dataclass(frozen=True)
class _Plan:
    """How many frames of what size to send on a lane, and how fast to offer them."""

    lane: _Lane
    frames: int
    size_bytes: int
    frames_per_s: float


def check_links(
    wires: Iterable[AttachedWire], *, attempts: int = ATTEMPTS, clock: Clock | None = None
) -> list[LinkCheck]:
    """Check all *wires* both ways; give every attempt, in order of attempts.

    A direction that is not within tolerance is checked again, up to *attempts* times in all.
    Raises RunError naming the interface if one cannot be used.
    """
    waiting = clock or MonotonicClock()
    checks: list[LinkCheck] = []
    # Below the relay, above all else: the check must not find slow what it itself came late to.
    with realtime_for_a_while(_PRIORITY), ExitStack() as ports:
        lanes = [lane for wire in wires for lane in _lanes(wire, ports)]
        for attempt in range(1, attempts + 1):
            for lane in lanes:
                lane.sent = lane.came = 0
                lane.received.clear()
                lane.sink.drain()
            _Round(lanes, waiting).measure()
            results = [
                judge(lane.wire, lane.way, lane.asked, _findings(lane), attempt=attempt)
                for lane in lanes
            ]
            checks += results
            lanes = [lane for lane, result in zip(lanes, results, strict=True) if not result.within]
            if not lanes:
                break
    return checks


def last_attempts(checks: Iterable[LinkCheck]) -> list[LinkCheck]:
    """Of each wire and direction keep the last attempt, which is the one that counts."""
    return list({(check.wire, check.direction): check for check in checks}.values())


def _lanes(wire: AttachedWire, ports: ExitStack) -> Iterator[_Lane]:
    a = ports.enter_context(closing(ProbePort(wire.a)))
    b = ports.enter_context(closing(ProbePort(wire.b)))
    yield _Lane(wire.wire, "up", wire.up, source=a, sink=b)
    yield _Lane(wire.wire, "down", wire.down, source=b, sink=a)


class _Round:
    """One attempt at some lanes: sends all frames and collects them in the lanes."""

    def __init__(self, lanes: Sequence[_Lane], clock: Clock) -> None:
        self._lanes = lanes
        self._clock = clock
        self._by_descriptor = {lane.sink.fileno(): lane for lane in lanes}

    def measure(self) -> None:
        """Run the three phases."""
        self._delay_phase()
        lossy = [lane for lane in self._lanes if lane.asked.loss > 0]
        if lossy:
            pace = _LOSS_FRAMES_PER_S / len(lossy)
            self._feed(_LOSS_ROUND, [_loss_plan(lane, pace) for lane in lossy])
        for group in _groups(self._lanes):
            self._feed(_RATE_ROUND, [_train(lane) for lane in group])

    def _delay_phase(self) -> None:
        lanes = self._lanes
        turn_s = max(len(lanes) * _BETWEEN_SENDS_S, _APART_S)
        # A lane whose frames must be further apart than a turn sends in every so many turns.
        strides = [max(1, math.ceil(_apart_s(lane) / turn_s)) for lane in lanes]
        wanted = max(
            stride * math.ceil(_JITTER_FRAMES / (1 - lane.asked.loss))
            for lane, stride in zip(lanes, strides, strict=True)
        )
        turns = max(_DELAY_FRAMES, min(wanted, round(_DELAY_PHASE_S / turn_s)))
        start_ns = self._clock.now_ns()
        step_ns = turn_s * NS_PER_S / len(lanes)
        for turn in range(turns):
            for place, (lane, stride) in enumerate(zip(lanes, strides, strict=True)):
                if turn % stride == 0 and turn // stride < _DELAY_FRAMES:
                    instant_ns = start_ns + round((turn * len(lanes) + place) * step_ns)
                    self._clock.sleep_until_ns(instant_ns)
                    lane.send(_DELAY_ROUND, turn, SMALLEST_FRAME_BYTES)
            self._drain(0.0)
        self._finish(lanes)

    def _feed(self, round_number: int, plans: Sequence[_Plan]) -> None:
        """Send what is planned, each lane at its pace, and read what comes meanwhile."""
        start_ns = self._clock.now_ns()
        sent = [0] * len(plans)
        while any(done < plan.frames for done, plan in zip(sent, plans, strict=True)):
            elapsed_s = (self._clock.now_ns() - start_ns) / NS_PER_S + _LEAD_S
            for i, plan in enumerate(plans):
                until = min(plan.frames, 1 + int(elapsed_s * plan.frames_per_s))
                for number in range(sent[i], until):
                    plan.lane.send(round_number, number, plan.size_bytes)
                sent[i] = max(sent[i], until)
            self._drain(0.5e-3)
        waiting_s = max(plan.frames * plan.lane.sending_s(plan.size_bytes) for plan in plans)
        self._finish([plan.lane for plan in plans], waiting_s=waiting_s)

    def _finish(self, lanes: Sequence[_Lane], *, waiting_s: float = 0.0) -> None:
        """Mark the end of a round and read until each lane has come to it."""
        for lane in lanes:
            lane.received.pop(_END_ROUND, None)
            for number in range(_END_FRAMES):
                lane.send(_END_ROUND, number, SMALLEST_FRAME_BYTES)
        waiting_s += max(
            lane.longest_s + _END_FRAMES * lane.sending_s(SMALLEST_FRAME_BYTES) for lane in lanes
        )
        end_ns = self._clock.now_ns() + round(waiting_s * NS_PER_S)
        while (left_ns := end_ns - self._clock.now_ns()) > 0:
            if all(_is_over(lane) for lane in lanes):
                return
            self._drain(min(left_ns / NS_PER_S, 5e-3))

    def _drain(self, wait_s: float) -> None:
        ready, _, _ = select.select(list(self._by_descriptor), [], [], wait_s)
        for descriptor in ready:
            lane = self._by_descriptor[descriptor]
            for frame in lane.sink.drain():
                lane.came += 1
                lane.received.setdefault(frame.round_number, []).append(frame)


def _is_over(lane: _Lane) -> bool:
    ends = lane.received.get(_END_ROUND, [])
    return bool(ends) and ends[-1].number == _END_FRAMES - 1


def _apart_s(lane: _Lane) -> float:
    """How far apart frames must be on *lane* neither to queue nor to overtake."""
    return max(
        2 * lane.sending_s(SMALLEST_FRAME_BYTES), _APART_SPREADS * lane.asked.jitter.spread_s
    )


def _loss_plan(lane: _Lane, frames_per_s: float) -> _Plan:
    frame_s = lane.sending_s(SMALLEST_FRAME_BYTES)
    frames = round(_LOSSES_WANTED / lane.asked.loss)
    if frames > _LOSS_FRAMES_MOST:
        # Too rare to be counted in this time: only a loss far above it would be seen.
        frames = _LOSS_FRAMES_LEAST
    frames = max(frames, _LOSS_FRAMES_LEAST)
    if frame_s > 0:
        frames = max(10, min(frames, int(_LOSS_LINK_S / frame_s)))
        frames_per_s = min(frames_per_s, _EXCESS / frame_s)
    return _Plan(lane, frames, SMALLEST_FRAME_BYTES, frames_per_s)


def _train(lane: _Lane) -> _Plan:
    """As many frames, as long as possible, as tell the rate of *lane*."""
    budget_bytes = lane.rate_bps * _train_s(lane) / 8
    size_bytes = int(budget_bytes / _TRAIN_FRAMES)
    size_bytes = min(max(size_bytes, SMALLEST_FRAME_BYTES), LARGEST_FRAME_BYTES)
    frames = max(3, int(budget_bytes / size_bytes))
    return _Plan(lane, frames, size_bytes, _EXCESS * lane.rate_bps / (size_bytes * 8))


def _train_s(lane: _Lane) -> float:
    return min(max(_TRAIN_S, _TRAIN_SPREADS * lane.asked.jitter.spread_s), _TRAIN_LONGEST_S)


def _groups(lanes: Sequence[_Lane]) -> Iterator[list[_Lane]]:
    """Lanes whose trains run at the same time: alike in duration, together below the limit."""
    group: list[_Lane] = []
    total_bps = 0.0
    for lane in sorted(lanes, key=lambda lane: (_train_s(lane), lane.rate_bps)):
        if group and total_bps + lane.rate_bps > _GROUP_BPS:
            yield group
            group, total_bps = [], 0.0
        group.append(lane)
        total_bps += lane.rate_bps
    if group:
        yield group


def _findings(lane: _Lane) -> Findings:
    sending_ns = lane.sending_s(SMALLEST_FRAME_BYTES) * NS_PER_S
    delays_s = tuple(
        (frame.arrived_ns - frame.sent_ns - sending_ns) / NS_PER_S
        for frame in lane.received.get(_DELAY_ROUND, ())
    )
    return Findings(
        delays_s=delays_s,
        rate_bps=_rate_bps(lane.received.get(_RATE_ROUND, ()), _train(lane).size_bytes),
        train_s=_train_s(lane),
        sent=lane.sent,
        lost=lane.sent - lane.came,
    )


def _rate_bps(train: Sequence[Received], size_bytes: int) -> float | None:
    """The slope of bits sent over the instant of arrival, by least squares.

    Lost frames take no sending time, so frames are counted as they come in. The first quarter
    is left out: jitter, with order kept, needs some frames to settle.
    """
    settled = train[len(train) // 4 :]
    n = len(settled)
    if n < 2:
        return None
    times_s = [(frame.arrived_ns - settled[0].arrived_ns) / NS_PER_S for frame in settled]
    middle_s, middle = sum(times_s) / n, (n - 1) / 2
    covariance = sum((t - middle_s) * (i - middle) for i, t in enumerate(times_s))
    frames_variance = sum((i - middle) ** 2 for i in range(n))
    # Seconds per frame by regressing time on count: the noise is in the time.
    frame_s = covariance / frames_variance
    return size_bytes * 8 / frame_s if frame_s > 0 else None

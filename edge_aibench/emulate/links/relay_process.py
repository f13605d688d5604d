"""The relay: one process that holds every frame until it is due.

It lives in a network namespace of its own, together with the far ends of all veth pairs. A
frame that arrives on the far end of one node's interface is given its due instant (or none) by
the direction's `DirectionSchedule`, waits, and leaves through the far end of the other node's
interface. Deadlines are absolute instants of the monotonic clock, counted from the kernel's
arrival stamp, so that the relay's own lateness never adds up.
"""

from __future__ import annotations

import gc
import heapq
import json
import os
import resource
import select
import signal
import socket
import time
import traceback
from collections import Counter, deque
from collections.abc import Collection
from typing import Any

from edge_aibench.clock import NS_PER_S
from edge_aibench.emulate import kernel
from edge_aibench.emulate.links.lateness import LatenessHistogram
from edge_aibench.emulate.links.namespace import disable_ipv6, unshare_network
from edge_aibench.emulate.links.packet_ring import Arrival, PacketRing, open_sender
from edge_aibench.emulate.links.process import die_with_parent
from edge_aibench.errors import EdgeAIBenchError, InternalError
from edge_aibench.model.link import LinkDirection
from edge_aibench.network.schedule import DirectionSchedule
from edge_aibench.rng import stream

MAX_MESSAGE_BYTES = 1 << 16

_REALTIME_PRIORITY = 10
_BATCH = 128
_HELD_BYTES_MAX = 256 << 20
"""Frames under way in all directions together; more would endanger the machine's memory."""

_EARLY_MIN_NS, _EARLY_MAX_NS = 20_000, 300_000
"""The relay asks to be woken this long before a due instant, at least and at most, and spins."""

_WINDOW_NS, _REST_NS = 10_000_000, 1_000_000
"""In each window a real-time relay rests at least this long: without it the kernel's own limit
(95 % of a second) would stop it for 50 ms at a stretch, and the nodes' programs starve."""


class _Direction:
    """One direction at work: its schedule, the frames it holds, its way out, its counts.

    Each frame is kept with what its schedule's `offer` gave: a due time of the direction's own.
    """

    __slots__ = ("dropped", "frames", "lateness", "number", "schedule", "sent_bytes", "way_out")

    def __init__(self, number: int, schedule: DirectionSchedule, way_out: str) -> None:
        self.number = number
        self.schedule = schedule
        self.way_out = (way_out, 0)
        self.frames: deque[tuple[int, bytes]] = deque()
        self.lateness = LatenessHistogram()
        self.sent_bytes = 0
        self.dropped = 0

    def counters(self) -> dict[str, int | None]:
        return {
            "packets": self.lateness.total,
            "sent_bytes": self.sent_bytes,
            "lost": self.schedule.lost,
            "dropped": self.schedule.dropped + self.dropped,
            "queued": len(self.frames),
            "lateness_p50_ns": self.lateness.percentile_ns(50),
            "lateness_p99_ns": self.lateness.percentile_ns(99),
            "lateness_max_ns": self.lateness.max_ns if self.lateness.total else None,
        }


class Relay:
    """Forwards frames between the wires it is told of, until its control socket closes."""

    def __init__(self, control: socket.socket, *, seed: int, max_queue_s: float) -> None:
        self._control = control
        self._seed = seed
        self._max_queue_s = max_queue_s
        self._ring = PacketRing()
        self._sender = open_sender()
        self._readable = [self._ring.fileno(), control.fileno()]
        self._wires: dict[str, tuple[_Direction, _Direction]] = {}
        self._ingress: dict[int, _Direction] = {}
        # One entry for each direction with frames that will be due (not in a held outage): the
        # instant of the first, its number.
        self._due: list[tuple[int, int, _Direction]] = []
        self._directions = 0
        self._held_bytes = 0
        self._overshoot_ns, self._overshoot_deviation_ns = 50_000, 10_000
        self._wake_early_ns = _EARLY_MAX_NS // 4
        self._rests = 0
        self._slept_ns = 0
        self.realtime = False

    def run(self) -> None:
        """Work until the other side of the control socket closes it."""
        window_start_ns = time.monotonic_ns()
        open_for_business = True
        while open_for_business:
            self._accept(self._ring.take(_BATCH))
            now_ns = self._deliver()
            if now_ns - window_start_ns > _WINDOW_NS:
                self._rest_if_due()
                window_start_ns, self._slept_ns = time.monotonic_ns(), 0
                open_for_business = self._serve(0.0)
            elif (wait_s := self._idle_s(now_ns)) != 0.0:
                open_for_business = self._serve(wait_s)

    def _accept(self, arrivals: list[Arrival]) -> None:
        for instant_ns, interface_index, frame in arrivals:
            direction = self._ingress.get(interface_index)
            if direction is None:
                # Its wire was detached while the frame was in the ring.
                continue
            if self._held_bytes > _HELD_BYTES_MAX:
                direction.dropped += 1
                continue
            due_ns = direction.schedule.offer(instant_ns, len(frame))
            if due_ns is None:
                continue
            self._held_bytes += len(frame)
            direction.frames.append((due_ns, frame))
            if len(direction.frames) == 1:
                self._expect(direction)

    def _expect(self, direction: _Direction) -> None:
        """Note when the first frame of *direction*, which has no entry yet, is due."""
        schedule = direction.schedule
        if not schedule.is_held:
            due_ns = direction.frames[0][0] + schedule.behind_ns
            heapq.heappush(self._due, (due_ns, direction.number, direction))

    def _deliver(self) -> int:
        """Send what is due, at most one batch; give the instant at the end."""
        due, now_ns, left = self._due, time.monotonic_ns(), _BATCH
        sender = self._sender
        while due and due[0][0] <= now_ns and left:
            direction = due[0][2]
            frames, way_out = direction.frames, direction.way_out
            behind_ns = direction.schedule.behind_ns
            while frames and frames[0][0] + behind_ns <= now_ns and left:
                due_ns, frame = frames.popleft()
                self._held_bytes -= len(frame)
                left -= 1
                try:
                    sender.sendto(frame, way_out)
                except OSError:
                    # The receiving interface is down or gone, or its buffer is full: a wire
                    # that nobody listens to. Counted, and shown in the link's counters.
                    direction.dropped += 1
                    now_ns = time.monotonic_ns()
                else:
                    now_ns = time.monotonic_ns()
                    direction.sent_bytes += len(frame)
                    direction.lateness.add(now_ns - due_ns - behind_ns)
            if frames:
                heapq.heapreplace(due, (frames[0][0] + behind_ns, direction.number, direction))
            else:
                heapq.heappop(due)
        return now_ns

    def _idle_s(self, now_ns: int) -> float | None:
        """How long to sleep: 0 while something is at hand, None for as long as nothing comes."""
        if not self._due:
            return None
        left_ns = self._due[0][0] - now_ns - self._wake_early_ns
        return left_ns / NS_PER_S if left_ns > 0 else 0.0

    def _serve(self, wait_s: float | None) -> bool:
        """Sleep until a frame, a request or *wait_s*; answer the request; False at the end."""
        # select takes microseconds; epoll would round up to whole milliseconds.
        before_ns = time.monotonic_ns()
        ready, _, _ = select.select(self._readable, [], [], wait_s)
        slept_ns = time.monotonic_ns() - before_ns
        self._slept_ns += slept_ns
        if wait_s and not ready:
            self._learn_overshoot(slept_ns - round(wait_s * NS_PER_S))
        return self._answer() if self._control.fileno() in ready else True

    def _learn_overshoot(self, overshoot_ns: int) -> None:
        # How late the machine wakes us differs between machines, and with how long it has been
        # idle: 20 to 200 us on one virtual machine. Running mean and deviation, with the gains
        # of TCP's round-trip estimate (RFC 6298), keep the spin short and the frames on time.
        error_ns = min(overshoot_ns, _EARLY_MAX_NS) - self._overshoot_ns
        self._overshoot_ns += error_ns // 8
        self._overshoot_deviation_ns += (abs(error_ns) - self._overshoot_deviation_ns) // 4
        wanted_ns = self._overshoot_ns + 2 * self._overshoot_deviation_ns
        self._wake_early_ns = min(max(wanted_ns, _EARLY_MIN_NS), _EARLY_MAX_NS)

    def _rest_if_due(self) -> None:
        if self.realtime and self._slept_ns < _REST_NS:
            self._rests += 1
            time.sleep((_REST_NS - self._slept_ns) / NS_PER_S)

    def _answer(self) -> bool:
        message = self._control.recv(MAX_MESSAGE_BYTES)
        if not message:
            return False
        request = json.loads(message)
        try:
            answer: dict[str, Any] = {"result": self._handle(request)}
        except EdgeAIBenchError as error:
            answer = {"error": str(error)}
        except OSError as error:
            answer = {"error": f"{request['do']}: {error}"}
        self._control.send(json.dumps({"number": request["number"], **answer}).encode())
        return True

    def _handle(self, request: dict[str, Any]) -> dict[str, Any]:
        match request["do"]:
            case "attach":
                self._attach(request)
                return {}
            case "set":
                for way, direction in zip(
                    ("up", "down"), self._wires[request["wire"]], strict=True
                ):
                    if request[way] is not None:
                        self._change(direction, LinkDirection.model_validate(request[way]))
                return {}
            case "observe":
                up, down = self._wires[request["wire"]]
                return {"up": up.counters(), "down": down.counters()}
            case "detach":
                self._detach(request["wire"])
                return {}
            case "lateness":
                return {"counts": self._lateness()}
            case "health":
                return self._health()
            case other:
                raise InternalError(f"the relay knows no request '{other}'")

    def _attach(self, request: dict[str, Any]) -> None:
        wire = request["wire"]
        (a_name, a_index), (b_name, b_index) = request["a"], request["b"]
        up = self._direction(f"link/{wire}/up", request["up"], b_name)
        down = self._direction(f"link/{wire}/down", request["down"], a_name)
        self._wires[wire] = (up, down)
        self._ingress[a_index] = up
        self._ingress[b_index] = down

    def _direction(self, purpose: str, asked: object, way_out: str) -> _Direction:
        self._directions += 1
        schedule = DirectionSchedule(
            LinkDirection.model_validate(asked),
            generator=stream(self._seed, purpose),
            max_queue_s=self._max_queue_s,
        )
        return _Direction(self._directions, schedule, way_out)

    def _change(self, direction: _Direction, asked: LinkDirection) -> None:
        schedule = direction.schedule
        was_held = schedule.is_held
        schedule.set(time.monotonic_ns(), asked)
        if was_held or schedule.is_held:
            # All its frames are due later than was noted, or nobody knows when.
            self._expect_nothing_of((direction,))
            if direction.frames:
                self._expect(direction)

    def _expect_nothing_of(self, directions: Collection[_Direction]) -> None:
        self._due = [entry for entry in self._due if entry[2] not in directions]
        heapq.heapify(self._due)

    def _detach(self, wire: str) -> None:
        gone = self._wires.pop(wire)
        self._ingress = {i: d for i, d in self._ingress.items() if d not in gone}
        self._expect_nothing_of(gone)
        self._held_bytes -= sum(len(frame) for d in gone for _, frame in d.frames)

    def _lateness(self) -> dict[int, int]:
        """Lateness of all directions together, as `LatenessHistogram.counts` gives it."""
        pooled: Counter[int] = Counter()
        for wire in self._wires.values():
            for direction in wire:
                pooled.update(direction.lateness.counts())
        return dict(pooled)

    def _health(self) -> dict[str, Any]:
        used = resource.getrusage(resource.RUSAGE_SELF)
        return {
            "realtime": self.realtime,
            "overrun": self._ring.overrun(),
            "oversized": self._ring.oversized,
            "rests": self._rests,
            "cpu_s": used.ru_utime + used.ru_stime,
        }


def relay_main(
    control: socket.socket, *, parent_pid: int, seed: int, max_queue_s: float, realtime: bool
) -> None:
    """Be the relay: the body of the forked process; returns when *control* closes.

    Sends one message first: whether it has a real-time priority, or what kept it from starting.
    """
    try:
        # Loaded now, so that the first wire does not have to wait for it.
        stream(seed, "link")
        die_with_parent(parent_pid, signal_number=signal.SIGKILL)
        # Ctrl-C reaches the whole process group; the engine decides when the relay ends.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _close_all_but(control.fileno())
        unshare_network()
        disable_ipv6()
        relay = Relay(control, seed=seed, max_queue_s=max_queue_s)
        relay.realtime = realtime and kernel.become_realtime(_REALTIME_PRIORITY)
        kernel.set_timer_slack_ns(1)
        # Pauses for garbage collection would be lateness; the loop makes no cycles.
        gc.disable()
        gc.freeze()
        control.send(json.dumps({"realtime": relay.realtime}).encode())
        relay.run()
    except (BrokenPipeError, ConnectionResetError):
        return
    except Exception:
        control.send(json.dumps({"died": traceback.format_exc()[-4000:]}).encode())
        raise


def _close_all_but(kept: int) -> None:
    os.closerange(3, kept)
    os.closerange(kept + 1, os.sysconf("SC_OPEN_MAX"))

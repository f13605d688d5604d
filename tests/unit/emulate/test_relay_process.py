"""The relay's bookkeeping, without a network: frames go in and out of lists."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from edge_aibench.emulate.links import relay_process
from edge_aibench.emulate.links.relay_process import Relay
from edge_aibench.model.link import LinkDirection

_MS = 1_000_000
_A, _B = 11, 12


class _Ring:
    oversized = 0

    def fileno(self) -> int:
        return -1


class _Sender:
    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def sendto(self, frame: bytes, way_out: tuple[str, int]) -> None:  # noqa: ARG002
        self.sent.append(frame)


class _Bench:
    """A relay with one wire, and the instant that its clock shows."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, control: socket.socket) -> None:
        self.now_ns = 0
        self.sender = _Sender()
        monkeypatch.setattr(relay_process, "PacketRing", _Ring)
        monkeypatch.setattr(relay_process, "open_sender", lambda: self.sender)
        monkeypatch.setattr(time, "monotonic_ns", lambda: self.now_ns)
        self.relay = Relay(control, seed=1, max_queue_s=1.0)
        plain = LinkDirection().model_dump(mode="json", by_alias=True)
        self._ask({"do": "attach", "a": ("a", _A), "b": ("b", _B), "up": plain, "down": plain})

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        return self.relay._handle({"wire": "w", **request})

    def set_up(self, now_ms: int, **asked: Any) -> None:
        self.now_ns = now_ms * _MS
        up = LinkDirection(**asked).model_dump(mode="json", by_alias=True)
        self._ask({"do": "set", "up": up, "down": None})

    def offer(self, now_ms: int, frame: bytes, interface: int = _A) -> None:
        self.now_ns = now_ms * _MS
        self.relay._accept([(self.now_ns, interface, frame)])

    def arrived(self, now_ms: int) -> list[bytes]:
        """What is delivered up to *now_ms* and was not before."""
        self.now_ns = now_ms * _MS
        self.sender.sent.clear()
        self.relay._deliver()
        return list(self.sender.sent)

    def up(self) -> dict[str, Any]:
        return dict(self._ask({"do": "observe"})["up"])


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Bench]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield _Bench(monkeypatch, ours)


def test_a_held_outage_keeps_frames_back_and_then_sends_them_in_order(bench: _Bench) -> None:
    bench.set_up(0, delay_s=0.01)
    bench.offer(0, b"first")
    bench.offer(5, b"second")
    assert bench.arrived(12) == [b"first"]
    bench.set_up(14, delay_s=0.01, outage="held")
    bench.offer(50, b"third")
    assert bench.arrived(100) == []
    assert bench.relay._idle_s(bench.now_ns) is None
    assert bench.up()["queued"] == 2
    bench.set_up(114, delay_s=0.01)
    # Due at 15 ms and, counted from the beginning of the outage, at 24 ms: 100 ms later.
    assert bench.arrived(114) == []
    assert bench.arrived(115) == [b"second"]
    assert bench.arrived(123) == []
    assert bench.arrived(124) == [b"third"]
    assert (bench.up()["queued"], bench.up()["packets"], bench.up()["lost"]) == (0, 3, 0)
    # Only the first one was late, by 2 ms: an outage is no lateness.
    assert bench.up()["lateness_max_ns"] == 2 * _MS


def test_the_other_direction_goes_on(bench: _Bench) -> None:
    bench.set_up(0, outage="held")
    bench.offer(1, b"up")
    bench.offer(1, b"down", interface=_B)
    assert bench.arrived(2) == [b"down"]


def test_after_an_outage_everything_is_as_before(bench: _Bench) -> None:
    bench.set_up(0, delay_s=0.01, outage="held")
    bench.set_up(30, delay_s=0.01)
    bench.offer(40, b"x")
    assert bench.arrived(49) == []
    assert bench.arrived(50) == [b"x"]


def test_a_lost_outage_counts_what_it_takes(bench: _Bench) -> None:
    bench.offer(0, b"kept")
    bench.set_up(0, outage="lost")
    bench.offer(1, b"gone")
    assert bench.arrived(2) == [b"kept"]
    assert bench.up()["lost"] == 1


def test_a_wire_may_go_while_it_is_held(bench: _Bench) -> None:
    bench.set_up(0, outage="held")
    bench.offer(1, b"x")
    bench._ask({"do": "detach"})
    assert bench.arrived(10) == []
    assert bench.relay._held_bytes == 0

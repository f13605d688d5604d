"""What only the relay does: repeatable losses, lateness, its own life and death."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from edge_aibench.emulate.links.backend import Endpoint
from edge_aibench.emulate.links.relay import RelayBackend
from edge_aibench.errors import InternalError, RunError
from edge_aibench.model.link import LinkDirection

pytestmark = pytest.mark.emulation

_PLAIN = LinkDirection()


def _children() -> set[int]:
    return {int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()}


def _lost_numbers(seed: int, nodes: Any) -> list[int]:
    with RelayBackend(seed=seed) as backend:
        backend.attach("w", nodes.a, nodes.b, up=_PLAIN, down=_PLAIN)
        nodes.give_addresses()
        up, _ = nodes.paths()
        up.delays_s(1)
        backend.set("w", up=LinkDirection(loss=0.3))
        for number in range(200):
            up.send(str(number).encode())
        arrived = {int(payload) for payload, _ in up.receive_all(quiet_s=0.2)}
        return sorted(set(range(200)) - arrived)


def test_one_seed_loses_the_same_packets(make_nodes: Any) -> None:
    lost = _lost_numbers(7, make_nodes())
    assert len(lost) > 0
    assert _lost_numbers(7, make_nodes()) == lost
    assert _lost_numbers(8, make_nodes()) != lost


def test_lateness_and_health_are_told(make_nodes: Any) -> None:
    nodes = make_nodes()
    with RelayBackend(seed=1) as backend:
        backend.attach("w", nodes.a, nodes.b, up=LinkDirection(delay_s=0.005), down=_PLAIN)
        nodes.give_addresses()
        up, _ = nodes.paths()
        up.delays_s(20)
        counters = backend.observe("w").up
        assert counters.lateness_p50_ns is not None
        assert counters.lateness_p99_ns is not None
        assert counters.lateness_max_ns is not None
        assert 0 < counters.lateness_p50_ns <= counters.lateness_p99_ns <= counters.lateness_max_ns
        health = backend.health()
        assert health.realtime == backend.realtime
        assert (health.overrun, health.oversized) == (0, 0)
        assert health.cpu_s > 0


def test_full_queue_drops_and_counts(make_nodes: Any) -> None:
    nodes = make_nodes()
    with RelayBackend(seed=1, max_queue_s=0.05) as backend:
        backend.attach("w", nodes.a, nodes.b, up=_PLAIN, down=_PLAIN)
        nodes.give_addresses()
        up, _ = nodes.paths()
        up.delays_s(1)
        before = backend.observe("w").up
        # 100 frames of 1042 bytes take 8.3 ms each: what would wait over 50 ms is dropped.
        backend.set("w", up=LinkDirection(rate_bps=1e6))
        for _ in range(100):
            up.send(b"x" * 1000)
        arrived = len(up.receive_all(quiet_s=0.2))
        counters = backend.observe("w").up
        assert 7 <= arrived <= 20
        assert counters.dropped == 100 - arrived
        assert counters.packets - before.packets == arrived


def test_death_of_the_relay_is_noticed(make_nodes: Any, interfaces_of: Any) -> None:
    nodes = make_nodes()
    before = _children()
    with RelayBackend(seed=1) as backend:
        (relay_pid,) = _children() - before
        backend.attach("w", nodes.a, nodes.b, up=_PLAIN, down=_PLAIN)
        os.kill(relay_pid, signal.SIGKILL)
        with pytest.raises(RunError, match=f"relay .process {relay_pid}. has ended"):
            backend.health()
        with pytest.raises(RunError, match="has ended"):
            backend.set("w", up=_PLAIN)
    assert interfaces_of(nodes.a.pid) == set()


def test_relay_ends_with_the_process_that_made_it() -> None:
    reading, writing = os.pipe()
    engine = os.fork()
    if engine == 0:
        try:
            before = _children()
            backend = RelayBackend(seed=1)
            backend.__enter__()
            (relay_pid,) = _children() - before
            os.write(writing, str(relay_pid).encode())
            signal.pause()
        finally:
            os._exit(1)
    relay_pid = int(os.read(reading, 20))
    relay = os.pidfd_open(relay_pid)
    os.kill(engine, signal.SIGKILL)
    os.waitpid(engine, 0)
    # The descriptor becomes readable when the process has ended.
    import select

    assert select.select([relay], [], [], 5.0)[0] == [relay]


def test_relay_stops_and_is_reaped_on_leaving() -> None:
    before = _children()
    with RelayBackend(seed=1):
        assert len(_children() - before) == 1
    assert _children() == before


def test_use_outside_the_statement_is_our_bug() -> None:
    with pytest.raises(InternalError, match="outside its `with` statement"):
        RelayBackend(seed=1).health()


def test_an_interrupted_wait_leaves_its_answer_to_nobody(
    make_nodes: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C between a request and its answer: the next request gets its own answer."""

    def interrupted() -> None:
        raise KeyboardInterrupt

    nodes = make_nodes()
    with RelayBackend(seed=1) as backend:
        backend.attach("w", nodes.a, nodes.b, up=_PLAIN, down=_PLAIN)
        with monkeypatch.context() as cut:
            cut.setattr(backend, "_receive", interrupted)
            with pytest.raises(KeyboardInterrupt):
                backend.set("w", up=_PLAIN)
        assert backend.observe("w").up.dropped == 0
        assert backend.health().overrun == 0


def test_a_node_that_ends_takes_its_wire_along(make_nodes: Any, interfaces_of: Any) -> None:
    nodes = make_nodes()
    with RelayBackend(seed=1) as backend:
        backend.attach("w", nodes.a, nodes.b, up=_PLAIN, down=_PLAIN)
        os.kill(nodes.a.pid, signal.SIGKILL)
        os.waitpid(nodes.a.pid, 0)
        backend.observe("w")
        backend.detach("w")
        assert interfaces_of(nodes.b.pid) == set()


def test_busy_relay_leaves_time_to_others(make_nodes: Any) -> None:
    """A saturated real-time relay rests; without it the kernel would stop it for 50 ms."""
    nodes = make_nodes()
    with RelayBackend(seed=1) as backend:
        if not backend.realtime:
            pytest.skip("this machine allows no real-time priority")
        # A frame due every 24 us leaves no time to sleep in.
        asked = LinkDirection(delay_s=0.005, rate_bps=500e6)
        backend.attach("w", nodes.a, nodes.b, up=asked, down=_PLAIN)
        nodes.give_addresses()
        up, _ = nodes.paths()
        up.delays_s(1)
        used_s, start_s = backend.health().cpu_s, time.monotonic()
        while time.monotonic() - start_s < 0.5:
            for _ in range(64):
                up.send(b"x" * 1400)
        elapsed_s = time.monotonic() - start_s
        assert backend.health().cpu_s - used_s <= 0.93 * elapsed_s


def test_wires_to_the_engine_itself(interfaces_of: Any) -> None:
    with RelayBackend(seed=1) as backend:
        backend.attach("w", Endpoint("left"), Endpoint("right"), up=_PLAIN, down=_PLAIN)
        assert interfaces_of(None) == {"left", "right"}
    assert interfaces_of(None) == set()

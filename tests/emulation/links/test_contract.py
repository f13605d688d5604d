"""What every link backend does, shown with datagrams between two nodes' programs.

Tolerances are wider than what the benchmark shows (benchmarks/links.py): these tests also run
on machines that do other things at the same time.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from typing import Any

import pytest

from edge_aibench.emulate.links.backend import Endpoint
from edge_aibench.emulate.links.namespace import inside_process
from edge_aibench.emulate.links.netem import NetemBackend
from edge_aibench.errors import HostError, RunError
from edge_aibench.model.link import Jitter, LinkDirection

pytestmark = pytest.mark.emulation

# Ethernet, IPv4 and UDP headers.
_HEADERS_BYTES = 14 + 20 + 8
# How late a program may see a datagram; a guest under software emulation says more.
_LATE_S = float(os.environ.get("EDGE_AIBENCH_TEST_LATE_S", "1e-3"))
_PLAIN = LinkDirection()


def _settle(path: Any) -> None:
    """Get the address resolution, and the clocks of an idle machine, out of the way."""
    path.delays_s(3)


def test_probe_finds_the_backend_usable(make_backend: Any) -> None:
    assert make_backend().probe().available


def test_each_direction_has_its_own_delay(make_backend: Any, make_nodes: Any) -> None:
    nodes = make_nodes()
    with make_backend() as backend:
        backend.attach(
            "w", nodes.a, nodes.b, up=LinkDirection(delay_s=0.02), down=LinkDirection(delay_s=0.005)
        )
        nodes.give_addresses()
        up, down = nodes.paths()
        _settle(up)
        _settle(down)
        assert 0.02 <= statistics.median(up.delays_s(21)) <= 0.02 + _LATE_S
        assert 0.005 <= statistics.median(down.delays_s(21)) <= 0.005 + _LATE_S


def test_first_packet_is_shaped(make_backend: Any, make_nodes: Any) -> None:
    nodes = make_nodes()
    with make_backend() as backend:
        slow = LinkDirection(delay_s=0.05)
        backend.attach("w", nodes.a, nodes.b, up=slow, down=slow)
        nodes.give_addresses()
        up, _ = nodes.paths()
        # Address resolution goes there and back first, then the datagram goes there.
        assert 0.15 <= up.delays_s(1)[0] <= 0.3


@pytest.mark.parametrize("rate_bps", [1e6, 20e6, 100e6])
def test_rate_is_within_five_percent(make_backend: Any, make_nodes: Any, rate_bps: float) -> None:
    nodes = make_nodes()
    with make_backend() as backend:
        # The delay is longer than sending takes, so that reading begins before the first comes.
        asked = LinkDirection(delay_s=0.1, rate_bps=rate_bps)
        backend.attach("w", nodes.a, nodes.b, up=asked, down=_PLAIN)
        nodes.give_addresses()
        up, _ = nodes.paths()
        _settle(up)
        frame_bits = (1400 + _HEADERS_BYTES) * 8
        frames = max(20, round(0.1 * rate_bps / frame_bits))
        for _ in range(frames):
            up.send(b"x" * 1400)
        arrived = up.receive_all(quiet_s=0.3)
        assert len(arrived) == frames
        achieved_bps = (frames - 1) * frame_bits / ((arrived[-1][1] - arrived[0][1]) / 1e9)
        # Both ends of the train may be read late.
        noise = 2 * (_LATE_S - 1e-3) / (frames * frame_bits / rate_bps)
        assert achieved_bps == pytest.approx(rate_bps, rel=0.05 + noise)


def test_loss_lies_in_its_binomial_interval(make_backend: Any, make_nodes: Any) -> None:
    from scipy import stats

    nodes = make_nodes()
    with make_backend() as backend:
        backend.attach("w", nodes.a, nodes.b, up=_PLAIN, down=_PLAIN)
        nodes.give_addresses()
        up, down = nodes.paths()
        _settle(up)
        _settle(down)
        backend.set("w", up=LinkDirection(loss=0.2))
        n = 1000
        # Up: n = 1000, p = 0.2, central 99.9 % of the binomial law. Down: nothing is lost.
        low, high = stats.binom.interval(0.999, n, 0.2)
        assert low <= n - _arrivals(up, n) <= high
        assert _arrivals(down, n) == n


def _arrivals(path: Any, n: int) -> int:
    """How many of *n* datagrams arrive, in bursts that a receiver's buffer has room for."""
    arrived = 0
    for _ in range(n // 100):
        for _ in range(100):
            path.send(b"x")
        arrived += len(path.receive_all(quiet_s=0.05 + 2 * _LATE_S))
    return arrived


def test_jitter_spreads_delays_but_keeps_the_order(make_backend: Any, make_nodes: Any) -> None:
    nodes = make_nodes()
    asked = LinkDirection(delay_s=0.02, jitter=Jitter(law="normal", spread_s=0.005))
    with make_backend() as backend:
        backend.attach("w", nodes.a, nodes.b, up=asked, down=_PLAIN)
        nodes.give_addresses()
        up, _ = nodes.paths()
        _settle(up)
        delays_s = up.delays_s(60)
        # n = 60, normal law: the standard error of the standard deviation is s / sqrt(2 n) =
        # 0.46 ms, of the mean s / sqrt(n) = 0.65 ms; both are allowed 3.3 of them and the lateness.
        assert statistics.stdev(delays_s) == pytest.approx(0.005, abs=3.3 * 0.46e-3 + _LATE_S)
        assert statistics.mean(delays_s) == pytest.approx(0.02, abs=3.3 * 0.65e-3 + _LATE_S)
        for number in range(300):
            up.send(str(number).encode())
        assert [int(payload) for payload, _ in up.receive_all(quiet_s=0.3)] == list(range(300))


def test_set_changes_a_link_under_way_and_back_to_nothing(
    make_backend: Any, make_nodes: Any
) -> None:
    nodes = make_nodes()
    with make_backend() as backend:
        backend.attach("w", nodes.a, nodes.b, up=_PLAIN, down=_PLAIN)
        nodes.give_addresses()
        up, down = nodes.paths()
        _settle(up)
        backend.set("w", up=LinkDirection(delay_s=0.03))
        assert 0.03 <= statistics.median(up.delays_s(11)) <= 0.03 + _LATE_S
        assert statistics.median(down.delays_s(11)) <= _LATE_S
        backend.set("w", up=LinkDirection())
        assert statistics.median(up.delays_s(11)) <= _LATE_S


def test_set_loses_nothing_that_is_under_way(make_backend: Any, make_nodes: Any) -> None:
    nodes = make_nodes()
    with make_backend() as backend:
        backend.attach("w", nodes.a, nodes.b, up=_PLAIN, down=_PLAIN)
        nodes.give_addresses()
        up, _ = nodes.paths()
        _settle(up)
        backend.set("w", up=LinkDirection(delay_s=0.2))
        sent_ns = time.monotonic_ns()
        for number in range(100):
            up.send(str(number).encode())
        backend.set("w", up=LinkDirection())
        arrived = up.receive_all(quiet_s=0.4)
        assert [int(payload) for payload, _ in arrived] == list(range(100))
        assert (arrived[0][1] - sent_ns) / 1e9 >= 0.2


def test_an_outage_that_loses_lets_nothing_through_until_it_ends(
    make_backend: Any, make_nodes: Any
) -> None:
    nodes = make_nodes()
    with make_backend() as backend:
        backend.attach("w", nodes.a, nodes.b, up=_PLAIN, down=_PLAIN)
        nodes.give_addresses()
        up, down = nodes.paths()
        _settle(up)
        _settle(down)
        before = backend.observe("w").up
        backend.set("w", up=LinkDirection(outage="lost"))
        for _ in range(100):
            up.send(b"x")
        assert up.receive_all(quiet_s=0.1) == []
        assert _arrivals(down, 100) == 100
        backend.set("w", up=_PLAIN)
        assert _arrivals(up, 100) == 100
        assert backend.observe("w").up.lost - before.lost == 100


def test_an_outage_that_holds_delays_everything_or_is_refused(
    make_backend: Any, make_nodes: Any
) -> None:
    nodes = make_nodes()
    with make_backend() as backend:
        backend.attach("w", nodes.a, nodes.b, up=_PLAIN, down=_PLAIN)
        nodes.give_addresses()
        up, _ = nodes.paths()
        _settle(up)
        backend.set("w", up=LinkDirection(delay_s=0.05))
        up.send(b"under way")
        holding = LinkDirection(delay_s=0.05, outage="held")
        if isinstance(backend, NetemBackend):
            with pytest.raises(HostError, match="--backend relay"):
                backend.set("w", up=holding)
            return
        backend.set("w", up=holding)
        begin_ns = time.monotonic_ns()
        for number in range(20):
            up.send(str(number).encode())
        assert up.receive_all(quiet_s=0.2) == []
        assert backend.observe("w").up.queued == 21
        backend.set("w", up=LinkDirection(delay_s=0.05))
        end_ns = time.monotonic_ns()
        arrived = up.receive_all(quiet_s=0.2)
        names = [payload for payload, _ in arrived]
        assert names == [b"under way", *(str(number).encode() for number in range(20))]
        outage_s = (end_ns - begin_ns) / 1e9
        # The last one was offered, in the direction's own time, as the outage began.
        assert (arrived[-1][1] - end_ns) / 1e9 >= 0.05 - 5e-3
        assert (arrived[-1][1] - begin_ns) / 1e9 <= outage_s + 0.05 + _LATE_S + 5e-3
        assert backend.observe("w").up.lost == 0
        # Afterwards the direction is as it was.
        assert 0.05 <= statistics.median(up.delays_s(11)) <= 0.05 + _LATE_S


def test_observe_counts_packets_bytes_and_losses(make_backend: Any, make_nodes: Any) -> None:
    nodes = make_nodes()
    with make_backend() as backend:
        backend.attach("w", nodes.a, nodes.b, up=_PLAIN, down=_PLAIN)
        nodes.give_addresses()
        up, _ = nodes.paths()
        _settle(up)
        before = backend.observe("w").up
        for _ in range(50):
            up.send(b"x" * 1000)
        assert len(up.receive_all(quiet_s=0.2)) == 50
        after = backend.observe("w").up
        assert after.packets - before.packets == 50
        assert after.sent_bytes - before.sent_bytes == 50 * (1000 + _HEADERS_BYTES)
        assert (after.lost, after.dropped, after.queued) == (0, 0, 0)
        backend.set("w", up=LinkDirection(loss=0.5))
        for _ in range(200):
            up.send(b"x")
        arrived = len(up.receive_all(quiet_s=0.2))
        final = backend.observe("w").up
        assert final.packets - after.packets == arrived
        assert final.lost == 200 - arrived


def test_queue_is_seen_while_packets_are_under_way(make_backend: Any, make_nodes: Any) -> None:
    nodes = make_nodes()
    with make_backend() as backend:
        backend.attach("w", nodes.a, nodes.b, up=_PLAIN, down=_PLAIN)
        nodes.give_addresses()
        up, _ = nodes.paths()
        _settle(up)
        backend.set("w", up=LinkDirection(delay_s=0.3))
        for _ in range(7):
            up.send(b"x")
        time.sleep(0.05)
        assert backend.observe("w").up.queued == 7


def test_wires_do_not_mix(make_backend: Any, make_nodes: Any) -> None:
    first, second = make_nodes(), make_nodes()
    with make_backend() as backend:
        backend.attach("first", first.a, first.b, up=_PLAIN, down=_PLAIN)
        backend.attach("second", second.a, second.b, up=_PLAIN, down=_PLAIN)
        first.give_addresses()
        up, _ = first.paths()
        up.delays_s(5)
        assert backend.observe("first").up.packets >= 5
        assert backend.observe("second").up.packets == 0


def test_interfaces_are_made_as_named(make_backend: Any, make_nodes: Any, start_node: Any) -> None:
    a = Endpoint("a-eth0", pid=start_node(), mac="02:00:00:00:00:aa")
    b = Endpoint("s1-eth1", pid=None)
    with make_backend() as backend:
        backend.attach("w", a, b, up=_PLAIN, down=_PLAIN)
        with inside_process(a.pid):
            text = _link_text("a-eth0")
        assert "02:00:00:00:00:aa" in text
        assert "mtu 1500" in text
        assert "UP" in text
        assert "UP" in _link_text("s1-eth1")


def _link_text(name: str) -> str:
    return subprocess.run(
        ["ip", "link", "show", name], capture_output=True, text=True, check=True, timeout=5
    ).stdout


def test_detach_leaves_no_interface(make_backend: Any, make_nodes: Any, interfaces_of: Any) -> None:
    nodes = make_nodes()
    engine_end = Endpoint("s1-eth1", pid=None)
    with make_backend() as backend:
        backend.attach("w", nodes.a, nodes.b, up=_PLAIN, down=_PLAIN)
        backend.attach("x", Endpoint("a-eth1", pid=nodes.a.pid), engine_end, up=_PLAIN, down=_PLAIN)
        assert interfaces_of(nodes.a.pid) == {"a-eth0", "a-eth1"}
        backend.detach("w")
        assert interfaces_of(nodes.a.pid) == {"a-eth1"}
        assert interfaces_of(nodes.b.pid) == set()
        backend.detach("x")
        assert interfaces_of(None) == set()
        backend.attach("w", nodes.a, nodes.b, up=_PLAIN, down=_PLAIN)
        assert interfaces_of(nodes.a.pid) == {"a-eth0"}


def test_leaving_removes_every_wire(make_backend: Any, make_nodes: Any, interfaces_of: Any) -> None:
    nodes = make_nodes()
    with make_backend() as backend:
        backend.attach("w", nodes.a, nodes.b, up=_PLAIN, down=_PLAIN)
    assert interfaces_of(nodes.a.pid) == set()
    assert interfaces_of(nodes.b.pid) == set()


def test_errors_name_the_wire_and_leave_nothing(
    make_backend: Any, make_nodes: Any, interfaces_of: Any
) -> None:
    nodes = make_nodes()
    with make_backend() as backend:
        for act in (backend.observe, backend.detach, backend.set):
            with pytest.raises(RunError, match="no wire 'nowhere'"):
                act("nowhere")
        too_long = Endpoint("a-name-that-is-too-long", pid=nodes.b.pid)
        with pytest.raises(RunError, match=r"wire 'w'.*more than 15 characters"):
            backend.attach("w", nodes.a, too_long, up=_PLAIN, down=_PLAIN)
        gone = Endpoint("b-eth0", pid=2**22 - 1)
        with pytest.raises(RunError, match=r"wire 'w'.*has ended"):
            backend.attach("w", nodes.a, gone, up=_PLAIN, down=_PLAIN)
        assert interfaces_of(nodes.a.pid) == set()
        backend.attach("w", nodes.a, nodes.b, up=_PLAIN, down=_PLAIN)
        with pytest.raises(RunError, match="'w' is attached already"):
            backend.attach("w", nodes.a, nodes.b, up=_PLAIN, down=_PLAIN)
        same_name = Endpoint("b-eth1", pid=nodes.b.pid)
        with pytest.raises(RunError, match=r"wire 'x'.*File exists"):
            backend.attach("x", nodes.a, same_name, up=_PLAIN, down=_PLAIN)
        assert interfaces_of(nodes.b.pid) == {"b-eth0"}

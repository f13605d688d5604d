"""How true are the emulated links? Delay, rate and loss achieved against asked.

    python benchmarks/links.py [--backend auto|netem|relay] [--json]

Two nodes in network namespaces of their own, joined by one wire, measured with the sockets of
ordinary programs: a UDP echo for delay, a UDP train and a TCP stream for rate, numbered
datagrams for loss. Needs root (or the right to make network namespaces). Where that is allowed
the programs have a real-time priority, below the relay's, so that what is measured is the link
and not what else the machine does; the load average is told all the same.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Interface
from pathlib import Path
from typing import Any

from edge_aibench.emulate.backends import choose_backend
from edge_aibench.emulate.kernel import become_realtime, cores_kept_awake
from edge_aibench.emulate.links.backend import MTU_BYTES, Endpoint, ManagedBackend
from edge_aibench.emulate.links.interface import bring_up, set_address
from edge_aibench.emulate.links.namespace import (
    disable_ipv6,
    inside_process,
    open_namespace,
    unshare_network,
)
from edge_aibench.emulate.links.process import die_with_parent
from edge_aibench.emulate.links.rtnetlink import RouteSocket, VethEnd
from edge_aibench.model.link import LinkDirection

_DELAYS_S = (0.5e-3, 1e-3, 5e-3, 10e-3, 20e-3, 50e-3)
_RATES_BPS = (1e6, 10e6, 100e6, 500e6)
_LOSSES = (0.01, 0.05)
_EMULATED, _BARE = "10.0.0", "10.0.1"
_PINGS = 500
_PING_EVERY_S = 5e-3
_DATAGRAMS, _BURST = 5000, 100
_RATE_DELAY_S = 5e-3
_PAYLOAD_BYTES = 1400
_DATAGRAM_FRAME_BYTES = _PAYLOAD_BYTES + 14 + 20 + 8
# A full TCP segment with timestamps: 1448 bytes of payload in a frame of 1514.
_TCP_FRAME_SHARE = 1514 / 1448
_PRIORITY = 5
_PLAIN = LinkDirection()


@dataclass(frozen=True)
class Bench:
    """Two nodes joined by the wire *w*."""

    backend: ManagedBackend
    a: Endpoint
    b: Endpoint

    def renew(self, *, up: LinkDirection, down: LinkDirection) -> None:
        """Make the wire afresh, with fresh counters."""
        self.backend.detach("w")
        self.attach(up=up, down=down)

    def attach(self, *, up: LinkDirection, down: LinkDirection) -> None:
        self.backend.attach("w", self.a, self.b, up=up, down=down)
        for end, address in ((self.a, "10.0.0.1/24"), (self.b, "10.0.0.2/24")):
            set_address(end.name, IPv4Interface(address), pid=end.pid)

    def socket_in(self, end: Endpoint, kind: socket.SocketKind) -> socket.socket:
        with inside_process(end.pid):
            return socket.socket(socket.AF_INET, kind)


def fork(body: Callable[[], object]) -> int:
    """Run *body* in a child that dies with this process."""
    parent_pid = os.getpid()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            die_with_parent(parent_pid, signal_number=signal.SIGKILL)
            become_realtime(_PRIORITY)
            body()
            status = 0
        finally:
            os._exit(status)
    return pid


def start_node() -> int:
    reading, writing = os.pipe()

    def hold() -> None:
        unshare_network()
        disable_ipv6()
        os.write(writing, b"1")
        while True:
            signal.pause()

    pid = fork(hold)
    os.read(reading, 1)
    os.close(reading)
    os.close(writing)
    return pid


def percentile(values: list[float], percent: float) -> float:
    ordered = sorted(values)
    return ordered[max(math.ceil(len(ordered) * percent / 100) - 1, 0)]


def measure_delay(bench: Bench, asked_s: float) -> dict[str, float]:
    both = LinkDirection(delay_s=asked_s)
    bench.renew(up=both, down=both)
    every_s = 2 * asked_s + _PING_EVERY_S
    errors_s = [abs(rtt_s - 2 * asked_s) for rtt_s in ping(bench, _EMULATED, every_s)]
    up = bench.backend.observe("w").up
    return {
        "asked_one_way_ms": asked_s * 1e3,
        "rtt_error_median_ms": percentile(errors_s, 50) * 1e3,
        "rtt_error_p99_ms": percentile(errors_s, 99) * 1e3,
        "rtt_error_max_ms": max(errors_s) * 1e3,
        "link_late_median_ms": (up.lateness_p50_ns or math.nan) / 1e6,
        "link_late_p99_ms": (up.lateness_p99_ns or math.nan) / 1e6,
        "bare_rtt_median_ms": percentile(ping(bench, _BARE, every_s), 50) * 1e3,
        "n": len(errors_s),
    }


def ping(bench: Bench, network: str, every_s: float) -> list[float]:
    """Round trips in seconds, one every *every_s*, over the *network* of that prefix."""
    server = bench.socket_in(bench.b, socket.SOCK_DGRAM)
    server.bind((f"{network}.2", 0))
    client = bench.socket_in(bench.a, socket.SOCK_DGRAM)
    client.connect(server.getsockname())
    client.settimeout(2.0)

    def echo() -> None:
        while True:
            payload, sender = server.recvfrom(2048)
            server.sendto(payload, sender)

    echo_pid = fork(echo)
    times_s = []
    start_s = time.monotonic()
    for number in range(_PINGS + 5):
        time.sleep(max(0.0, start_s + number * every_s - time.monotonic()))
        sent_ns = time.monotonic_ns()
        client.send(b"x" * 64)
        client.recv(2048)
        times_s.append((time.monotonic_ns() - sent_ns) / 1e9)
    stop(echo_pid)
    # The first ones resolve addresses.
    return times_s[5:]


def join_barely(a: Endpoint, b: Endpoint) -> None:
    """Join the nodes by a plain veth pair too: what programs wait without any emulation."""
    near, far = Endpoint("a-bare", pid=a.pid), Endpoint("b-bare", pid=b.pid)
    with RouteSocket() as route, open_namespace(a.pid) as a_fd, open_namespace(b.pid) as b_fd:
        route.create_veth(
            VethEnd(near.name, namespace_fd=a_fd),
            VethEnd(far.name, namespace_fd=b_fd),
            mtu_bytes=MTU_BYTES,
        )
    for end, host in ((near, 1), (far, 2)):
        bring_up(end.name, pid=end.pid)
        set_address(end.name, IPv4Interface(f"{_BARE}.{host}/24"), pid=end.pid)


def measure_rate(bench: Bench, asked_bps: float) -> dict[str, float]:
    shaped = LinkDirection(delay_s=_RATE_DELAY_S, rate_bps=asked_bps)
    bench.renew(up=shaped, down=LinkDirection(delay_s=_RATE_DELAY_S))
    udp_bps = _udp_train_bps(bench, asked_bps)
    tcp_bps = _tcp_bps(bench)
    return {
        "asked_mbps": asked_bps / 1e6,
        "udp_mbps": udp_bps / 1e6,
        "udp_error_percent": 100 * (udp_bps / asked_bps - 1),
        "tcp_mbps": tcp_bps / 1e6,
        "tcp_error_percent": 100 * (tcp_bps / asked_bps - 1),
    }


def _udp_train_bps(bench: Bench, asked_bps: float) -> float:
    """The rate of a train of about half a second, headers counted."""
    sink = bench.socket_in(bench.b, socket.SOCK_DGRAM)
    sink.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    sink.bind(("10.0.0.2", 0))
    sink.settimeout(1.0)
    target = sink.getsockname()
    source = bench.socket_in(bench.a, socket.SOCK_DGRAM)
    # Resolves the address, for which only few datagrams would wait.
    source.sendto(b"", target)
    sink.recv(1)
    frames = max(30, round(0.5 * asked_bps / 8 / _DATAGRAM_FRAME_BYTES))

    def send() -> None:
        # Offered a fifth faster than the link sends: its queue fills slowly and never runs dry.
        start_s = time.monotonic()
        every_s = _DATAGRAM_FRAME_BYTES * 8 / asked_bps / 1.2
        for number in range(frames):
            while time.monotonic() - start_s < number * every_s - 2e-3:
                time.sleep(1e-3)
            source.sendto(b"x" * _PAYLOAD_BYTES, target)

    sender = fork(send)
    first_ns = last_ns = received = 0
    try:
        while received < frames:
            sink.recv(2048)
            last_ns = time.monotonic_ns()
            first_ns = first_ns or last_ns
            received += 1
    except TimeoutError:
        print(f"lost {frames - received} of {frames} datagrams", file=sys.stderr)
    os.waitpid(sender, 0)
    return (received - 1) * _DATAGRAM_FRAME_BYTES * 8 / ((last_ns - first_ns) / 1e9)


def _tcp_bps(bench: Bench) -> float:
    """The rate of a TCP stream between its first and its third second, headers counted."""
    listener = bench.socket_in(bench.b, socket.SOCK_STREAM)
    listener.bind(("10.0.0.2", 0))
    listener.listen()
    client = bench.socket_in(bench.a, socket.SOCK_STREAM)
    target = listener.getsockname()

    def send() -> None:
        client.connect(target)
        end_s = time.monotonic() + 3.5
        while time.monotonic() < end_s:
            client.send(b"x" * 65536)

    sender = fork(send)
    stream, _ = listener.accept()
    buffer = bytearray(1 << 18)
    start_s = time.monotonic()
    received, begin_s, now_s = 0, 0.0, start_s
    while now_s < start_s + 3.0:
        size = stream.recv_into(buffer)
        now_s = time.monotonic()
        if begin_s:
            received += size
        elif now_s >= start_s + 1.0:
            begin_s = now_s
    stop(sender)
    stream.close()
    client.close()
    return received * 8 * _TCP_FRAME_SHARE / (now_s - begin_s)


def measure_loss(bench: Bench, asked: float) -> dict[str, float]:
    from scipy import stats

    bench.renew(up=LinkDirection(loss=asked), down=_PLAIN)
    sink = bench.socket_in(bench.b, socket.SOCK_DGRAM)
    sink.bind(("10.0.0.2", 0))
    sink.settimeout(0.03)
    source = bench.socket_in(bench.a, socket.SOCK_DGRAM)
    # The address is resolved from the other side, whose datagrams are not lost.
    sink.sendto(b"", (f"{_EMULATED}.1", 9))
    time.sleep(0.05)
    received = 0
    # In bursts that a receiver's buffer has room for.
    for _ in range(_DATAGRAMS // _BURST):
        for _ in range(_BURST):
            source.sendto(b"x", sink.getsockname())
        received += _drain(sink)
    lost = _DATAGRAMS - received
    interval = stats.binomtest(lost, _DATAGRAMS).proportion_ci(0.95)
    return {
        "asked_percent": 100 * asked,
        "observed_percent": 100 * lost / _DATAGRAMS,
        "low95_percent": 100 * float(interval.low),
        "high95_percent": 100 * float(interval.high),
        "n": _DATAGRAMS,
    }


def _drain(sink: socket.socket) -> int:
    """Read until nothing has come for a while; give how many datagrams there were."""
    received = 0
    try:
        while True:
            sink.recv(64)
            received += 1
    except TimeoutError:
        return received


def measure_building(backend: ManagedBackend) -> dict[str, float]:
    nodes = [start_node() for _ in range(32)]
    start_s = time.perf_counter()
    for number, pid in enumerate(nodes):
        a, b = Endpoint("eth0", pid=pid), Endpoint(f"s1-eth{number}")
        backend.attach(f"build/{number}", a, b, up=_PLAIN, down=_PLAIN)
    per_wire_ms = (time.perf_counter() - start_s) / len(nodes) * 1e3
    for number in range(len(nodes)):
        backend.detach(f"build/{number}")
    for pid in nodes:
        stop(pid)
    return {"wires": len(nodes), "attach_ms_per_wire": per_wire_ms}


def stop(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def run(backend: ManagedBackend) -> dict[str, Any]:
    with backend:
        a, b = Endpoint("a-eth0", pid=start_node()), Endpoint("b-eth0", pid=start_node())
        bench = Bench(backend, a, b)
        bench.attach(up=_PLAIN, down=_PLAIN)
        join_barely(a, b)
        return {
            "delay": [measure_delay(bench, asked) for asked in _DELAYS_S],
            "rate": [measure_rate(bench, asked) for asked in _RATES_BPS],
            "loss": [measure_loss(bench, asked) for asked in _LOSSES],
            "building": measure_building(backend),
        }


def show(result: dict[str, Any]) -> None:
    print(f"backend {result['backend']}, {result['cores']} cores, load {result['load_average']}")
    for kind in ("delay", "rate", "loss"):
        rows = result[kind]
        print("\n" + "  ".join(rows[0]))
        for row in rows:
            cells = (f"{value:.3f}".rjust(len(name)) for name, value in row.items())
            print("  ".join(cells))
    print(f"\nattach: {result['building']['attach_ms_per_wire']:.2f} ms per wire")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--backend", choices=["auto", "netem", "relay"], default="auto")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    arguments = parser.parse_args()
    unshare_network()
    disable_ipv6()
    realtime = become_realtime(_PRIORITY)
    before = os.getloadavg()
    # As a run does.
    with cores_kept_awake(), tempfile.TemporaryDirectory() as scratch:
        backend = choose_backend(arguments.backend, seed=1, scratch=Path(scratch))
        measured = run(backend)
    result = {
        "backend": type(backend).__name__,
        "kernel": platform.release(),
        "realtime_programs": realtime,
        "cores": os.cpu_count(),
        "load_average": [round(before[0], 2), round(os.getloadavg()[0], 2)],
        **measured,
    }
    if arguments.json:
        print(json.dumps(result, indent=2))
    else:
        show(result)


if __name__ == "__main__":
    main()

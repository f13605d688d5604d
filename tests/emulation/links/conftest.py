"""Each test here runs in a forked child with a network namespace of its own.

What it makes vanishes with the child, whatever happens in it, and it cannot touch the
machine's own network. `os.fork` is what the relay backend needs too: the child has one thread.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Interface
from pathlib import Path

import pytest

from edge_aibench.emulate.backends import choose_backend
from edge_aibench.emulate.kernel import become_realtime
from edge_aibench.emulate.links.backend import Endpoint, ManagedBackend
from edge_aibench.emulate.links.interface import set_address
from edge_aibench.emulate.links.namespace import disable_ipv6, inside_process, unshare_network
from edge_aibench.emulate.links.process import die_with_parent
from edge_aibench.errors import HostError

StartNode = Callable[[], int]
MakeBackend = Callable[[], ManagedBackend]


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    if pyfuncitem.get_closest_marker("emulation") is None:
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    outcome = _in_child(lambda: pyfuncitem.obj(**arguments))
    if "skipped" in outcome:
        pytest.skip(outcome["skipped"])
    if "failed" in outcome:
        pytest.fail(outcome["failed"], pytrace=False)
    return True


def _in_child(body: Callable[[], object]) -> dict[str, str]:
    reading, writing = os.pipe()
    parent_pid = os.getpid()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.close(reading)
            die_with_parent(parent_pid, signal_number=signal.SIGKILL)
            os.write(writing, json.dumps(_outcome(body)).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        text = pipe.read()
    _, status = os.waitpid(pid, 0)
    if not text:
        return {"failed": f"the child of the test ended with wait status {status}"}
    outcome: dict[str, str] = json.loads(text)
    return outcome


def _outcome(body: Callable[[], object]) -> dict[str, str]:
    try:
        unshare_network()
    except HostError as error:
        return {"skipped": str(error)}
    disable_ipv6()
    # Where allowed: what else the machine does would otherwise be measured along.
    become_realtime(5)
    try:
        body()
    except pytest.skip.Exception as skip:
        return {"skipped": str(skip)}
    except BaseException:  # noqa: BLE001 - whatever ends the test is its result
        return {"failed": traceback.format_exc()}
    return {}


@pytest.fixture
def start_node() -> StartNode:
    """Start a process with an empty network namespace; it ends with the test."""

    def start() -> int:
        reading, writing = os.pipe()
        parent_pid = os.getpid()
        pid = os.fork()
        if pid == 0:
            try:
                die_with_parent(parent_pid, signal_number=signal.SIGKILL)
                unshare_network()
                disable_ipv6()
                os.write(writing, b"ready")
                while True:
                    signal.pause()
            finally:
                os._exit(1)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            assert pipe.read(5) == b"ready"
        return pid

    return start


@pytest.fixture(params=["relay", "netem"])
def make_backend(request: pytest.FixtureRequest, tmp_path: Path) -> MakeBackend:
    """Each backend in turn; the test calls this, so that it starts in the test's child."""
    try:
        backend = choose_backend(request.param, seed=1, scratch=tmp_path)
    except HostError as error:
        pytest.skip(str(error))
    return lambda: backend


class UdpPath:
    """Datagrams from one node to another: real sockets, timed where a program would see them."""

    def __init__(self, source_pid: int, sink_pid: int, *, source: str, sink: str) -> None:
        with inside_process(source_pid):
            self._source = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._source.bind((source, 0))
        with inside_process(sink_pid):
            self._sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._sink.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
            self._sink.bind((sink, 0))
        self._target = self._sink.getsockname()
        self._sink.settimeout(2.0)

    def send(self, payload: bytes) -> None:
        self._source.sendto(payload, self._target)

    def receive(self) -> tuple[bytes, int]:
        """Wait for the next datagram; give it and the instant it was read."""
        payload = self._sink.recv(65536)
        return payload, time.monotonic_ns()

    def receive_all(self, *, quiet_s: float) -> list[tuple[bytes, int]]:
        """Read until nothing has come for *quiet_s*."""
        received = []
        self._sink.settimeout(quiet_s)
        with contextlib.suppress(TimeoutError):
            while True:
                received.append(self.receive())
        self._sink.settimeout(2.0)
        return received

    def delays_s(self, n: int, *, size_bytes: int = 64) -> list[float]:
        """One-way delays of *n* datagrams, each sent when the one before it has arrived."""
        delays = []
        for _ in range(n):
            sent_ns = time.monotonic_ns()
            self.send(b"x" * size_bytes)
            delays.append((self.receive()[1] - sent_ns) / 1e9)
        return delays


@dataclass(frozen=True)
class TwoNodes:
    """Two nodes to be joined, and the paths between them once they are."""

    a: Endpoint
    b: Endpoint

    def give_addresses(self) -> None:
        for end, address in ((self.a, "10.0.0.1/24"), (self.b, "10.0.0.2/24")):
            set_address(end.name, IPv4Interface(address), pid=end.pid)

    def paths(self) -> tuple[UdpPath, UdpPath]:
        """The paths up and down, past the address resolution of the first datagrams."""
        assert self.a.pid is not None
        assert self.b.pid is not None
        up = UdpPath(self.a.pid, self.b.pid, source="10.0.0.1", sink="10.0.0.2")
        down = UdpPath(self.b.pid, self.a.pid, source="10.0.0.2", sink="10.0.0.1")
        return up, down


@pytest.fixture
def make_nodes(start_node: StartNode) -> Callable[[], TwoNodes]:
    def make() -> TwoNodes:
        return TwoNodes(Endpoint("a-eth0", pid=start_node()), Endpoint("b-eth0", pid=start_node()))

    return make


@pytest.fixture
def interfaces_of() -> Callable[[int | None], set[str]]:
    """Names of the interfaces in a process's network namespace, loopback aside."""

    def names(pid: int | None) -> set[str]:
        with inside_process(pid):
            return {name for _, name in socket.if_nameindex()} - {"lo"}

    return names

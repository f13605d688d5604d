"""Each test here runs in a forked child with a network namespace of its own.

What it makes vanishes with the child, whatever happens in it, and it cannot touch the
machine's own network. `os.fork` is what the relay backend needs too: the child has one thread.
"""

from __future__ import annotations

import json
import os
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from edge_aibench.emulate.links.backend import Endpoint, ManagedBackend
from edge_aibench.emulate.links.choose import BackendName, capabilities, link_backend
from edge_aibench.emulate.links.namespace import disable_ipv6, unshare_network
from edge_aibench.emulate.links.probe_port import ProbePort
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
    try:
        body()
    except pytest.skip.Exception as skip:
        return {"skipped": str(skip)}
    except BaseException:
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
    name: BackendName = request.param
    found = capabilities()[name]
    if not found.available:
        pytest.skip(f"{name}: {found.reason}")
    return lambda: link_backend(name, seed=1, scratch=tmp_path)


@pytest.fixture
def ports() -> Callable[[Endpoint, Endpoint], Iterator[tuple[ProbePort, ProbePort]]]:
    """Open test ports on both interfaces of a wire."""

    def open_ports(a: Endpoint, b: Endpoint) -> Iterator[tuple[ProbePort, ProbePort]]:
        with closing(ProbePort(a)) as port_a, closing(ProbePort(b)) as port_b:
            yield port_a, port_b

    return open_ports

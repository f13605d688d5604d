"""Namespaces of a run's own: what comes out of them, and that nothing stays behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge_aibench.emulate import kernel
from edge_aibench.emulate.agents.control import ControlLine
from edge_aibench.emulate.agents.process import start_agent
from edge_aibench.emulate.isolation import run_isolated
from edge_aibench.emulate.journal import process_entry
from edge_aibench.errors import HostError, InternalError, RunError

pytestmark = pytest.mark.emulation

_PATIENCE_S = 10.0


def _ignore(_pid: int) -> None:
    return None


@pytest.fixture(scope="module", autouse=True)
def namespaces() -> None:
    """Skip where the machine makes none, neither as root nor in a user namespace."""
    try:
        run_isolated(lambda: 0, on_start=_ignore)
    except HostError as error:
        pytest.skip(str(error))


def _until(done: Callable[[], bool]) -> bool:
    """Whether *done* within a bounded wait."""
    deadline_s = time.monotonic() + _PATIENCE_S
    while not (found := done()) and time.monotonic() < deadline_s:
        time.sleep(0.01)
    return found


def _descendants(pid: int) -> set[int]:
    """All processes below *pid*, as this process numbers them."""
    children: dict[int, list[int]] = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = place.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        children.setdefault(int(fields[1]), []).append(int(place.parent.name))
    found: set[int] = set()
    front = [pid]
    while front:
        below = children.get(front.pop(), [])
        found.update(below)
        front += below
    return found


class Caller:
    """A process that calls `run_isolated`; what the inner function writes can be read here."""

    def __init__(self, inner: Callable[[int], int]) -> None:
        reading, writing = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            code = 99
            try:
                kernel.die_with_parent()
                os.close(reading)
                code = run_isolated(lambda: inner(writing), on_start=_ignore)
            finally:
                os._exit(code)
        os.close(writing)
        self._reading = reading

    def read(self, size: int) -> bytes:
        return os.read(self._reading, size)

    def exit_code(self) -> int:
        _, status = os.waitpid(self.pid, 0)
        return os.waitstatus_to_exitcode(status)

    def close(self) -> None:
        os.close(self._reading)


@pytest.fixture
def call() -> Iterator[Callable[[Callable[[int], int]], Caller]]:
    callers: list[Caller] = []

    def start(inner: Callable[[int], int]) -> Caller:
        callers.append(Caller(inner))
        return callers[-1]

    yield start
    for caller in callers:
        caller.close()


@pytest.mark.parametrize("code", [0, 1, 4, 130, 255])
def test_the_exit_code_comes_out(code: int) -> None:
    assert run_isolated(lambda: code, on_start=_ignore) == code


def test_the_holder_is_told_before_anything_is_made(tmp_path: Path) -> None:
    told: list[tuple[int, bool]] = []
    made = tmp_path / "made"

    def inner() -> int:
        made.touch()
        return 0

    run_isolated(inner, on_start=lambda pid: told.append((pid, made.exists())))
    assert len(told) == 1
    holder, was_made = told[0]
    assert not was_made
    assert made.exists()
    assert not Path(f"/proc/{holder}").exists()


def test_inside_is_a_machine_of_its_own() -> None:
    reading, writing = os.pipe()

    def inner() -> int:
        processes = [entry.name for entry in Path("/proc").iterdir() if entry.name.isdigit()]
        interfaces = [name for _, name in socket.if_nameindex()]
        os.write(writing, f"{os.getpid()} {','.join(processes)} {','.join(interfaces)}".encode())
        return 0

    outside = Path("/proc/self/ns/net").readlink()
    assert run_isolated(inner, on_start=_ignore) == 0
    with os.fdopen(writing, "wb"), os.fdopen(reading, "rb") as pipe:
        number, processes, interfaces = pipe.read1().decode().split()
    # Process 1 sees no process and no network but its own.
    assert (number, processes, interfaces) == ("1", "1", "lo")
    assert Path("/proc/self/ns/net").readlink() == outside
    assert Path("/proc/1/stat").exists()
    assert Path(f"/proc/{os.getpid()}").exists()


def test_interfaces_made_inside_are_not_seen_outside() -> None:
    name = f"eab{os.getpid()}"
    reading, writing = os.pipe()

    def inner() -> int:
        command = ["ip", "link", "add", name, "type", "veth", "peer", "name", f"{name}p"]
        subprocess.run(command, check=True)
        os.write(writing, b"made" if name in _interfaces() else b"none")
        return 0 if name in _interfaces() else 1

    before = _interfaces()
    assert run_isolated(inner, on_start=_ignore) == 0
    with os.fdopen(writing, "wb"), os.fdopen(reading, "rb") as pipe:
        assert pipe.read1() == b"made"
    assert name not in before | _interfaces()


def _interfaces() -> set[str]:
    return {name for _, name in socket.if_nameindex()}


def test_files_are_shared_and_mounts_are_not(tmp_path: Path) -> None:
    def inner() -> int:
        (tmp_path / "result").write_text("kept")
        (tmp_path / "mounted").mkdir()
        command = ["mount", "-t", "tmpfs", "none", str(tmp_path / "mounted")]
        subprocess.run(command, check=True)
        (tmp_path / "mounted" / "file").touch()
        return 0

    assert run_isolated(inner, on_start=_ignore) == 0
    assert (tmp_path / "result").read_text() == "kept"
    assert list((tmp_path / "mounted").iterdir()) == []
    assert str(tmp_path) not in Path("/proc/self/mountinfo").read_text()


def test_what_is_left_running_inside_ends_with_it() -> None:
    holders: list[int] = []

    def inner() -> int:
        subprocess.Popen(["sleep", "600"])
        return 0

    assert run_isolated(inner, on_start=holders.append) == 0
    assert _until(lambda: _sleepers_of(holders[0]) == set())


def _sleepers_of(session: int) -> set[int]:
    """Processes of the session that the holder leads."""
    found = set()
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = place.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[3]) == session:
            found.add(int(place.parent.name))
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_reaches_the_inside_as_keyboard_interrupt(
    call: Callable[[Callable[[int], int]], Caller], number: signal.Signals
) -> None:
    def inner(writing: int) -> int:
        try:
            os.write(writing, b"ready")
            while True:
                signal.pause()
        except KeyboardInterrupt:
            os.write(writing, b"tidied")
            return 42

    caller = call(inner)
    assert caller.read(5) == b"ready"
    os.kill(caller.pid, number)
    assert caller.exit_code() == 42
    assert caller.read(6) == b"tidied"


def test_kill_of_the_caller_leaves_no_process(
    call: Callable[[Callable[[int], int]], Caller],
) -> None:
    def inner(writing: int) -> int:
        # One that would outlive a mere hang-up, in a session of its own.
        subprocess.Popen(["sleep", "600"], start_new_session=True)
        os.write(writing, b"ready")
        while True:
            signal.pause()

    caller = call(inner)
    assert caller.read(5) == b"ready"
    below = {pid: process_entry("process", pid) for pid in _descendants(caller.pid)}
    # The holder, process 1 inside, and the sleeper.
    assert len(below) == 3
    os.kill(caller.pid, signal.SIGKILL)
    assert caller.exit_code() == -signal.SIGKILL
    gone = _until(lambda: not any(entry.lives() for entry in below.values()))
    assert gone, f"still there: {[pid for pid, entry in below.items() if entry.lives()]}"


def test_a_killed_inside_is_told_with_its_signal() -> None:
    def kill_first_inside(holder: int) -> None:
        pid = os.fork()
        if pid == 0:
            try:
                _until(lambda: len(_descendants(holder)) == 1)
                for inside in _descendants(holder):
                    os.kill(inside, signal.SIGKILL)
            finally:
                os._exit(0)

    def inner() -> int:
        while True:
            signal.pause()

    with pytest.raises(RunError, match="signal 9"):
        run_isolated(inner, on_start=kill_first_inside)
    os.wait()


def test_an_error_inside_is_a_bug() -> None:
    def inner() -> int:
        raise ValueError("inside")

    with pytest.raises(InternalError, match="ValueError: inside"):
        run_isolated(inner, on_start=_ignore)


def test_a_host_error_inside_comes_out_with_what_mends_it() -> None:
    def inner() -> int:
        raise HostError("no veth here", mend="modprobe veth")

    with pytest.raises(HostError, match="no veth here") as caught:
        run_isolated(inner, on_start=_ignore)
    assert "modprobe veth" in str(caught.value)


def test_a_failing_start_leaves_no_holder() -> None:
    holders: list[int] = []

    def fail(holder: int) -> None:
        holders.append(holder)
        raise HostError("cannot write the journal")

    with pytest.raises(HostError, match="journal"):
        run_isolated(lambda: 0, on_start=fail)
    assert process_entry("process", holders[0]).start == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="entering another's network needs root")
def test_an_agent_works_in_its_host_s_network_and_writes_to_the_log(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "agents.log"

    def body(line: ControlLine) -> None:
        os.write(1, b"on stdout\n")
        open_files = [int(fd.name) for fd in Path("/proc/self/fd").iterdir()]
        line.send_data(
            "note",
            {
                "network": str(Path("/proc/self/ns/net").readlink()),
                "name": Path("/proc/self/comm").read_text().strip(),
                "files": [fd for fd in open_files if fd > 2 and fd != line.fileno()],
            },
        )
        raise ValueError("and then it failed")

    pid = os.fork()
    if pid == 0:
        try:
            kernel.die_with_parent()
            kernel.unshare(kernel.CLONE_NEWNET)
            os.kill(os.getpid(), signal.SIGSTOP)
        finally:
            os._exit(0)
    os.waitpid(pid, os.WUNTRACED)
    network = str(Path(f"/proc/{pid}/ns/net").readlink())
    # Under capture, Python's stderr is a file of pytest's and not descriptor 2.
    with (tmp_path / "somebody-else-s").open("w"), capfd.disabled():
        agent = start_agent("ward-1", body, network_of=pid, log=log)
    os.waitpid(agent.pid, 0)
    note, error = agent.line.receive()
    agent.line.close()
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    said = note.data()
    assert said["network"] == network != str(Path("/proc/self/ns/net").readlink())
    assert said["name"] == "ward-1"
    # The one more is the listing of the folder itself.
    assert len(said["files"]) <= 1
    assert error.data() == {"what": "ValueError: and then it failed", "exit_code": 70}
    assert "on stdout" in log.read_text()
    assert "ValueError: and then it failed" in log.read_text()

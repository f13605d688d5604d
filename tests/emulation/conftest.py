"""Commands as a user starts them: real processes, watched from outside."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge_aibench.emulate.attempt import find_program
from edge_aibench.emulate.preflight import probe_isolation
from tests.emulation.leftovers import (
    MARK,
    MarkedProcess,
    Snapshot,
    marked_processes,
    snapshot,
    wait_until,
)

EMPTY_WARD = Path(__file__).parents[2] / "benchmarks" / "empty_ward"
AS_USER = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
"""Put before a command: it runs with the rights of an ordinary user."""

OWN_MOUNTS = ("unshare", "--mount", "--propagation", "private")
"""Put before a command: what it mounts, nobody else sees, and it vanishes with the command."""

_ENDS_WITHIN_S = 240.0


@dataclass(frozen=True)
class Ended:
    """A command that has ended: its exit code (minus a signal) and what it wrote."""

    code: int
    out: str
    err: str


class Command:
    """A command at work."""

    def __init__(self, place: Place, process: subprocess.Popen[bytes], log: Path) -> None:
        self._place = place
        self._process = process
        self._log = log

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def progress(self) -> str:
        """What it has written on stderr so far."""
        return self._log.with_suffix(".err").read_text()

    def wait_for(self, phase: str) -> None:
        """Return once *phase* of the run has begun."""
        wait_until(
            lambda: phase in self.progress() or not self.running,
            f"no '{phase}' in:\n{self.progress()}",
        )
        assert phase in self.progress(), f"ended before '{phase}':\n{self.progress()}"

    def wait_for_events(self) -> None:
        """Return once something measured is on the disk (its header takes 24 bytes)."""
        wait_until(
            lambda: (
                not self.running
                or any(found.stat().st_size > 24 for found in self._place.out.glob("*/events.bin"))
            ),
            "no events came in",
        )
        assert self.running, self.progress()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def process(self, role: str) -> MarkedProcess:
        """The process of its run with this *role*: holder, first, relay, or a process's name."""
        found = list(marked_processes(self._place.environment[MARK]))
        holder = next(p for p in found if p.parent == self.pid)
        first = next(p for p in found if p.parent == holder.pid)
        # The relay alone has a network of its own that no node's shell shares.
        shells = {p.network for p in found if p.name == "bash"}
        roles = {"holder": holder, "first": first}
        for process in found:
            if process.parent == first.pid:
                lonely = process.network not in shells | {first.network}
                roles["relay" if lonely else process.name] = process
        return roles[role]

    def kill(self, role: str) -> None:
        """`kill -9` the process with this *role*, which is one that this test has started."""
        os.kill(self.process(role).pid, signal.SIGKILL)

    def end(self) -> Ended:
        """Wait for the end."""
        try:
            code = self._process.wait(_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise AssertionError(f"does not end:\n{self.progress()}") from None
        return Ended(code, self._log.with_suffix(".out").read_text(), self.progress())


def _heed_interrupts() -> None:
    """Undo what a shell does to its background jobs: they ignore interrupts, children included."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Place:
    """Folders of a test's own for everything a command writes, and what it leaves there."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self.folder = folder
        self.out = folder / "runs"
        self.environment = {
            **os.environ,
            MARK: secrets.token_hex(8),
            "XDG_STATE_HOME": str(folder / "state"),
            "XDG_CACHE_HOME": str(cache),
            "TMPDIR": str(folder / "temporary"),
        }
        (folder / "temporary").mkdir()
        self._before = self.snapshot()
        self._commands: list[Command] = []

    def snapshot(self) -> Snapshot:
        """What there is of this test now."""
        return snapshot(self.environment)

    def nothing_is_left(self) -> bool:
        """Whether everything outside the run folders is as it was before the first command."""
        return self.snapshot() == self._before

    def start(
        self,
        *arguments: str,
        wrapper: tuple[str, ...] = (),
        environment: Mapping[str, str] | None = None,
        terminal: int | None = None,
        errors: int | None = None,
    ) -> Command:
        """Start `edge-aibench` with *arguments*, inside *wrapper* and with more *environment*.

        The descriptor *terminal* stands in for stdin, stdout and stderr, *errors* for stderr.
        """
        log = self.folder / f"command{len(self._commands)}"
        with log.with_suffix(".out").open("wb") as out, log.with_suffix(".err").open("wb") as err:
            process = subprocess.Popen(
                [*wrapper, sys.executable, "-m", "edge_aibench", *arguments],
                stdin=subprocess.DEVNULL if terminal is None else terminal,
                stdout=terminal or out,
                stderr=errors or terminal or err,
                env={**self.environment, **(environment or {})},
                preexec_fn=_heed_interrupts,  # noqa: PLW1509 - these tests have one thread
            )
        command = Command(self, process, log)
        self._commands.append(command)
        return command

    def run(
        self,
        *arguments: str,
        wrapper: tuple[str, ...] = (),
        environment: Mapping[str, str] | None = None,
    ) -> Ended:
        """Run `edge-aibench` with *arguments* to its end."""
        return self.start(*arguments, wrapper=wrapper, environment=environment).end()

    def emulate(self, *more: str, duration_s: float = 3.0) -> Command:
        """Start the smallest emulation: three beds, nothing to compute."""
        return self.start(*self.small(*more, duration_s=duration_s))

    def small(self, *more: str, duration_s: float = 3.0) -> tuple[str, ...]:
        """Arguments of that emulation."""
        arguments = ("emulate", str(EMPTY_WARD), "--backend", "relay", "--patients", "3")
        times = ("--duration", f"{duration_s:g}", "--warmup", "0.2")
        return (*arguments, *times, "--set", "sensors.monitor.arrivals.interval=100ms",
                "--out", str(self.out), *more)  # fmt: skip

    def run_folder(self) -> Path:
        """The one run folder."""
        (found,) = self.out.iterdir()
        return found

    def end_all(self) -> None:
        """End what a failed test has left at work."""
        for command in self._commands:
            if command.running:
                command.send(signal.SIGKILL)
                command.end()


@pytest.fixture(scope="session")
def cohort_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generated patients, made once for all tests here."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def can_emulate() -> None:
    """Skip what needs a machine that can emulate, and the rights to look at all of it."""
    missing = [name for name in ("mosquitto", "mnexec", "ip") if find_program(name) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    isolation, finding = probe_isolation()
    if os.geteuid() != 0 or isolation is None:
        pytest.skip(f"needs root and namespaces of one's own: {finding.detail}")


@pytest.fixture
def place(can_emulate: None, tmp_path: Path, cohort_cache: Path) -> Iterator[Place]:
    """Where a test's commands work; whatever they left at work ends with the test."""
    made = Place(tmp_path, cohort_cache)
    yield made
    made.end_all()

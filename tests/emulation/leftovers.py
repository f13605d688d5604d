"""What a command has left on this machine, told apart from what others do on it.

Every process inherits its parent's environment, also across namespaces and when it outlives its
parent. A variable with a value of its own therefore marks all that one test has started, and
nothing else.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

MARK = "EDGE_AIBENCH_TEST_MARK"
_CGROUPS = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class MarkedProcess:
    """A process of a test: its number, parent, short name, and network namespace."""

    pid: int
    parent: int
    name: str
    network: str


@dataclass(frozen=True)
class Snapshot:
    """What there is of a test at one instant; two are equal if nothing was left in between.

    *interfaces* and *cgroups* are the whole machine's, *mounts* those that show our name or the
    test's folder; everything else is the test's own.
    """

    processes: tuple[MarkedProcess, ...]
    interfaces: frozenset[str]
    bridges: frozenset[str]
    mounts: frozenset[str]
    cgroups: frozenset[str]
    journals: tuple[str, ...]
    temporary: tuple[str, ...]


def snapshot(environment: Mapping[str, str]) -> Snapshot:
    """Look at everything that a command with this *environment* could leave."""
    temporary = Path(environment["TMPDIR"])
    state = Path(environment["XDG_STATE_HOME"])
    interfaces = {name for _, name in socket.if_nameindex()}
    return Snapshot(
        processes=tuple(marked_processes(environment[MARK])),
        interfaces=frozenset(interfaces),
        bridges=frozenset(n for n in interfaces if Path(f"/sys/class/net/{n}/bridge").exists()),
        mounts=frozenset(_mounts(str(temporary.parent))),
        cgroups=frozenset(str(path) for path in _CGROUPS.rglob("*edge-aibench*")),
        journals=_names(state / "edge-aibench" / "journal"),
        temporary=_names(temporary),
    )


def marked_processes(mark: str) -> Iterator[MarkedProcess]:
    """All processes that carry *mark*, in the order of their numbers; none that have ended."""
    wanted = f"{MARK}={mark}".encode()
    for pid in sorted(int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()):
        try:
            # An ended process that nobody has waited for has no environment any more.
            if wanted not in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                continue
            found = _describe(pid)
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if found is not None:
            yield found


def wait_until(condition: Callable[[], bool], what: str, *, timeout_s: float = 60.0) -> None:
    """Return when *condition* holds; fail with *what* if it does not for *timeout_s*."""
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline_s:
            raise AssertionError(f"waited {timeout_s:.0f} s in vain: {what}")
        time.sleep(0.02)


def _describe(pid: int) -> MarkedProcess | None:
    head, _, tail = Path(f"/proc/{pid}/stat").read_text().rpartition(")")
    fields = tail.split()
    if fields[0] in "ZX":
        return None
    return MarkedProcess(
        pid=pid,
        parent=int(fields[1]),
        name=head.partition("(")[2],
        network=str(Path(f"/proc/{pid}/ns/net").readlink()),
    )


def _mounts(folder: str) -> list[str]:
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    # The fifth field is the place of the mount, the one after the dash its kind.
    return [
        line.split()[4]
        for line in lines
        if folder in line or "edge-aibench" in line or line.split(" - ")[1].startswith("nsfs")
    ]


def _names(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(entry.name for entry in folder.iterdir())) if folder.is_dir() else ()

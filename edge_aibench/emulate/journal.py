"""What a run makes on this machine, written down before it is made.

A run's network, brokers and processes live in namespaces that end with it, whatever ends it.
What can outlive it is listed here: its temporary folder and the run folder it was filling, and
the process that holds the namespaces. `undo` takes back exactly that, newest first, and nothing
else; a journal whose owner still lives is left alone.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from edge_aibench.config.folders import state_folder
from edge_aibench.emulate.kernel import process_start
from edge_aibench.errors import HostError

EntryKind = Literal["owner", "process", "directory", "run-folder"]


@dataclass(frozen=True)
class Entry:
    """One thing made: a process (number and start time) or a path."""

    kind: EntryKind
    pid: int = 0
    start: int = 0
    path: str = ""

    def lives(self) -> bool:
        """Whether the process of this entry is still there, and not only its unread exit code."""
        return self.pid > 0 and process_start(self.pid) == self.start and not _is_zombie(self.pid)


class Journal:
    """The journal of one run, on disk from the first entry to `close()`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def run_id(self) -> str:
        return self.path.stem

    @classmethod
    def open_new(cls, run_id: str) -> Journal:
        """Begin the journal of *run_id*, owned by this process."""
        journal = cls(folder() / f"{run_id}.jsonl")
        try:
            journal.path.parent.mkdir(parents=True, exist_ok=True)
            journal.path.touch(exist_ok=False)
        except OSError as error:
            raise HostError(
                f"cannot write the journal {journal.path}: {error.strerror}",
                mend="free space or set XDG_STATE_HOME to a folder that you may write to",
            ) from error
        try:
            journal.add(process_entry("owner", os.getpid()))
        except HostError:
            journal.close()
            raise
        return journal

    def add(self, entry: Entry) -> None:
        """Write *entry* down, to the disk, before what it names is made. Raises HostError."""
        try:
            with self.path.open("a") as file:
                file.write(json.dumps(entry.__dict__) + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise HostError(
                f"cannot write the journal {self.path}: {error.strerror}",
                mend="free space there, or set XDG_STATE_HOME to another folder",
            ) from error

    def entries(self) -> list[Entry]:
        """What was written; a last line cut short by a crash is not counted.

        Nothing if the journal has been closed meanwhile.
        """
        try:
            text = self.path.read_text(errors="replace")
        except FileNotFoundError:
            return []
        found = []
        for line in text.splitlines():
            try:
                found.append(Entry(**json.loads(line)))
            except (json.JSONDecodeError, TypeError):
                continue
        return found

    def owner_lives(self) -> bool:
        """Whether the process that began this journal is still at work."""
        return any(entry.lives() for entry in self.entries() if entry.kind == "owner")

    def owner(self) -> int | None:
        """Number of the process that is at work on this run; None when it has ended."""
        living = [e.pid for e in self.entries() if e.kind == "owner" and e.lives()]
        return living[0] if living else None

    def interrupt(self, *, wait_s: float) -> bool:
        """Ask the run to stop, as Ctrl-C does; whether its owner has finished it in *wait_s*."""
        for entry in self.entries():
            if entry.kind == "process" and entry.lives():
                os.kill(entry.pid, signal.SIGTERM)
        deadline_s = time.monotonic() + wait_s
        while self.owner() is not None and time.monotonic() < deadline_s:
            time.sleep(0.05)
        return not self.path.exists()

    def take_back(self) -> list[str]:
        """End the run's processes and remove its temporary folder, newest first.

        Gives a line for each thing that was there. The journal stays, see `close`.
        """
        done = []
        for entry in reversed(self.entries()):
            if entry.kind == "process" and entry.lives():
                _end(entry.pid)
                done.append(f"ended process {entry.pid}")
            elif entry.kind == "directory" and self._is_ours(Path(entry.path)):
                _remove(Path(entry.path))
                done.append(f"removed {entry.path}")
        return done

    def undo(self) -> list[str]:
        """Take everything back and forget the run."""
        done = self.take_back()
        self.close()
        return done

    def _is_ours(self, path: Path) -> bool:
        # A journal is a file that anything may have changed: only a folder that carries the
        # run's own number is removed, whatever stands in there.
        named = path == scratch_folder(self.run_id, within=path.parent)
        return named and path.is_dir() and not path.is_symlink()

    def close(self) -> None:
        """The run left nothing: forget it."""
        self.path.unlink(missing_ok=True)


def process_entry(kind: EntryKind, pid: int) -> Entry:
    """An entry that names the process *pid* for ever."""
    return Entry(kind=kind, pid=pid, start=process_start(pid) or 0)


def scratch_folder(run_id: str, *, within: Path) -> Path:
    """Where run *run_id* keeps what is of no use after it."""
    return within / f"edge-aibench-{run_id}"


def folder() -> Path:
    """Where journals are kept."""
    return state_folder() / "journal"


def journals() -> Iterator[Journal]:
    """All journals of this user, oldest first."""
    if folder().is_dir():
        for path in sorted(folder().glob("*.jsonl"), key=lambda found: found.stat().st_mtime):
            yield Journal(path)


def _end(pid: int) -> None:
    """Kill *pid*, the holder of a run's namespaces, and wait until the kernel has emptied them."""
    watched = [pid, *_children(pid)]
    os.kill(pid, signal.SIGKILL)
    _wait_for_end(watched, 10.0)


def _wait_for_end(pids: Iterable[int], timeout_s: float) -> None:
    """Return when all *pids* have ended, or after *timeout_s*; they need not be our children."""
    deadline_s = time.monotonic() + timeout_s
    for pid in pids:
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        try:
            select.select([descriptor], [], [], max(0.0, deadline_s - time.monotonic()))
        finally:
            os.close(descriptor)


def _children(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            fields = _stat_fields(int(entry.name))
            if fields and int(fields[1]) == pid:
                found.append(int(entry.name))
    return found


def _is_zombie(pid: int) -> bool:
    fields = _stat_fields(pid)
    return not fields or fields[0] == "Z"


def _stat_fields(pid: int) -> list[str]:
    """Fields of /proc/PID/stat from the third (state, parent, ...) on; empty without *pid*."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _remove(path: Path) -> None:
    try:
        shutil.rmtree(path)
    except OSError as error:
        raise HostError(
            f"cannot remove {path}: {error.strerror}", mend=f"remove it by hand: rm -r {path}"
        ) from error

"""What a run makes on this machine, written down before it is made.

A run's network, brokers and processes live in namespaces that end with it, whatever ends it.
What can outlive it is listed here: its temporary folder and the run folder it was filling, and
the process that holds the namespaces. `undo` takes back exactly that, newest first, and nothing
else; a journal whose owner still lives is left alone.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Iterator
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
        """Whether the process of this entry is still there."""
        return self.pid > 0 and process_start(self.pid) == self.start


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
        journal.add(process_entry("owner", os.getpid()))
        return journal

    def add(self, entry: Entry) -> None:
        """Write *entry* down, to the disk, before what it names is made."""
        with self.path.open("a") as file:
            file.write(json.dumps(entry.__dict__) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def entries(self) -> list[Entry]:
        """What was written; a last line cut short by a crash is not counted."""
        found = []
        for line in self.path.read_text().splitlines():
            try:
                found.append(Entry(**json.loads(line)))
            except (json.JSONDecodeError, TypeError):
                continue
        return found

    def owner_lives(self) -> bool:
        """Whether the process that began this journal is still at work."""
        return any(entry.lives() for entry in self.entries() if entry.kind == "owner")

    def undo(self) -> list[str]:
        """Take everything back, newest first; give a line for each thing that was there."""
        done = []
        for entry in reversed(self.entries()):
            if entry.kind == "process" and entry.lives():
                os.kill(entry.pid, signal.SIGKILL)
                done.append(f"ended process {entry.pid}")
            elif entry.kind == "directory" and Path(entry.path).exists():
                shutil.rmtree(entry.path)
                done.append(f"removed {entry.path}")
        self.close()
        return done

    def close(self) -> None:
        """The run left nothing: forget it."""
        self.path.unlink(missing_ok=True)


def process_entry(kind: EntryKind, pid: int) -> Entry:
    """An entry that names the process *pid* for ever."""
    return Entry(kind=kind, pid=pid, start=process_start(pid) or 0)


def folder() -> Path:
    """Where journals are kept."""
    return state_folder() / "journal"


def journals() -> Iterator[Journal]:
    """All journals of this user, oldest first."""
    if folder().is_dir():
        for path in sorted(folder().glob("*.jsonl"), key=lambda found: found.stat().st_mtime):
            yield Journal(path)

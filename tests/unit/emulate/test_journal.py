"""A journal takes back what it lists, and nothing else: shown with real processes and folders."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge_aibench.emulate import kernel
from edge_aibench.emulate.journal import Entry, Journal, journals, process_entry
from edge_aibench.emulate.kernel import process_start
from edge_aibench.errors import HostError

StartProcess = Callable[[], int]


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def start_process() -> Iterator[StartProcess]:
    """Start a process that waits for ever; it ends with the test."""
    pids: list[int] = []

    def start() -> int:
        pid = os.fork()
        if pid == 0:
            kernel.die_with_parent()
            signal.pause()
            os._exit(0)
        pids.append(pid)
        return pid

    yield start
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        except (ProcessLookupError, ChildProcessError):
            continue


def _ended_by(pid: int) -> int:
    """Wait for *pid*: the signal that ended it."""
    _, status = os.waitpid(pid, 0)
    return -os.waitstatus_to_exitcode(status)


def test_a_new_journal_is_on_disk_at_once_and_names_its_owner(state: Path) -> None:
    journal = Journal.open_new("abc123")
    assert journal.path == state / "edge-aibench" / "journal" / "abc123.jsonl"
    assert journal.run_id == "abc123"
    assert Journal(journal.path).entries() == [
        Entry(kind="owner", pid=os.getpid(), start=process_start(os.getpid()) or -1)
    ]
    assert journal.owner_lives()


def test_the_same_run_is_not_begun_twice() -> None:
    Journal.open_new("abc123")
    with pytest.raises(HostError, match="abc123"):
        Journal.open_new("abc123")


def test_a_place_that_cannot_be_written_to_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with pytest.raises(HostError, match="cannot write the journal") as caught:
        Journal.open_new("abc123")
    assert caught.value.mend is not None
    assert "XDG_STATE_HOME" in caught.value.mend


def test_undo_ends_the_listed_process_and_no_other(start_process: StartProcess) -> None:
    listed, bystander = start_process(), start_process()
    journal = Journal.open_new("abc123")
    journal.add(process_entry("process", listed))
    assert journal.undo() == [f"ended process {listed}"]
    assert _ended_by(listed) == signal.SIGKILL
    assert process_entry("process", bystander).lives()
    assert not journal.path.exists()


def test_a_number_that_is_used_again_is_left_alone(start_process: StartProcess) -> None:
    pid = start_process()
    start = process_start(pid)
    assert start is not None
    journal = Journal.open_new("abc123")
    journal.add(Entry(kind="process", pid=pid, start=start - 1))
    assert journal.undo() == []
    assert process_entry("process", pid).lives()


def test_a_process_that_never_was_is_no_process(start_process: StartProcess) -> None:
    pid = start_process()
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    entry = process_entry("process", pid)
    assert entry.start == 0
    assert not entry.lives()
    assert not Entry(kind="process").lives()


def test_undo_removes_the_listed_folder_with_all_in_it_and_no_other(tmp_path: Path) -> None:
    scratch, other = tmp_path / "edge-aibench-abc123", tmp_path / "edge-aibench-def456"
    for folder in (scratch, other):
        (folder / "deep").mkdir(parents=True)
        (folder / "deep" / "file").write_text("kept?")
    journal = Journal.open_new("abc123")
    journal.add(Entry(kind="directory", path=str(scratch)))
    assert journal.undo() == [f"removed {scratch}"]
    assert not scratch.exists()
    assert (other / "deep" / "file").read_text() == "kept?"


def test_a_folder_that_was_never_made_is_no_error(tmp_path: Path) -> None:
    journal = Journal.open_new("abc123")
    journal.add(Entry(kind="directory", path=str(tmp_path / "edge-aibench-abc123")))
    assert journal.undo() == []


@pytest.mark.parametrize("name", ["precious", "edge-aibench-def456", "edge-aibench-abc123/.."])
def test_a_folder_without_the_run_s_own_number_is_left_alone(tmp_path: Path, name: str) -> None:
    # A journal is a file: whatever stands in it, only the run's own folder goes.
    (tmp_path / "edge-aibench-abc123").mkdir()
    kept = tmp_path / name
    kept.mkdir(exist_ok=True)
    (kept / "file").touch()
    journal = Journal.open_new("abc123")
    journal.add(Entry(kind="directory", path=str(kept)))
    assert journal.undo() == []
    assert (kept / "file").exists()


def test_a_link_in_the_folder_s_place_is_not_followed(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").touch()
    (tmp_path / "edge-aibench-abc123").symlink_to(kept)
    journal = Journal.open_new("abc123")
    journal.add(Entry(kind="directory", path=str(tmp_path / "edge-aibench-abc123")))
    journal.undo()
    assert (kept / "file").exists()


def test_undo_leaves_the_run_folder_and_the_owner(tmp_path: Path) -> None:
    results = tmp_path / "runs" / "one"
    results.mkdir(parents=True)
    journal = Journal.open_new("abc123")
    journal.add(Entry(kind="run-folder", path=str(results)))
    assert journal.undo() == []
    assert results.is_dir()


def test_undo_goes_backwards(tmp_path: Path, start_process: StartProcess) -> None:
    pid = start_process()
    scratch = tmp_path / "edge-aibench-abc123"
    scratch.mkdir()
    journal = Journal.open_new("abc123")
    journal.add(Entry(kind="directory", path=str(scratch)))
    journal.add(process_entry("process", pid))
    assert journal.undo() == [f"ended process {pid}", f"removed {scratch}"]


def test_a_last_line_cut_short_is_not_counted() -> None:
    journal = Journal.open_new("abc123")
    whole = journal.entries()
    with journal.path.open("a") as file:
        file.write('{"kind": "directory", "pid": 0, "sta')
    assert journal.entries() == whole
    assert journal.owner_lives()


@pytest.mark.parametrize("line", ["12", "[]", "null", '{"kind": "owner", "colour": 3}', ""])
def test_a_line_that_is_no_entry_is_not_counted(line: str) -> None:
    journal = Journal.open_new("abc123")
    whole = journal.entries()
    with journal.path.open("a") as file:
        file.write(f"{line}\n")
    assert journal.entries() == whole


def test_an_owner_that_has_gone_lives_no_more(start_process: StartProcess) -> None:
    owner = start_process()
    journal = Journal.open_new("abc123")
    journal.path.write_text("")
    journal.add(process_entry("owner", owner))
    assert journal.owner_lives()
    os.kill(owner, signal.SIGKILL)
    os.waitpid(owner, 0)
    assert not journal.owner_lives()


def test_an_owner_that_has_ended_and_is_not_yet_reaped_lives_no_more(
    start_process: StartProcess,
) -> None:
    owner = start_process()
    journal = Journal.open_new("abc123")
    journal.path.write_text("")
    journal.add(process_entry("owner", owner))
    os.kill(owner, signal.SIGKILL)
    os.waitid(os.P_PID, owner, os.WEXITED | os.WNOWAIT)
    assert not journal.owner_lives()


def test_a_closed_journal_is_forgotten_and_others_are_found_oldest_first() -> None:
    assert list(journals()) == []
    for number, run_id in enumerate(("ccc", "aaa", "bbb")):
        journal = Journal.open_new(run_id)
        os.utime(journal.path, ns=(number, number))
    assert [journal.run_id for journal in journals()] == ["ccc", "aaa", "bbb"]
    next(journals()).close()
    assert [journal.run_id for journal in journals()] == ["aaa", "bbb"]
    Journal(journal.path).close()
    Journal(journal.path).close()
    assert [journal.run_id for journal in journals()] == ["aaa"]

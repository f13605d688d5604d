"""After `kill -9`: the processes are gone by themselves, and `clean` takes back the rest.

What belongs to another run, or to anyone else, stays.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_aibench.emulate.kernel import process_start
from edge_aibench.record.opened import open_run
from tests.emulation.conftest import AS_USER, Ended, Place
from tests.emulation.leftovers import MARK, marked_processes, wait_until

pytestmark = pytest.mark.emulation

OK_OR_INVALID = (0, 4)
"""A machine that is busy with other things may make a run INVALID; that is not judged here."""


def _no_process_is_left(place: Place) -> bool:
    return not list(marked_processes(place.environment[MARK]))


def _kill(place: Place, phase: str) -> Path:
    """Start a run, `kill -9` it in *phase*, and wait until the kernel has ended the rest of it."""
    command = place.emulate(duration_s=1 if phase == "record" else 60)
    command.wait_for(phase)
    if phase == "load":
        command.wait_for_events()
    command.send(signal.SIGKILL)
    assert command.end().code == -signal.SIGKILL
    wait_until(lambda: _no_process_is_left(place), "its processes outlive it", timeout_s=20)
    return place.run_folder()


def _clean(place: Place, *more: str) -> Ended:
    ended = place.run("clean", *more)
    assert "Traceback" not in ended.err
    return ended


@pytest.mark.parametrize("phase", ["network of", "link check", "load", "record"])
def test_a_killed_run_is_taken_back_and_its_measurements_saved(place: Place, phase: str) -> None:
    folder = _kill(place, phase)
    left = place.snapshot()
    # Nothing of it outlived it but files, and those are known.
    assert left.journals
    assert left.temporary == (f"edge-aibench-{left.journals[0].removesuffix('.jsonl')}",)
    ended = _clean(place)
    assert ended.code == 0, ended.err
    assert f"removed {place.environment['TMPDIR']}" in ended.out
    assert place.nothing_is_left(), place.snapshot()
    assert [
        found.name for found in folder.iterdir() if found.name.startswith((".", "events"))
    ] == []
    opened = open_run(folder)
    assert opened.manifest.state == "interrupted"
    assert opened.manifest.reason is not None
    assert opened.manifest.reason.startswith("killed")
    if phase in ("load", "record"):
        assert opened.requests is not None
        assert (opened.requests["status"] == "answered").any()
        assert opened.summary is not None
        assert opened.summary.counts.unaccounted == 0
    else:
        assert opened.requests is None
    again = _clean(place)
    assert (again.code, again.out) == (0, "nothing to clean\n")


def test_a_killed_run_of_an_ordinary_user_leaves_no_process_either(place: Place) -> None:
    """In a user namespace other rules hold for signals from a parent's death."""
    command = place.start(*place.small(duration_s=60), wrapper=AS_USER)
    command.wait_for_events()
    command.send(signal.SIGKILL)
    command.end()
    wait_until(lambda: _no_process_is_left(place), "its processes outlive it", timeout_s=20)
    ended = place.run("clean", wrapper=AS_USER)
    assert "saved what was measured" in ended.out
    assert place.nothing_is_left(), place.snapshot()


def test_a_run_at_work_is_left_alone(place: Place) -> None:
    command = place.emulate(duration_s=3)
    command.wait_for("link check")
    ended = _clean(place, "--json")
    assert ended.code == 0, ended.err
    (line,) = json.loads(ended.out)["done"]
    assert line.endswith("is at work: left alone")
    assert command.end().code in OK_OR_INVALID
    assert open_run(place.run_folder()).manifest.state == "complete"
    assert place.nothing_is_left(), place.snapshot()


def test_a_run_can_be_ended_by_its_number(place: Place) -> None:
    command = place.emulate(duration_s=60)
    command.wait_for_events()
    (journal,) = place.snapshot().journals
    number = journal.removesuffix(".jsonl")
    ended = _clean(place, "--run", number)
    assert ended.code == 0, ended.err
    assert f"run {number}: was at work: interrupted" in ended.out
    assert command.end().code == 130
    opened = open_run(place.run_folder())
    assert opened.manifest.state == "interrupted"
    assert opened.requests is not None
    assert place.nothing_is_left(), place.snapshot()


def test_two_cleanings_at_once_do_the_work_once(place: Place) -> None:
    folder = _kill(place, "load")
    both = [place.start("clean") for _ in range(2)]
    ended = [command.end() for command in both]
    assert [one.code for one in ended] == [0, 0], [one.err for one in ended]
    assert sorted("saved what was measured" in one.out for one in ended) == [False, True]
    assert open_run(folder).manifest.state == "interrupted"
    assert place.nothing_is_left(), place.snapshot()


@pytest.fixture
def bystander() -> Iterator[int]:
    """Somebody else's process, in a network of its own, with a bridge and a pair of interfaces."""
    script = (
        "ip link add br0 type bridge && ip link add port0 type veth peer name port1 && "
        "echo up && sleep infinity"
    )
    with subprocess.Popen(["unshare", "--net", "sh", "-c", script], stdout=subprocess.PIPE) as held:
        assert held.stdout is not None
        if held.stdout.readline() != b"up\n":
            pytest.skip("no network namespace of one's own here")
        yield held.pid
        # The shell has a child that would keep the pipe open.
        for child in Path(f"/proc/{held.pid}/task/{held.pid}/children").read_text().split():
            os.kill(int(child), signal.SIGKILL)
        held.kill()


def _interfaces_of(pid: int) -> str:
    command = ["nsenter", "--net", "--target", str(pid), "ip", "-o", "link"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_what_others_have_stays(place: Place, bystander: int) -> None:
    _kill(place, "load")
    temporary = Path(place.environment["TMPDIR"])
    (journal,) = place.snapshot().journals
    number = journal.removesuffix(".jsonl")
    foreign = temporary / "edge-aibench-000000"
    foreign.mkdir()
    (foreign / "file").write_text("not ours")
    precious = place.folder / "precious"
    precious.mkdir()
    interfaces = _interfaces_of(bystander)
    with (place.folder / "state/edge-aibench/journal" / journal).open("a") as file:
        # Entries as a damaged or forged journal could hold them: a folder that is not the run's,
        # a link that carries the run's name, and a process number that is used again.
        for path in (precious, foreign):
            file.write(json.dumps({"kind": "directory", "path": str(path)}) + "\n")
        start = process_start(bystander)
        assert start is not None
        file.write(json.dumps({"kind": "process", "pid": bystander, "start": start - 1}) + "\n")
    link = place.folder / f"edge-aibench-{number}"
    link.symlink_to(precious)
    with (place.folder / "state/edge-aibench/journal" / journal).open("a") as file:
        file.write(json.dumps({"kind": "directory", "path": str(link)}) + "\n")
    ended = _clean(place)
    assert ended.code == 0, ended.err
    assert (foreign / "file").read_text() == "not ours"
    assert precious.is_dir()
    assert link.is_symlink()
    assert _interfaces_of(bystander) == interfaces
    assert "br0" in interfaces
    shutil.rmtree(foreign)
    assert place.nothing_is_left(), place.snapshot()


def test_a_run_folder_that_is_gone_or_damaged_stops_no_other_cleaning(place: Place) -> None:
    lost = _kill(place, "link check")
    (lost / "manifest.json").write_text("{}")
    kept_journals = place.snapshot().journals
    command = place.emulate()
    command.wait_for("link check")
    command.send(signal.SIGKILL)
    command.end()
    wait_until(lambda: _no_process_is_left(place), "its processes outlive it", timeout_s=20)
    ended = _clean(place)
    assert ended.code == 5
    assert str(lost / "manifest.json") in ended.err
    assert "nothing had been measured" in ended.err
    # The damaged one stays in the books until its folder is deleted.
    assert place.snapshot().journals == kept_journals
    shutil.rmtree(lost)
    assert _clean(place).code == 0
    assert place.nothing_is_left(), place.snapshot()

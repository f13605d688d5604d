"""Ctrl-C, SIGTERM and a closed terminal at every moment of a run: what it leaves, and how it ends.

A run that is interrupted ends with 130, keeps what it had measured, and leaves no process, no
interface, no temporary file and no journal.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from edge_aibench.record.opened import OpenedRun, open_run
from tests.emulation.conftest import EMPTY_WARD, Ended, Place
from tests.emulation.leftovers import marked_processes, wait_until

pytestmark = pytest.mark.emulation

OK_OR_INVALID = (0, 4)
"""A machine that is busy with other things may make a run INVALID; that is not judged here."""


def _check_interrupted(ended: Ended, place: Place) -> OpenedRun:
    """What holds after every interrupt; gives the record."""
    assert ended.code == 130, ended.err
    assert "Traceback" not in ended.err
    assert "internal error" not in ended.err
    assert place.nothing_is_left(), place.snapshot()
    folder = place.run_folder()
    assert [
        found.name for found in folder.iterdir() if found.name.endswith((".bin", ".partial"))
    ] == []
    return open_run(folder)


def _check_partial(opened: OpenedRun) -> None:
    """The tables of a run that was cut short under load."""
    assert opened.manifest.state == "interrupted"
    assert opened.summary is not None
    assert opened.requests is not None
    assert (opened.requests["status"] == "answered").any()
    counts = opened.summary.counts
    assert counts.unaccounted == 0
    ends = counts.in_time + counts.late + counts.timed_out + counts.failed
    assert counts.warmup + ends == len(opened.requests)
    assert opened.hops is not None
    assert set(opened.hops["request"]) <= set(opened.requests["request"])


@pytest.mark.parametrize("phase", ["network of", "link check", "brokers and agents"])
def test_before_the_load_nothing_was_measured(place: Place, phase: str) -> None:
    command = place.emulate()
    command.wait_for(phase)
    command.send(signal.SIGINT)
    ended = command.end()
    opened = _check_interrupted(ended, place)
    assert opened.manifest.state == "interrupted"
    assert opened.manifest.reason is not None
    assert "nothing had been measured" in opened.manifest.reason
    assert "interrupted before anything was measured" in ended.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_under_load_what_was_measured_is_saved(place: Place, number: signal.Signals) -> None:
    command = place.emulate(duration_s=60)
    command.wait_for_events()
    command.send(number)
    _check_partial(_check_interrupted(command.end(), place))


def test_a_second_interrupt_does_not_cut_the_saving_short(place: Place) -> None:
    command = place.emulate(duration_s=60)
    command.wait_for_events()
    for _ in range(3):
        command.send(signal.SIGINT)
        time.sleep(0.05)
    _check_partial(_check_interrupted(command.end(), place))


def test_while_the_record_is_written_it_becomes_whole(place: Place) -> None:
    command = place.emulate("--repeat", "3", duration_s=1)
    command.wait_for("record")
    command.send(signal.SIGINT)
    opened = _check_interrupted(command.end(), place)
    assert opened.manifest.state == "complete"
    assert opened.requests is not None
    # The other repeats were not begun: `run_folder` found one.


def test_while_stages_are_rehearsed_nothing_has_been_made(place: Place) -> None:
    command = place.start("emulate", "icu", "--patients", "2", "--out", str(place.out))
    mark = place.environment["EDGE_AIBENCH_TEST_MARK"]
    wait_until(
        lambda: len(list(marked_processes(mark))) > 1 or not command.running, "no rehearsal began"
    )
    command.send(signal.SIGINT)
    ended = command.end()
    assert ended.code == 130, ended.err
    assert "Traceback" not in ended.err
    assert place.nothing_is_left(), place.snapshot()
    assert not place.out.exists()


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """Both ends of a pseudo-terminal: the user's, and the program's."""
    user, program = os.openpty()
    os.set_blocking(user, False)
    yield user, program
    for descriptor in (user, program):
        with contextlib.suppress(OSError):
            os.close(descriptor)


def test_a_terminal_that_is_closed_ends_the_run(place: Place, terminal: tuple[int, int]) -> None:
    user, program = terminal
    # `setsid` makes the terminal the controlling one, as a login does; it does not fork here.
    command = place.start(
        *place.small(duration_s=60), wrapper=("setsid", "--ctty"), terminal=program
    )
    os.close(program)
    command.wait_for_events()
    with contextlib.suppress(BlockingIOError):
        assert b"link check" in os.read(user, 1 << 16)
    os.close(user)
    ended = command.end()
    assert ended.code == 130
    assert place.nothing_is_left(), place.snapshot()
    _check_partial(open_run(place.run_folder()))


def test_a_run_under_nohup_outlives_its_terminal(place: Place) -> None:
    command = place.start(*place.small(duration_s=2), wrapper=("nohup",))
    command.wait_for_events()
    command.send(signal.SIGHUP)
    ended = command.end()
    assert ended.code in OK_OR_INVALID, ended.err
    assert open_run(place.run_folder()).manifest.state == "complete"
    assert place.nothing_is_left(), place.snapshot()


def test_a_reader_of_the_progress_that_leaves_harms_no_run(place: Place) -> None:
    reading, writing = os.pipe()
    command = place.start(*place.small("--json", duration_s=1), errors=writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as progress:
        assert any(b"link check" in line for line in progress)
    assert command.end().code in OK_OR_INVALID
    assert open_run(place.run_folder()).manifest.state == "complete"
    assert place.nothing_is_left(), place.snapshot()


LOST = """
import os, signal, sys, time
from edge_aibench.emulate import interrupts

class Fragile:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0)

interrupts.raise_from_now_on()
try:
    Fragile()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        time.sleep(0.005)
    sys.exit("the interrupt was lost")
except KeyboardInterrupt:
    sys.exit(42)
"""


def test_an_interrupt_within_a_destructor_is_not_lost() -> None:
    """Python cannot raise there: it prints that an exception was ignored, and goes on."""
    ended = subprocess.run(
        [sys.executable, "-c", LOST],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=EMPTY_WARD.parents[1],
    )
    assert (ended.returncode, ended.stderr) == (42, "")

"""Processes that die, disks that fill, programs and rights that are missing.

Each ends with one clear message and its exit code, keeps what was measured, and leaves nothing.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_aibench.emulate import kernel
from edge_aibench.emulate.attempt import find_program
from edge_aibench.emulate.broker import Broker, BrokerPlan, can_connect_from
from edge_aibench.errors import RunError
from edge_aibench.model.routing import Routes
from edge_aibench.record.opened import OpenedRun, open_run
from tests.emulation.conftest import AS_USER, OWN_MOUNTS, Ended, Place

pytestmark = pytest.mark.emulation

OK_OR_INVALID = (0, 4)
"""A machine that is busy with other things may make a run INVALID; that is not judged here."""


def _check_failed(ended: Ended, place: Place, code: int) -> None:
    assert ended.code == code, ended.err
    assert "Traceback" not in ended.err
    assert "internal error" not in ended.err
    assert place.nothing_is_left(), place.snapshot()


def _check_partial(folder: Path) -> OpenedRun:
    """The record of a run that failed under load: its tables are there and add up."""
    opened = open_run(folder)
    assert opened.manifest.state == "failed"
    assert opened.summary is not None
    assert opened.requests is not None
    assert (opened.requests["status"] == "answered").any()
    assert opened.summary.counts.unaccounted == 0
    assert not (folder / "events.bin").exists()
    return opened


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("bedside-2", ["the agent on bedside-2 was lost (signal 9)"]),
        ("mosquitto", ["the broker on edge", "signal 9"]),
        ("relay", ["the relay", "has ended"]),
        ("first", ["ended from outside (signal 9)"]),
        ("holder", ["ended from outside (signal 9)"]),
    ],
)
def test_a_process_that_is_killed_is_named_and_what_was_measured_is_kept(
    place: Place, role: str, words: list[str]
) -> None:
    command = place.emulate(duration_s=60)
    command.wait_for_events()
    command.kill(role)
    ended = command.end()
    _check_failed(ended, place, 5)
    for word in words:
        assert word in ended.err
    folder = place.run_folder()
    assert str(folder) in ended.err
    reason = _check_partial(folder).manifest.reason
    assert reason is not None
    assert words[0] in reason


def test_two_runs_at_once_do_not_meet(place: Place) -> None:
    commands = [place.emulate("--json", "--seed", str(seed), duration_s=2) for seed in (1, 2)]
    ended = [command.end() for command in commands]
    for one in ended:
        assert one.code in OK_OR_INVALID, one.err
        summary = json.loads(one.out)
        # 2 s at 10 observations a second from each of three beds, whatever the phases.
        counts = summary["counts"]
        assert counts["planned"] - counts["warmup"] == 60
        assert counts["unaccounted"] == 0
    assert {open_run(folder).manifest.seed for folder in place.out.iterdir()} == {1, 2}
    assert place.nothing_is_left(), place.snapshot()


def test_a_link_slower_than_its_load_says_that_its_queue_grows(place: Place) -> None:
    # Ten readings a second of 144 + 45 + 66 bytes, and as many PUBACKs of 70 for the answers.
    said = "queue of link access up (access/0) grows without bound: offered 26 kbit/s"
    ended = place.emulate("--set", "links.access.up.rate=10kbit/s").end()
    assert ended.code == 4, ended.err
    assert said in " ".join(ended.err.split())
    summary = open_run(place.run_folder()).summary
    assert summary is not None
    (found,) = [check for check in summary.validity.reasons if check.name == "stable"]
    assert "grows without bound" in found.value
    assert "latencies depend on how long the run is" in found.value
    assert "Latencies are not shown" in ended.out
    assert place.nothing_is_left(), place.snapshot()


# Brokers.


@pytest.fixture
def edge_host() -> Iterator[int]:
    """A process that holds a network namespace of its own, with its loopback interface up."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            kernel.die_with_parent()
            kernel.unshare(kernel.CLONE_NEWNET)
            subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
            os.write(writing, b"up")
            signal.pause()
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        if pipe.read(2) != b"up":
            pytest.skip("no network namespace of one's own here")
        yield pid
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def _broker(edge_host: int, folder: Path) -> Broker:
    plan = BrokerPlan(host="edge", addresses=("127.0.0.1",), bridges=())
    routes = Routes(broker_of={}, flows=(), bridges=())
    return Broker(plan, routes, network_of=edge_host, folder=folder)


def test_a_port_in_use_is_named_before_a_broker_starts(edge_host: int, tmp_path: Path) -> None:
    first = _broker(edge_host, tmp_path)
    try:
        first.wait_until_up(can_connect_from(edge_host))
        with pytest.raises(RunError, match=r"broker on edge .* port 1883 .* in use"):
            _broker(edge_host, tmp_path)
        first.check()
    finally:
        first.stop()


def test_a_broker_that_cannot_serve_is_reported_with_its_own_words(
    edge_host: int, tmp_path: Path
) -> None:
    plan = BrokerPlan(host="edge", addresses=("192.0.2.1",), bridges=())
    routes = Routes(broker_of={}, flows=(), bridges=())
    with pytest.raises(RunError, match="broker on edge") as caught:
        Broker(plan, routes, network_of=edge_host, folder=tmp_path)
    # 192.0.2.1 (TEST-NET-1) is no address of this host.
    assert "assign requested address" in str(caught.value)


def test_two_hosts_have_the_same_port_without_meeting(edge_host: int, tmp_path: Path) -> None:
    """A program outside that has port 1883 disturbs no run: brokers live in namespaces."""
    with socket.socket() as outside:
        outside.bind(("127.0.0.1", 0))
        broker = _broker(edge_host, tmp_path)
        broker.wait_until_up(can_connect_from(edge_host))
        assert outside.connect_ex(("127.0.0.1", 1883)) != 0
        broker.stop()


def test_a_broker_that_does_not_come_up_fails_the_run_with_its_own_words(place: Place) -> None:
    broken = place.folder / "mosquitto"
    broken.write_text("#!/bin/sh\necho no broker today >&2\nexit 13\n")
    broken.chmod(0o755)
    script = 'mount --bind "$BROKEN" "$REAL" && exec "$@"'
    ended = place.run(
        *place.small(),
        wrapper=(*OWN_MOUNTS, "sh", "-c", script, "sh"),
        environment={"BROKEN": str(broken), "REAL": find_program("mosquitto") or ""},
    )
    _check_failed(ended, place, 5)
    for word in ("broker on edge", "port 1883", "exit 13", "no broker today"):
        assert word in ended.err
    assert open_run(place.run_folder()).manifest.state == "failed"


# Things that are missing.


@pytest.mark.parametrize(
    ("program", "package"), [("mosquitto", "mosquitto"), ("mnexec", "mininet")]
)
def test_a_missing_program_is_named_with_the_line_that_installs_it(
    place: Place, program: str, package: str
) -> None:
    script = 'mount --bind /dev/null "$HIDDEN" && exec "$@"'
    ended = place.run(
        *place.small(),
        wrapper=(*OWN_MOUNTS, "sh", "-c", script, "sh"),
        environment={"HIDDEN": find_program(program) or ""},
    )
    _check_failed(ended, place, 3)
    assert f"{program}: not found" in ended.err
    assert f"apt-get install -y --no-install-recommends {package}" in ended.err
    assert not place.out.exists()


WITHOUT_RIGHTS = (
    *(*AS_USER, "--keep-caps", "sh", "-c"),
    'echo 0 > /proc/sys/user/max_user_namespaces && exec $WITHOUT_CAPABILITIES "$@"',
    "sh",
)


def test_a_user_without_rights_is_told_what_to_run(place: Place) -> None:
    drop = {"WITHOUT_CAPABILITIES": "setpriv --inh-caps=-all --ambient-caps=-all"}
    ended = place.run(*place.small(), wrapper=WITHOUT_RIGHTS, environment=drop)
    _check_failed(ended, place, 3)
    assert "lets us make no namespaces" in ended.err
    assert "sudo" in ended.err
    assert open_run(place.run_folder()).manifest.state == "failed"


def test_an_ordinary_user_can_run_where_namespaces_are_allowed(place: Place) -> None:
    ended = place.run(*place.small("--json", duration_s=1), wrapper=AS_USER)
    assert ended.code in OK_OR_INVALID, ended.err
    counts = json.loads(ended.out)["counts"]
    assert counts["planned"] - counts["warmup"] == 30
    assert place.nothing_is_left(), place.snapshot()


# Disks.

SMALL_DISK = """
mount -t tmpfs -o $LIMIT tmpfs "$DISK" || exit 99
"$@"; code=$?
find "$DISK" -type f
mount -o remount,size=64m,nr_inodes=1000 "$DISK"
"$PYTHON" -m edge_aibench clean
exit $code
"""


def _on_a_small_disk(place: Place, limit: str, *, duration_s: float) -> Ended:
    """Emulate onto a disk with this *limit*; then list its files, make room, and clean."""
    place.out.mkdir()
    settings = {"LIMIT": limit, "DISK": str(place.out), "PYTHON": sys.executable}
    return place.run(
        *place.small("--quiet", duration_s=duration_s),
        wrapper=(*OWN_MOUNTS, "sh", "-c", SMALL_DISK, "sh"),
        environment=settings,
    )


def test_a_disk_without_room_for_a_manifest(place: Place) -> None:
    # The disk itself and the run folder take both inodes.
    ended = _on_a_small_disk(place, "nr_inodes=2", duration_s=1)
    assert ended.code == 3
    assert "manifest.json: no space is left there" in ended.err
    assert "--out" in ended.err
    assert ended.out == "nothing to clean\n"
    assert place.nothing_is_left(), place.snapshot()


def test_a_disk_without_room_for_the_configuration(place: Place) -> None:
    ended = _on_a_small_disk(place, "size=4k", duration_s=1)
    assert ended.code == 3
    assert "config.yaml: no space is left there" in ended.err
    assert "edge-aibench clean" in ended.err
    assert "nothing had been measured" in ended.out
    assert place.nothing_is_left(), place.snapshot()


def test_a_disk_that_fills_under_load(place: Place) -> None:
    # Manifest, configuration and links take 24 KiB; the events of 3 x 10 observations a second
    # some 10 KiB a second.
    ended = _on_a_small_disk(place, "size=48k", duration_s=60)
    assert ended.code == 3
    assert "events.bin" in ended.err
    assert "No space left" in ended.err
    assert "edge-aibench clean" in ended.err
    assert "events.bin" in ended.out
    # Once there is room, the record is made of what was on the disk.
    assert "saved what was measured" in ended.out
    assert place.nothing_is_left(), place.snapshot()


def test_a_disk_that_fills_with_the_tables(place: Place) -> None:
    ended = _on_a_small_disk(place, "size=64k", duration_s=1)
    assert ended.code == 3
    assert "no space is left there" in ended.err
    assert "edge-aibench clean" in ended.err
    assert "events.bin" in ended.out
    assert ".partial" not in ended.out
    assert "saved what was measured" in ended.out
    assert place.nothing_is_left(), place.snapshot()


def test_a_full_disk_for_the_journal_is_named_before_anything_is_made(place: Place) -> None:
    state = Path(place.environment["XDG_STATE_HOME"])
    state.mkdir()
    script = 'mount -t tmpfs -o size=4k tmpfs "$FULL" && head -c 4096 /dev/zero > "$FULL/x"; "$@"'
    ended = place.run(
        *place.small(),
        wrapper=(*OWN_MOUNTS, "sh", "-c", script, "sh"),
        environment={"FULL": str(state)},
    )
    _check_failed(ended, place, 3)
    assert f"cannot write the journal {state}" in ended.err
    assert "No space left" in ended.err
    assert "XDG_STATE_HOME" in ended.err
    assert not place.out.exists()


def test_a_read_only_place_is_named(place: Place) -> None:
    place.out.mkdir()
    script = 'mount -t tmpfs -o ro tmpfs "$DISK" && exec "$@"'
    ended = place.run(
        *place.small(),
        wrapper=(*OWN_MOUNTS, "sh", "-c", script, "sh"),
        environment={"DISK": str(place.out)},
    )
    _check_failed(ended, place, 3)
    assert "read-only" in ended.err
    assert str(place.out) in ended.err


def test_a_file_in_place_of_the_folder_is_named(place: Place) -> None:
    place.out.write_text("mine")
    ended = place.run(*place.small())
    _check_failed(ended, place, 3)
    assert "part of the path is a file" in ended.err
    assert place.out.read_text() == "mine"

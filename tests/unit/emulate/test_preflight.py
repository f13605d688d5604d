"""Each probe says what it saw, on this machine and on machines that refuse."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from pathlib import Path

import pytest

from edge_aibench.clock import NS_PER_S
from edge_aibench.emulate import preflight
from edge_aibench.emulate.attempt import Attempt, attempt, find_program


class Machine:
    """A machine on which all commands end in the same way; remembers what it was asked."""

    def __init__(self, *, ok: bool, output: str = "") -> None:
        self._answer = Attempt(ok=ok, output=output)
        self.asked: list[tuple[str, ...]] = []

    def __call__(self, command: Sequence[str]) -> Attempt:
        self.asked.append(tuple(command))
        return self._answer


class LateClock:
    """A clock whose sleeps end late, by the given times in turn."""

    def __init__(self, late_ns: Sequence[int]) -> None:
        self._now_ns = 0
        self._late_ns = list(late_ns)

    def now_ns(self) -> int:
        return self._now_ns

    def sleep_until_ns(self, instant_ns: int) -> None:
        self._now_ns = instant_ns + self._late_ns.pop(0)


def test_an_attempt_tells_success_and_what_was_written() -> None:
    assert attempt(["sh", "-c", "echo out; echo err >&2"]) == Attempt(True, "out\nerr\n")


def test_a_failed_attempt_names_its_last_line() -> None:
    tried = attempt(["sh", "-c", "echo usage; echo 'not permitted' >&2; exit 1"])
    assert not tried.ok
    assert tried.last_line == "not permitted"


def test_a_program_that_is_not_there_is_a_failed_attempt() -> None:
    tried = attempt(["edge-aibench-no-such-program"])
    assert tried == Attempt(False, "edge-aibench-no-such-program: No such file or directory")


def test_an_attempt_that_hangs_is_ended() -> None:
    tried = attempt(["sleep", "60"], timeout_s=0.05)
    assert tried == Attempt(False, "sleep: no answer within 0.05 s")


def test_a_silent_attempt_has_an_empty_last_line() -> None:
    assert Attempt(False, " \n").last_line == ""


def test_programs_are_found_where_only_the_path_of_root_looks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "mnexec-of-a-test"
    program.write_text("#!/bin/sh\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_program("mnexec-of-a-test") == str(program)
    monkeypatch.setenv("PATH", "")
    assert find_program("mnexec-of-a-test") is None


def test_root_enters_without_a_user_namespace() -> None:
    machine = Machine(ok=True)
    isolation, finding = preflight.probe_isolation(attempter=machine, user=0)
    assert isolation is preflight.AS_ROOT
    assert finding.ok
    assert "--user" not in machine.asked[0]


def test_everyone_else_enters_through_a_user_namespace() -> None:
    machine = Machine(ok=True)
    isolation, finding = preflight.probe_isolation(attempter=machine, user=1000)
    assert isolation is preflight.AS_USER
    assert finding.ok
    assert {"--user", "--map-root-user"} <= set(machine.asked[0])


@pytest.mark.parametrize(("user", "way_out"), [(0, "CAP_SYS_ADMIN"), (1000, "sudo")])
def test_a_refusal_is_told_with_its_reason_and_a_way_out(user: int, way_out: str) -> None:
    refused = "unshare: unshare failed: Operation not permitted\n"
    isolation, finding = preflight.probe_isolation(
        attempter=Machine(ok=False, output=refused), user=user
    )
    assert isolation is None
    assert not finding.ok
    assert finding.needed
    assert finding.detail.endswith("unshare failed: Operation not permitted")
    assert finding.mend is not None
    assert way_out in finding.mend


def test_a_missing_program_names_the_package_that_holds_it() -> None:
    finding = preflight.probe_program("edge-aibench-no-such-program", "some-package")
    assert not finding.ok
    assert finding.needed
    assert finding.mend == "sudo apt-get install -y --no-install-recommends some-package"


def test_the_version_counts_whatever_the_exit_code() -> None:
    # `mosquitto -h` ends with 3 and still tells its version.
    machine = Machine(ok=False, output="shell tool version 12.34.5\nusage: ...\n")
    finding = preflight.probe_program("sh", "dash", ("-h",), attempter=machine)
    assert finding.ok
    assert finding.detail == f"{find_program('sh')} 12.34.5"


@pytest.mark.parametrize(
    ("version", "speaks_v5"), [("1.5.8", False), ("1.6.0", True), ("2.0.11", True), ("10.0", True)]
)
def test_mosquitto_must_speak_mqtt_5(
    version: str, speaks_v5: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broker = tmp_path / "mosquitto"
    broker.write_text(f"#!/bin/sh\necho mosquitto version {version}\nexit 3\n")
    broker.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    finding = preflight.probe_mosquitto()
    assert finding.ok is speaks_v5
    assert version in finding.detail


ABILITIES = {
    preflight.probe_bridge: True,
    preflight.probe_veth: True,
    preflight.probe_netem: False,
    preflight.probe_packet_socket: False,
    preflight.probe_real_time: False,
    preflight.probe_awake_cores: False,
}
"""Each ability that is tried inside namespaces, and whether emulation needs it."""


@pytest.mark.parametrize("probe", ABILITIES)
def test_abilities_are_tried_inside_the_namespaces(probe: preflight.AbilityProbe) -> None:
    machine = Machine(ok=True)
    finding = probe(preflight.AS_USER, attempter=machine)
    assert finding.ok
    assert finding.mend is None
    enter = preflight.AS_USER.enter
    assert [command[: len(enter)] for command in machine.asked] == [enter]


@pytest.mark.parametrize(("probe", "needed"), ABILITIES.items())
def test_a_refused_ability_carries_the_reason_and_a_mend(
    probe: preflight.AbilityProbe, needed: bool
) -> None:
    machine = Machine(ok=False, output="Error: Specified qdisc kind is unknown.\n")
    finding = probe(preflight.AS_ROOT, attempter=machine)
    assert not finding.ok
    assert finding.needed is needed
    assert "Specified qdisc kind is unknown." in finding.detail
    assert finding.mend


def test_overshoot_percentiles_are_nearest_ranks() -> None:
    # 1..200 us late in shuffled order: rank 100 of 200 is 100 us, rank 198 is 198 us.
    late_ns = [1000 * ((i * 77) % 200 + 1) for i in range(200)]
    overshoot = preflight.measure_sleep_overshoot(LateClock(late_ns))
    assert overshoot == preflight.SleepOvershoot(p50_ns=100_000, p99_ns=198_000)


def test_overshoot_of_one_sleep_is_that_sleep() -> None:
    overshoot = preflight.measure_sleep_overshoot(LateClock([7]), sleeps=1)
    assert overshoot == preflight.SleepOvershoot(p50_ns=7, p99_ns=7)


@pytest.mark.parametrize(("late_ns", "ok"), [(500_000, True), (500_001, False)])
def test_sleeps_may_be_half_a_millisecond_late(late_ns: int, ok: bool) -> None:
    sleep, _ = preflight.probe_timing(LateClock([late_ns] * 200))
    assert sleep.ok is ok


@pytest.mark.parametrize(("free_kib", "ok"), [(976_562, False), (976_563, True)])
def test_memory_is_the_available_one(tmp_path: Path, free_kib: int, ok: bool) -> None:
    # 1 GB is 976,562.5 KiB.
    meminfo = tmp_path / "meminfo"
    meminfo.write_text(f"MemTotal:  9999999 kB\nMemFree:  1 kB\nMemAvailable:  {free_kib} kB\n")
    finding = preflight.probe_memory(meminfo)
    assert finding.ok is ok
    assert "available" in finding.detail


def test_cores_are_those_this_process_may_use() -> None:
    finding = preflight.probe_cores()
    assert int(finding.detail) >= 1
    assert finding.ok is (int(finding.detail) >= 2)


def test_the_kernel_is_named() -> None:
    assert preflight.probe_kernel().detail.startswith("Linux ")


def test_gap_of_the_plan_is_kept() -> None:
    # 200 sleeps of one millisecond, none late: exactly 0.2 s pass.
    clock = LateClock([0] * 200)
    preflight.measure_sleep_overshoot(clock)
    assert clock.now_ns() == NS_PER_S // 5

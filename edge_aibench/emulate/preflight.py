"""What this machine can do, each ability found out by trying it.

Everything is tried in processes of their own and inside namespaces that end with them, so
nothing is left behind. A kernel's configuration is not read: a module may be missing, a
container may forbid what the kernel could, and both show only in the trial.
"""

from __future__ import annotations

import os
import platform
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from edge_aibench import units
from edge_aibench.clock import NS_PER_S, Clock
from edge_aibench.emulate import kernel
from edge_aibench.emulate.attempt import Attempter, attempt, find_program
from edge_aibench.host import CpuPressure, read_cpu_pressure
from edge_aibench.record.validity import ValidityLimits

# Emulation enters such namespaces itself (isolation.py); `unshare` asks the kernel the same.
_OWN_NAMESPACES = ("--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--")
# MQTT v5, which request and response need, came with this version.
_OLDEST_MOSQUITTO = (1, 6)
# With less, a run of the built-in ward (seven hosts, two brokers, models loaded) would swap.
_LEAST_MEMORY_BYTES = 1_000_000_000
# From there on a run is called INVALID; better to know beforehand.
_LIMITS = ValidityLimits()
_MOST_OVERSHOOT_NS = round(_LIMITS.lateness_without_budget_ms * 1e6)


@dataclass(frozen=True)
class Finding:
    """One ability of the machine: had or not, what was seen, and how to get it."""

    name: str
    ok: bool
    detail: str
    mend: str | None = None
    needed: bool = False
    """Without it no emulation is possible; otherwise it only limits what can be had."""


@dataclass(frozen=True)
class Isolation:
    """A way to private namespaces; put *enter* before a command to run it in there."""

    name: str
    enter: tuple[str, ...]


AS_ROOT = Isolation("root", ("unshare", *_OWN_NAMESPACES))
AS_USER = Isolation("user namespace", ("unshare", "--user", "--map-root-user", *_OWN_NAMESPACES))


class AbilityProbe(Protocol):
    """Tries one ability inside private namespaces."""

    def __call__(self, isolation: Isolation, *, attempter: Attempter = attempt) -> Finding:
        """Try it by way of *attempter*."""
        ...


@dataclass(frozen=True)
class SleepOvershoot:
    """How late this machine wakes a sleeper, in nanoseconds."""

    p50_ns: int
    p99_ns: int


def probe_isolation(
    *, attempter: Attempter = attempt, user: int | None = None
) -> tuple[Isolation | None, Finding]:
    """Find a way to private network, mount and process namespaces: as root, or as a user."""
    way = AS_ROOT if (os.geteuid() if user is None else user) == 0 else AS_USER
    # Bringing a link up needs the rights inside, which some systems take away only there.
    tried = attempter([*way.enter, "ip", "link", "set", "lo", "up"])
    if tried.ok:
        return way, Finding("namespaces", True, f"private ones as {way.name}", needed=True)
    if way is AS_ROOT:
        mend = "run outside the container, or give it the capability CAP_SYS_ADMIN"
    else:
        mend = (
            "run with sudo, or allow user namespaces: sudo sysctl -w "
            "user.max_user_namespaces=10000 (Ubuntu 24.04 and later also: "
            "kernel.apparmor_restrict_unprivileged_userns=0)"
        )
    detail = f"refused as {way.name}: {tried.last_line}"
    return None, Finding("namespaces", False, detail, mend, needed=True)


def probe_program(
    name: str, package: str, version: tuple[str, ...] = (), *, attempter: Attempter = attempt
) -> Finding:
    """Look for the program *name* of the Debian *package*; *version* are the words to ask it."""
    path = find_program(name)
    if path is None:
        return Finding(name, False, "not found", install_line(package), needed=True)
    detail = path
    if version:
        # Programs disagree on the exit code of a version; the text is what counts.
        found = re.search(r"\d+(\.\d+)+", attempter([path, *version]).output)
        detail += f" {found.group()}" if found else ""
    return Finding(name, True, detail, needed=True)


def probe_mosquitto(*, attempter: Attempter = attempt) -> Finding:
    """Look for a mosquitto that speaks MQTT v5."""
    finding = probe_program("mosquitto", "mosquitto", ("-h",), attempter=attempter)
    version = re.search(r"(\d+)\.(\d+)[.\d]*$", finding.detail)
    if finding.ok and version and (int(version[1]), int(version[2])) < _OLDEST_MOSQUITTO:
        oldest = ".".join(map(str, _OLDEST_MOSQUITTO))
        detail = f"{finding.detail} speaks no MQTT v5, which came with {oldest}"
        return Finding("mosquitto", False, detail, install_line("mosquitto"), needed=True)
    return finding


def probe_bridge(isolation: Isolation, *, attempter: Attempter = attempt) -> Finding:
    """Make a bridge, as each switch is one."""
    tried = attempter([*isolation.enter, "ip", "link", "add", "b0", "type", "bridge"])
    mend = None if tried.ok else "sudo modprobe bridge"
    detail = "can be made" if tried.ok else tried.last_line
    return Finding("bridge", tried.ok, detail, mend, needed=True)


def probe_veth(isolation: Isolation, *, attempter: Attempter = attempt) -> Finding:
    """Make a veth pair, as each link is one or two."""
    words = ["ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1"]
    tried = attempter([*isolation.enter, *words])
    mend = None if tried.ok else "sudo modprobe veth"
    detail = "can be made" if tried.ok else tried.last_line
    return Finding("veth", tried.ok, detail, mend, needed=True)


def probe_netem(isolation: Isolation, *, attempter: Attempter = attempt) -> Finding:
    """Have the kernel delay a link; the relay does it in user space where the kernel cannot."""
    words = ["tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms"]
    tried = attempter([*isolation.enter, *words])
    if tried.ok:
        return Finding("netem", True, "the kernel can delay, lose and shape")
    mend = (
        "none needed: the relay backend takes its place. For the kernel's own: "
        "sudo modprobe sch_netem (Ubuntu: after sudo apt-get install linux-modules-extra-"
        f"{platform.release()})"
    )
    return Finding("netem", False, tried.last_line, mend)


def probe_packet_socket(isolation: Isolation, *, attempter: Attempter = attempt) -> Finding:
    """Open a packet socket, through which the relay moves frames."""
    code = "import socket as s; s.socket(s.AF_PACKET, s.SOCK_RAW, s.htons(3)).close()"
    tried = attempter([*isolation.enter, sys.executable, "-I", "-S", "-c", code])
    mend = None if tried.ok else "sudo modprobe af_packet, or use the netem backend"
    detail = "can be opened" if tried.ok else tried.last_line
    return Finding("packet socket", tried.ok, detail, mend)


def probe_real_time(isolation: Isolation, *, attempter: Attempter = attempt) -> Finding:
    """Ask for real-time scheduling, with which the relay keeps its deadlines under load."""
    code = "import os; os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))"
    tried = attempter([*isolation.enter, sys.executable, "-I", "-S", "-c", code])
    if tried.ok:
        return Finding("real-time scheduling", True, "allowed")
    mend = "run with sudo, or allow it in /etc/security/limits.conf: @users - rtprio 20"
    detail = f"refused ({tried.last_line}): links are later under load"
    return Finding("real-time scheduling", False, detail, mend)


def probe_awake_cores(isolation: Isolation, *, attempter: Attempter = attempt) -> Finding:
    """Ask that idle cores do not sleep, so that no hop pays for waking one."""
    code = f"import os; os.close(os.open({kernel.LATENCY_INTERFACE!r}, os.O_WRONLY))"
    tried = attempter([*isolation.enter, sys.executable, "-I", "-S", "-c", code])
    if tried.ok:
        return Finding("awake cores", True, "can be kept awake during a run")
    detail = f"refused ({tried.last_line}): each hop is later by what it takes to wake a core"
    return Finding("awake cores", False, detail, "run with sudo")


def measure_sleep_overshoot(
    clock: Clock, *, sleeps: int = 200, gap_ns: int = NS_PER_S // 1000
) -> SleepOvershoot:
    """Sleep *sleeps* times until an instant *gap_ns* away; give how late the wake-ups were.

    Percentiles are nearest-rank over the raw values.
    """
    late_ns = []
    for _ in range(sleeps):
        wanted_ns = clock.now_ns() + gap_ns
        clock.sleep_until_ns(wanted_ns)
        late_ns.append(clock.now_ns() - wanted_ns)
    late_ns.sort()
    return SleepOvershoot(p50_ns=_nearest_rank(late_ns, 50), p99_ns=_nearest_rank(late_ns, 99))


def probe_timing(clock: Clock) -> tuple[Finding, Finding]:
    """Measure the lateness of sleeps, and the CPU pressure while they go on."""
    before = read_cpu_pressure(clock.now_ns())
    overshoot = measure_sleep_overshoot(clock)
    after = read_cpu_pressure(clock.now_ns())
    ok = overshoot.p99_ns <= _MOST_OVERSHOOT_NS
    detail = (
        f"wakes late by {_show(overshoot.p50_ns)} (median), {_show(overshoot.p99_ns)} (p99); "
        f"wanted: p99 within {_show(_MOST_OVERSHOOT_NS)}"
    )
    sleep = Finding(
        "sleep", ok, detail, None if ok else "close other programs; disable power saving"
    )
    return sleep, _judge_pressure(before, after)


def _judge_pressure(before: CpuPressure | None, after: CpuPressure | None) -> Finding:
    if before is None or after is None:
        mend = "boot with psi=1; without it a run cannot tell whether the machine was too busy"
        return Finding("CPU pressure", False, "the kernel does not account for it", mend)
    share, most = before.share_until(after), _LIMITS.cpu_pressure
    ok = share <= most
    detail = f"some task waits for a core {share:.1%} of the time; wanted: at most {most:.0%}"
    return Finding("CPU pressure", ok, detail, None if ok else "close other programs")


def probe_cores() -> Finding:
    """Count the cores this process may use."""
    cores = len(os.sched_getaffinity(0))
    mend = None if cores >= 2 else "with one core, links and models delay each other: use more"
    return Finding("cores", cores >= 2, str(cores), mend)


def probe_memory(source: Path = Path("/proc/meminfo")) -> Finding:
    """Read how much memory is free for use."""
    match = re.search(r"^MemAvailable:\s+(\d+) kB$", source.read_text(), re.MULTILINE)
    available_bytes = int(match[1]) * 1024 if match else 0
    ok = available_bytes >= _LEAST_MEMORY_BYTES
    mend = None if ok else f"free {units.format_size(_LEAST_MEMORY_BYTES)}"
    return Finding("memory", ok, f"{units.format_size(available_bytes)} available", mend)


def probe_kernel() -> Finding:
    """Name the kernel."""
    ok = platform.system() == "Linux"
    mend = None if ok else "use Linux (in a virtual machine, or WSL2)"
    return Finding("kernel", ok, f"{platform.system()} {platform.release()}", mend, needed=True)


def install_line(package: str) -> str:
    """The command that installs the Debian *package*."""
    return f"sudo apt-get install -y --no-install-recommends {package}"


def _nearest_rank(ascending: list[int], percent: int) -> int:
    return ascending[max(0, -(-percent * len(ascending) // 100) - 1)]


def _show(duration_ns: int) -> str:
    return units.format_duration(duration_ns / NS_PER_S)

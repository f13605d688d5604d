"""Readings of the host that tell whether it had time for the run."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

_PRESSURE = Path("/proc/pressure/cpu")
_STAT = Path("/proc/stat")
_SOME_TOTAL = re.compile(r"^some\s.*\btotal=(\d+)", re.MULTILINE)


@dataclass(frozen=True)
class CpuPressure:
    """The kernel's pressure-stall counter: microseconds in which some task waited for a core.

    *at_ns* is the (wall, monotonic) instant of the reading. The running total is used, not
    the kernel's averages: only its difference belongs to the run and to nothing else.
    """

    some_total_us: int
    at_ns: int

    def share_until(self, later: CpuPressure) -> float:
        """Share of the time from here to *later* in which some task waited for a core."""
        elapsed_us = (later.at_ns - self.at_ns) / 1e3
        if elapsed_us <= 0:
            raise ValueError("the later reading must be later")
        return (later.some_total_us - self.some_total_us) / elapsed_us


@dataclass(frozen=True)
class CpuTimes:
    """Seconds all cores together have spent busy, taken by other guests, and in all."""

    busy_s: float
    stolen_s: float
    total_s: float

    def use_until(self, later: CpuTimes) -> float:
        """Busy share of all cores from here to *later*, from 0 to 1."""
        total_s = later.total_s - self.total_s
        return 0.0 if total_s <= 0 else (later.busy_s - self.busy_s) / total_s

    def stolen_until(self, later: CpuTimes) -> float:
        """Share of all cores that other guests took from here to *later*, from 0 to 1."""
        total_s = later.total_s - self.total_s
        return 0.0 if total_s <= 0 else (later.stolen_s - self.stolen_s) / total_s


def read_cpu_pressure(now_ns: int, source: Path = _PRESSURE) -> CpuPressure | None:
    """Read the CPU pressure at *now_ns*; None where the kernel does not account for it."""
    try:
        text = source.read_text(encoding="ascii")
    except OSError:
        # Absent before Linux 4.20 and without CONFIG_PSI; EOPNOTSUPP with psi=0.
        return None
    match = _SOME_TOTAL.search(text)
    return None if match is None else CpuPressure(int(match.group(1)), now_ns)


def read_cpu_times(source: Path = _STAT) -> CpuTimes | None:
    """Read the summed times of all cores; None where the kernel does not tell."""
    try:
        first = source.read_text(encoding="ascii").partition("\n")[0]
    except OSError:
        return None
    # Columns of proc(5): user nice system idle iowait irq softirq steal guest guest_nice;
    # the guest times are contained in user and nice already.
    fields = first.split()
    if len(fields) < 9 or fields[0] != "cpu":
        return None
    per_second = os.sysconf("SC_CLK_TCK")
    user, nice, system, idle, iowait, irq, softirq, steal = (int(f) for f in fields[1:9])
    busy = user + nice + system + irq + softirq
    total = busy + idle + iowait + steal
    return CpuTimes(busy / per_second, steal / per_second, total / per_second)

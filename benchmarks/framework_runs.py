"""Running edge-aibench as a user does, and watching the run from outside."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# 4: INVALID, 98: undecided, 99: an objective is broken. The run itself went to its end.
_RAN_TO_THE_END = {0, 4, 98, 99}
_PHASE = re.compile(r"^\[ *[\d.]+ s\] (?P<phase>.+)$")
_NETWORK = re.compile(r"^network of (?P<hosts>\d+) hosts$")
_LAST_WORDS = 15


@dataclass(frozen=True)
class FrameworkRun:
    """What one run printed and left.

    *latencies_ms* are those of all answered requests after the warm-up, from the scheduled
    instant on. *phase_s* are the seconds from the start of the command to each phase it told;
    the one that makes the network of *hosts* hosts is called `network`.
    """

    exit_code: int
    summary: Mapping[str, Any]
    latencies_ms: tuple[float, ...]
    first_scheduled_s: float
    phase_s: Mapping[str, float]
    hosts: int

    @property
    def dilation(self) -> float:
        return float(self.summary["dilation"])


@dataclass(frozen=True)
class Process:
    """A process seen from outside: number, parent and name."""

    pid: int
    parent: int
    name: str


@dataclass
class _Watch:
    """Reads the progress lines and calls *at_load* once, when the load has started."""

    began_s: float
    phase_s: dict[str, float] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    hosts: int = 0

    def take(self, line: str) -> bool:
        """Note one line; True for the line that tells that the load starts."""
        self.lines.append(line)
        found = _PHASE.match(line)
        if found is None:
            return False
        phase = found["phase"]
        if (network := _NETWORK.match(phase)) is not None:
            phase, self.hosts = "network", int(network["hosts"])
        self.phase_s.setdefault(phase, time.monotonic() - self.began_s)
        return phase == "load"


def run_framework(
    options: Sequence[str], *, at_load: Callable[[int], None] | None = None
) -> FrameworkRun:
    """Run `edge-aibench emulate` with *options* and read the record.

    *at_load* is given the command's process number when the load starts; progress waits for
    it. Raises RuntimeError, with the command's last words, when the run did not go to its end.
    """
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        out, stdout = Path(folder) / "runs", Path(folder) / "stdout"
        command = [sys.executable, "-m", "edge_aibench", "emulate", *options]
        command += ["--json", "--out", str(out)]
        watch = _Watch(time.monotonic())
        with (
            stdout.open("w") as target,
            subprocess.Popen(command, stdout=target, stderr=subprocess.PIPE, text=True) as process,
        ):
            if process.stderr is None:
                raise RuntimeError("the command has no standard error")
            for line in process.stderr:
                if watch.take(line.rstrip()) and at_load is not None:
                    at_load(process.pid)
            code = process.wait()
        if code not in _RAN_TO_THE_END:
            last = "\n".join(watch.lines[-_LAST_WORDS:])
            raise RuntimeError(f"edge-aibench ended with exit code {code}:\n{last}")
        (record,) = out.iterdir()
        latencies_ms, first_s = _read_requests(record / "requests.parquet")
        summary = json.loads(stdout.read_text())
    return FrameworkRun(code, summary, latencies_ms, first_s, watch.phase_s, watch.hosts)


def _read_requests(path: Path) -> tuple[tuple[float, ...], float]:
    import pandas as pd

    requests = pd.read_parquet(path)
    counted = requests[~requests["warmup"] & requests["done_ns"].notna()]
    latencies_ns = (counted["done_ns"] - counted["scheduled_ns"]).astype("int64")
    return tuple((latencies_ns / 1e6).tolist()), float(requests["scheduled_ns"].min()) / 1e9


def processes() -> list[Process]:
    """All processes of this machine; those that end meanwhile are left out."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            text = (folder / "stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        name, _, rest = text.partition("(")[2].rpartition(")")
        found.append(Process(int(folder.name), int(rest.split()[1]), name))
    return found


def descendants(root: int, among: Iterable[Process]) -> list[Process]:
    """All processes that *root* started, directly or through others."""
    children: dict[int, list[Process]] = {}
    for process in among:
        children.setdefault(process.parent, []).append(process)
    found: list[Process] = []
    left = [root]
    while left:
        started = children.get(left.pop(), [])
        found += started
        left += [process.pid for process in started]
    return found


def proportional_bytes(pid: int) -> int:
    """Memory of process *pid*, shared pages divided by their users (PSS of smaps_rollup)."""
    return pss_bytes(Path(f"/proc/{pid}/smaps_rollup").read_text())


def pss_bytes(rollup: str) -> int:
    """The PSS line of the text of a smaps_rollup file. Raises ValueError without one."""
    found = re.search(r"^Pss: +(\d+) kB$", rollup, re.MULTILINE)
    if found is None:
        raise ValueError("no Pss line in smaps_rollup")
    return int(found[1]) * 1024

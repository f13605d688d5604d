"""What a run ran on: enough to judge and repeat it, nothing that names a person or a place."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from edge_aibench import __version__
from edge_aibench.record.values import Entry

PACKAGES = (
    "ai-edge-litert",
    "mininet",
    "numpy",
    "onnxruntime",
    "opencv-python-headless",
    "paho-mqtt",
    "pandas",
    "pyarrow",
    "pydantic",
    "scipy",
    "simpy",
    "tensorflow-cpu",
    "torch",
)
Result = TypeVar("Result")

_CLOCK = Path("/sys/devices/system/clocksource/clocksource0/current_clocksource")
_GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")


class Environment(Entry):
    """Versions and hardware; None where the machine does not say.

    *cores* are those that this process may use. *commit* is that of the source tree, with
    `+changes` if it was not clean; None for an installed package.
    """

    edge_aibench: str
    commit: str | None
    python: str
    packages: dict[str, str]
    kernel: str
    machine: str
    cpu_model: str | None
    cores: int
    memory_bytes: int | None
    governor: str | None
    clocksource: str | None


def collect(packages: Iterable[str] = PACKAGES) -> Environment:
    """Read the environment of this process; installed *packages* with their versions."""
    return Environment(
        edge_aibench=__version__,
        commit=_commit(Path(__file__).resolve().parents[2]),
        python=f"{platform.python_implementation()} {platform.python_version()}",
        packages=_versions(packages),
        kernel=f"{platform.system()} {platform.release()}",
        machine=platform.machine(),
        cpu_model=_read(Path("/proc/cpuinfo"), _cpu_model),
        cores=len(os.sched_getaffinity(0)),
        memory_bytes=_read(Path("/proc/meminfo"), _memory_bytes),
        governor=_read(_GOVERNOR, str.strip),
        clocksource=_read(_CLOCK, str.strip),
    )


def _versions(packages: Iterable[str]) -> dict[str, str]:
    from importlib import metadata

    found = {}
    for name in sorted(packages):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _read(source: Path, parse: Callable[[str], Result | None]) -> Result | None:
    try:
        return parse(source.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return None


def _cpu_model(text: str) -> str | None:
    for line in text.splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return value.strip()
    return None


def _memory_bytes(text: str) -> int | None:
    for line in text.splitlines():
        fields = line.split()
        if fields and fields[0] == "MemTotal:":
            return int(fields[1]) * 1024
    return None


def _commit(root: Path) -> str | None:
    # Only the tree that holds this very file: a repository further up is somebody else's.
    if not (root / ".git").exists():
        return None
    head = _git(root, "rev-parse", "HEAD")
    if head is None:
        return None
    changes = _git(root, "status", "--porcelain", "--untracked-files=no")
    return f"{head}+changes" if changes else head


def _git(root: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None

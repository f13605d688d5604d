"""Whether something else had the processor while a network was measured."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

from edge_aibench.inference.profile import CONTENTION_LIMIT
from edge_aibench.inference.profile_file import Contention

# Some waiting for a core is the kernel's own doing (interrupts, timers).
_PRESSURE_LIMIT: Final = 0.1
_STOLEN_LIMIT: Final = 0.05


class ContentionWatch:
    """What else the machine does from now on."""

    def __init__(self) -> None:
        self._stall_us, self._stolen, self._total = _stall_us(), *_stolen_and_total()
        self._started_ns = time.monotonic_ns()

    def until_now(self, *, wall_ns: int, cpu_ns: int, threads: int) -> Contention:
        """Judge calls of *wall_ns* in all that cost *cpu_ns* of the processor."""
        stall_us, (stolen, total) = _stall_us(), _stolen_and_total()
        elapsed_us = (time.monotonic_ns() - self._started_ns) / 1e3
        pressure = (
            None
            if stall_us is None or self._stall_us is None
            else (stall_us - self._stall_us) / elapsed_us
        )
        stolen_share = (stolen - self._stolen) / max(total - self._total, 1)
        # With more threads, processor time says nothing about waiting.
        waiting = max(0.0, 1 - cpu_ns / wall_ns) if threads == 1 else None
        contended = (
            (waiting or 0.0) > CONTENTION_LIMIT
            or (pressure or 0.0) > _PRESSURE_LIMIT
            or stolen_share > _STOLEN_LIMIT
        )
        return Contention(
            contended=contended,
            waiting_share=waiting,
            pressure=pressure,
            stolen_share=stolen_share,
        )


def _stall_us() -> int | None:
    """Microseconds in which some task waited for a core, None where the kernel does not tell."""
    try:
        text = Path("/proc/pressure/cpu").read_text(encoding="ascii")
    except OSError:
        return None
    return int(text.split("total=")[1].split()[0])


def _stolen_and_total() -> tuple[int, int]:
    """Processor ticks that other guests took, and all ticks."""
    ticks = [int(part) for part in Path("/proc/stat").read_text("ascii").split("\n")[0].split()[1:]]
    return ticks[7], sum(ticks[:8])

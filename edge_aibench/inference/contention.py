"""Whether something else had the processor while a network was measured."""

from __future__ import annotations

import time
from typing import Final

from edge_aibench.host import read_cpu_pressure, read_cpu_times
from edge_aibench.inference.profile import CONTENTION_LIMIT
from edge_aibench.inference.profile_file import Contention

# Some waiting for a core is the kernel's own doing (interrupts, timers).
_PRESSURE_LIMIT: Final = 0.1
_STOLEN_LIMIT: Final = 0.05


class ContentionWatch:
    """What else the machine does from now on."""

    def __init__(self) -> None:
        self._pressure = read_cpu_pressure(time.monotonic_ns())
        self._times = read_cpu_times()

    def until_now(self, *, wall_ns: int, cpu_ns: int, threads: int) -> Contention:
        """Judge calls of *wall_ns* in all that cost *cpu_ns* of the processor."""
        pressure_now, times_now = read_cpu_pressure(time.monotonic_ns()), read_cpu_times()
        pressure = stolen_share = None
        if self._pressure is not None and pressure_now is not None:
            pressure = self._pressure.share_until(pressure_now)
        if self._times is not None and times_now is not None:
            stolen_share = self._times.stolen_until(times_now)
        # With more threads, processor time says nothing about waiting.
        waiting = max(0.0, 1 - cpu_ns / wall_ns) if threads == 1 else None
        contended = (
            (waiting or 0.0) > CONTENTION_LIMIT
            or (pressure or 0.0) > _PRESSURE_LIMIT
            or (stolen_share or 0.0) > _STOLEN_LIMIT
        )
        return Contention(
            contended=contended,
            waiting_share=waiting,
            pressure=pressure,
            stolen_share=stolen_share,
        )

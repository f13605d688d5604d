"""Virtual time on an emulated node: when instants are due, and how long stages take."""

from __future__ import annotations

import time
from dataclasses import dataclass

_SPIN_NS = 60_000


@dataclass(frozen=True)
class Pace:
    """How long a stage takes: *dilation* times its own time here, over the hardware's *speed*."""

    dilation: float
    speed: float

    def hold_ns(self, worked_ns: int) -> int:
        """How long to hold the worker after a stage that worked *worked_ns* of wall time."""
        return max(0, round(worked_ns * (self.dilation / self.speed - 1.0)))


@dataclass
class Timebase:
    """Virtual nanoseconds to wall ones: virtual 0 is wall instant *origin_ns*."""

    dilation: float
    origin_ns: int = 0

    def wall_ns(self, virtual_ns: float) -> int:
        """The wall instant of a virtual one."""
        return self.origin_ns + round(virtual_ns * self.dilation)

    def virtual_ns(self, wall_ns: int) -> float:
        """The virtual instant of a wall one."""
        return (wall_ns - self.origin_ns) / self.dilation


def sleep_until(instant_ns: int) -> None:
    """Return at *instant_ns*: sleep up to 60 us before it, then look at the clock.

    A sleep overshoots by about 60 us; a hold that did so on each of three stages would add
    0.2 ms to a request that no hardware caused.
    """
    while (left_ns := instant_ns - time.monotonic_ns()) > 0:
        if left_ns > _SPIN_NS:
            time.sleep((left_ns - _SPIN_NS) / 1e9)

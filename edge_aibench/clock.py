"""Time: real, virtual, and real but dilated.

All instants are integer nanoseconds. One kernel serves every emulated host, so its monotonic
clock is exact between them. Under time dilation K, virtual time runs K times slower than the
wall: `DilatedClock` is the one place where the two are converted.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol

NS_PER_S = 1_000_000_000


class Clock(Protocol):
    """Tells the time and waits for an instant."""

    def now_ns(self) -> int:
        """Nanoseconds since an origin that stays fixed for the clock's life."""
        ...

    def sleep_until_ns(self, instant_ns: int) -> None:
        """Return at *instant_ns* or as soon after it as the machine allows."""
        ...


class MonotonicClock:
    """The kernel's monotonic clock: shared by all processes and network namespaces."""

    def now_ns(self) -> int:
        return time.monotonic_ns()

    def sleep_until_ns(self, instant_ns: int) -> None:
        # One absolute deadline, taken again after each early wake-up, so that overshoot
        # never adds up over a plan of many instants.
        while (left_ns := instant_ns - time.monotonic_ns()) > 0:
            time.sleep(left_ns / NS_PER_S)


@dataclass(frozen=True)
class DilatedClock:
    """Virtual time that runs *dilation* times slower than *wall*, from *origin_ns* on."""

    wall: Clock
    origin_ns: int
    dilation: float = 1.0

    def now_ns(self) -> int:
        return self.virtual_ns(self.wall.now_ns())

    def sleep_until_ns(self, instant_ns: int) -> None:
        self.wall.sleep_until_ns(self.wall_ns(instant_ns))

    def virtual_ns(self, wall_ns: int) -> int:
        """Virtual nanoseconds since the origin at wall instant *wall_ns*."""
        return round((wall_ns - self.origin_ns) / self.dilation)

    def wall_ns(self, virtual_ns: int) -> int:
        """Wall instant of *virtual_ns* nanoseconds since the origin."""
        return self.origin_ns + round(virtual_ns * self.dilation)


class VirtualClock:
    """A clock for tests and simulation: waiting moves it, nothing else does."""

    def __init__(self, start_ns: int = 0) -> None:
        self._now_ns = start_ns

    def now_ns(self) -> int:
        return self._now_ns

    def sleep_until_ns(self, instant_ns: int) -> None:
        self._now_ns = max(self._now_ns, instant_ns)

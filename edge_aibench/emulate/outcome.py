"""What an engine tells while a run goes on, and what it hands over afterwards."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from edge_aibench.host import (
    CpuPressure,
    CpuTimes,
    read_cpu_pressure,
    read_cpu_times,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from edge_aibench.emulate.live import LiveState
    from edge_aibench.emulate.relay_readings import RelayReadings
    from edge_aibench.model.workload import ArrivalPlan
    from edge_aibench.record.links import LinkResult
    from edge_aibench.record.load import Load


class Observer(Protocol):
    """Is told how the run goes; shows it, or not."""

    def phase(self, what: str) -> None:
        """A new part of the run begins."""
        ...

    def live(self, state: LiveState) -> None:
        """About once a second while the load runs."""
        ...


@dataclass(frozen=True)
class Readings:
    """The host's counters at one instant."""

    pressure: CpuPressure | None
    times: CpuTimes | None

    @classmethod
    def now(cls) -> Readings:
        """Read them."""
        return cls(read_cpu_pressure(time.monotonic_ns()), read_cpu_times())


@dataclass(frozen=True)
class Outcome:
    """Everything a run left in memory.

    *brokers* is how busy brokers were. *lost_ns* are the wall instants at which an agent was lost
    and started again. *ended* is None for a run that went to its end.
    """

    plans: tuple[ArrivalPlan, ...]
    events: NDArray[np.void]
    origin_ns: int
    end_ns: int
    links: tuple[LinkResult, ...]
    before: Readings
    after: Readings
    relay: RelayReadings
    warnings: tuple[str, ...]
    lost_ns: tuple[int, ...]
    ended: BaseException | None
    brokers: tuple[Load, ...] = ()

"""Measuring how long a network takes on this machine, and whether the measurement can be trusted.

Wall time is what a request would wait; CPU time of the calling thread is what the work costs.
Where the first is clearly longer, something else had the processor and the profile is flagged.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edge_aibench.errors import ConfigError

if TYPE_CHECKING:
    from numpy.typing import NDArray

CONTENTION_LIMIT = 0.1
"""The share of wall time without CPU time above which a profile counts as disturbed."""


@dataclass(frozen=True, kw_only=True)
class ServiceProfile:
    """Raw service times of repeated calls, int64 nanoseconds of shape (samples,).

    *waiting_share* is the part of all wall time in which the calling thread did not run.
    """

    wall_ns: NDArray[np.int64]
    cpu_ns: NDArray[np.int64]

    @property
    def waiting_share(self) -> float:
        """One minus CPU time over wall time, at least 0."""
        wall = int(self.wall_ns.sum())
        return max(0.0, 1.0 - int(self.cpu_ns.sum()) / wall) if wall else 0.0

    @property
    def contended(self) -> bool:
        """Whether other work, or a call that sleeps, disturbed the measurement."""
        return self.waiting_share > CONTENTION_LIMIT


def measure_service(
    predictor_call: Callable[[], object],
    *,
    samples: int,
    warmup: int,
    wall_clock_ns: Callable[[], int] = time.perf_counter_ns,
    cpu_clock_ns: Callable[[], int] = time.thread_time_ns,
) -> ServiceProfile:
    """Call *predictor_call* *warmup* times unmeasured, then *samples* times measured.

    The default CPU clock counts the calling thread, which is where LiteRT with one thread does
    its work; for a runtime with a thread pool give `time.process_time_ns`. Raises ConfigError
    for fewer than one sample or a negative warm-up.
    """
    if samples < 1 or warmup < 0:
        raise ConfigError(
            "needs at least 1 sample and a warm-up of at least 0 calls",
            where="measure_service",
            value=(samples, warmup),
        )
    for _ in range(warmup):
        predictor_call()
    wall_ns = np.empty(samples, dtype=np.int64)
    cpu_ns = np.empty(samples, dtype=np.int64)
    for sample in range(samples):
        cpu_start, wall_start = cpu_clock_ns(), wall_clock_ns()
        predictor_call()
        wall_ns[sample] = wall_clock_ns() - wall_start
        cpu_ns[sample] = cpu_clock_ns() - cpu_start
    return ServiceProfile(wall_ns=wall_ns, cpu_ns=cpu_ns)

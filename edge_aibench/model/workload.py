"""The arrival plan: every observation's time, written out before the run starts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from edge_aibench import rng
from edge_aibench.clock import NS_PER_S
from edge_aibench.config.values import Duration, Value
from edge_aibench.model.scenario import Arrivals

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Workload(Value):
    """How long to observe: *warmup_s* first, which no statistic uses, then *duration_s*."""

    duration_s: Duration = Field(default=30.0, alias="duration")
    warmup_s: Duration = Field(default=3.0, alias="warmup")
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 1


@dataclass(frozen=True)
class ArrivalPlan:
    """Observation times of one sensor: row i of *instants_ns* belongs to instance i.

    Instants are virtual nanoseconds from the start of the run, sorted; those before
    *warmup_ns* are warm-up.
    """

    sensor: str
    instants_ns: tuple[NDArray[np.int64], ...]
    warmup_ns: int

    @property
    def total(self) -> int:
        return sum(len(row) for row in self.instants_ns)


def plan_arrivals(
    sensor: str, arrivals: Arrivals, workload: Workload, *, instances: int
) -> ArrivalPlan:
    """Write the plan of *sensor* for all *instances*; the same seed gives the same plan.

    A longer run begins with the same instants, and one more instance changes no other's.
    """
    import numpy as np

    end_s = workload.warmup_s + workload.duration_s
    key = arrival_key(workload.seed, sensor)
    draw = _periodic_s if arrivals.law == "periodic" else _poisson_s
    return ArrivalPlan(
        sensor=sensor,
        instants_ns=tuple(
            np.rint(draw(key, instance, arrivals.interval_s, end_s) * NS_PER_S).astype(np.int64)
            for instance in range(instances)
        ),
        warmup_ns=round(workload.warmup_s * NS_PER_S),
    )


def arrival_key(seed: int, sensor: str) -> int:
    """The key of the numbers that *sensor*'s plan is drawn from, by instance and sequence."""
    return rng.key(seed, f"arrivals/{sensor}")


def _periodic_s(key: int, instance: int, interval_s: float, end_s: float) -> NDArray[np.float64]:
    """Every interval from a phase that is drawn evenly: the instance's number 0."""
    import numpy as np

    phase_s = float(rng.uniforms(key, instance, 0)) * interval_s
    number = max(0, math.ceil((end_s - phase_s) / interval_s))
    instants_s = phase_s + np.arange(number, dtype=np.float64) * interval_s
    return instants_s[instants_s < end_s]


def _poisson_s(key: int, instance: int, interval_s: float, end_s: float) -> NDArray[np.float64]:
    """A Poisson process: gap k is exponential, by the instance's number k."""
    import numpy as np

    block = math.ceil(end_s / interval_s + 4 * math.sqrt(end_s / interval_s) + 16)
    instants_s = np.zeros(0)
    while not len(instants_s) or instants_s[-1] < end_s:
        numbers = rng.uniforms(key, instance, np.arange(len(instants_s), len(instants_s) + block))
        last_s = instants_s[-1] if len(instants_s) else 0.0
        gaps_s = -np.log1p(-numbers) * interval_s
        # One sum from the beginning: the instants do not depend on the size of a block.
        instants_s = np.concatenate([instants_s, np.cumsum(np.concatenate([[last_s], gaps_s]))[1:]])
    return instants_s[instants_s < end_s]

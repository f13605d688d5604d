"""The arrival plan: every observation's time, written out before the run starts."""

from __future__ import annotations

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
    """Write the plan of *sensor* for all *instances*; the same seed gives the same plan."""
    end_s = workload.warmup_s + workload.duration_s
    rows = []
    for instance in range(instances):
        generator = rng.stream(workload.seed, f"arrivals/{sensor}/{instance}")
        rows.append(_instants_ns(arrivals, end_s, generator))
    return ArrivalPlan(
        sensor=sensor, instants_ns=tuple(rows), warmup_ns=round(workload.warmup_s * NS_PER_S)
    )


def _instants_ns(
    arrivals: Arrivals, end_s: float, generator: np.random.Generator
) -> NDArray[np.int64]:
    import numpy as np

    if arrivals.law == "periodic":
        phase_s = generator.uniform(0.0, arrivals.interval_s)
        instants_s = np.arange(phase_s, end_s, arrivals.interval_s)
    else:
        # A Poisson process on [0, end): a Poisson number of points, each uniform.
        number = generator.poisson(end_s / arrivals.interval_s)
        instants_s = np.sort(generator.uniform(0.0, end_s, number))
    instants_ns: NDArray[np.int64] = np.rint(instants_s * NS_PER_S).astype(np.int64)
    return instants_ns

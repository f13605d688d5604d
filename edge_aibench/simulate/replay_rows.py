"""Whether a log of service times has a row for each request of a run."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from edge_aibench.clock import NS_PER_S
from edge_aibench.errors import ConfigError
from edge_aibench.model.experiment import plan_all

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.model.experiment import Experiment


def check_rows(experiment: Experiment) -> None:
    """Raise ConfigError if the replay of *experiment* has fewer rows than it plans requests.

    Each sensor whose stages have columns begins with the first row.
    """
    replay = experiment.timings.replay
    if replay is None:
        return
    scenario = experiment.scenario
    sensors = {scenario.origin(stage) for stage in replay.columns}
    for plan in plan_all(experiment):
        if plan.sensor not in sensors or plan.total <= replay.rows:
            continue
        raise ConfigError(
            f"has {replay.rows:,} rows, but the run plans {plan.total:,} requests of "
            f"'{plan.sensor}', the warm-up included",
            where=replay.source or "the replay",
            next_step=_next_step(experiment, np.concatenate(plan.instants_ns), replay.rows),
        )


def _next_step(experiment: Experiment, instants_ns: NDArray[np.int64], rows: int) -> str:
    """The longest duration that the rows suffice for; without any, fewer instances."""
    first_left_out_s = float(np.partition(instants_ns, rows)[rows]) / NS_PER_S
    # Rounded down to the millisecond, so that what is said does fit.
    fitting_s = math.floor((first_left_out_s - experiment.workload.warmup_s) * 1e3) / 1e3
    if fitting_s >= 0.1:
        return f"--duration {fitting_s:g} fits, or log more requests"
    return f"log more requests, or take fewer {experiment.scenario.instances.name}s"

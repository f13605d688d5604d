"""How large a run may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_aibench.errors import ConfigError

if TYPE_CHECKING:
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.record.data import EngineName

MOST_INSTANCES = 50_000
"""Of an emulated run."""

MOST_SIMULATED_INSTANCES = 10_000_000
"""A judgement: ten times what the vector engine is measured with."""

MOST_OBSERVATIONS = 5_000_000
"""In one run that keeps them: each leaves some ten events of 38 bytes in memory, and two rows in
tables."""

_FEW = 100_000
"""Instances whose plans are quickly looked through, for one observation that counts."""


def planned_observations(experiment: Experiment) -> dict[str, float]:
    """How many observations each sensor is expected to make, the warm-up included."""
    workload = experiment.workload
    total_s = workload.warmup_s + workload.duration_s
    return {
        name: experiment.instances * total_s / sensor.arrivals.interval_s
        for name, sensor in experiment.scenario.sensors.items()
    }


def check_load(
    experiment: Experiment,
    *,
    most: int = MOST_OBSERVATIONS,
    next_step: str = "shorten the run, or repeat it (--repeat): "
    "percentiles need thousands, not millions",
) -> None:
    """Raise ConfigError for a run that would plan more than fits into memory, or nothing.

    That is more than *most* observations of a sensor.
    """
    for name, planned in planned_observations(experiment).items():
        if planned > most:
            raise ConfigError(
                f"must leave at most {most:,} observations of '{name}': "
                f"{experiment.instances} {experiment.scenario.instances.name}s would make "
                f"{planned:,.0f}",
                where="--duration",
                value=experiment.workload.duration_s,
                next_step=next_step,
            )
    check_something_counts(experiment)


def check_something_counts(experiment: Experiment) -> None:
    """Raise ConfigError for a run in which no observation comes after the warm-up."""
    from edge_aibench.model.experiment import plan_all

    if experiment.instances > _FEW:
        # Of so many instances one observes in any time that a run may take.
        return
    measured = sum(
        int((row >= plan.warmup_ns).sum())
        for plan in plan_all(experiment)
        for row in plan.instants_ns
    )
    if not measured:
        raise ConfigError(
            "must be long enough for one observation; none falls into it",
            where="--duration",
            value=experiment.workload.duration_s,
            next_step="make it longer than the interval between observations",
        )


def check_instances(instances: int, name: str, engine: EngineName = "emulate") -> None:
    """Raise ConfigError for a number of instances (*name*) that *engine* cannot have."""
    if instances < 1:
        raise ConfigError(
            f"must be at least 1 {name}", where="the number of instances", value=instances
        )
    if engine == "simulate":
        if instances > MOST_SIMULATED_INSTANCES:
            raise ConfigError(
                f"must be at most {MOST_SIMULATED_INSTANCES:,} {name}s",
                where="the number of instances",
                value=instances,
                next_step="simulate a part of them: parts that share nothing do not wait for "
                "each other",
            )
        return
    if instances > MOST_INSTANCES:
        from edge_aibench.emulate.capacity import hosts_that_fit

        raise ConfigError(
            f"must be at most {MOST_INSTANCES} {name}s: one Ethernet segment addresses no more",
            where="the number of instances",
            value=instances,
            next_step=f"about {hosts_that_fit()} hosts fit into this machine's memory; "
            "`edge-aibench simulate` takes more",
        )

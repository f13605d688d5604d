"""How large a run may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_aibench.errors import ConfigError

if TYPE_CHECKING:
    from edge_aibench.model.experiment import Experiment

MOST_INSTANCES = 50_000
_MOST_OBSERVATIONS = 5_000_000
"""In one run: each leaves some ten events of 38 bytes in memory, and two rows in tables."""


def check_load(experiment: Experiment) -> None:
    """Raise ConfigError for a run that would plan more than fits into memory, or nothing."""
    from edge_aibench.model.experiment import plan_all

    workload = experiment.workload
    total_s = workload.warmup_s + workload.duration_s
    for name, sensor in experiment.scenario.sensors.items():
        planned = experiment.instances * total_s / sensor.arrivals.interval_s
        if planned > _MOST_OBSERVATIONS:
            raise ConfigError(
                f"must leave at most {_MOST_OBSERVATIONS:,} observations of '{name}': "
                f"{experiment.instances} {experiment.scenario.instances.name}s would make "
                f"{planned:,.0f}",
                where="--duration",
                value=workload.duration_s,
                next_step="shorten the run, or repeat it (--repeat): "
                "percentiles need thousands, not millions",
            )
    measured = sum(
        int((row >= plan.warmup_ns).sum())
        for plan in plan_all(experiment)
        for row in plan.instants_ns
    )
    if not measured:
        raise ConfigError(
            "must be long enough for one observation; none falls into it",
            where="--duration",
            value=workload.duration_s,
            next_step="make it longer than the interval between observations",
        )


def check_instances(instances: int, name: str) -> None:
    """Raise ConfigError for a number of instances (*name*) that cannot be emulated."""
    if instances < 1:
        raise ConfigError(
            f"must be at least 1 {name}", where="the number of instances", value=instances
        )
    if instances > MOST_INSTANCES:
        from edge_aibench.emulate.capacity import hosts_that_fit

        raise ConfigError(
            f"must be at most {MOST_INSTANCES} {name}s: one Ethernet segment addresses no more",
            where="the number of instances",
            value=instances,
            next_step=f"about {hosts_that_fit()} hosts fit into this machine's memory",
        )

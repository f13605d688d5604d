"""The summary of a run: what is printed, compared and published as summary.json."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, JsonValue

from edge_aibench.model.budget import Budgets
from edge_aibench.record import statistics
from edge_aibench.record.accounting import Counts, count
from edge_aibench.record.breakdown import Breakdown, break_down
from edge_aibench.record.data import EngineName, RunData, SimulationEngine
from edge_aibench.record.energy import Cost, Energy, Usage, energy_and_cost
from edge_aibench.record.estimates import burst_warnings, mean_estimate, percentile_estimate
from edge_aibench.record.latency import Latencies, latencies
from edge_aibench.record.links import LinkResult
from edge_aibench.record.load import Load, nearness
from edge_aibench.record.scaling import ScaledNode, scaled_nodes
from edge_aibench.record.usage import LinkTraffic, saved_experiment, traffic_of, usage_of
from edge_aibench.record.validity import (
    Validity,
    ValidityLimits,
    check_validity,
    pressure_share,
)
from edge_aibench.record.values import Entry, Estimate, Milliseconds, milliseconds
from edge_aibench.record.verdict import (
    CommunicationVerdict,
    Verdict,
    judge,
    judge_communication,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from edge_aibench.model.experiment import Experiment

SCHEMA_VERSION: Literal[1] = 1
PERCENTILES = (50.0, 90.0, 99.0)


class Distribution(Entry):
    """Latencies of *count* requests, *unanswered* of them without an answer (infinite).

    *percentiles* is keyed `p50`, `p99.9`; *max* is the largest (`never` if any went
    unanswered). *mean* is over the answered ones and so flatters a run that lost requests.
    """

    count: int
    unanswered: int
    mean: Estimate | None
    percentiles: dict[str, Estimate]
    max_ms: Milliseconds


class HealthSummary(Entry):
    """How the measuring went; shares are from 0 to 1, lateness in virtual milliseconds.

    *dependence* is 1 where successive requests are independent; above 4 the intervals of
    one run are too narrow by half.
    """

    lateness_p50_ms: float | None = None
    lateness_p99_ms: float | None = None
    lateness_max_ms: float | None = None
    relay_lateness_p99_ms: float | None = None
    cpu_pressure: float | None = None
    cpu_use: float | None = None
    clock: str = ""
    dependence: float | None = None
    warnings: tuple[str, ...] = ()


class Summary(Entry):
    """One run, or (with several *runs*) repeats of one experiment.

    *simulated_by* names the simulator's engine, None of an emulation.
    *latency* is keyed `e2e`, `comm.up`, `comm.down`, `comm.round-trip` and by task.
    *goodput_per_s* counts answers in time per virtual second. *scaled* are the nodes whose
    service times were scaled from this machine's. *traffic* is what crossed each link. *energy* and
    *cost* are None, and *traffic* is empty, where the saved experiment is not whole.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    scenario: str
    engine: EngineName
    simulated_by: SimulationEngine | None = None
    instances: int
    duration_s: float
    warmup_s: float
    dilation: float
    interrupted: str | None = None
    validity: Validity
    end_to_end: Verdict | None
    communication: CommunicationVerdict | None
    counts: Counts
    goodput_per_s: float
    in_budget: Estimate | None
    tasks: tuple[str, ...]
    latency: dict[str, Distribution]
    hops: Breakdown | None
    links: tuple[LinkResult, ...]
    loads: tuple[Load, ...] = ()
    profiles: dict[str, str] = Field(default_factory=dict)
    scaled: tuple[ScaledNode, ...] = ()
    energy: Energy | None = None
    cost: Cost | None = None
    traffic: dict[str, LinkTraffic] = Field(default_factory=dict)
    quality: dict[str, JsonValue]
    health: HealthSummary
    experiment_sha256: str
    runs: tuple[str, ...] = Field(min_length=1)
    repeat_command: str


def summarise(
    data: RunData,
    *,
    folder: str,
    percentiles: Iterable[float] = (),
    limits: ValidityLimits | None = None,
    interrupted: str | None = None,
) -> Summary:
    """Compute everything that is printed of *data*, whose run folder is *folder*.

    *percentiles* are shown besides p50, p90, p99 and those of the budgets.
    """
    counts = count(data)
    series = latencies(data)
    budgets = data.budgets
    wanted = {*PERCENTILES, *percentiles}
    used = _used(data, interrupted=interrupted is not None)
    wanted |= {b.percentile for b in (budgets.end_to_end, budgets.communication) if b is not None}
    return Summary(
        scenario=data.scenario,
        engine=data.engine,
        simulated_by=data.simulated_by,
        instances=data.instances,
        duration_s=data.duration_s,
        warmup_s=data.warmup_s,
        dilation=data.dilation,
        interrupted=interrupted,
        validity=check_validity(data, counts, limits),
        end_to_end=_end_to_end(budgets, series),
        communication=_communication(budgets, series),
        counts=counts,
        goodput_per_s=counts.in_time / data.duration_s if data.duration_s > 0 else 0.0,
        in_budget=in_budget(counts),
        tasks=data.tasks,
        latency={
            name: distribution(values, sorted(wanted)) for name, values in series.named().items()
        },
        hops=break_down(data),
        links=data.links,
        loads=data.loads,
        profiles=dict(data.profiles),
        scaled=scaled_nodes(data.experiment),
        **used,
        quality={task: _plain(measures) for task, measures in data.quality.items()},
        health=_health(data, series),
        experiment_sha256=experiment_digest(data.experiment),
        runs=(folder,),
        repeat_command=data.repeat_command,
    )


def distribution(values_ns: NDArray[np.float64], percentiles: Iterable[float]) -> Distribution:
    """Describe a non-empty series in the order of the schedule."""
    import numpy as np

    answered = values_ns[np.isfinite(values_ns)]
    return Distribution(
        count=int(values_ns.size),
        unanswered=int(values_ns.size - answered.size),
        mean=mean_estimate(float(answered.mean()), statistics.batch_means_interval(answered))
        if answered.size
        else None,
        percentiles={percentile_key(p): _percentile(values_ns, p) for p in percentiles},
        max_ms=milliseconds(float(np.max(values_ns))),
    )


def percentile_key(percent: float) -> str:
    """How a percentile is keyed: `p99`, `p99.9`."""
    return f"p{percent:.12g}"


def experiment_digest(experiment: Mapping[str, Any]) -> str:
    """SHA-256 of the resolved configuration: equal for runs of the same experiment."""
    text = json.dumps(experiment, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _used(data: RunData, *, interrupted: bool) -> dict[str, Any]:
    experiment = saved_experiment(data)
    if experiment is None:
        return {}
    return used_in(experiment, usage_of(data, experiment, interrupted=interrupted))


def used_in(experiment: Experiment, usage: Usage | None) -> dict[str, Any]:
    """The fields of a summary that say what was used, by their names; None used nothing."""
    if usage is None:
        return {}
    energy, cost = energy_and_cost(experiment, usage)
    return {"energy": energy, "cost": cost, "traffic": traffic_of(usage)}


def _plain(measure: Any) -> JsonValue:
    """Quality as JSON: numpy's numbers as Python's, what is not a number as null."""
    if isinstance(measure, Mapping):
        return {str(name): _plain(value) for name, value in measure.items()}
    if isinstance(measure, (list, tuple)):
        return [_plain(value) for value in measure]
    if measure is None or isinstance(measure, (str, bool, int)):
        return measure
    number = float(measure)
    return number if math.isfinite(number) else None


def _percentile(values_ns: NDArray[np.float64], percent: float) -> Estimate:
    interval = statistics.percentile_interval(values_ns, percent)
    return percentile_estimate(statistics.percentile(values_ns, percent), interval)


def in_budget(counts: Counts) -> Estimate | None:
    """The share of measured requests that were answered in time; None of none."""
    if counts.measured == 0:
        return None
    interval = statistics.proportion_interval(counts.in_time, counts.measured)
    return Estimate(
        value=counts.in_time / counts.measured,
        lower=interval.lower,
        upper=interval.upper,
        method="clopper-pearson",
    )


def _end_to_end(budgets: Budgets, series: Latencies) -> Verdict | None:
    if budgets.end_to_end is None or series.end_to_end_ns.size == 0:
        return None
    return judge(budgets.end_to_end, series.end_to_end_ns)


def _communication(budgets: Budgets, series: Latencies) -> CommunicationVerdict | None:
    if budgets.communication is None:
        return None
    return judge_communication(budgets.communication, up_ns=series.up_ns, down_ns=series.down_ns)


def _health(data: RunData, series: Latencies) -> HealthSummary:
    lateness_ns = data.health.lateness_ns.astype("float64")
    relay_ns = data.health.relay_lateness_ns
    dependence = statistics.dependence(series.end_to_end_ns)
    warnings = list(data.health.warnings)
    warnings += burst_warnings(dependence)
    warnings += [nearness(load) for load in data.loads if load.near]
    if pressure_share(data) is None and data.engine == "emulate":
        warnings.append("this kernel does not account for CPU pressure: it was not checked")
    return HealthSummary(
        lateness_p50_ms=_percentile_ms(lateness_ns, 50.0),
        lateness_p99_ms=_percentile_ms(lateness_ns, 99.0),
        lateness_max_ms=_percentile_ms(lateness_ns, 100.0),
        relay_lateness_p99_ms=(
            None if relay_ns is None else _percentile_ms(relay_ns.astype("float64"), 99.0)
        ),
        cpu_pressure=pressure_share(data),
        cpu_use=data.health.cpu_use,
        clock=data.health.clock,
        dependence=dependence,
        warnings=tuple(warnings),
    )


def _percentile_ms(values_ns: NDArray[np.float64], percent: float) -> float | None:
    return milliseconds(statistics.percentile(values_ns, percent)) if values_ns.size else None

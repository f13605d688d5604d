"""The measures that placements are judged by: their names, units, and what a run has for them.

e2e.p99, comm.up.mean, death.max     a latency in ms; `comm` is the worse of up and down
in-budget, over-budget, answered     a share of the measured requests
goodput                              answers in time per second
energy.total, energy.NODE            joules for a request: of all parts, or of a node group or link
cost.per-hour                        money an hour for all nodes that take part
bytes.LINK                           bytes a request puts on all wires of a link, headers included
quality.STAGE                        the published quality of the network that a stage runs
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge_aibench.errors import ConfigError, unknown_name
from edge_aibench.record.measures import LATENCIES
from edge_aibench.record.summary import percentile_key

if TYPE_CHECKING:
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.record.summary import Distribution, Summary
    from edge_aibench.record.values import Estimate

LARGEST_IS_BEST = ("in-budget", "answered", "goodput", "quality")
_SHARES = ("in-budget", "over-budget", "answered")
_STATISTIC = re.compile(r"^(.+?)\.(p\d+\.\d+|[a-z0-9]+)$")
_PERCENTILE = re.compile(r"^p(\d{1,2}(?:\.\d{1,6})?)$")


@dataclass(frozen=True)
class Figure:
    """A value with its 95 % interval, None where there is none."""

    value: float
    lower: float | None = None
    upper: float | None = None


def unit_of(measure: str) -> str:
    """The unit in which *measure* is given; "" of a share, a quality or money."""
    family = measure.partition(".")[0]
    if measure in _SHARES or family in {"quality", "cost"}:
        return ""
    return {"goodput": "1/s", "energy": "J", "bytes": "B"}.get(family, "ms")


def is_best_when_largest(measure: str) -> bool:
    """Whether more of *measure* is better."""
    return measure.partition(".")[0] in LARGEST_IS_BEST


def percentile_of(measure: str) -> float | None:
    """The percentile that a summary must hold for *measure*, if it is one."""
    match = _PERCENTILE.match(measure.rpartition(".")[2])
    split = _STATISTIC.match(measure)
    if split is not None:
        match = _PERCENTILE.match(split.group(2))
    return None if match is None else float(match.group(1))


def check_measure(measure: str, experiment: Experiment, *, where: str) -> None:
    """Raise ConfigError, citing *where*, for a measure that no run of *experiment* has."""
    known = known_measures(experiment)
    family, _, rest = measure.partition(".")
    split = _STATISTIC.match(measure)
    latencies = {*LATENCIES, *experiment.scenario.inference_stages()}
    if measure in latencies:
        raise ConfigError(
            "a latency needs a statistic: p50, p99, p99.9, ..., mean or max",
            where=where,
            value=measure,
        )
    if split is not None and split.group(1) in latencies:
        percent = percentile_of(measure)
        if split.group(2) in {"mean", "max"} or (percent is not None and percent > 0):
            return
    elif measure in known or (family == "cost" and rest == "per-hour"):
        return
    raise unknown_name("measure", measure, known, where=where)


def known_measures(experiment: Experiment) -> tuple[str, ...]:
    """The names of measures, latencies with p99."""
    scenario, topology = experiment.scenario, experiment.topology
    hosts = [name for name, group in topology.nodes.items() if group.kind == "host"]
    stages = scenario.inference_stages()
    return (
        *(f"{name}.p99" for name in (*LATENCIES, *stages)),
        *_SHARES,
        "goodput",
        "energy.total",
        "energy.per-request",
        *(f"energy.{name}" for name in (*hosts, *topology.links)),
        "cost.per-hour",
        *(f"bytes.{name}" for name in topology.links),
        *(f"quality.{name}" for name in stages),
    )


def figure(summary: Summary, measure: str) -> Figure:
    """What the run of *summary* has for *measure*; NaN where it has nothing of the kind."""
    family, _, rest = measure.partition(".")
    if measure in _SHARES or measure == "goodput":
        return _share(summary, measure)
    if family == "energy":
        return Figure(_energy(summary, rest))
    if family == "cost":
        return Figure(_cost(summary))
    split = _STATISTIC.match(measure)
    metric, statistic = split.groups() if split else (measure, "")
    names = ("comm.up", "comm.down") if metric == "comm" else (metric,)
    found = [_latency(summary.latency[n], statistic) for n in names if n in summary.latency]
    return max(found, key=lambda each: each.value, default=Figure(math.nan))


def _share(summary: Summary, measure: str) -> Figure:
    counts, share = summary.counts, summary.in_budget
    if measure == "goodput":
        return Figure(summary.goodput_per_s)
    if share is None:
        return Figure(math.nan)
    if measure == "answered":
        return Figure(counts.answered / counts.measured)
    if measure == "in-budget":
        return _of(share)
    lower = None if share.upper is None else 1.0 - share.upper
    upper = None if share.lower is None else 1.0 - share.lower
    return Figure(1.0 - share.value, lower, upper)


def _latency(series: Distribution, statistic: str) -> Figure:
    if statistic == "max":
        return Figure(series.max_ms)
    if statistic == "mean":
        if series.unanswered or series.mean is None:
            return Figure(math.inf)
        return _of(series.mean)
    percent = _PERCENTILE.match(statistic)
    key = statistic if percent is None else percentile_key(float(percent.group(1)))
    estimate = series.percentiles.get(key)
    return Figure(math.nan) if estimate is None else _of(estimate)


def _energy(summary: Summary, part: str) -> float:
    if summary.energy is None:
        return math.nan
    if part in {"total", "per-request"}:
        return summary.energy.total_j_per_request
    parts = [each for each in summary.energy.parts if each.name == part]
    return sum(each.total_j_per_request for each in parts)


def _cost(summary: Summary) -> float:
    """Money an hour, if all that is known is in one currency."""
    if summary.cost is None or len(summary.cost.per_hour) != 1:
        return math.nan
    return next(iter(summary.cost.per_hour.values()))


def _of(estimate: Estimate) -> Figure:
    return Figure(estimate.value, estimate.lower, estimate.upper)

"""The columns of a sweep's table: what of each run's summary is kept, and by which name.

e2e.p99, comm.up.mean, death.max     a latency in ms; `comm` is the worse of up and down
in-budget, answered                  a share of the measured requests
goodput                              answers in time per second
counts.timed_out, health.dependence  any other number of summary.json, by its path
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edge_aibench.errors import ConfigError, unknown_name
from edge_aibench.record.slo import LATENCIES

if TYPE_CHECKING:
    from edge_aibench.record.summary import Distribution, Summary

DEFAULT_MEASURES = (
    *("e2e.p50", "e2e.p99", "comm.up.p99", "comm.down.p99"),
    *("in-budget", "answered", "goodput", "e2e.mean"),
)
_PLAIN = {"in-budget": "", "answered": "", "goodput": "1/s"}
_STATISTIC = re.compile(r"^(.+?)\.(p\d+\.\d+|[a-z0-9]+)$")
_PERCENTILE = re.compile(r"^p(\d{1,2}(?:\.\d{1,6})?)$")
_EXAMPLE = "write it like e2e.p99, comm.up.mean, death.max or in-budget"


@dataclass(frozen=True)
class Measure:
    """One column, called *name*. *metric* and *statistic* are those of a latency, else empty."""

    name: str
    metric: str = ""
    statistic: str = ""
    unit: str = ""

    @property
    def percent(self) -> float | None:
        """The percentile that the run's summary must hold, if it is one."""
        match = _PERCENTILE.match(self.statistic)
        return float(match.group(1)) if match else None


def parse_measures(
    names: Sequence[str], *, tasks: Iterable[str], where: str
) -> tuple[Measure, ...]:
    """Read the *names* of measures on a scenario with these *tasks*.

    Raises ConfigError, citing *where*, for a name that no summary has a figure for, and for one
    that comes twice.
    """
    known = (*LATENCIES, *tasks)
    for name in names:
        if names.count(name) > 1:
            raise ConfigError("the measure comes twice", where=where, value=name)
    return tuple(_parse(name, known, where) for name in names)


def figures_of(measures: Iterable[Measure], summary: Summary) -> dict[str, float]:
    """Read *measures* off *summary*; one that this run has no figure for is NaN.

    A latency is infinite where so many requests went unanswered, the mean where any did.
    """
    return {measure.name: _figure(measure, summary) for measure in measures}


def _parse(name: str, latencies: tuple[str, ...], where: str) -> Measure:
    from edge_aibench.record.summary import Summary

    if name in _PLAIN:
        return Measure(name, unit=_PLAIN[name])
    split = _STATISTIC.match(name)
    metric, statistic = split.groups() if split else (name, "")
    if metric in latencies:
        measure = Measure(name, metric, statistic, "ms")
        percent = measure.percent
        if statistic in ("mean", "max") or (percent is not None and percent > 0):
            return measure
    if metric in latencies or name in latencies:
        raise ConfigError(
            "a latency needs a statistic: p50, p99, p99.9, ..., mean or max",
            where=where,
            value=name,
            next_step=_EXAMPLE,
        )
    if name.partition(".")[0] in Summary.model_fields:
        return Measure(name)
    examples = [f"{latency}.{statistic or 'p99'}" for latency in latencies]
    raise unknown_name("measure", name, [*examples, *_PLAIN], where=where)


def _figure(measure: Measure, summary: Summary) -> float:
    if measure.metric == "comm":
        ways = [summary.latency.get(way) for way in ("comm.up", "comm.down")]
        figures = [_latency(measure, way) for way in ways if way is not None]
        return max(figures, default=math.nan)
    if measure.metric:
        series = summary.latency.get(measure.metric)
        return math.nan if series is None else _latency(measure, series)
    counts = summary.counts
    if measure.name == "answered":
        return counts.answered / counts.measured if counts.measured else math.nan
    if measure.name == "in-budget":
        return math.nan if summary.in_budget is None else summary.in_budget.value
    if measure.name == "goodput":
        return summary.goodput_per_s
    return _at(summary.model_dump(mode="python"), measure.name)


def _latency(measure: Measure, series: Distribution) -> float:
    if measure.statistic == "max":
        return series.max_ms
    if measure.statistic == "mean":
        return math.inf if series.unanswered or series.mean is None else series.mean.value
    estimate = series.percentiles.get(measure.statistic)
    return math.nan if estimate is None else estimate.value


def _at(summary: Mapping[str, Any], path: str) -> float:
    """The number at *path*, whose keys may have dots of their own (`comm.up`)."""
    here: Any = summary
    steps = path.split(".")
    while steps:
        if not isinstance(here, Mapping):
            return math.nan
        for length in range(len(steps), 0, -1):
            if (key := ".".join(steps[:length])) in here:
                here, steps = here[key], steps[length:]
                break
        else:
            return math.nan
    return float(here) if isinstance(here, (int, float)) else math.nan

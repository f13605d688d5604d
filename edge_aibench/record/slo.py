"""Objectives of the user's own: `--slo 'e2e.p99<10ms'`, `inbudget>=0.99`, `energy.total<2J`.

An objective names a metric, a statistic and a bound. It is KEPT or BROKEN only if the whole
confidence interval says so. A metric that does not exist is an error, never a silent pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum

from edge_aibench.errors import (
    EXIT_OK,
    EXIT_SLO_BROKEN,
    EXIT_SLO_UNDECIDED,
    ConfigError,
    unknown_name,
)
from edge_aibench.record.statistics import proportion_interval
from edge_aibench.record.summary import Distribution, Summary, percentile_key
from edge_aibench.record.values import Entry, Milliseconds
from edge_aibench.units import format_energy, parse_duration_s, parse_energy_j, parse_share

OPTION = "--slo"
LATENCIES = ("e2e", "comm", "comm.up", "comm.down", "comm.round-trip")
SHARES = ("inbudget", "answered")
ENERGIES = ("energy.busy", "energy.idle", "energy.total")
"""Of all nodes and links, for each request."""
_OBJECTIVE = re.compile(r"^\s*([a-z][a-z0-9.-]*)\s*(<=|>=|<|>)\s*(.+?)\s*$")
_PERCENTILE = re.compile(r"^p(\d{1,2}(?:\.\d{1,6})?)$")
_STATISTIC = re.compile(r"^(.+?)\.(p\d+\.\d+|[a-z0-9]+)$")
_EXAMPLE = "write it like 'e2e.p99<10ms', 'comm.up.mean<=1ms' or 'inbudget>=99%'"


class Slo(Entry):
    """One objective; *bound* is in milliseconds for a latency, joules for an energy, or a share."""

    text: str
    metric: str
    statistic: str
    comparison: str
    bound: float

    @property
    def percent(self) -> float | None:
        """The percentile asked for, if it is one."""
        match = _PERCENTILE.match(self.statistic)
        return float(match.group(1)) if match else None


class SloOutcome(StrEnum):
    """What became of an objective."""

    KEPT = "kept"
    BROKEN = "broken"
    UNDECIDED = "undecided"


class SloResult(Entry):
    """An objective, what was measured, and the outcome."""

    slo: Slo
    outcome: SloOutcome
    value: Milliseconds | None
    lower: Milliseconds | None
    upper: Milliseconds | None
    reason: str


def parse_slo(text: str, *, tasks: Iterable[str] = ()) -> Slo:
    """Read one objective on a run of a scenario with these *tasks*.

    Raises ConfigError if it is not of the form, or names a metric or statistic that is not.
    """
    match = _OBJECTIVE.match(text)
    if match is None:
        raise ConfigError(
            "must be a metric, a comparison and a bound",
            where=OPTION,
            value=text,
            next_step=_EXAMPLE,
        )
    name, comparison, bound = match.groups()
    if name in SHARES:
        return Slo(
            text=text.strip(),
            metric=name,
            statistic="share",
            comparison=comparison,
            bound=_bound(parse_share, bound, text),
        )
    if name in ENERGIES:
        metric, statistic = name.split(".")
        return Slo(
            text=text.strip(),
            metric=metric,
            statistic=statistic,
            comparison=comparison,
            bound=_bound(parse_energy_j, bound, text),
        )
    split = _STATISTIC.match(name)
    metric, statistic = split.groups() if split else ("", "")
    known = (*LATENCIES, *tasks)
    if metric not in known and name not in known:
        raise unknown_name(
            "metric",
            metric or name,
            (*known, *SHARES, *ENERGIES),
            where=f"{OPTION} '{text.strip()}'",
        )
    if metric not in known or not _is_statistic(statistic):
        raise ConfigError(
            "a latency needs a statistic: p50, p99, p99.9, ..., mean or max",
            where=OPTION,
            value=text,
            next_step=_EXAMPLE,
        )
    return Slo(
        text=text.strip(),
        metric=metric,
        statistic=statistic,
        comparison=comparison,
        bound=_bound(parse_duration_s, bound, text) * 1e3,
    )


def percentiles_of(slos: Iterable[Slo]) -> tuple[float, ...]:
    """The percentiles that a summary must hold for *slos* to be evaluated."""
    return tuple(sorted({s.percent for s in slos if s.percent is not None}))


def evaluate(slo: Slo, summary: Summary) -> SloResult:
    """Hold *slo* against *summary*; `comm` is the worse of `comm.up` and `comm.down`.

    Raises ConfigError if the run has no such figure (nothing crossed a link, a task is not
    part of it, or the summary lacks that percentile).
    """
    if slo.metric != "comm":
        return _evaluate_one(slo, slo.metric, summary)
    present = [name for name in ("comm.up", "comm.down") if name in summary.latency]
    if not present:
        raise _absent(slo, summary)
    results = [_evaluate_one(slo, name, summary) for name in present]
    order = (SloOutcome.KEPT, SloOutcome.UNDECIDED, SloOutcome.BROKEN)
    return max(results, key=lambda result: (order.index(result.outcome), result.value or 0.0))


def exit_code(results: Sequence[SloResult]) -> int:
    """99 if any objective is broken, else 98 if any is undecided, else 0."""
    outcomes = {result.outcome for result in results}
    if SloOutcome.BROKEN in outcomes:
        return EXIT_SLO_BROKEN
    return EXIT_SLO_UNDECIDED if SloOutcome.UNDECIDED in outcomes else EXIT_OK


def _is_statistic(name: str) -> bool:
    match = _PERCENTILE.match(name)
    return name in ("mean", "max") or (match is not None and float(match.group(1)) > 0)


def _bound(parse: Callable[[object], float], bound: str, text: str) -> float:
    try:
        return parse(bound)
    except ValueError as error:
        raise ConfigError(
            f"its bound {error}", where=OPTION, value=text, next_step=_EXAMPLE
        ) from None


def _absent(slo: Slo, summary: Summary) -> ConfigError:
    return ConfigError(
        f"this run has no figure '{slo.metric}.{slo.statistic}'",
        where=OPTION,
        value=slo.text,
        next_step=f"it has {', '.join([*summary.latency, *SHARES])}",
    )


def _evaluate_one(slo: Slo, metric: str, summary: Summary) -> SloResult:
    value, lower, upper, needs = _figure(slo, metric, summary)
    outcome = _compare(slo, lower=lower, upper=upper)
    found = "no figure" if value is None else _show(value, slo)
    reason = f"{metric} {slo.statistic} is {found}"
    if outcome is SloOutcome.UNDECIDED:
        wanting = f"; needs {needs} requests" if needs is not None else ""
        reason += f", 95 % interval {_show(lower, slo)} to {_show(upper, slo)}{wanting}"
    return SloResult(slo=slo, outcome=outcome, value=value, lower=lower, upper=upper, reason=reason)


_Figure = tuple[float | None, float | None, float | None, int | None]


def _figure(slo: Slo, metric: str, summary: Summary) -> _Figure:
    if slo.statistic == "share":
        return _share(slo, summary)
    if slo.metric == "energy":
        return _energy(slo, summary)
    series = summary.latency.get(metric)
    if series is None:
        raise _absent(slo, summary)
    if slo.statistic == "max":
        # The largest latency of this run is a fact about it, not an estimate.
        return series.max_ms, series.max_ms, series.max_ms, None
    if slo.statistic == "mean":
        return _mean(series)
    percent = slo.percent
    estimate = None if percent is None else series.percentiles.get(percentile_key(percent))
    if estimate is None:
        raise _absent(slo, summary)
    return estimate.value, estimate.lower, estimate.upper, estimate.needs


def _mean(series: Distribution) -> _Figure:
    if series.unanswered or series.mean is None:
        never = float("inf")
        return never, never, never, None
    return series.mean.value, series.mean.lower, series.mean.upper, series.mean.needs


def _energy(slo: Slo, summary: Summary) -> _Figure:
    """A fact of the run; where some part is unknown it is a lower bound only."""
    energy = summary.energy
    if energy is None:
        raise _absent(slo, summary)
    each_j = {
        "busy": energy.busy_j_per_request,
        "idle": energy.idle_j_per_request,
        "total": energy.total_j_per_request,
    }[slo.statistic]
    return each_j, each_j, None if energy.at_least else each_j, None


def _share(slo: Slo, summary: Summary) -> _Figure:
    counts, estimate = summary.counts, summary.in_budget
    if counts.measured == 0 or estimate is None:
        return None, None, None, 1
    if slo.metric == "inbudget":
        return estimate.value, estimate.lower, estimate.upper, estimate.needs
    interval = proportion_interval(counts.answered, counts.measured)
    return counts.answered / counts.measured, interval.lower, interval.upper, None


def _compare(slo: Slo, *, lower: float | None, upper: float | None) -> SloOutcome:
    """The far end of the interval must hold for KEPT, the near end must fail for BROKEN."""
    below = slo.comparison.startswith("<")
    far, near = (upper, lower) if below else (lower, upper)
    if far is not None and _holds(far, slo):
        return SloOutcome.KEPT
    if near is not None and not _holds(near, slo):
        return SloOutcome.BROKEN
    return SloOutcome.UNDECIDED


def _holds(value: float, slo: Slo) -> bool:
    return {
        "<": value < slo.bound,
        "<=": value <= slo.bound,
        ">": value > slo.bound,
        ">=": value >= slo.bound,
    }[slo.comparison]


def _show(value: float | None, slo: Slo) -> str:
    if value is None:
        return "unknown"
    if value == float("inf"):
        return "never"
    if slo.metric == "energy":
        return format_energy(value)
    return f"{value:.2%}" if slo.statistic == "share" else f"{value:.4g} ms"

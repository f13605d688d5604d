"""Objectives of the user's own: `--slo 'e2e.p99<10ms'`, `inbudget>=0.99`, `energy.total<2J`.

An objective names a metric, a statistic and a bound. It is KEPT or BROKEN only if the whole
confidence interval says so. A metric that does not exist is an error, never a silent pass.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from edge_aibench.errors import EXIT_OK, EXIT_SLO_BROKEN, EXIT_SLO_UNDECIDED, ConfigError
from edge_aibench.record.measures import SHARES, Figure, Measure, parse_measure
from edge_aibench.record.values import Entry, Milliseconds
from edge_aibench.units import (
    format_energy,
    format_size,
    parse_duration_s,
    parse_energy_j,
    parse_share,
    parse_size_bytes,
)

if TYPE_CHECKING:
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.record.summary import Summary

OPTION = "--slo"
_OBJECTIVE = re.compile(r"^\s*([A-Za-z][\w.-]*)\s*(<=|>=|<|>)\s*(.+?)\s*$", re.ASCII)
_EXAMPLE = "write it like 'e2e.p99<10ms', 'comm.up.mean<=1ms' or 'in-budget>=99%'"


class Slo(Entry):
    """One objective on a measure, whose *unit* is that of the *bound*.

    Latencies are in `ms`, energies in `J`, sizes in `B`; shares and other numbers have no unit.
    """

    text: str
    metric: str
    statistic: str
    comparison: str
    bound: float
    unit: str = "ms"

    @property
    def measure(self) -> Measure:
        """What is held against the bound."""
        parts = [self.metric, "" if self.statistic == "share" else self.statistic]
        name = ".".join(part for part in parts if part)
        return Measure(name, self.metric, self.statistic, self.unit)

    @property
    def percent(self) -> float | None:
        """The percentile asked for, if it is one."""
        return self.measure.percent


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


def parse_slo(text: str, *, tasks: Iterable[str] = (), parts: Iterable[str] = ()) -> Slo:
    """Read one objective on a run of a scenario with these *tasks*.

    *parts* are the node groups and links of the topology. Raises ConfigError if it is not of the
    form, or names a measure that is not.
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
    where = f"{OPTION} '{text.strip()}'"
    found = parse_measure(name, tasks=tasks, parts=parts, where=where)
    return Slo(
        text=text.strip(),
        metric=found.metric,
        statistic=found.statistic,
        comparison=comparison,
        bound=_bound(found, bound, text),
        unit=found.unit,
    )


def parse_slos(texts: Iterable[str], experiment: Experiment) -> tuple[Slo, ...]:
    """Read objectives on runs of *experiment*, as `parse_slo` does."""
    tasks, topology = experiment.scenario.inference_stages(), experiment.topology
    parts = (*topology.nodes, *topology.links)
    return tuple(parse_slo(text, tasks=tasks, parts=parts) for text in texts)


def percentiles_of(slos: Iterable[Slo]) -> tuple[float, ...]:
    """The percentiles that a summary must hold for *slos* to be evaluated."""
    return tuple(sorted({s.percent for s in slos if s.percent is not None}))


def evaluate(slo: Slo, summary: Summary) -> SloResult:
    """Hold *slo* against *summary*; `comm` is the worse of `comm.up` and `comm.down`.

    Raises ConfigError if the run has no such figure (nothing crossed a link, a task is not
    part of it, or the summary lacks that percentile).
    """
    results = [
        _evaluate_one(slo, asked, figure)
        for asked in slo.measure.ways()
        if (figure := asked.of(summary)) is not None
    ]
    if not results:
        raise _absent(slo, summary)
    order = (SloOutcome.KEPT, SloOutcome.UNDECIDED, SloOutcome.BROKEN)
    return max(results, key=lambda result: (order.index(result.outcome), result.value or 0.0))


def exit_code(results: Sequence[SloResult]) -> int:
    """99 if any objective is broken, else 98 if any is undecided, else 0."""
    outcomes = {result.outcome for result in results}
    if SloOutcome.BROKEN in outcomes:
        return EXIT_SLO_BROKEN
    return EXIT_SLO_UNDECIDED if SloOutcome.UNDECIDED in outcomes else EXIT_OK


def _bound(asked: Measure, bound: str, text: str) -> float:
    try:
        if asked.unit == "ms":
            return parse_duration_s(bound) * 1e3
        if asked.unit == "J":
            return parse_energy_j(bound)
        if asked.unit == "B":
            return parse_size_bytes(bound)
        return parse_share(bound) if asked.statistic == "share" else _number(bound)
    except ValueError as error:
        raise ConfigError(
            f"its bound {error}", where=OPTION, value=text, next_step=_EXAMPLE
        ) from None


def _number(bound: str) -> float:
    try:
        number = float(bound)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError("must be a number")
    return number


def _absent(slo: Slo, summary: Summary) -> ConfigError:
    return ConfigError(
        f"this run has no figure '{slo.measure.name}'",
        where=OPTION,
        value=slo.text,
        next_step=f"it has {', '.join([*summary.latency, *SHARES])}",
    )


def _evaluate_one(slo: Slo, asked: Measure, figure: Figure) -> SloResult:
    outcome = _compare(slo, lower=figure.lower, upper=figure.upper)
    found = "no figure" if figure.value is None else _show(figure.value, slo)
    what = f"{asked.metric} {asked.statistic}".rstrip()
    reason = f"{what} is {found}"
    if outcome is SloOutcome.UNDECIDED:
        wanting = f"; needs {figure.needs} requests" if figure.needs is not None else ""
        lower, upper = _show(figure.lower, slo), _show(figure.upper, slo)
        reason += f", 95 % interval {lower} to {upper}{wanting}"
    return SloResult(
        slo=slo,
        outcome=outcome,
        value=figure.value,
        lower=figure.lower,
        upper=figure.upper,
        reason=reason,
    )


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
    if slo.unit == "J":
        return format_energy(value)
    if slo.unit == "B":
        return format_size(value)
    if slo.unit == "ms":
        return f"{value:.4g} ms"
    return f"{value:.2%}" if slo.statistic == "share" else f"{value:.6g}"

"""Figures of a run by their names: one grammar for objectives, sweeps and optimisers.

e2e.p99, comm.up.mean, death.max     a latency in ms; `comm` is the worse of up and down
in-budget, answered                  a share of the measured requests
goodput                              answers in time per second
energy.total, energy.edge.busy       joules a request: of all, of a node group or a link
bytes.wan, bytes.wan.up              bytes a request on the wires of a link
cost.per-hour, cost.per-million-requests.USD   money
counts.timed_out                     any other number of summary.json, by its path
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from edge_aibench.errors import ConfigError, unknown_name
from edge_aibench.record.energy import Cost, Energy, EnergyPart
from edge_aibench.record.statistics import proportion_interval

if TYPE_CHECKING:
    from edge_aibench.record.summary import Summary
    from edge_aibench.record.values import Estimate

LATENCIES = ("e2e", "comm", "comm.up", "comm.down", "comm.round-trip")
IN_BUDGET = ("in-budget", "inbudget")
"""The second is how `--slo` has always written it."""
SHARES = (*IN_BUDGET, "answered")
ENERGIES = ("energy.busy", "energy.idle", "energy.total")
COSTS = ("cost.per-hour", "cost.per-million-requests")
EXAMPLE = "write it like e2e.p99, comm.up.mean, death.max, in-budget or energy.total"

_STATISTIC = re.compile(r"^(.+?)\.(p\d+\.\d+|[a-z0-9]+)$")
_PERCENTILE = re.compile(r"^p(\d{1,2}(?:\.\d{1,6})?)$")
_KINDS_OF_ENERGY = ("busy", "idle", "total")
_WAYS = ("up", "down")


@dataclass(frozen=True)
class Figure:
    """What a run has of a measure. A *value* that is a fact of the run is both of its bounds.

    A bound is None where it is unknown; *needs* is the number of requests from which it is not.
    """

    value: float | None
    lower: float | None
    upper: float | None
    needs: int | None = None


@dataclass(frozen=True)
class Measure:
    """One measure, called *name*: a *statistic* of a *metric*, in a *unit* (none: "")."""

    name: str
    metric: str = ""
    statistic: str = ""
    unit: str = ""

    @property
    def percent(self) -> float | None:
        """The percentile that the run's summary must hold, if it is one."""
        match = _PERCENTILE.match(self.statistic) if self.unit == "ms" else None
        return float(match.group(1)) if match else None

    def ways(self) -> tuple[Measure, ...]:
        """The measures of which this one is the worse: both directions of `comm`, else itself."""
        if self.metric != "comm":
            return (self,)
        return tuple(
            replace(self, name=f"comm.{way}.{self.statistic}", metric=f"comm.{way}")
            for way in _WAYS
        )

    def of(self, summary: Summary) -> Figure | None:
        """Read it off *summary*; None if this run has no such figure.

        A latency is infinite where so many requests went unanswered, the mean where any did.
        """
        found = [figure for way in self.ways() if (figure := _figure(way, summary)) is not None]
        return max(found, key=lambda figure: figure.value or 0.0, default=None)


def measure(summary: Summary, name: str) -> Figure | None:
    """The figure called *name* of *summary*; None if this run has none, for want of messages say.

    Raises ConfigError for a name that no run with these tasks, nodes and links has.
    """
    parts = () if summary.energy is None else [part.name for part in summary.energy.parts]
    return parse_measure(name, tasks=summary.tasks, parts=parts).of(summary)


def parse_measure(
    name: str,
    *,
    tasks: Iterable[str] = (),
    parts: Iterable[str] = (),
    where: str = "measure",
) -> Measure:
    """Read the *name* of a measure on a scenario with these *tasks*.

    *parts* are the names of the topology's node groups and links. Raises ConfigError, citing
    *where*, for a name that no summary has a figure for.
    """
    latencies, parts = (*LATENCIES, *tasks), tuple(parts)
    found = _plain(name) or _latency(name, latencies)
    found = found or _energy(name, parts) or _bytes(name, parts) or _cost(name)
    if found is not None:
        return found
    split = _STATISTIC.match(name)
    metric, statistic = split.groups() if split else (name, "")
    if metric in latencies or name in latencies:
        raise ConfigError(
            "a latency needs a statistic: p50, p99, p99.9, ..., mean or max",
            where=where,
            value=name,
            next_step=EXAMPLE,
        )
    if _is_path(name):
        return Measure(name, metric=name)
    likely = statistic if _is_statistic(statistic) else "p99"
    known = [f"{latency}.{likely}" for latency in latencies]
    raise unknown_name("measure", name, [*known, *_known(parts)], where=where)


def _plain(name: str) -> Measure | None:
    if name in SHARES:
        return Measure(name, name, "share")
    return Measure(name, name, unit="1/s") if name == "goodput" else None


def _energy(name: str, parts: tuple[str, ...]) -> Measure | None:
    if name in ENERGIES:
        return Measure(name, "energy", name.partition(".")[2], "J")
    part, kind = _of_part("energy", name, _KINDS_OF_ENERGY, parts)
    return Measure(name, f"energy.{part}", kind or "total", "J") if part else None


def _bytes(name: str, parts: tuple[str, ...]) -> Measure | None:
    part, way = _of_part("bytes", name, _WAYS, parts)
    return Measure(name, f"bytes.{part}", way, "B") if part else None


def _cost(name: str) -> Measure | None:
    whole = any(name == cost or name.startswith(f"{cost}.") for cost in COSTS)
    return Measure(name, "cost", name.partition(".")[2]) if whole else None


def _of_part(
    head: str, name: str, kinds: tuple[str, ...], parts: tuple[str, ...]
) -> tuple[str, str]:
    """Which of *parts* the *name* `head.PART` or `head.PART.KIND` is about, or "", and its kind."""
    first, _, rest = name.partition(".")
    part, _, kind = rest.rpartition(".")
    if first == head and part in parts and kind in kinds:
        return part, kind
    return (rest, "") if first == head and rest in parts else ("", "")


def _latency(name: str, latencies: tuple[str, ...]) -> Measure | None:
    split = _STATISTIC.match(name)
    metric, statistic = split.groups() if split else ("", "")
    if metric in latencies and _is_statistic(statistic):
        return Measure(name, metric, statistic, "ms")
    return None


def _is_statistic(name: str) -> bool:
    match = _PERCENTILE.match(name)
    return name in ("mean", "max") or (match is not None and float(match.group(1)) > 0)


def _is_path(name: str) -> bool:
    """Whether *name* begins like a path in summary.json."""
    from edge_aibench.record.summary import Summary

    head, _, rest = name.partition(".")
    inner = {"energy": Energy.model_fields, "cost": Cost.model_fields}.get(head)
    if inner is not None:
        return rest.partition(".")[0] in inner
    return head in Summary.model_fields


def _known(parts: tuple[str, ...]) -> list[str]:
    """The names besides latencies; the paths are too many."""
    used = [f"{head}.{part}" for head in ("energy", "bytes") for part in parts]
    return [*SHARES, "goodput", *ENERGIES, *COSTS, *used]


def _figure(asked: Measure, summary: Summary) -> Figure | None:
    by_unit = {"ms": _latency_figure, "J": _energy_figure, "B": _bytes_figure}
    by_metric = {"cost": _cost_figure, **dict.fromkeys(SHARES, _share_figure)}
    read = by_unit.get(asked.unit) or by_metric.get(asked.metric) or _number_figure
    return read(asked, summary)


def _number_figure(asked: Measure, summary: Summary) -> Figure | None:
    if asked.name == "goodput":
        return _fact(summary.goodput_per_s)
    return _fact(_at(summary.model_dump(mode="python"), asked.name))


def _fact(value: float | None) -> Figure | None:
    return None if value is None else Figure(value, value, value)


def _latency_figure(asked: Measure, summary: Summary) -> Figure | None:
    series = summary.latency.get(asked.metric)
    if series is None:
        return None
    if asked.statistic == "max":
        # The largest latency of this run is a fact about it, not an estimate.
        return _fact(series.max_ms)
    if asked.statistic == "mean":
        never = series.unanswered or series.mean is None
        return _fact(math.inf) if never else _estimated(series.mean)
    return _estimated(series.percentiles.get(asked.statistic))


def _estimated(estimate: Estimate | None) -> Figure | None:
    if estimate is None:
        return None
    return Figure(estimate.value, estimate.lower, estimate.upper, estimate.needs)


def _share_figure(asked: Measure, summary: Summary) -> Figure:
    counts = summary.counts
    if counts.measured == 0 or summary.in_budget is None:
        return Figure(None, None, None, 1)
    if asked.metric in IN_BUDGET:
        one = summary.in_budget
        return Figure(one.value, one.lower, one.upper, one.needs)
    interval = proportion_interval(counts.answered, counts.measured)
    return Figure(counts.answered / counts.measured, interval.lower, interval.upper)


def _energy_figure(asked: Measure, summary: Summary) -> Figure | None:
    """A fact of the run; where some power is unknown it is a lower bound only."""
    energy, name = summary.energy, asked.metric.partition(".")[2]
    if energy is None:
        return None
    found: Energy | EnergyPart | None = energy
    unknown = energy.at_least
    if name:
        found = next((part for part in energy.parts if part.name == name), None)
        unknown = isinstance(found, EnergyPart) and bool(found.unknown)
    if found is None:
        return None
    each_j = {
        "busy": found.busy_j_per_request,
        "idle": found.idle_j_per_request,
        "total": found.total_j_per_request,
    }[asked.statistic]
    return Figure(each_j, each_j, None if unknown else each_j)


def _bytes_figure(asked: Measure, summary: Summary) -> Figure | None:
    name = asked.metric.partition(".")[2]
    link = summary.traffic.get(name)
    if link is None:
        links = [] if summary.energy is None else summary.energy.parts
        idle = any(part.kind == "link" and part.name == name for part in links)
        return _fact(0.0) if idle else None
    up_bytes, down_bytes = link.up_bytes_per_request, link.down_bytes_per_request
    return _fact({"up": up_bytes, "down": down_bytes}.get(asked.statistic, up_bytes + down_bytes))


def _cost_figure(asked: Measure, summary: Summary) -> Figure | None:
    """A fact; where a node's price is unknown it is a lower bound only."""
    if summary.cost is None:
        return None
    what, _, currency = asked.statistic.partition(".")
    cost = summary.cost
    amounts = cost.per_hour if what == "per-hour" else cost.per_million_requests
    if not currency and len(amounts) == 1:
        (currency,) = amounts
    # Of several currencies none is meant: nothing is converted.
    amount = amounts.get(currency)
    return None if amount is None else Figure(amount, amount, None if cost.unknown else amount)


def _at(summary: Mapping[str, Any], path: str) -> float | None:
    """The number at *path*, whose keys may have dots of their own (`comm.up`)."""
    here: Any = summary
    steps = path.split(".")
    while steps:
        if not isinstance(here, Mapping):
            return None
        for length in range(len(steps), 0, -1):
            if (key := ".".join(steps[:length])) in here:
                here, steps = here[key], steps[length:]
                break
        else:
            return None
    return float(here) if isinstance(here, (int, float)) else None

"""How figures read, in every kind of report."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from edge_aibench.record.links import LinkMovement, LinkResult
from edge_aibench.record.load import fullest
from edge_aibench.record.scaling import ScaledNode
from edge_aibench.record.summary import Summary
from edge_aibench.record.values import NEVER, Estimate
from edge_aibench.record.verdict import Verdict
from edge_aibench.units import format_duration, format_rate

NONE = "-"


def milliseconds(value: float | None) -> str:
    """A latency to three significant digits, without its unit."""
    if value is None:
        return NONE
    if math.isinf(value):
        return NEVER
    if value == 0:
        return "0"
    return f"{value:#.3g}".rstrip(".") if abs(value) < 999.5 else f"{value:.0f}"


def interval(estimate: Estimate | None) -> str:
    """`3.47-3.78`, or how many requests it would take."""
    if estimate is None:
        return ""
    if estimate.needs is not None:
        return f"needs {estimate.needs}"
    if estimate.lower is None and estimate.upper is None:
        return ""
    return f"{milliseconds(estimate.lower)}-{milliseconds(estimate.upper)}"


def point(estimate: Estimate | None) -> str:
    """The figure itself, but only where its interval is complete."""
    if estimate is None or estimate.needs is not None:
        return NONE
    return milliseconds(estimate.value)


def share(value: float | None) -> str:
    """A share of one as percent."""
    if value is None:
        return NONE
    percent = 100 * value
    return f"{percent:,.0f} %" if percent >= 1000 else f"{percent:.3g} %"


def count_of(number: int, noun: str) -> str:
    """`1 run`, `2 runs`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


@dataclass(frozen=True)
class VerdictLine:
    """A verdict in words; *limit* reads `p99 within 10 ms`."""

    name: str
    outcome: str
    limit: str
    reason: str


def verdict_lines(summary: Summary) -> list[VerdictLine]:
    """Every budget that was judged, in the order in which they are shown."""
    lines = []
    if summary.communication is not None:
        for name, verdict in (
            ("communication, uplink", summary.communication.up),
            ("communication, downlink", summary.communication.down),
        ):
            if verdict is not None:
                lines.append(_verdict_line(name, verdict))
    if summary.end_to_end is not None:
        lines.append(_verdict_line("end to end", summary.end_to_end))
    return lines


def _verdict_line(name: str, verdict: Verdict) -> VerdictLine:
    limit = format_duration(verdict.limit_ms / 1e3)
    return VerdictLine(
        name=name,
        outcome=str(verdict.outcome),
        limit=f"p{verdict.percentile:.12g} within {limit}",
        reason=verdict.reason,
    )


def series_title(name: str) -> str:
    """How a latency series is called in a table."""
    titles = {
        "e2e": "end to end",
        "comm.up": "uplink",
        "comm.down": "downlink",
        "comm.round-trip": "round trip",
    }
    return titles.get(name, name)


def shown_percentiles(summary: Summary) -> list[str]:
    """Keys of the percentiles to show, ascending."""
    keys = {key for series in summary.latency.values() for key in series.percentiles}
    return sorted(keys, key=lambda key: float(key.removeprefix("p")))


@dataclass(frozen=True)
class LinkLine:
    """All wires of one link group in one direction: asked, and the range achieved."""

    name: str
    wires: int
    delay_asked: str
    delay_achieved: str
    rate_asked: str
    rate_achieved: str
    loss_asked: str
    loss_achieved: str
    within: bool


def link_lines(links: Iterable[LinkResult]) -> list[LinkLine]:
    """One line for each link group and direction, in the order of the record."""
    groups: dict[tuple[str, str], list[LinkResult]] = {}
    for link in links:
        groups.setdefault((link.link, link.direction), []).append(link)
    return [_link_line(name, wires) for name, wires in groups.items()]


def _link_line(name: tuple[str, str], wires: list[LinkResult]) -> LinkLine:
    asked = wires[0].asked
    achieved = [wire.achieved for wire in wires if wire.achieved is not None]
    delays = [a.delay_p50_s for a in achieved if a.delay_p50_s is not None]
    rates = [a.rate_bps for a in achieved if a.rate_bps is not None]
    sent, lost = sum(a.sent for a in achieved), sum(a.lost for a in achieved)
    return LinkLine(
        name=" ".join(name),
        wires=len({wire.wire for wire in wires}),
        delay_asked=format_duration(asked.delay_s),
        delay_achieved=_range([format_duration(d) for d in _ends(delays)]),
        rate_asked="unlimited" if asked.rate_bps is None else format_rate(asked.rate_bps),
        rate_achieved=_range([format_rate(r) for r in _ends(rates)]),
        loss_asked=share(asked.loss),
        loss_achieved=share(lost / sent) if sent else NONE,
        within=all(wire.within for wire in wires),
    )


def _ends(values: list[float]) -> list[float]:
    return [min(values), max(values)] if values else []


def _range(ends: list[str]) -> str:
    if not ends:
        return NONE
    return ends[0] if ends[0] == ends[-1] else f"{ends[0]} - {ends[-1]}"


def scaling_lines(scaled: Iterable[ScaledNode]) -> list[str]:
    """`bedside: raspberry-pi-4, scaled by 0.17: ...`, nodes of one hardware together."""
    nodes: dict[tuple[str, str], list[str]] = {}
    for entry in scaled:
        nodes.setdefault((entry.hardware, entry.text), []).append(entry.node)
    return [f"{', '.join(names)}: {hardware}, {text}" for (hardware, text), names in nodes.items()]


def quality_lines(quality: Mapping[str, JsonValue]) -> list[tuple[str, str]]:
    """Task and its measures: `death`, `auroc 0.84`."""
    return [(task, _measures(value)) for task, value in quality.items()]


def _measures(value: JsonValue) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_measures(inner)}" for name, inner in value.items()) or NONE
    if isinstance(value, list):
        return ", ".join(map(_measures, value)) or NONE
    if isinstance(value, float):
        return f"{value:.4g}"
    return "n/a" if value is None else str(value)


def carried_lines(summary: Summary) -> list[tuple[str, str]]:
    """What the links carried, all headers and repetitions included: `access up`, rate of a wire."""
    loaded_s = summary.warmup_s + summary.duration_s
    found: dict[str, list[float]] = {}
    for link in summary.links:
        if link.traffic is not None and loaded_s > 0:
            rate_bps = link.traffic.bytes * 8 / loaded_s
            found.setdefault(f"{link.link} {link.direction}", []).append(rate_bps)
    return [(name, _rates(rates)) for name, rates in found.items()]


def _rates(rates_bps: list[float]) -> str:
    least, most = format_rate(min(rates_bps)), format_rate(max(rates_bps))
    if least == most:
        return f"{most} a wire" if len(rates_bps) > 1 else most
    return f"{least} to {most} a wire"


def movement_lines(summary: Summary) -> list[tuple[str, str]]:
    """How links that move did: `access up` and what became of it."""
    found: dict[str, list[LinkMovement]] = {}
    for link in summary.links:
        if link.movement is not None:
            found.setdefault(f"{link.link} {link.direction}", []).append(link.movement)
    return [(name, _movement(moves)) for name, moves in found.items()]


def _movement(moves: list[LinkMovement]) -> str:
    mean_s = sum(move.delay_mean_s for move in moves) / len(moves)
    outages, outage_s = sum(m.outages for m in moves), sum(m.outage_s for m in moves)
    text = (
        f"{count_of(len(moves), 'wire')}, {sum(m.changes for m in moves)} changes, "
        f"mean delay {format_duration(mean_s)}"
    )
    rates = [move.rate_mean_bps for move in moves if move.rate_mean_bps is not None]
    if rates:
        text += f", mean rate {format_rate(sum(rates) / len(rates))}"
    return f"{text}, {count_of(outages, 'outage')} of {format_duration(outage_s)} in all"


def count_line(summary: Summary) -> str:
    """Where the requests went, adding up."""
    counts = summary.counts
    parts = [
        f"{counts.in_time} in time",
        f"{counts.late} late",
        f"{counts.timed_out} timed out",
        f"{counts.failed} failed",
    ]
    seldom = {"dropped": counts.dropped, "filtered": counts.filtered}
    parts += [f"{number} {word}" for word, number in seldom.items() if number]
    parts.append(f"{counts.warmup} warm-up")
    if counts.unaccounted:
        parts.append(f"{counts.unaccounted} UNACCOUNTED")
    joins = f"; {counts.unjoined} went on alone" if counts.unjoined else ""
    late = f", {counts.late_joins} joined too late" if counts.late_joins else ""
    return f"{counts.planned} planned = {' + '.join(parts)}{joins}{late}"


def load_line(summary: Summary) -> str:
    """The fullest of each kind: `link access up 42 %, worker of edge 13 %`."""
    kinds = ("link", "workers", "broker")
    fullest_of = (fullest(load for load in summary.loads if load.kind == kind) for kind in kinds)
    return ", ".join(f"{load.title} {share(load.share)}" for load in fullest_of if load is not None)


def command_lines(command: str, width: int = 64) -> str:
    """A shell command over several lines that can still be pasted as it stands."""
    lines: list[str] = []
    for word in map(shlex.quote, shlex.split(command)):
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return " \\\n  ".join(lines)


def heading(summary: Summary) -> str:
    """What was run, in a line."""
    parts = [
        f"{summary.scenario} by {_engine(summary)}",
        count_of(summary.instances, "instance"),
        f"{format_duration(summary.duration_s)} after {format_duration(summary.warmup_s)} warm-up",
    ]
    if summary.dilation != 1:
        parts.append(f"time dilated {summary.dilation:g} times")
    if len(summary.runs) > 1:
        parts.append(f"{len(summary.runs)} repeats")
    return ", ".join(parts)


def _engine(summary: Summary) -> str:
    if summary.simulated_by is None:
        return summary.engine
    return f"{summary.engine} ({summary.simulated_by})"

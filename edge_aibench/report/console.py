"""The console's pictures of a run: plan, live line, result. Nothing is printed here.

Every function gives a rich renderable for whoever owns the console; rich honours NO_COLOR and
leaves colour out where the output is no terminal. Nothing relies on colour alone, and all of
it reads at 80 columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from edge_aibench.record.breakdown import Breakdown
from edge_aibench.record.slo import SloOutcome, SloResult
from edge_aibench.record.summary import Distribution, HealthSummary, Summary
from edge_aibench.report import pieces, wording
from edge_aibench.report.energy import energy_facts, energy_table
from edge_aibench.report.pieces import WIDTH, to_text
from edge_aibench.report.plan import render_live, render_plan

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

__all__ = ["WIDTH", "render_live", "render_plan", "render_summary", "to_text"]

_STYLES = {
    "PASS": "bold green",
    "FAIL": "bold red",
    "UNDECIDED": "bold yellow",
    "VALID": "bold green",
    "INVALID": "bold red",
    "kept": "bold green",
    "broken": "bold red",
    "undecided": "bold yellow",
}
_BAR_WIDTH = 14


def render_summary(
    summary: Summary, *, slos: Sequence[SloResult] = (), show_invalid: bool = False
) -> RenderableType:
    """The result of a run.

    The figures of an INVALID run are left out unless *show_invalid*: they are in
    summary.json for whoever looks for the cause, but nobody should read them as results.
    """
    from rich.console import Group

    shown: list[RenderableType] = [pieces.text(wording.heading(summary), "bold")]
    if summary.interrupted is not None:
        shown.append(
            pieces.text(f"INTERRUPTED ({summary.interrupted}): partial results", "bold yellow")
        )
    shown.append(_validity(summary))
    if summary.validity.valid or show_invalid:
        shown += [_verdicts(summary, slos), _latencies(summary)]
        if summary.hops is not None:
            shown.append(_hop_bars(summary.hops))
        if summary.energy is not None:
            shown.append(energy_table(summary.energy))
    else:
        shown.append(
            pieces.text(
                "Latencies are not shown, because they cannot be trusted; see summary.json.", ""
            )
        )
    shown += ["", _facts_of(summary)]
    if summary.links:
        shown.append(_links(summary))
    shown += ["", _closing(summary)]
    return Group(*shown)


def _outcome(word: str) -> Text:
    return pieces.text(word, _STYLES.get(word, ""))


def _validity(summary: Summary) -> RenderableType:
    from rich.console import Group

    reasons = summary.validity.reasons
    if not reasons:
        checks = wording.count_of(len(summary.validity.checks), "check")
        return _outcome("VALID") + pieces.text(f"  {checks} passed", "")
    lines: list[Text] = []
    for reason in reasons:
        lines.append(
            _outcome("INVALID")
            + pieces.text(
                f"  {reason.name}: {reason.value} (limit: {reason.limit}): {reason.what}", ""
            )
        )
        lines.append(pieces.text(f"  -> {reason.next_step}", ""))
    return Group(*lines)


def _verdicts(summary: Summary, slos: Sequence[SloResult]) -> RenderableType:
    from rich.console import Group
    from rich.padding import Padding

    table = pieces.facts()
    table.add_column(overflow="fold")
    for line in wording.verdict_lines(summary):
        pieces.add(table, line.name, _outcome(line.outcome), f"{line.limit}: {line.reason}")
    for result in slos:
        mark = {SloOutcome.KEPT: "kept", SloOutcome.BROKEN: "broken"}.get(
            result.outcome, "undecided"
        )
        pieces.add(table, "slo", _outcome(mark), f"{result.slo.text}: {result.reason}")
    if not table.row_count:
        pieces.add(table, "budgets", "none", "nothing was judged")
    return Group(Padding(table, (1, 0)))


def _latencies(summary: Summary) -> RenderableType:
    keys = wording.shown_percentiles(summary)
    quality = dict(wording.quality_lines(summary.quality))
    table = pieces.table("", "n", *keys, "max")
    table.columns[0].max_width = 24
    for name, series in summary.latency.items():
        pieces.add(table, *_latency_row(name, series, keys, quality=quality.get(name, "")))
    return pieces.section("Latency in ms, 95 % interval below", table)


def _latency_row(
    name: str, series: Distribution, keys: Iterable[str], *, quality: str
) -> list[str]:
    estimates = [series.percentiles.get(key) for key in keys]
    cells = [f"{wording.point(e)}\n{wording.interval(e)}" for e in estimates]
    lost = f"\n{series.unanswered} never" if series.unanswered else ""
    return [
        f"{wording.series_title(name)}\n{quality}",
        f"{series.count}{lost}",
        *cells,
        wording.milliseconds(series.max_ms),
    ]


def _hop_bars(hops: Breakdown) -> RenderableType:
    slowest = f"slowest {hops.slowest.count}"
    table = pieces.table("", "mean")
    table.add_column("", width=_BAR_WIDTH)
    table.add_column(slowest, justify="right")
    table.add_column("", width=_BAR_WIDTH)
    tail = {(part.kind, part.label): part.mean_ms for part in hops.slowest.parts}
    parts = {(part.kind, part.label): part.mean_ms for part in hops.all.parts}
    largest = max([*tail.values(), *parts.values(), 1e-9])
    for kind, label in dict.fromkeys([*parts, *tail]):
        mean_ms, tail_ms = parts.get((kind, label), 0.0), tail.get((kind, label), 0.0)
        pieces.add(
            table,
            f"{kind} {label}",
            wording.milliseconds(mean_ms),
            _bar(mean_ms / largest),
            wording.milliseconds(tail_ms),
            _bar(tail_ms / largest),
        )
    table.add_section()
    pieces.add(
        table,
        "end to end",
        wording.milliseconds(hops.all.mean_ms),
        "",
        wording.milliseconds(hops.slowest.mean_ms),
        "",
    )
    return pieces.section("Where the time goes, in ms", table)


def _bar(part: float) -> str:
    # Plain signs, so that a terminal without Unicode and a log file show the same.
    return "#" * max(0, min(_BAR_WIDTH, round(part * _BAR_WIDTH)))


def _facts_of(summary: Summary) -> Table:
    facts = pieces.facts()
    pieces.add(facts, "requests", wording.count_line(summary))
    if summary.validity.valid:
        pieces.add(facts, "goodput", f"{summary.goodput_per_s:.4g} answers in time a second")
    if summary.loads:
        pieces.add(facts, "fullest", wording.load_line(summary))
    for task, measures in wording.quality_lines(summary.quality):
        if task in summary.latency:
            continue
        pieces.add(facts, f"quality of {task}", measures)
    if carried := wording.carried_lines(summary):
        pieces.add(facts, "carried", "; ".join(f"{name} {rate}" for name, rate in carried))
    moved = [(f"{name} moved", movement) for name, movement in wording.movement_lines(summary)]
    for name, line in (*energy_facts(summary), *moved):
        pieces.add(facts, name, line)
    for stage, source in summary.profiles.items():
        pieces.add(facts, f"time of {stage}", f"not measured in this run: {source}")
    for line in wording.scaling_lines(summary.scaled):
        pieces.add(facts, "scaled", line)
    pieces.add(facts, "host", _host(summary.health))
    for warning in summary.health.warnings:
        pieces.add(facts, "warning", pieces.text(warning, "yellow"))
    return facts


def _host(health: HealthSummary) -> str:
    facts = [f"generator late p99 {wording.milliseconds(health.lateness_p99_ms)} ms"]
    if health.cpu_pressure is not None:
        facts.append(f"CPU pressure {wording.share(health.cpu_pressure)}")
    if health.cpu_use is not None:
        facts.append(f"CPU use {wording.share(health.cpu_use)}")
    return ", ".join(facts)


def _links(summary: Summary) -> RenderableType:
    table = pieces.table("link", "wires", "delay", "achieved", "rate", "achieved", "loss", "check")
    for line in wording.link_lines(summary.links):
        loss = f"{line.loss_asked} / {line.loss_achieved}"
        pieces.add(
            table,
            line.name,
            str(line.wires),
            line.delay_asked,
            line.delay_achieved,
            line.rate_asked,
            line.rate_achieved,
            loss,
            "ok" if line.within else pieces.text("OFF", "bold red"),
        )
    return pieces.section("Links as checked before the load, loss asked / achieved", table)


def _closing(summary: Summary) -> Table:
    facts = pieces.facts()
    for folder in summary.runs:
        pieces.add(facts, "record", folder)
    if summary.repeat_command:
        pieces.add(facts, "repeat it", wording.command_lines(summary.repeat_command))
    return facts

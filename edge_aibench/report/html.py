"""report.html: one run on one page that can be mailed and read without a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from edge_aibench.record.breakdown import Breakdown
from edge_aibench.record.environment import Environment
from edge_aibench.record.slo import SloResult
from edge_aibench.record.summary import Summary
from edge_aibench.record.verdict import Verdict
from edge_aibench.report import page, svg, wording
from edge_aibench.report.energy import energy_section
from edge_aibench.report.page import Markup
from edge_aibench.units import format_duration, format_size

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_CONFIG = 60_000
"""Characters of configuration shown: the page stays below 200 kB, config.yaml has it all."""

_COMMUNICATION = ("comm.up", "comm.down", "comm.round-trip")


def render_report(
    summary: Summary,
    series_ns: Mapping[str, NDArray[np.float64]],
    *,
    config: Mapping[str, Any] | None = None,
    environment: Environment | None = None,
    slos: Sequence[SloResult] = (),
) -> str:
    """The page of one run. *series_ns* are its latencies (`Latencies.named()`).

    As on the console, the figures of an INVALID run are left out.
    """
    body = [_head(summary)]
    if summary.validity.valid:
        body += [
            _verdicts(summary, slos),
            _latencies(summary),
            _tails(summary, series_ns),
            _hops(summary.hops),
            energy_section(summary),
        ]
    body += [
        _requests(summary),
        _links(summary),
        _scaled(summary),
        _checks(summary),
        _host(summary, environment),
        _config(summary, config),
    ]
    return page.page(f"{summary.scenario}: {summary.runs[0]}", filter(None, body))


def _head(summary: Summary) -> str:
    parts = [f"<header><h1>{escape(wording.heading(summary))}</h1>"]
    if summary.interrupted is not None:
        parts.append(
            f"<p>{page.word('INTERRUPTED')} {escape(summary.interrupted)}: partial results</p>"
        )
    if summary.validity.valid:
        checks = wording.count_of(len(summary.validity.checks), "check")
        parts.append(f"<p>{page.word('VALID')} {checks} passed</p>")
    for reason in summary.validity.reasons:
        text = f"{reason.name}: {reason.value} (limit: {reason.limit}). {reason.what}. "
        parts.append(f"<p>{page.word('INVALID')} {escape(text)}{escape(reason.next_step)}.</p>")
    if not summary.validity.valid:
        parts.append(
            page.paragraph(
                "Latencies are not shown, because they cannot be trusted; see summary.json."
            )
        )
    parts.append("</header>")
    return "".join(parts)


def _verdicts(summary: Summary, slos: Sequence[SloResult]) -> str:
    rows = [
        (line.name, Markup(page.word(line.outcome)), line.limit, line.reason)
        for line in wording.verdict_lines(summary)
    ]
    rows += [
        (result.slo.text, Markup(page.word(str(result.outcome))), "--slo", result.reason)
        for result in slos
    ]
    if not rows:
        return ""
    columns = ("budget", "verdict", "limit", "why")
    return page.section(
        "Verdicts",
        page.table("Judged by the whole 95 % interval", columns, rows, text_columns=4),
    )


def _latencies(summary: Summary) -> str:
    keys = wording.shown_percentiles(summary)
    quality = dict(wording.quality_lines(summary.quality))
    rows = []
    for name, series in summary.latency.items():
        estimates = [series.percentiles.get(key) for key in keys]
        never = f"{series.unanswered} never" if series.unanswered else ""
        rows.append(
            (
                page.stacked(wording.series_title(name), quality.get(name, "")),
                page.stacked(str(series.count), never),
                page.stacked(wording.point(series.mean), wording.interval(series.mean)),
                *(page.stacked(wording.point(e), wording.interval(e)) for e in estimates),
                wording.milliseconds(series.max_ms),
            )
        )
    caption = "Milliseconds, 95 % interval below; the mean is over answered requests"
    return page.section(
        "Latency", page.table(caption, ("", "n", "mean", *keys, "max"), rows) if rows else ""
    )


def _tails(summary: Summary, series_ns: Mapping[str, NDArray[np.float64]]) -> str:
    groups = (
        ("End to end and by task", [n for n in series_ns if n not in _COMMUNICATION]),
        ("Communication", [n for n in series_ns if n in _COMMUNICATION]),
    )
    limits = (_limit(summary.end_to_end), _limit(_either(summary)))
    charts = [
        svg.tail_chart(
            {wording.series_title(name): series_ns[name] / 1e6 for name in names},
            title=f"{title}: share of requests at least as slow as a latency",
            marks=marks,
        )
        for (title, names), marks in zip(groups, limits, strict=True)
    ]
    return page.section("Tail", *charts)


def _either(summary: Summary) -> Verdict | None:
    verdict = summary.communication
    return None if verdict is None else (verdict.up or verdict.down)


def _limit(verdict: Verdict | None) -> list[svg.Mark]:
    if verdict is None:
        return []
    text = f"budget {format_duration(verdict.limit_ms / 1e3)}"
    return [svg.Mark(text=text, value_ms=verdict.limit_ms)]


def _hops(hops: Breakdown | None) -> str:
    if hops is None:
        return ""
    tail = {(part.kind, part.label): part.mean_ms for part in hops.slowest.parts}
    mean = {(part.kind, part.label): part.mean_ms for part in hops.all.parts}
    rows = [
        (f"{key[0]} {key[1]}", mean.get(key, 0.0), tail.get(key, 0.0))
        for key in dict.fromkeys([*mean, *tail])
    ]
    names = (
        f"mean of {hops.all.count}: {wording.milliseconds(hops.all.mean_ms)} ms",
        f"slowest {hops.slowest.count}: {wording.milliseconds(hops.slowest.mean_ms)} ms",
    )
    title = "Mean milliseconds of each part, for all and for the slowest requests"
    return page.section("Where the time goes", svg.part_bars(rows, title=title, names=names))


def _requests(summary: Summary) -> str:
    lines = [page.paragraph(wording.count_line(summary))]
    lines.append(page.paragraph(f"{summary.counts.background_hops} hops in the background"))
    if summary.validity.valid:
        lines.append(page.paragraph(f"{summary.goodput_per_s:.4g} answers in time a second"))
    if summary.loads:
        lines.append(page.paragraph(f"Fullest: {wording.load_line(summary)}"))
    others = [
        (task, measures)
        for task, measures in wording.quality_lines(summary.quality)
        if task not in summary.latency
    ]
    if others:
        lines.append(page.table("Quality", ("task", "measures"), others, text_columns=2))
    if carried := wording.carried_lines(summary):
        title = "What links carried, with all headers and repetitions"
        lines.append(page.table(title, ("link", "data rate"), carried, text_columns=2))
    if moved := wording.movement_lines(summary):
        title = "Links that changed during the run"
        lines.append(page.table(title, ("link", "movement"), moved, text_columns=2))
    if summary.profiles:
        title = "Service times that were not measured in this run"
        rows = list(summary.profiles.items())
        lines.append(page.table(title, ("stage", "source"), rows, text_columns=2))
    return page.section("Requests", *lines)


def _links(summary: Summary) -> str:
    columns = (
        "link",
        "wires",
        "delay",
        "achieved",
        "rate",
        "achieved",
        "loss",
        "achieved",
        "check",
    )
    rows = [
        (
            line.name,
            str(line.wires),
            line.delay_asked,
            line.delay_achieved,
            line.rate_asked,
            line.rate_achieved,
            line.loss_asked,
            line.loss_achieved,
            Markup(page.word("ok" if line.within else "OFF")),
        )
        for line in wording.link_lines(summary.links)
    ]
    caption = "Asked, and measured before the load (median delay, over all wires)"
    return page.section("Links", page.table(caption, columns, rows) if rows else "")


def _scaled(summary: Summary) -> str:
    rows = [(s.node, s.hardware, f"{s.speed:.3g}", s.text) for s in summary.scaled]
    caption = (
        "Unless a profile says otherwise, their service times are this machine's over the speed"
    )
    columns = ("node", "hardware", "speed", "how")
    return page.section(
        "Scaled hardware", page.table(caption, columns, rows, text_columns=4) if rows else ""
    )


def _checks(summary: Summary) -> str:
    rows = [
        (
            check.name,
            Markup(page.word("ok" if check.ok else "OFF")),
            check.value,
            check.limit,
            check.what,
        )
        for check in summary.validity.checks
    ]
    columns = ("check", "", "found", "limit", "what")
    return page.section(
        "Validity", page.table("Can the run be trusted?", columns, rows, text_columns=5)
    )


def _host(summary: Summary, environment: Environment | None) -> str:
    health = summary.health
    rows = [
        ("generator lateness p99", f"{wording.milliseconds(health.lateness_p99_ms)} ms"),
        ("CPU pressure", wording.share(health.cpu_pressure)),
        ("CPU use", wording.share(health.cpu_use)),
        ("clock", health.clock),
    ]
    rows += [("warning", warning) for warning in health.warnings]
    if environment is not None:
        rows += _environment(environment)
    return page.section(
        "Host",
        page.table("How the measuring went, and on what", ("fact", "value"), rows, text_columns=2),
    )


def _environment(environment: Environment) -> list[tuple[str, str]]:
    memory = environment.memory_bytes
    packages = ", ".join(f"{name} {version}" for name, version in environment.packages.items())
    return [
        ("edge-aibench", f"{environment.edge_aibench} {environment.commit or ''}".strip()),
        ("Python", environment.python),
        ("kernel", f"{environment.kernel} {environment.machine}"),
        ("processor", f"{environment.cpu_model or 'unknown'}, {environment.cores} cores"),
        ("memory", "unknown" if memory is None else format_size(memory)),
        ("packages", packages),
    ]


def _config(summary: Summary, config: Mapping[str, Any] | None) -> str:
    parts = []
    if summary.repeat_command:
        parts.append(page.paragraph("This command repeats the run:"))
        parts.append(page.preformatted(wording.command_lines(summary.repeat_command)))
    if config:
        import yaml

        text = yaml.safe_dump(dict(config), sort_keys=False, allow_unicode=True)
        if len(text) > MOST_CONFIG:
            text = text[:MOST_CONFIG] + "\n... the rest is in config.yaml\n"
        parts.append(page.paragraph("Resolved configuration:"))
        parts.append(page.preformatted(text))
    parts.append(page.paragraph(f"Record: {', '.join(summary.runs)}", "soft"))
    return page.section("Experiment", *parts)

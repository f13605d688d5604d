"""The console's pictures of a run that is to come and of one under way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from edge_aibench.report import pieces, wording
from edge_aibench.report.views import LiveView, PlanHost, PlanView
from edge_aibench.units import format_duration

if TYPE_CHECKING:
    from rich.console import RenderableType


def render_plan(plan: PlanView) -> RenderableType:
    """What is about to run: hosts, links, load, budgets, and what it asks of this machine."""
    from rich.console import Group

    facts = pieces.facts()
    pieces.add(facts, "scenario", f"{plan.scenario}: {plan.title}" if plan.title else plan.scenario)
    pieces.add(facts, "instances", plan.instances)
    pieces.add(
        facts, "engine", f"{plan.engine}, links by {plan.backend}" if plan.backend else plan.engine
    )
    pieces.add(facts, "topology", plan.topology)
    pieces.add(facts, "load", "\n".join(plan.load))
    pieces.add(facts, "budgets", "\n".join(plan.budgets) or "none")
    pieces.add(facts, "seed", str(plan.seed))
    pieces.add(facts, "time", _plan_time(plan))
    if plan.expected_use is not None:
        cores = "" if plan.cores is None else f" of {wording.count_of(plan.cores, 'core')}"
        pieces.add(facts, "host use", f"about {wording.share(plan.expected_use)}{cores}")
    for line in plan.scaled:
        pieces.add(facts, "scaled", line)
    notes = [pieces.text(f"note: {note}", "yellow") for note in plan.notes]
    return Group(facts, _plan_hosts(plan.hosts), _plan_links(plan), *notes)


def render_live(view: LiveView) -> RenderableType:
    """One line for the moment; it is cut, not wrapped, where the terminal is too narrow."""
    from rich.console import Group

    parts = [f"{view.elapsed_s:.0f}/{view.total_s:.0f} s {view.phase}".rstrip()]
    parts.append(f"{view.done}/{view.sent} done")
    if view.p50_ms is not None or view.p99_ms is not None:
        p50, p99 = wording.milliseconds(view.p50_ms), wording.milliseconds(view.p99_ms)
        parts.append(f"p50/99 {p50}/{p99} ms")
    if view.in_budget is not None:
        parts.append(f"{view.in_budget:.1%} in time")
    if view.lateness_p99_ms is not None:
        parts.append(f"late {view.lateness_p99_ms:.2g}")
    if view.cpu_pressure is not None:
        parts.append(f"wait {view.cpu_pressure:.0%}")
    line = pieces.text(", ".join(parts), "")
    line.no_wrap, line.overflow = True, "ellipsis"
    return Group(line)


def _plan_time(plan: PlanView) -> str:
    text = f"{format_duration(plan.warmup_s)} warm-up, then {format_duration(plan.duration_s)}"
    if plan.dilation != 1:
        text += f", dilated {plan.dilation:g} times"
    return text if plan.wall_s is None else f"{text}; about {format_duration(plan.wall_s)} here"


def _plan_hosts(hosts: Iterable[PlanHost]) -> RenderableType:
    table = pieces.table("host", "count")
    for name in ("tier", "hardware", "stages"):
        table.add_column(name, justify="left")
    for host in hosts:
        pieces.add(
            table,
            host.name,
            str(host.count),
            host.tier,
            host.hardware or wording.NONE,
            ", ".join(host.stages) or wording.NONE,
        )
    return pieces.section("Hosts", table)


def _plan_links(plan: PlanView) -> RenderableType:
    table = pieces.table("link", "count")
    for name in ("between", "up", "down"):
        table.add_column(name, justify="left")
    for link in plan.links:
        between = f"{link.between[0]} - {link.between[1]}"
        pieces.add(table, link.name, str(link.count), between, link.up, link.down)
    return pieces.section("Links", table)

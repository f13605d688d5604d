"""Can the numbers of a run be trusted at all? VALID, or INVALID with the reasons.

This is another question than whether a budget was kept: a run can be fast and worthless.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_aibench.model.budget import Budget
from edge_aibench.record import statistics
from edge_aibench.record.accounting import Counts, accounting_problems
from edge_aibench.record.breakdown import sum_errors
from edge_aibench.record.data import RunData
from edge_aibench.record.latency import foreground_hops
from edge_aibench.record.load import fullest, growing, growth
from edge_aibench.record.values import Entry, milliseconds

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class ValidityLimits(Entry):
    """From where on a run is not believed.

    Lateness p99 may be *lateness_share* of the end-to-end budget but always *lateness_floor_ms*
    (the best that an idle Linux host's timers do at p99), and *lateness_without_budget_ms*
    where there is no budget. It is held against the end-to-end budget because it is part of
    that latency and of no other: communication is measured from the handing over. The same
    limits hold for the relay, whose lateness is part of every transfer, against the
    communication budget. *cpu_pressure* is our judgement: the share of time in which some task
    waited for a core. Stages of one emulated node that want the same core count in it too, and
    they would on a real node, so it cannot be near 0. *expected_use* is the share of the cores, as
    foreseen before the run, above which emulated nodes wait for each other too often.
    """

    lateness_floor_ms: float = 0.2
    lateness_share: float = 0.05
    lateness_without_budget_ms: float = 0.5
    relay_floor_ms: float = 0.5
    relay_share: float = 0.05
    cpu_pressure: float = 0.20
    expected_use: float = 0.70
    breakdown_share: float = 0.01


class Check(Entry):
    """One question put to the run. *value* and *limit* are for the reader, with units."""

    name: str
    ok: bool
    what: str
    value: str
    limit: str
    next_step: str


class Validity(Entry):
    """All checks made; the run is valid if every one is *ok*."""

    checks: tuple[Check, ...]

    @property
    def valid(self) -> bool:
        return all(check.ok for check in self.checks)

    @property
    def reasons(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if not check.ok)


def check_validity(data: RunData, counts: Counts, limits: ValidityLimits | None = None) -> Validity:
    """Put every check to *data*; one that the host cannot answer is left out with a note."""
    limits = limits or ValidityLimits()
    checks = [
        _accounting(data, counts),
        _answers(counts),
        _breakdown(data, limits),
        _generator(data, limits),
        _capacity(data, limits),
        _pressure(data, limits),
        _links(data),
        _relay(data, limits),
        _frames(data),
        _clock(data),
        _stable(data),
    ]
    return Validity(checks=tuple(check for check in checks if check is not None))


STABLE = "stable"
"""The check that fails where the emulated system was asked for more than it can do: the only one
that says something of that system, not of the measuring."""


def _accounting(data: RunData, counts: Counts) -> Check:
    problems = accounting_problems(data, counts)
    return Check(
        name="accounting",
        ok=not problems,
        what="every planned request ended exactly once",
        value="; ".join(problems) or f"{counts.planned} of {counts.planned}",
        limit="all",
        next_step="report this as a bug, with the run folder",
    )


def _answers(counts: Counts) -> Check:
    return Check(
        name="requests",
        ok=counts.measured > 0,
        what="requests measured after the warm-up",
        value=str(counts.measured),
        limit="at least 1",
        next_step="run longer: raise --duration",
    )


def _breakdown(data: RunData, limits: ValidityLimits) -> Check | None:
    errors = sum_errors(data)
    if errors.empty:
        return None
    off = int((errors > limits.breakdown_share).sum())
    return Check(
        name="breakdown",
        ok=off == 0,
        what="the parts of a request add up to its end-to-end latency",
        value=f"worst {errors.max():.2%} off, {off} of {len(errors)} requests over the limit",
        limit=f"at most {limits.breakdown_share:.0%} off for each request",
        next_step="report this as a bug, with the run folder",
    )


def _generator(data: RunData, limits: ValidityLimits) -> Check | None:
    limit_ms = _lateness_limit_ms(
        data.budgets.end_to_end,
        floor_ms=limits.lateness_floor_ms,
        share=limits.lateness_share,
        without_budget_ms=limits.lateness_without_budget_ms,
    )
    return _lateness(
        data.health.lateness_ns,
        name="generator",
        what="p99 of how late requests were sent",
        limit_ms=limit_ms,
    )


def _relay(data: RunData, limits: ValidityLimits) -> Check | None:
    lateness_ns = data.health.relay_lateness_ns
    if lateness_ns is None:
        return None
    limit_ms = _lateness_limit_ms(
        data.budgets.communication,
        floor_ms=limits.relay_floor_ms,
        share=limits.relay_share,
        without_budget_ms=limits.relay_floor_ms,
    )
    return _lateness(
        lateness_ns,
        name="relay",
        what="p99 of how late emulated links forwarded packets",
        limit_ms=limit_ms,
    )


def _frames(data: RunData) -> Check | None:
    missed = data.health.frames_missed
    if missed == 0:
        return None
    return Check(
        name="link emulation",
        ok=False,
        what="frames that the link emulation let fall for want of time or room",
        value=str(missed),
        limit="none",
        next_step="use slower links or fewer instances, or raise --dilation",
    )


def _lateness(
    lateness_ns: NDArray[np.int64], *, name: str, what: str, limit_ms: float
) -> Check | None:
    if lateness_ns.size == 0:
        return None
    p99_ms = milliseconds(statistics.percentile(lateness_ns.astype("float64"), 99.0))
    return Check(
        name=name,
        ok=p99_ms <= limit_ms,
        what=what,
        value=f"{p99_ms:.3g} ms",
        limit=f"at most {limit_ms:.3g} ms",
        next_step="quiet the machine, use fewer instances, or raise --dilation",
    )


def _lateness_limit_ms(
    budget: Budget | None, *, floor_ms: float, share: float, without_budget_ms: float
) -> float:
    if budget is None:
        return without_budget_ms
    return max(floor_ms, share * budget.limit_s * 1e3)


def _capacity(data: RunData, limits: ValidityLimits) -> Check | None:
    use = data.health.expected_use
    if use is None:
        return None
    return Check(
        name="capacity",
        ok=use <= limits.expected_use,
        what="share of this machine's cores that the scenario was expected to want",
        value=f"{use:.0%}",
        limit=f"at most {limits.expected_use:.0%}",
        next_step="use --dilation auto, fewer instances, or --compute profiled",
    )


def _pressure(data: RunData, limits: ValidityLimits) -> Check | None:
    share = pressure_share(data)
    if share is None:
        return None
    return Check(
        name="cpu-pressure",
        ok=share <= limits.cpu_pressure,
        what="share of the run in which some task waited for a core",
        value=f"{share:.1%}",
        limit=f"at most {limits.cpu_pressure:.0%}",
        next_step="quiet the machine, use fewer instances, or raise --dilation",
    )


def pressure_share(data: RunData) -> float | None:
    """CPU pressure over the run, from 0 to 1; None where the kernel does not tell."""
    before, after = data.health.pressure_before, data.health.pressure_after
    if before is None or after is None or after.at_ns <= before.at_ns:
        return None
    return before.share_until(after)


def _links(data: RunData) -> Check | None:
    if not data.links:
        return None
    broken = [link for link in data.links if not link.within]
    named = "; ".join(
        f"{link.wire} {link.direction}: {', '.join(link.problems) or 'out of tolerance'}"
        for link in broken[:3]
    )
    more = f" and {len(broken) - 3} more" if len(broken) > 3 else ""
    return Check(
        name="links",
        ok=not broken,
        what="emulated links did what was asked before the load started",
        value=f"{named}{more}" if broken else f"all {len(data.links)} directions",
        limit="within the tolerances of the link check",
        next_step="quiet the machine and repeat, or ask less of the links",
    )


def _clock(data: RunData) -> Check:
    hops = foreground_hops(data)
    backwards = int((hops["duration_ns"] < 0).sum())
    problems = [data.health.clock_problem] if data.health.clock_problem else []
    if backwards:
        problems.append(f"{backwards} hops end before they start")
    return Check(
        name="clock",
        ok=not problems,
        what="one clock for all nodes, and it never runs backwards",
        value="; ".join(problems) or data.health.clock,
        limit="no hop ends before it starts",
        next_step="do not move the run to another time namespace or machine under way",
    )


def _stable(data: RunData) -> Check | None:
    most = fullest(data.loads)
    if most is None:
        return None
    grown = growing(data.loads)
    value = f"fullest is {most.title} at {most.share:.0%}"
    if grown:
        value = "; ".join(growth(load) for load in grown[:3])
        value += "; latencies depend on how long the run is"
    return Check(
        name=STABLE,
        ok=not grown,
        what="links and workers carry the load offered to them",
        value=value,
        limit="offered below 100 % of what is carried",
        next_step=f"the system is overloaded: {grown[0].remedy}" if grown else "",
    )

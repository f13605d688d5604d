"""Is a budget kept? PASS, FAIL, or UNDECIDED with what would decide it."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING

from edge_aibench.clock import NS_PER_S
from edge_aibench.model.budget import Budget
from edge_aibench.record import statistics
from edge_aibench.record.values import Entry, Milliseconds, milliseconds
from edge_aibench.units import format_duration

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Outcome(StrEnum):
    """PASS: within the limit, surely. FAIL: over it, surely. UNDECIDED: cannot be told."""

    PASS = "PASS"  # noqa: S105 - no password
    FAIL = "FAIL"
    UNDECIDED = "UNDECIDED"


class Verdict(Entry):
    """The judgement of one budget over *count* requests, *over* of them beyond the limit.

    *lower_ms* and *upper_ms* bound the budget's percentile at 95 %. *needs_more* is the
    fewest further requests that could bring a PASS (none of them over the limit);
    None unless undecided. *source* says where the budget is from.
    """

    outcome: Outcome
    limit_ms: float
    percentile: float
    count: int
    over: int
    lower_ms: Milliseconds | None
    upper_ms: Milliseconds | None
    reason: str
    source: str = ""
    needs_more: int | None = None


class CommunicationVerdict(Entry):
    """Both directions of the communication budget; *outcome* is the worse of the two."""

    outcome: Outcome
    up: Verdict | None
    down: Verdict | None


def judge(budget: Budget, latencies_ns: NDArray[np.float64]) -> Verdict:
    """Judge *latencies_ns* (one a request, infinite without an answer) by *budget*.

    PASS if the confidence interval of the budget's percentile ends at or below the limit,
    FAIL if it begins above, else UNDECIDED. Raises ValueError for an empty series.
    """
    limit_ns = round(budget.limit_s * NS_PER_S)
    count, over = int(latencies_ns.size), int((latencies_ns > limit_ns).sum())
    if count == 0:
        raise ValueError("a verdict needs at least one latency")
    interval = statistics.percentile_interval(latencies_ns, budget.percentile)
    return judge_counted(budget, count=count, over=over, interval=interval)


def judge_counted(
    budget: Budget, *, count: int, over: int, interval: statistics.Interval
) -> Verdict:
    """Judge *count* latencies, *over* of them beyond the limit, by *budget*.

    *interval* (ns) is that of its percentile.
    """
    limit_ns = round(budget.limit_s * NS_PER_S)
    outcome = decide(interval.lower, interval.upper, limit=float(limit_ns))
    needs_more = None
    if outcome is Outcome.UNDECIDED:
        needs_more = statistics.early_stopping_total(over, budget.percentile) - count
    return Verdict(
        outcome=outcome,
        limit_ms=milliseconds(limit_ns),
        percentile=budget.percentile,
        count=count,
        over=over,
        lower_ms=None if interval.lower is None else milliseconds(interval.lower),
        upper_ms=None if interval.upper is None else milliseconds(interval.upper),
        reason=_reason(budget, count=count, over=over, needs_more=needs_more),
        source=budget.source,
        needs_more=needs_more,
    )


def decide(lower: float | None, upper: float | None, *, limit: float) -> Outcome:
    """Compare an interval with a limit that is itself allowed."""
    if upper is not None and upper <= limit:
        return Outcome.PASS
    if lower is not None and lower > limit:
        return Outcome.FAIL
    return Outcome.UNDECIDED


def judge_communication(
    budget: Budget, *, up_ns: NDArray[np.float64], down_ns: NDArray[np.float64]
) -> CommunicationVerdict | None:
    """Judge each direction; None if no message crossed a link in either."""
    return both_ways(
        judge(budget, up_ns) if up_ns.size else None,
        judge(budget, down_ns) if down_ns.size else None,
    )


def both_ways(up: Verdict | None, down: Verdict | None) -> CommunicationVerdict | None:
    """The verdicts of both directions as one; None of none."""
    judged = [verdict.outcome for verdict in (up, down) if verdict is not None]
    if not judged:
        return None
    return CommunicationVerdict(outcome=worst(judged), up=up, down=down)


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """FAIL before UNDECIDED before PASS."""
    order = (Outcome.PASS, Outcome.UNDECIDED, Outcome.FAIL)
    return max(outcomes, key=order.index)


def _reason(budget: Budget, *, count: int, over: int, needs_more: int | None) -> str:
    allowed = 100.0 - budget.percentile
    share = 100.0 * over / count
    text = (
        f"{over} of {count} ({share:.3g} %) over {format_duration(budget.limit_s)}; "
        f"{allowed:.3g} % may be"
    )
    if needs_more is None:
        return text
    if share > allowed:
        return f"{text}; too close to tell; it takes at least {needs_more} more requests"
    return f"{text}; at least {needs_more} more requests would tell if none is over"

"""What was asked of every link, what the check found, and what the load put on it.

The record is in virtual time: under dilation K what a link achieved is divided by K again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_aibench.emulate.links.check import check_links
from edge_aibench.record.links import (
    LinkAchieved,
    LinkAsked,
    LinkMovement,
    LinkResult,
    LinkTraffic,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from edge_aibench.emulate.links.backend import LinkBackend, LinkCounters, WireCounters
    from edge_aibench.emulate.links.check import AttachedWire
    from edge_aibench.emulate.links.check_verdict import LinkCheck
    from edge_aibench.model.link import LinkDirection
    from edge_aibench.network.trace import LinkTrace


def check_network(wires: Sequence[AttachedWire], *, dilation: float) -> tuple[LinkResult, ...]:
    """Check *wires* both ways; the last attempt at each direction is its result."""
    last: dict[tuple[str, str], LinkCheck] = {}
    for check in check_links(wires):
        last[check.wire, check.direction] = check
    return tuple(_result(check, dilation) for check in last.values())


def counters_of(wires: Sequence[AttachedWire], backend: LinkBackend) -> dict[str, WireCounters]:
    """The counters of all *wires* by name."""
    return {wire.wire: backend.observe(wire.wire) for wire in wires}


def with_traffic(
    links: tuple[LinkResult, ...],
    before: dict[str, WireCounters],
    after: dict[str, WireCounters],
    *,
    dilation: float,
) -> tuple[LinkResult, ...]:
    """Add what each direction carried between the two readings; lateness since it exists."""
    return tuple(
        link.model_copy(
            update={
                "traffic": _traffic(
                    getattr(before[link.wire], link.direction),
                    getattr(after[link.wire], link.direction),
                    dilation,
                )
            }
        )
        for link in links
    )


def with_movement(
    links: tuple[LinkResult, ...], traces: Mapping[str, LinkTrace], *, duration_s: float
) -> tuple[LinkResult, ...]:
    """Add how each direction that has a trace changed in *duration_s* of virtual time."""
    return tuple(
        link.model_copy(
            update={"movement": _movement(traces[link.wire], link.direction, duration_s)}
        )
        if link.wire in traces
        else link
        for link in links
    )


def _movement(trace: LinkTrace, way: str, duration_s: float) -> LinkMovement:
    steps = list(trace.changes(0.0, duration_s))
    ends_s = [*(instant_s for instant_s, _ in steps[1:]), duration_s]
    spans: list[tuple[LinkDirection, float]] = [
        (getattr(state, way), end_s - instant_s)
        for (instant_s, state), end_s in zip(steps, ends_s, strict=True)
    ]
    rates = [(d.rate_bps, span_s) for d, span_s in spans if d.rate_bps is not None]
    out = [d.outage != "none" for d, _ in spans]
    return LinkMovement(
        changes=len(steps) - 1,
        outages=sum(now and not before for before, now in zip([False, *out], out, strict=False)),
        outage_s=sum(span_s for d, span_s in spans if d.outage != "none"),
        rate_mean_bps=sum(r * s for r, s in rates) / duration_s if rates else None,
        delay_mean_s=sum(d.delay_s * span_s for d, span_s in spans) / duration_s,
    )


def _result(check: LinkCheck, dilation: float) -> LinkResult:
    return LinkResult(
        wire=check.wire,
        link=check.wire.partition("/")[0],
        direction=check.direction,
        asked=_asked(check.asked, dilation),
        achieved=LinkAchieved(
            delay_mean_s=_virtual(check.delay_mean_s, dilation),
            delay_p50_s=_virtual(check.delay_p50_s, dilation),
            delay_p99_s=_virtual(check.delay_p99_s, dilation),
            jitter_s=_virtual(check.jitter_s, dilation),
            rate_bps=None if check.rate_bps is None else check.rate_bps * dilation,
            loss=check.loss_observed,
            sent=check.sent,
            lost=check.lost,
        ),
        within=check.within,
        problems=check.problems,
    )


def _virtual(wall_s: float | None, dilation: float) -> float | None:
    return None if wall_s is None else wall_s / dilation


def _asked(direction: LinkDirection, dilation: float) -> LinkAsked:
    rate_bps = direction.rate_bps
    return LinkAsked(
        delay_s=direction.delay_s / dilation,
        jitter_law=direction.jitter.law,
        spread_s=direction.jitter.spread_s / dilation,
        loss=direction.loss,
        rate_bps=None if rate_bps is None else rate_bps * dilation,
    )


def _traffic(before: LinkCounters, after: LinkCounters, dilation: float) -> LinkTraffic:
    return LinkTraffic(
        packets=after.packets - before.packets,
        bytes=after.sent_bytes - before.sent_bytes,
        lost=after.lost - before.lost,
        dropped=after.dropped - before.dropped,
        lateness_p50_ns=_virtual_ns(after.lateness_p50_ns, dilation),
        lateness_p99_ns=_virtual_ns(after.lateness_p99_ns, dilation),
        lateness_max_ns=_virtual_ns(after.lateness_max_ns, dilation),
    )


def _virtual_ns(wall_ns: int | None, dilation: float) -> int | None:
    return None if wall_ns is None else round(wall_ns / dilation)

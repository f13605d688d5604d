"""A small run whose every figure is known beforehand, for tests, documents and previews.

A request of end-to-end latency L is late by 0.02 L, goes up in 0.10 L, is windowed in 0.10 L;
then `death` queues 0.08 L, is served 0.40 L, held 0.10 L and comes down in 0.20 L, while
`decompensation` queues 0.03 L, is served 0.30 L and comes down in 0.10 L, at 0.65 L.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from edge_aibench.clock import NS_PER_S
from edge_aibench.host import CpuPressure
from edge_aibench.model.budget import Budget, Budgets
from edge_aibench.record.data import (
    BACKGROUND,
    SHARED,
    Direction,
    Health,
    Hop,
    HopKind,
    Request,
    RunData,
    hops_frame,
    requests_frame,
)
from edge_aibench.record.links import LinkAchieved, LinkAsked, LinkResult, LinkTraffic

BUDGETS = Budgets(
    communication=Budget(limit_s=1e-3, percentile=99.0, source="example"),
    end_to_end=Budget(limit_s=10e-3, percentile=99.0, source="example"),
)
TASKS = ("death", "decompensation")

# (branch, critical, kind, stage, from, to) with from and to as shares of the latency.
_STEPS: tuple[tuple[str, bool, HopKind, str, float, float], ...] = (
    (SHARED, True, "lateness", "monitor", 0.00, 0.02),
    (SHARED, True, "transfer", "monitor", 0.02, 0.12),
    (SHARED, True, "service", "window", 0.12, 0.22),
    ("death", True, "queue", "death", 0.22, 0.30),
    ("death", True, "service", "death", 0.30, 0.70),
    ("death", True, "hold", "death", 0.70, 0.80),
    ("death", True, "transfer", "death", 0.80, 1.00),
    ("decompensation", False, "queue", "decompensation", 0.22, 0.25),
    ("decompensation", False, "service", "decompensation", 0.25, 0.55),
    ("decompensation", False, "transfer", "decompensation", 0.55, 0.65),
    (BACKGROUND, False, "transfer", "monitor", 0.12, 0.90),
)


def example_run(
    latencies_ms: Sequence[float | None],
    *,
    warmup: int = 0,
    instances: int = 2,
    budgets: Budgets = BUDGETS,
    lateness_ms: Sequence[float] = (),
    pressure: float = 0.05,
    links_within: bool = True,
) -> RunData:
    """A run with these end-to-end latencies in milliseconds (None: timed out).

    The first *warmup* requests are warm-up. *lateness_ms* defaults to 0.1 ms for each.
    """
    import numpy as np

    requests = [
        _request(number, latency, warmup=number < warmup, instances=instances)
        for number, latency in enumerate(latencies_ms)
    ]
    lateness = lateness_ms or [0.1] * (len(latencies_ms) - warmup)
    total_us = round(pressure * 10_000_000)
    return RunData(
        scenario="icu",
        engine="emulate",
        instances=instances,
        planned=len(requests),
        duration_s=(len(requests) - warmup) / 10,
        warmup_s=warmup / 10,
        requests=requests_frame(requests),
        hops=hops_frame(hop for request in requests for hop in _hops(request)),
        health=Health(
            lateness_ns=np.rint(np.asarray(lateness) * 1e6).astype(np.int64),
            pressure_before=CpuPressure(some_total_us=500, at_ns=0),
            pressure_after=CpuPressure(some_total_us=500 + total_us, at_ns=10 * NS_PER_S),
            cpu_use=0.25,
            relay_lateness_ns=np.full(100, 50_000, dtype=np.int64),
        ),
        tasks=TASKS,
        budgets=budgets,
        links=_links(instances, within=links_within),
        quality={"death": {"auroc": 0.84}, "decompensation": "n/a (untrained)"},
        experiment={"scenario": "icu", "workload": {"seed": 1}},
        repeat_command="edge-aibench emulate icu --seed 1",
    )


def _request(number: int, latency_ms: float | None, *, warmup: bool, instances: int) -> Request:
    scheduled_ns = number * 100_000_000
    done_ns = None if latency_ms is None else scheduled_ns + round(latency_ms * 1e6)
    return Request(
        request=number,
        instance=number % instances,
        sequence=number // instances,
        sensor="monitor",
        scheduled_ns=scheduled_ns,
        warmup=warmup,
        status="timeout" if done_ns is None else "answered",
        done_ns=done_ns,
    )


def _hops(request: Request) -> Iterator[Hop]:
    if request.done_ns is None:
        return
    total_ns = request.done_ns - request.scheduled_ns
    device = f"bedside-{request.instance + 1}"
    for index, (branch, critical, kind, stage, start, end) in enumerate(_STEPS):
        crossing = kind == "transfer"
        going_up = crossing and stage == "monitor"
        direction: Direction = "" if not crossing else "up" if going_up else "down"
        from_device = going_up or kind == "lateness"
        yield Hop(
            request=request.request,
            branch=branch,
            critical=critical,
            index=index,
            kind=kind,
            stage=stage,
            source=device if from_device else "edge",
            target=device if from_device != crossing else "edge",
            link="access" if crossing else "",
            direction=direction,
            start_ns=request.scheduled_ns + round(start * total_ns),
            end_ns=request.scheduled_ns + round(end * total_ns),
            bytes=144 if crossing else 0,
        )


def _links(instances: int, *, within: bool) -> tuple[LinkResult, ...]:
    directions: tuple[Direction, Direction] = ("up", "down")
    return tuple(
        LinkResult(
            wire=f"access/{instance}",
            link="access",
            direction=direction,
            asked=LinkAsked(delay_s=0.5e-3, rate_bps=100e6),
            achieved=LinkAchieved(
                delay_mean_s=0.52e-3,
                delay_p50_s=0.51e-3,
                delay_p99_s=0.71e-3,
                jitter_s=0.04e-3,
                rate_bps=99.2e6,
                loss=0.0,
                sent=200,
                lost=0,
            ),
            within=within,
            problems=() if within else ("median delay 0.51 ms, asked 0.5 ms",),
            traffic=LinkTraffic(packets=1000, bytes=144_000),
        )
        for instance in range(instances)
        for direction in directions
        if direction
    )

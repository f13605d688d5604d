"""A sample of requests as Chrome trace events, for https://ui.perfetto.dev.

Each node is a process, each instance a thread in it; a hop is a slice on the node where it is
spent (a transfer on its sender), and arrows join the hops of a path. Times are virtual
microseconds. The format is Google's "Trace Event Format" (2016).
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Iterator
from typing import Any

from edge_aibench import rng
from edge_aibench.clock import NS_PER_S
from edge_aibench.record.data import BACKGROUND, SHARED, RunData
from edge_aibench.record.latency import end_to_end_ns, measured_requests

SLOWEST = 100
RANDOM_SHARE = 0.01
MOST = 5_000
"""Requests at most, so that a run that lost everything still opens in a browser."""

Event = dict[str, Any]


def trace_events(data: RunData) -> dict[str, Any]:
    """The trace of all requests over budget, the slowest hundred and a random percent."""
    chosen = sample(data)
    hops = data.hops[data.hops["request"].isin(chosen)]
    nodes = sorted({*map(str, hops["source"]), *map(str, hops["target"])})
    process_of = {node: number for number, node in enumerate(nodes, start=1)}
    requests = data.requests.drop_duplicates("request").set_index("request")
    events: list[Event] = [
        {"ph": "M", "name": "process_name", "pid": pid, "tid": 0, "args": {"name": node}}
        for node, pid in process_of.items()
    ]
    instance_of = requests["instance"].to_dict()
    for request, rows in hops.groupby("request", sort=True):
        instance = instance_of[request]
        records = rows.sort_values(["start_ns", "index"]).to_dict("records")
        events.extend(_slice(hop, process_of, instance) for hop in records)
        events.extend(_arrows(records, process_of, instance))
    return {
        "displayTimeUnit": "ms",
        "otherData": {
            "scenario": data.scenario,
            "engine": data.engine,
            "requests_in_trace": str(len(chosen)),
            "requests_measured": str(int((~data.requests["warmup"]).sum())),
        },
        "traceEvents": events,
    }


def sample(data: RunData) -> list[int]:
    """Numbers of the requests to show, in order; the choice is the same each time."""
    values_ns = end_to_end_ns(measured_requests(data)).sort_values(ascending=False, kind="stable")
    if values_ns.empty:
        return []
    numbers = [int(number) for number in values_ns.index]
    budget = data.budgets.end_to_end
    over = 0 if budget is None else int((values_ns > budget.limit_s * NS_PER_S).sum())
    slowest = numbers[: min(max(SLOWEST, over), MOST)]
    some = math.ceil(RANDOM_SHARE * len(numbers))
    generator = rng.stream(0, "trace/sample")
    picked = generator.choice(numbers, size=min(some, MOST), replace=False)
    return sorted({*slowest, *map(int, picked)})


def _slice(hop: dict[Hashable, Any], process_of: dict[str, int], instance: int) -> Event:
    place = f" {hop['link']} {hop['direction']}".rstrip() if hop["link"] else ""
    name = f"{hop['kind']} {hop['stage']}".strip() + place
    return {
        "ph": "X",
        "cat": hop["kind"] if hop["branch"] != BACKGROUND else BACKGROUND,
        "name": name,
        "pid": process_of[hop["source"]],
        "tid": instance,
        "ts": hop["start_ns"] / 1e3,
        "dur": max(hop["end_ns"] - hop["start_ns"], 0) / 1e3,
        "args": {
            "request": int(hop["request"]),
            "branch": hop["branch"],
            "critical": bool(hop["critical"]),
            "to": hop["target"],
            "bytes": int(hop["bytes"]),
        },
    }


def _arrows(records: Iterable[Any], process_of: dict[str, int], instance: int) -> Iterator[Event]:
    """An arrow from each hop to the next one of its path; shared hops lead every path."""
    paths: dict[str, Any] = {}
    number = 0
    for hop in records:
        branch = hop["branch"]
        before = paths.get(branch, paths.get(SHARED))
        paths[branch] = hop
        if before is None:
            continue
        number += 1
        common = {"cat": "path", "name": "path", "tid": instance}
        identity = f"{hop['request']}.{number}"
        yield common | {
            "ph": "s",
            "id": identity,
            "pid": process_of[before["source"]],
            "ts": before["start_ns"] / 1e3,
        }
        yield common | {
            "ph": "f",
            "bp": "e",
            "id": identity,
            "pid": process_of[hop["source"]],
            "ts": hop["start_ns"] / 1e3,
        }

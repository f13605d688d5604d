from __future__ import annotations

import json
from dataclasses import replace

from edge_aibench.model.budget import Budgets
from edge_aibench.record.example import example_run
from edge_aibench.record.trace import sample, trace_events


def test_a_hop_becomes_a_slice_on_its_node() -> None:
    trace = trace_events(example_run([10.0, 10.0]))
    names = {
        event["pid"]: event["args"]["name"]
        for event in trace["traceEvents"]
        if event["name"] == "process_name"
    }
    slices = [event for event in trace["traceEvents"] if event["ph"] == "X"]
    up = next(e for e in slices if e["name"] == "transfer monitor access up")
    # Request 0 starts at 0; its uplink runs from 0.2 to 1.2 ms and belongs to the sender.
    assert (up["ts"], up["dur"]) == (200.0, 1000.0)
    assert names[up["pid"]] == "bedside-1"
    assert up["args"]["to"] == "edge"
    assert len(slices) == 22
    assert set(names.values()) == {"bedside-1", "bedside-2", "edge"}
    json.dumps(trace, allow_nan=False)


def test_arrows_join_the_hops_of_a_path() -> None:
    events = trace_events(example_run([10.0]))["traceEvents"]
    starts = [event for event in events if event["ph"] == "s"]
    ends = {event["id"]: event for event in events if event["ph"] == "f"}
    assert {event["id"] for event in starts} == set(ends)
    # Eleven hops, one of them the first: ten follow another one.
    assert len(starts) == 10
    assert all(event["ts"] <= ends[event["id"]]["ts"] for event in starts)


def test_the_sample_holds_all_over_budget_the_slowest_and_a_few_others() -> None:
    latencies: list[float | None] = [1.0 + n / 1e4 for n in range(2000)]
    latencies[3], latencies[4] = 11.0, None
    chosen = sample(example_run(latencies))
    assert {3, 4} <= set(chosen)
    assert set(range(1902, 2000)) <= set(chosen)
    assert 100 <= len(chosen) <= 120
    assert chosen == sample(example_run(latencies))


def test_more_than_a_hundred_over_budget_are_all_there() -> None:
    chosen = sample(example_run([1.0] * 300 + [20.0] * 250))
    assert set(range(300, 550)) <= set(chosen)


def test_a_run_without_requests_or_budget_has_a_trace_too() -> None:
    assert trace_events(example_run([]))["traceEvents"] == []
    assert sample(example_run([1.0] * 50, budgets=Budgets())) == list(range(50))


def test_warmup_is_not_in_the_trace() -> None:
    assert sample(example_run([1.0] * 5, warmup=3)) == [3, 4]


def test_a_backwards_hop_has_no_negative_length() -> None:
    data = example_run([10.0])
    hops = data.hops.assign(end_ns=data.hops["start_ns"] - 5)
    slices = trace_events(replace(data, hops=hops))["traceEvents"]
    assert all(event["dur"] >= 0 for event in slices if event["ph"] == "X")

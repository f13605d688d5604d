from __future__ import annotations

from dataclasses import replace

from edge_aibench.model.budget import Budgets
from edge_aibench.record.accounting import accounting_problems, count
from edge_aibench.record.data import RunData
from edge_aibench.record.example import example_run
from edge_aibench.record.latency import latencies


def problems(data: RunData) -> tuple[str, ...]:
    return accounting_problems(data, count(data))


def test_each_request_ends_once() -> None:
    data = example_run([5.0, 5.0, 10.0, 10.000001, None], warmup=1)
    counts = count(data)
    # The budget is 10 ms: 10 ms is in time, one nanosecond more is late.
    assert counts.model_dump() == {
        "planned": 5,
        "warmup": 1,
        "in_time": 2,
        "late": 1,
        "timed_out": 1,
        "failed": 0,
        "dropped": 0,
        "filtered": 0,
        "unaccounted": 0,
        "background_hops": 4,
        "unjoined": 0,
        "late_joins": 0,
    }
    assert counts.measured == 4
    assert counts.answered == 3
    assert problems(data) == ()


def test_without_a_budget_nothing_is_late() -> None:
    assert count(example_run([5.0, 5000.0], budgets=Budgets())).late == 0


def test_a_failed_request_is_neither_answered_nor_lost() -> None:
    data = example_run([5.0, None])
    failed = data.requests.assign(status=["answered", "failed"])
    counts = count(replace(data, requests=failed))
    assert (counts.in_time, counts.failed, counts.timed_out) == (1, 1, 0)


def test_a_dropped_request_is_measured_and_a_filtered_one_is_not() -> None:
    data = example_run([5.0, None, None])
    marked = data.requests.assign(status=["answered", "dropped", "filtered"])
    data = replace(data, requests=marked)
    counts = count(data)
    assert (counts.dropped, counts.filtered, counts.measured) == (1, 1, 2)
    assert problems(data) == ()
    # The dropped one counts as never answered, the filtered one has nothing to answer.
    assert latencies(data).end_to_end_ns.tolist() == [5e6, float("inf")]


def test_requests_that_left_no_trace_are_missed() -> None:
    data = replace(example_run([5.0, 5.0]), planned=5)
    assert count(data).unaccounted == 3
    assert problems(data) == ("3 planned requests left no trace",)


def test_requests_that_nobody_planned_are_noticed() -> None:
    assert problems(replace(example_run([5.0, 5.0]), planned=1)) == (
        "1 requests more than planned",
    )


def test_a_request_that_ended_twice_is_noticed() -> None:
    import pandas as pd

    data = example_run([5.0, 5.0])
    twice = pd.concat([data.requests, data.requests.iloc[[1]]], ignore_index=True)
    found = problems(replace(data, requests=twice, planned=3))
    assert found == ("1 requests ended more than once",)


def test_one_observation_sent_twice_is_noticed() -> None:
    data = example_run([5.0, 5.0, 5.0])
    same = data.requests.assign(instance=[0, 1, 0], sequence=[0, 0, 0])
    assert problems(replace(data, requests=same)) == ("1 observations were sent as two requests",)


def test_an_answer_needs_a_time_after_its_request() -> None:
    import pandas as pd

    data = example_run([5.0, 5.0])
    broken = data.requests.assign(
        done_ns=pd.array([pd.NA, int(data.requests["scheduled_ns"][1]) - 1], dtype="Int64")
    )
    assert problems(replace(data, requests=broken)) == (
        "1 answered requests have no time of answer",
        "1 answers came before their request",
    )


def test_hops_of_unknown_requests_are_noticed() -> None:
    data = example_run([5.0])
    foreign = data.hops.assign(request=data.hops["request"] + 7)
    assert problems(replace(data, hops=foreign)) == ("11 hops belong to no request",)

"""The example run's parts are fixed shares of each latency (see its docstring)."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from edge_aibench.record.data import Hop, Request, hops_frame, requests_frame
from edge_aibench.record.example import example_run
from edge_aibench.record.latency import latencies


def test_every_series_of_the_example() -> None:
    series = latencies(example_run([10.0, 20.0])).named()
    assert {name: list(values / 1e6) for name, values in series.items()} == {
        "e2e": [10.0, 20.0],
        "comm.up": [1.0, 2.0],
        "comm.down": [2.0, 4.0],
        "comm.round-trip": [3.0, 6.0],
        "death": [10.0, 20.0],
        "decompensation": [6.5, 13.0],
    }


def test_a_request_without_an_answer_is_infinite_everywhere() -> None:
    series = latencies(example_run([10.0, None, 20.0])).named()
    for values in series.values():
        assert values.size == 3
        assert values[1] == math.inf
        assert np.isfinite(values[[0, 2]]).all()


def test_warmup_is_left_out() -> None:
    series = latencies(example_run([500.0, None, 10.0], warmup=2))
    assert list(series.end_to_end_ns / 1e6) == [10.0]
    assert list(series.up_ns / 1e6) == [1.0]


def test_background_traffic_is_no_communication_of_a_request() -> None:
    # The example's background transfer lasts 0.78 of the latency, more than any other.
    assert latencies(example_run([10.0])).up_ns[0] == 1e6


def test_series_follow_the_schedule_not_the_table() -> None:
    data = example_run([10.0, 20.0, 30.0])
    shuffled = replace(data, requests=data.requests.iloc[[2, 0, 1]].reset_index(drop=True))
    assert list(latencies(shuffled).end_to_end_ns / 1e6) == [10.0, 20.0, 30.0]


def test_nothing_crossed_a_link() -> None:
    data = example_run([10.0])
    inside = data.hops.assign(direction="", link="")
    series = latencies(replace(data, hops=inside))
    assert series.up_ns.size == series.down_ns.size == series.round_trip_ns.size == 0
    assert set(series.named()) == {"e2e", "death", "decompensation"}


def test_a_run_that_lost_everything_counts_against_communication_too() -> None:
    series = latencies(example_run([None, None]))
    assert list(series.up_ns) == [math.inf, math.inf]
    assert list(series.down_ns) == [math.inf, math.inf]


def test_several_links_in_one_direction_add_up_and_the_longest_path_counts() -> None:
    def hop(index: int, branch: str, direction: str, start: int, end: int) -> Hop:
        return Hop(
            request=0,
            branch=branch,
            critical=branch != "b",
            index=index,
            kind="transfer",
            stage="s",
            source="x",
            target="y",
            link="l",
            direction=direction,  # type: ignore[arg-type]
            start_ns=start,
            end_ns=end,
            bytes=1,
        )

    data = replace(
        example_run([1.0]),
        requests=requests_frame([Request(0, 0, 0, "m", 0, False, "answered", 1_000_000)]),
        hops=hops_frame(
            [
                hop(0, "", "up", 0, 100),
                hop(1, "a", "up", 100, 130),
                hop(1, "b", "up", 100, 150),
                hop(2, "a", "down", 130, 1_000_000),
            ]
        ),
        tasks=("a", "b"),
    )
    series = latencies(data)
    assert list(series.up_ns) == [150.0]
    assert list(series.down_ns) == [999_870.0]
    assert list(series.round_trip_ns) == [1_000_000.0]
    assert list(series.tasks_ns["b"]) == [150.0]


@pytest.mark.parametrize("latency_ms", [0.001, 3.0, 12_345.678901])
def test_nanoseconds_survive(latency_ms: float) -> None:
    assert latencies(example_run([latency_ms])).end_to_end_ns[0] == round(latency_ms * 1e6)

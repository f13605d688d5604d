"""Messages of many sizes: their order, and what is read out of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_aibench.fidelity.message_sizes import (
    INTERVAL_S,
    LARGE_BYTES,
    SizeComponents,
    pattern,
    size_experiment,
    transfers_s,
)
from edge_aibench.model.experiment import plan_all
from edge_aibench.model.routing import route

MS = 1_000_000


def test_fewer_large_messages_are_spread_over_all_turns() -> None:
    assert pattern([200_000, 5, 5], small=4, large=2) == (5, 5, 200_000, 5, 5, 200_000)
    assert pattern([5], small=0, large=3) == ()


@given(
    sizes=st.sets(st.integers(1, 10 * LARGE_BYTES), min_size=1, max_size=6),
    small=st.integers(0, 20),
    large=st.integers(0, 20),
)
def test_each_size_comes_as_often_as_asked(sizes: set[int], small: int, large: int) -> None:
    found = pattern(sizes, small=small, large=large)
    for size in sizes:
        assert found.count(size) == (large if size >= LARGE_BYTES else small)
    assert set(found) <= sizes


@pytest.mark.parametrize("dilation", [1.0, 4.0])
def test_each_message_is_sent_once_at_the_interval_of_the_wall(dilation: float) -> None:
    order = pattern([8, 1000], small=5, large=1)
    found = size_experiment(order, source="icu", qos=0, dilation=dilation, backend="auto", seed=3)
    (plan,) = plan_all(found)
    (instants_ns,) = plan.instants_ns
    assert len(instants_ns) == len(order) == 10
    gaps_s = np.diff(instants_ns) / 1e9 * dilation
    assert gaps_s == pytest.approx(np.full(9, INTERVAL_S), abs=1e-8)
    sensor = SizeComponents(order).sensor("ping")
    assert [len(sensor.observe(0, number)) for number in range(10)] == list(order)
    routes = route(found.scenario, found.topology, found.placement)
    assert [(flow.output, flow.source) for flow in routes.flows] == [
        ("ping", "sender"),
        ("echo", "edge"),
    ]
    assert found.scenario.qos == 0


def _tables(done_ms: dict[int, float | None]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Requests every 50 ms with 0.1 ms of lateness; up takes 2 ms, down 3; sizes 8 and 80."""
    requests = pd.DataFrame(
        {
            "request": list(done_ms),
            "scheduled_ns": [50 * MS * r for r in done_ms],
            "warmup": False,
            "status": ["timeout" if at is None else "answered" for at in done_ms.values()],
            "done_ns": pd.array(
                [None if at is None else round(at * MS) for at in done_ms.values()], "Int64"
            ),
        }
    )
    hops = pd.DataFrame(
        [
            hop
            for r in done_ms
            for hop in (
                (r, "lateness", "ping", 50 * MS * r, 50 * MS * r + MS // 10, 0),
                (r, "transfer", "ping", 50 * MS * r, 50 * MS * r + 2 * MS, 8 if r % 2 else 80),
                (r, "service", "echo", 0, 9 * MS, 0),
                (r, "transfer", "echo", 50 * MS * r, 50 * MS * r + 3 * MS, 8 if r % 2 else 80),
            )
        ],
        columns=["request", "kind", "stage", "start_ns", "end_ns", "bytes"],
    )
    return requests, hops


def test_both_ways_count_and_the_sensors_lateness_with_the_first() -> None:
    found = transfers_s(*_tables({0: 20.0, 1: 70.0, 2: 120.0}))
    assert set(found) == {8, 80}
    assert sorted(found[8]) == pytest.approx([2.1e-3, 3e-3])
    assert sorted(found[80]) == pytest.approx([2.1e-3, 2.1e-3, 3e-3, 3e-3])


def test_messages_that_met_others_are_left_out() -> None:
    # Request 0 is over after request 1 was due; of 2 there is no answer, so that 3 may meet it.
    found = transfers_s(*_tables({0: 60.0, 1: 70.0, 2: None, 3: 170.0}))
    assert set(found) == {80}
    assert sorted(found[80]) == pytest.approx([2.1e-3, 3e-3])

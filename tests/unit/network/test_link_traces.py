"""Which links of a topology get which trace."""

from __future__ import annotations

import numpy as np
import pytest

from edge_aibench.config.load import load_topology
from edge_aibench.model.link import Link, LinkDirection
from edge_aibench.model.topology import Topology
from edge_aibench.model.trace_table import TraceColumns, TraceTable
from edge_aibench.network.link_traces import link_traces


def test_every_moving_link_has_a_trace_and_no_other() -> None:
    city = load_topology("vehicle-city")
    traces = link_traces(city, instances=3, duration_s=20.0, seed=1)
    assert list(traces) == [("access", 0), ("access", 1), ("access", 2)]
    for trace in traces.values():
        assert trace.period_s is None
        assert {state.up.loss for state in trace.states} == {1e-5}
        assert max(state.down.rate_bps or 0.0 for state in trace.states) <= 100e6
    assert link_traces(load_topology("vehicle-static"), instances=3, duration_s=20.0, seed=1) == {}


def test_one_seed_repeats_and_every_vehicle_differs() -> None:
    city = load_topology("vehicle-city")
    first = link_traces(city, instances=2, duration_s=20.0, seed=1)
    assert link_traces(city, instances=2, duration_s=20.0, seed=1) == first
    assert link_traces(city, instances=2, duration_s=20.0, seed=2) != first
    assert first["access", 0] != first["access", 1]


def test_a_longer_run_begins_like_a_shorter_one() -> None:
    city = load_topology("vehicle-city")
    short = link_traces(city, instances=1, duration_s=20.0, seed=1)["access", 0]
    long = link_traces(city, instances=1, duration_s=40.0, seed=1)["access", 0]
    for instant_s in np.arange(0.0, 19.9, 0.37).tolist():
        assert long.state_at(instant_s) == short.state_at(instant_s)


def _traced(period_s: float | None) -> Topology:
    columns = TraceColumns(delay_s=(0.01, 0.02))
    static = load_topology("vehicle-static")
    link = Link(
        between=("vehicle", "radio"),
        up=LinkDirection(rate_bps=1e6),
        trace=TraceTable((0.0, 3.0), columns, TraceColumns(), period_s),
    )
    return static.model_copy(update={"links": {**static.links, "access": link}})


def test_nodes_begin_a_repeating_trace_evenly_spread() -> None:
    traces = link_traces(_traced(8.0), instances=4, duration_s=20.0, seed=1)
    for number, trace in enumerate(traces.values()):
        for instant_s in (0.0, 0.5, 2.5, 4.25, 9.0, 14.9):
            wanted_s = 0.01 if (instant_s + 2 * number) % 8 < 3 else 0.02
            assert trace.state_at(instant_s).up.delay_s == wanted_s
    assert {trace.states[0].up.rate_bps for trace in traces.values()} == {1e6}


@pytest.mark.parametrize("instances", [1, 3])
def test_a_trace_that_ends_is_the_same_for_all(instances: int) -> None:
    traces = link_traces(_traced(None), instances=instances, duration_s=20.0, seed=1)
    assert len(traces) == instances
    for trace in traces.values():
        assert [state.up.delay_s for state in trace.states] == [0.01, 0.02]

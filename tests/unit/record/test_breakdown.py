from __future__ import annotations

from dataclasses import replace

import pytest

from edge_aibench.record.breakdown import break_down, sum_errors
from edge_aibench.record.example import example_run


def test_parts_of_the_example_by_hand() -> None:
    hops = break_down(example_run([10.0, 20.0]))
    assert hops is not None
    found = {(part.kind, part.label): part.mean_ms for part in hops.all.parts}
    # Mean latency 15 ms, cut as the example's docstring says.
    assert found == pytest.approx(
        {
            ("lateness", "generator"): 0.3,
            ("transfer", "access up"): 1.5,
            ("service", "window"): 1.5,
            ("queue", "death"): 1.2,
            ("service", "death"): 6.0,
            ("hold", "death"): 1.5,
            ("transfer", "access down"): 3.0,
        }
    )
    assert hops.all.mean_ms == pytest.approx(15.0)


def test_parts_stand_in_the_order_of_a_request() -> None:
    hops = break_down(example_run([10.0]))
    assert hops is not None
    assert [part.kind for part in hops.all.parts] == [
        "lateness",
        "transfer",
        "service",
        "queue",
        "service",
        "hold",
        "transfer",
    ]


def test_cohorts_by_rank() -> None:
    # 1000 requests of 1 to 1000 ms: slowest percent 991..1000, band 985..995.
    hops = break_down(example_run([float(n) for n in range(1, 1001)]))
    assert hops is not None
    assert hops.slowest.count == 10
    assert hops.slowest.mean_ms == pytest.approx(995.5)
    assert hops.near_p99.count == 11
    assert hops.near_p99.mean_ms == pytest.approx(990.0)
    assert hops.all.count == 1000
    assert hops.all.mean_ms == pytest.approx(500.5)


def test_a_small_run_still_has_a_slowest_request() -> None:
    hops = break_down(example_run([1.0, 9.0, None]))
    assert hops is not None
    assert hops.slowest.count == 1
    assert hops.slowest.mean_ms == pytest.approx(9.0)
    assert hops.near_p99.count == 1
    assert hops.near_p99.mean_ms == pytest.approx(9.0)


def test_no_answers_nothing_to_take_apart() -> None:
    assert break_down(example_run([None])) is None


def test_what_no_hop_covers_is_shown_as_such() -> None:
    data = example_run([10.0])
    without_hold = replace(data, hops=data.hops[data.hops["kind"] != "hold"])
    hops = break_down(without_hold)
    assert hops is not None
    assert hops.all.parts[-1].kind == "unaccounted"
    assert hops.all.parts[-1].mean_ms == pytest.approx(1.0)
    assert sum_errors(without_hold).tolist() == pytest.approx([0.1])


def test_the_example_adds_up_exactly() -> None:
    assert sum_errors(example_run([10.0, 33.333333, None])).tolist() == [0.0, 0.0]


def test_a_negative_hop_cannot_make_up_for_a_gap() -> None:
    data = example_run([10.0])
    hops = data.hops.copy()
    first, second = hops.index[0], hops.index[1]
    # The first hop ends 1 ms later, the second one 1 ms earlier than it starts: the sum holds.
    hops.loc[first, "end_ns"] += 2_000_000
    hops.loc[second, "end_ns"] -= 2_000_000
    assert sum_errors(replace(data, hops=hops)).tolist() == pytest.approx([0.1])

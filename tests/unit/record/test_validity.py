from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edge_aibench.model.budget import Budget, Budgets
from edge_aibench.record.accounting import count
from edge_aibench.record.data import RunData
from edge_aibench.record.example import example_run
from edge_aibench.record.load import Load
from edge_aibench.record.summary import summarise
from edge_aibench.record.validity import Validity, check_validity


def validity(data: RunData) -> Validity:
    return check_validity(data, count(data))


def failed(data: RunData) -> list[str]:
    return [check.name for check in validity(data).reasons]


def test_a_good_run_is_valid_and_says_what_was_checked() -> None:
    found = validity(example_run([5.0] * 10))
    assert found.valid
    assert [check.name for check in found.checks] == [
        "accounting",
        "requests",
        "breakdown",
        "generator",
        "cpu-pressure",
        "links",
        "relay",
        "clock",
    ]


def test_every_reason_says_value_limit_and_next_step() -> None:
    data = example_run([5.0] * 100, lateness_ms=[2.0] * 100, pressure=0.5, links_within=False)
    reasons = validity(data).reasons
    assert [reason.name for reason in reasons] == ["generator", "cpu-pressure", "links"]
    for reason in reasons:
        assert reason.value
        assert reason.limit
        assert reason.what
        assert reason.next_step
    assert reasons[0].value == "2 ms"
    assert reasons[1].value == "50.0%"


@pytest.mark.parametrize(
    ("budgets", "lateness_ms", "valid"),
    [
        # 5 % of a 10 ms budget is 0.5 ms; of 100 ms it is 5 ms; of 1 ms less than the floor.
        (Budgets(end_to_end=Budget(limit_s=10e-3)), 0.5, True),
        (Budgets(end_to_end=Budget(limit_s=10e-3)), 0.51, False),
        (Budgets(end_to_end=Budget(limit_s=100e-3)), 4.9, True),
        (Budgets(end_to_end=Budget(limit_s=1e-3)), 0.19, True),
        (Budgets(end_to_end=Budget(limit_s=1e-3)), 0.21, False),
        (Budgets(), 0.5, True),
        (Budgets(), 0.51, False),
        # The communication budget does not count: lateness is no part of it.
        (Budgets(communication=Budget(limit_s=1e-3)), 0.5, True),
    ],
)
def test_generator_lateness_against_the_budget(
    budgets: Budgets, lateness_ms: float, valid: bool
) -> None:
    data = example_run([5.0] * 10, budgets=budgets, lateness_ms=[lateness_ms] * 10)
    assert validity(data).valid is valid


def test_one_late_request_in_a_hundred_is_borne_two_are_not() -> None:
    latencies = [5.0] * 100
    assert failed(example_run(latencies, lateness_ms=[0.1] * 99 + [50.0])) == []
    assert failed(example_run(latencies, lateness_ms=[0.1] * 98 + [50.0] * 2)) == ["generator"]


@pytest.mark.parametrize(("pressure", "valid"), [(0.2, True), (0.21, False)])
def test_cpu_pressure(pressure: float, valid: bool) -> None:
    assert validity(example_run([5.0] * 10, pressure=pressure)).valid is valid


def test_a_kernel_that_does_not_account_for_pressure_is_not_checked() -> None:
    data = example_run([5.0] * 10)
    silent = replace(data, health=replace(data.health, pressure_before=None))
    assert validity(silent).valid
    assert "cpu-pressure" not in [check.name for check in validity(silent).checks]


def test_links_out_of_tolerance_are_named() -> None:
    (reason,) = validity(example_run([5.0] * 10, links_within=False)).reasons
    assert "access/0 up: median delay 0.51 ms, asked 0.5 ms" in reason.value
    assert reason.value.endswith("and 1 more")


def test_a_late_relay() -> None:
    data = example_run([5.0] * 10)
    late = np.full(100, 600_000, dtype=np.int64)
    assert failed(replace(data, health=replace(data.health, relay_lateness_ns=late))) == ["relay"]


def test_broken_books() -> None:
    assert failed(replace(example_run([5.0] * 10), planned=11)) == ["accounting"]


def test_nothing_measured() -> None:
    assert failed(example_run([5.0], warmup=1)) == ["requests"]
    assert failed(example_run([])) == ["requests"]


@pytest.mark.parametrize(("gap_ms", "valid"), [(0.09, True), (0.11, False)])
def test_parts_must_add_up_to_one_percent(gap_ms: float, valid: bool) -> None:
    data = example_run([10.0])
    hops = data.hops.copy()
    hops.loc[hops["kind"] == "hold", "end_ns"] -= round(gap_ms * 1e6)
    assert validity(replace(data, hops=hops)).valid is valid


def test_a_clock_that_runs_backwards() -> None:
    data = example_run([5.0])
    hops = data.hops.copy()
    off = (hops["branch"] == "decompensation") & (hops["kind"] == "queue")
    hops.loc[off, "end_ns"] = hops.loc[off, "start_ns"] - 1
    assert failed(replace(data, hops=hops)) == ["clock"]
    other = replace(data.health, clock_problem="hosts are in different time namespaces")
    assert failed(replace(data, health=other)) == ["clock"]


def test_an_overloaded_link_is_named_with_what_would_help() -> None:
    full = Load(kind="link", name="link access up", place="access/3", offered=62e6, carries=50e6)
    calm = Load(kind="workers", name="worker of edge", place="edge", offered=0.5, carries=1)
    data = example_run([5.0] * 10)
    fine = validity(replace(data, loads=(calm,)))
    assert fine.valid
    assert fine.checks[-1].value == "fullest is worker of edge at 50%"
    (reason,) = validity(replace(data, loads=(calm, full))).reasons
    assert reason.name == "stable"
    assert reason.value == (
        "queue of link access up (access/3) grows without bound: offered 62 Mbit/s, carries "
        "50 Mbit/s; latencies depend on how long the run is"
    )
    assert "--link access=PRESET" in reason.next_step


def test_a_link_near_its_capacity_is_a_warning() -> None:
    near = Load(kind="link", name="link wan up", place="wan/0", offered=45e6, carries=50e6)
    data = replace(example_run([5.0] * 10), loads=(near,))
    assert validity(data).valid
    assert any(
        "wan up" in word and "90%" in word for word in summarise(data, folder="r").health.warnings
    )

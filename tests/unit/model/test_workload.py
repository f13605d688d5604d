"""Arrival plans: what is fixed about them by their definition."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from edge_aibench.model.scenario import Arrivals
from edge_aibench.model.workload import Workload, plan_arrivals

MINUTE = Workload(duration_s=50.0, warmup_s=10.0, seed=3)


def test_a_periodic_sensor_keeps_its_interval_from_a_phase_of_its_own() -> None:
    plan = plan_arrivals("monitor", Arrivals(interval_s=2.0), MINUTE, instances=5)
    assert plan.total == 5 * 30
    phases = {int(row[0]) for row in plan.instants_ns}
    assert len(phases) == 5
    for row in plan.instants_ns:
        assert 0 <= row[0] < 2_000_000_000
        assert np.all(np.abs(np.diff(row) - 2_000_000_000) <= 1)


def test_the_warm_up_is_the_beginning_of_the_plan() -> None:
    plan = plan_arrivals("monitor", Arrivals(interval_s=1.0), MINUTE, instances=1)
    assert plan.warmup_ns == 10_000_000_000
    assert int(np.sum(plan.instants_ns[0] < plan.warmup_ns)) == 10


def test_more_instances_and_other_sensors_shift_nothing() -> None:
    arrivals = Arrivals(law="poisson", interval_s=0.5)
    few = plan_arrivals("monitor", arrivals, MINUTE, instances=2)
    many = plan_arrivals("monitor", arrivals, MINUTE, instances=9)
    other = plan_arrivals("pump", arrivals, MINUTE, instances=2)
    for index in range(2):
        assert np.array_equal(few.instants_ns[index], many.instants_ns[index])
        assert not np.array_equal(few.instants_ns[index], other.instants_ns[index])


def test_another_seed_is_another_plan() -> None:
    arrivals = Arrivals(interval_s=0.5)
    rows = {
        tuple(
            plan_arrivals(
                "monitor", arrivals, Workload(duration_s=5.0, seed=seed), instances=1
            ).instants_ns[0]
        )
        for seed in range(10)
    }
    assert len(rows) == 10


def test_an_interval_longer_than_the_run_may_bring_nothing() -> None:
    workload = Workload(duration_s=1.0, warmup_s=0.0, seed=0)
    plan = plan_arrivals("monitor", Arrivals(interval_s=1e4), workload, instances=3)
    assert plan.total == 0
    assert [row.dtype for row in plan.instants_ns] == [np.int64] * 3


def test_intervals_and_seeds_have_bounds() -> None:
    with pytest.raises(ValidationError, match="at least 1 ms"):
        Arrivals(interval_s=1e-4)
    with pytest.raises(ValidationError, match="greater than or equal to 0"):
        Workload(seed=-1)

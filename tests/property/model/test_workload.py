"""Laws that every arrival plan obeys."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge_aibench.model.scenario import ArrivalLaw, Arrivals
from edge_aibench.model.workload import Workload, plan_arrivals

laws: st.SearchStrategy[ArrivalLaw] = st.sampled_from(["periodic", "poisson"])
intervals_s = st.floats(min_value=0.01, max_value=20.0)
workloads = st.builds(
    Workload,
    duration_s=st.floats(min_value=0.0, max_value=20.0),
    warmup_s=st.floats(min_value=0.0, max_value=5.0),
    seed=st.integers(min_value=0, max_value=2**63 - 1),
)


@given(laws, intervals_s, workloads, st.integers(min_value=1, max_value=4))
def test_instants_are_sorted_and_inside_the_run(
    law: ArrivalLaw, interval_s: float, workload: Workload, instances: int
) -> None:
    arrivals = Arrivals(law=law, interval_s=interval_s)
    plan = plan_arrivals("monitor", arrivals, workload, instances=instances)
    end_ns = (workload.duration_s + workload.warmup_s) * 1e9
    assert len(plan.instants_ns) == instances
    assert plan.total == sum(row.size for row in plan.instants_ns)
    for row in plan.instants_ns:
        assert np.all(np.diff(row) >= 0)
        assert np.all(row >= 0)
        assert np.all(row <= end_ns + 1)


@given(intervals_s, workloads)
def test_a_periodic_plan_leaves_no_room_for_another_instant(
    interval_s: float, workload: Workload
) -> None:
    row = plan_arrivals("m", Arrivals(interval_s=interval_s), workload, instances=1).instants_ns[0]
    run_s = workload.duration_s + workload.warmup_s
    assert abs(row.size - run_s / interval_s) <= 1 + 1e-9


@given(laws, intervals_s, workloads)
def test_the_same_seed_repeats_the_plan(
    law: ArrivalLaw, interval_s: float, workload: Workload
) -> None:
    arrivals = Arrivals(law=law, interval_s=interval_s)
    first = plan_arrivals("monitor", arrivals, workload, instances=2)
    second = plan_arrivals("monitor", arrivals, workload, instances=2)
    for one, other in zip(first.instants_ns, second.instants_ns, strict=True):
        assert np.array_equal(one, other)

"""Estimates against sums by hand, and against what the simulator expects of loads."""

from __future__ import annotations

import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_aibench.placement.apply import applied
from edge_aibench.placement.choice import Assignment, Choice, Part
from edge_aibench.placement.surrogate import Surrogate
from edge_aibench.record.load import Load
from edge_aibench.simulate.expected_load import expected_loads
from edge_aibench.simulate.plan import SimulationPlan
from tests.unit.placement.wards import (
    build_small,
    build_ward,
    constant,
    exponential,
    facts_of,
    lite,
)

PLACES = ("ward", "edge", "cloud")
TIMES = {"window": constant(1e-3), "first": constant(2e-3), "second": constant(4e-3)}


def test_alone_on_the_device_it_is_the_sum_of_the_work() -> None:
    problem, _ = build_small(build_ward(TIMES, instances=1, device_speed=0.5))
    found = problem.estimate(problem.uniform({"first": Choice("ward"), "second": Choice("ward")}))
    # Half as fast, and one regular source never waits for itself.
    assert found.mean_s == {"monitor": pytest.approx(14e-3)}
    assert found.worker_use["worker of ward"] == pytest.approx(14e-3)


def test_at_the_edge_links_come_on_top() -> None:
    delays = {"access": {"delay": 5e-3}, "backhaul": {"delay": 1e-3}}
    problem, _ = build_small(build_ward(TIMES, instances=1, links=delays))
    found = problem.estimate(problem.uniform({"first": Choice("edge"), "second": Choice("edge")}))
    # Up over two links, window, first and second, down over two links.
    assert found.mean_s["monitor"] == pytest.approx(6e-3 + 7e-3 + 6e-3)


def test_a_slow_link_takes_as_long_as_its_bits() -> None:
    links = {"access": {"rate": 1e6}}
    problem, _ = build_small(build_ward({}, instances=1, links=links))
    found = problem.estimate(problem.uniform({"first": Choice("edge"), "second": Choice("edge")}))
    # 144 bytes and 45 of MQTT in one frame of 66 more, up; results of 45 and 66 down. One wire
    # carries the reading up, and two results with two confirmations of 70 bytes down.
    up_s = 8 * (144 + 45 + 66) / 1e6
    down_s = 8 * (45 + 66) / 1e6
    assert found.mean_s["monitor"] == pytest.approx(up_s + down_s, abs=5e-6)
    assert found.link_use["link access up"] == pytest.approx(up_s + 2 * 8 * 70 / 1e6)
    assert found.link_use["link access down"] == pytest.approx(2 * down_s + 8 * 70 / 1e6)


def test_poisson_jobs_wait_for_the_worker() -> None:
    experiment = build_ward(
        {"first": exponential(0.01)},
        instances=50,
        arrivals={"law": "poisson", "interval": 1.0},
    )
    problem, _ = build_small(experiment)
    found = problem.estimate(problem.uniform({"first": Choice("edge"), "second": Choice("edge")}))
    # M/M/1 at 0.5: twice the service time.
    assert found.mean_s["monitor"] == pytest.approx(0.02)
    assert found.fullest == pytest.approx(0.5)


def test_too_much_work_never_ends() -> None:
    problem, _ = build_small(build_ward({"first": constant(0.3)}, instances=4))
    found = problem.estimate(problem.uniform({"first": Choice("edge"), "second": Choice("edge")}))
    assert found.mean_s["monitor"] == math.inf
    assert found.worker_use["worker of edge"] == pytest.approx(1.2)


def test_what_is_placed_so_far_can_be_estimated() -> None:
    problem, _ = build_small(build_ward(TIMES, instances=1))
    first = problem.estimate(Assignment.uniform({"first": Choice("ward")}, 1))
    assert first.mean_s["monitor"] == pytest.approx(3e-3)
    assert problem.estimate(Assignment({})).mean_s["monitor"] == 0.0


def test_blocks_share_what_is_shared_and_average_their_means() -> None:
    problem, _ = build_small(build_ward({"first": constant(0.1)}, instances=4))
    apart = Assignment(
        {
            "first": (Part(Choice("edge"), 3), Part(Choice("ward"), 1)),
            "second": (Part(Choice("edge"), 3), Part(Choice("ward"), 1)),
        }
    )
    found = problem.estimate(apart)
    assert found.worker_use["worker of edge"] == pytest.approx(0.3)
    assert found.worker_use["worker of ward"] == pytest.approx(0.1)


def test_the_other_form_takes_its_own_time_and_memory() -> None:
    experiment = build_ward(TIMES, instances=1)
    form = lite(5e-4, size_bytes=4_000)
    problem, _ = build_small(experiment, forms={"first": (form,)})
    places = {"first": Choice("ward", form.form), "second": Choice("ward")}
    assert problem.estimate(problem.uniform(places)).mean_s["monitor"] == pytest.approx(5.5e-3)


def test_a_stage_that_seldom_speaks_loads_what_follows_as_seldom() -> None:
    experiment = build_ward({"window": constant(1e-3, passes=0.25), "first": constant(8e-3)})
    surrogate = Surrogate(experiment, facts_of(experiment))
    found = surrogate(
        Assignment.uniform({"first": Choice("edge", workers=1), "second": Choice("edge")}, 2)
    )
    # Two patients, one reading a second: a quarter of them is worked on.
    assert found.worker_use["stage first on edge"] == pytest.approx(2 * 0.25 * 8e-3)


@given(
    first=st.sampled_from(PLACES),
    second=st.sampled_from(PLACES),
    workers=st.integers(0, 2),
    instances=st.integers(1, 30),
)
def test_uses_are_those_that_the_simulator_expects(
    first: str, second: str, workers: int, instances: int
) -> None:
    links = {"access": {"rate": 1e6}, "wan": {"rate": 2e6}}
    experiment = build_ward(TIMES, instances=instances, links=links)
    choices = {"first": Choice(first, workers=workers), "second": Choice(second)}
    assignment = Assignment.uniform(choices, instances)
    facts = facts_of(experiment)
    found = Surrogate(experiment, facts)(assignment)
    from edge_aibench.placement.apply import with_assignment

    loads = expected_loads(SimulationPlan.of(with_assignment(experiment, facts, assignment)))
    assert found.worker_use == pytest.approx(_shares(loads, "workers"))
    assert found.link_use == pytest.approx(_shares(loads, "link"))


@given(first=st.sampled_from(PLACES), second=st.sampled_from(PLACES))
def test_estimates_come_near_what_is_simulated_without_queues(first: str, second: str) -> None:
    links = {"access": {"delay": 3e-3}, "wan": {"delay": 9e-3}}
    problem, evaluator = build_small(build_ward(TIMES, instances=1, links=links))
    assignment = problem.uniform({"first": Choice(first), "second": Choice(second)})
    found = problem.estimate(assignment).mean_s["monitor"] * 1e3
    assert applied(problem, assignment).instances == 1
    assert evaluator(assignment).value == pytest.approx(found, rel=0.02)


def test_an_estimate_takes_less_than_a_millisecond() -> None:
    problem, _ = build_small(build_ward(TIMES, instances=32))
    assignment = problem.uniform({"first": Choice("edge"), "second": Choice("cloud")})
    times_s = []
    for _ in range(50):
        began_s = time.process_time()
        problem.estimate(assignment)
        times_s.append(time.process_time() - began_s)
    assert min(times_s) < 1e-3


def _shares(loads: tuple[Load, ...], kind: str) -> dict[str, float]:
    return {load.name: load.share for load in loads if load.kind == kind}

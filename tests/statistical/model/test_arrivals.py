"""Arrival plans against the laws they claim.

Each test states the number of draws n, the closed form and the interval that a true plan leaves
at most once in 1,000 seeds; the seed is fixed, so the outcome is too.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from edge_aibench.model.scenario import Arrivals
from edge_aibench.model.workload import ArrivalPlan, Workload, plan_arrivals

INSTANCES = 200
INTERVAL_S = 0.5
RUN_S = 60.0
LEVEL = 0.001


@pytest.fixture(scope="module")
def poisson() -> ArrivalPlan:
    workload = Workload(duration_s=57.0, warmup_s=3.0, seed=20)
    arrivals = Arrivals(law="poisson", interval_s=INTERVAL_S)
    return plan_arrivals("monitor", arrivals, workload, instances=INSTANCES)


def test_the_number_of_observations_is_poisson(poisson: ArrivalPlan) -> None:
    # n = 200 plans together: Poisson with mean 200 * 60 / 0.5 = 24,000; 99.9 % interval.
    low, high = stats.poisson(INSTANCES * RUN_S / INTERVAL_S).interval(1 - LEVEL)
    assert low <= poisson.total <= high


def test_the_numbers_of_the_instances_scatter_as_poisson_does(poisson: ArrivalPlan) -> None:
    # n = 200 counts: sum of squares over the mean is chi-square with 199 degrees of freedom.
    counts = np.array([row.size for row in poisson.instants_ns])
    dispersion = ((counts - counts.mean()) ** 2).sum() / counts.mean()
    low, high = stats.chi2(INSTANCES - 1).interval(1 - LEVEL)
    assert low <= dispersion <= high


def test_instants_are_uniform_over_the_run(poisson: ArrivalPlan) -> None:
    # n about 24,000 instants of all plans: Kolmogorov-Smirnov against uniform on 0 to 60 s.
    instants_s = np.concatenate(poisson.instants_ns) / 1e9
    assert stats.kstest(instants_s, stats.uniform(0, RUN_S).cdf).pvalue > LEVEL


def test_waits_for_the_next_observation_are_exponential(poisson: ArrivalPlan) -> None:
    # n = 200: the wait from second 10 to the next instant of each plan is exponential with mean
    # 0.5 s, whatever came before; none of them is cut off by the end, 100 means later.
    waits_s = [row[np.searchsorted(row, 10e9)] / 1e9 - 10.0 for row in poisson.instants_ns]
    assert stats.kstest(waits_s, stats.expon(scale=INTERVAL_S).cdf).pvalue > LEVEL


def test_halves_of_a_run_know_nothing_of_each_other(poisson: ArrivalPlan) -> None:
    # n = 200 pairs of independent counts: |r| < 3.29 / sqrt(n) in 99.9 % of cases.
    first = [np.sum(row < 30e9) for row in poisson.instants_ns]
    second = [np.sum(row >= 30e9) for row in poisson.instants_ns]
    limit = stats.norm.ppf(1 - LEVEL / 2) / np.sqrt(INSTANCES)
    assert abs(np.corrcoef(first, second)[0, 1]) < limit


def test_phases_of_periodic_sensors_are_uniform() -> None:
    # n = 500 phases: Kolmogorov-Smirnov against uniform on 0 to 0.5 s.
    workload = Workload(duration_s=1.0, warmup_s=0.0, seed=20)
    plan = plan_arrivals("monitor", Arrivals(interval_s=INTERVAL_S), workload, instances=500)
    phases_s = [row[0] / 1e9 for row in plan.instants_ns]
    assert stats.kstest(phases_s, stats.uniform(0, INTERVAL_S).cdf).pvalue > LEVEL


def _gaps_s(plan: ArrivalPlan) -> np.ndarray:
    # The first 60 gaps of each plan, of about 120: by their number, not by their end, since gaps
    # that lie within a run are shorter than those that do not.
    return np.array([np.diff(row[:61]) for row in plan.instants_ns]) / 1e9


def test_gaps_are_exponential(poisson: ArrivalPlan) -> None:
    # n = 200 * 60 = 12,000 gaps: Kolmogorov-Smirnov against an exponential with mean 0.5 s.
    gaps_s = _gaps_s(poisson)
    assert gaps_s.shape == (INSTANCES, 60)
    assert stats.kstest(gaps_s.ravel(), stats.expon(scale=INTERVAL_S).cdf).pvalue > LEVEL


def test_a_gap_knows_nothing_of_the_one_before(poisson: ArrivalPlan) -> None:
    # n = 200 * 59 pairs of neighbours: |r| < 3.29 / sqrt(n) in 99.9 % of cases.
    gaps_s = _gaps_s(poisson)
    before, after = gaps_s[:, :-1].ravel(), gaps_s[:, 1:].ravel()
    limit = stats.norm.ppf(1 - LEVEL / 2) / np.sqrt(before.size)
    assert abs(np.corrcoef(before, after)[0, 1]) < limit


def test_phases_of_neighbours_know_nothing_of_each_other() -> None:
    # n = 2,000 instances: |r| < 3.29 / sqrt(n) in 99.9 % of cases.
    workload = Workload(duration_s=1.0, warmup_s=0.0, seed=21)
    plan = plan_arrivals("monitor", Arrivals(interval_s=INTERVAL_S), workload, instances=2001)
    phases_s = np.array([row[0] for row in plan.instants_ns]) / 1e9
    limit = stats.norm.ppf(1 - LEVEL / 2) / np.sqrt(2000)
    assert abs(np.corrcoef(phases_s[:-1], phases_s[1:])[0, 1]) < limit

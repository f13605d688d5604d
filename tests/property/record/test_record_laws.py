"""Laws that hold for every run, however odd."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_aibench.record import statistics
from edge_aibench.record.breakdown import break_down, sum_errors
from edge_aibench.record.example import example_run
from edge_aibench.record.slo import parse_slo
from edge_aibench.record.summary import Summary, summarise
from edge_aibench.record.validity import Validity
from edge_aibench.record.verdict import Outcome, decide

finite = st.floats(min_value=0.0, max_value=1e12)
values = st.lists(finite | st.just(math.inf), min_size=1, max_size=200)
percents = st.floats(min_value=0.1, max_value=99.9)
latencies = st.lists(st.none() | st.floats(min_value=0.001, max_value=1e5), min_size=1, max_size=30)


@given(values, percents)
def test_enough_values_lie_at_or_below_a_percentile_and_not_before_it(
    sample: list[float], percent: float
) -> None:
    array = np.array(sample)
    found = statistics.percentile(array, percent)
    tolerance = 1e-9
    assert found in sample
    assert np.mean(array <= found) >= percent / 100 - tolerance
    assert np.mean(array < found) < percent / 100 + tolerance


@given(values, percents, percents)
def test_percentiles_rise(sample: list[float], one: float, other: float) -> None:
    low, high = sorted((one, other))
    array = np.array(sample)
    assert statistics.percentile(array, low) <= statistics.percentile(array, high)


@given(values, percents)
def test_an_interval_holds_the_percentile_and_says_when_it_cannot(
    sample: list[float], percent: float
) -> None:
    array = np.array(sample)
    interval = statistics.percentile_interval(array, percent)
    found = statistics.percentile(array, percent)
    if interval.lower is not None:
        assert interval.lower <= found
    if interval.upper is not None:
        assert interval.upper >= found
    assert (interval.needs is None) == (None not in (interval.lower, interval.upper))
    if interval.needs is not None:
        assert interval.needs > len(sample)


@given(st.integers(0, 20), st.sampled_from([50.0, 90.0, 95.0, 99.0]))
def test_early_stopping_is_the_first_size_at_which_the_interval_ends_within(
    over: int, percent: float
) -> None:
    total = statistics.early_stopping_total(over, percent)
    for size, passes in ((total, True), (total - 1, False)):
        upper = statistics.interval_ranks(size, percent)[1]
        assert (upper is not None and upper <= size - over) is passes


@given(st.integers(0, 300), st.integers(0, 300))
def test_a_proportion_lies_in_its_interval(one: int, other: int) -> None:
    hits, count = min(one, other), max(one, other, 1)
    interval = statistics.proportion_interval(hits, count)
    assert interval.lower is not None
    assert interval.upper is not None
    assert 0 <= interval.lower <= hits / count <= interval.upper <= 1


@given(finite, finite, finite)
def test_no_interval_both_passes_and_fails(one: float, other: float, limit: float) -> None:
    lower, upper = sorted((one, other))
    outcome = decide(lower, upper, limit=limit)
    assert (outcome is Outcome.PASS) == (upper <= limit)
    assert (outcome is Outcome.FAIL) == (lower > limit)


@settings(deadline=None, max_examples=25)
@given(latencies, st.integers(0, 5))
def test_books_balance_and_parts_add_up(run: list[float | None], warmup: int) -> None:
    data = example_run(run, warmup=min(warmup, len(run)))
    summary = summarise(data, folder="r")
    counts = summary.counts
    assert counts.planned == counts.warmup + counts.measured
    assert counts.unaccounted == 0
    assert sum_errors(data).eq(0).all()
    hops = break_down(data)
    for cohort in [] if hops is None else [hops.all, hops.near_p99, hops.slowest]:
        assert math.fsum(p.mean_ms for p in cohort.parts) == pytest.approx(cohort.mean_ms)
    assert isinstance(summary.validity, Validity)
    written = json.dumps(summary.model_dump(mode="json"), allow_nan=False)
    assert Summary.model_validate_json(written) == summary


@given(
    st.sampled_from(["e2e", "comm", "comm.up", "comm.down", "comm.round-trip", "heart-failure"]),
    st.sampled_from(["p50", "p99", "p99.9", "p0.5", "mean", "max"]),
    st.sampled_from(["<", "<=", ">", ">="]),
    st.integers(1, 10**6),
)
def test_an_objective_reads_back(metric: str, statistic: str, sign: str, bound_us: int) -> None:
    slo = parse_slo(f"{metric}.{statistic}{sign}{bound_us}us", tasks=["heart-failure"])
    assert (slo.metric, slo.statistic, slo.comparison) == (metric, statistic, sign)
    assert slo.bound == pytest.approx(bound_us / 1e3)

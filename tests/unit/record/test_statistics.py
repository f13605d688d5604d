"""Expected values: by hand, by exact rational sums, or from the published early stopping table."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import accumulate

import numpy as np
import pytest

from edge_aibench.record import statistics


def exact_cdf(count: int, share: Fraction) -> list[Fraction]:
    """P(B <= k) for k = 0 to *count*, exactly."""
    terms = (math.comb(count, k) * share**k * (1 - share) ** (count - k) for k in range(count + 1))
    return list(accumulate(terms))


@pytest.mark.parametrize(
    ("percent", "expected"),
    [(1, 10), (10, 10), (10.1, 20), (50, 50), (90, 90), (99, 100), (100, 100)],
)
def test_percentile_is_the_smallest_value_with_enough_at_or_below(
    percent: float, expected: float
) -> None:
    values = np.array([70, 10, 90, 30, 100, 50, 20, 80, 60, 40], dtype=np.float64)
    assert statistics.percentile(values, percent) == expected


def test_percentile_rank_does_not_suffer_from_float_products() -> None:
    # 1000 * 99.9 / 100 is 999.0000000000001 in floats: the 999th value, not the 1000th.
    values = np.arange(1, 1001, dtype=np.float64)
    assert statistics.percentile(values, 99.9) == 999


def test_unanswered_requests_push_percentiles_to_infinity() -> None:
    values = np.array([1.0] * 98 + [math.inf] * 2)
    assert statistics.percentile(values, 98) == 1.0
    assert statistics.percentile(values, 99) == math.inf


@pytest.mark.parametrize("percent", [0, -1, 100.5])
def test_percentile_refuses_a_share_outside_its_range(percent: float) -> None:
    with pytest.raises(ValueError, match="percent"):
        statistics.percentile(np.ones(3), percent)


def test_percentile_refuses_no_values() -> None:
    with pytest.raises(ValueError, match="at least one"):
        statistics.percentile(np.empty(0), 50)


@pytest.mark.parametrize("count", [1, 6, 20, 100, 367, 368, 600])
@pytest.mark.parametrize("percent", [50, 90, 99])
def test_interval_ranks_are_the_tightest_that_exact_sums_allow(count: int, percent: int) -> None:
    share, tail = Fraction(percent, 100), Fraction(25, 1000)
    lower, upper = statistics.interval_ranks(count, percent)
    below = exact_cdf(count, share)
    # P(B < k), the chance that the k-th value lies above the true percentile, is at most
    # 2.5 % up to the lower rank; P(B >= k) is from the upper rank on.
    largest = max((k for k in range(1, count + 1) if below[k - 1] <= tail), default=None)
    smallest = min((k for k in range(1, count + 1) if 1 - below[k - 1] <= tail), default=None)
    assert (lower, upper) == (largest, smallest)


def test_ranks_known_from_the_literature() -> None:
    # The 95 % interval of a median of 10 runs from the 2nd to the 9th value (97.9 % coverage).
    assert statistics.interval_ranks(10, 50) == (2, 9)


def test_p99_of_300_has_no_upper_bound_and_says_how_many_it_needs() -> None:
    values = np.arange(300, dtype=np.float64)
    interval = statistics.percentile_interval(values, 99)
    assert interval.lower is not None
    assert interval.upper is None
    # 0.99**367 = 0.02501 > 0.025 >= 0.99**368 = 0.02476
    assert interval.needs == 368


def test_p99_of_1000_lies_between_the_ranks_measured_elsewhere() -> None:
    # Ranks 983 and 997 of 1000: the q.983-.997 of the project's measurement notes.
    interval = statistics.percentile_interval(np.arange(1, 1001, dtype=np.float64), 99)
    assert interval.lower == pytest.approx(983, abs=1)
    assert interval.upper == pytest.approx(997, abs=1)
    assert interval.needs is None


@pytest.mark.parametrize(("percent", "needed"), [(50, 6), (90, 36), (99, 368), (99.9, 3688)])
def test_needed_is_where_the_bounds_begin_to_exist(percent: float, needed: int) -> None:
    assert statistics.needed_for_interval(percent) == needed
    assert None in statistics.interval_ranks(needed - 1, percent)
    assert None not in statistics.interval_ranks(needed, percent)


def test_an_interval_of_nothing_has_no_bounds() -> None:
    interval = statistics.percentile_interval(np.empty(0), 50)
    assert (interval.lower, interval.upper, interval.needs) == (None, None, 6)


@pytest.mark.parametrize(
    ("percent", "one_sided", "expected"),
    [
        (90, 0.99, (44, 64, 127, 197)),
        (95, 0.99, (90, 130, 259, 398)),
        (99, 0.99, (459, 662, 1307, 2010)),
        (99.9, 0.99, (4603, 6636, 13105, 20140)),
        (99, 0.95, (299, 473, 1049, 1693)),
    ],
)
def test_early_stopping_matches_the_rule_of_mlperf_inference(
    percent: float, one_sided: float, expected: tuple[int, ...]
) -> None:
    # Its confidence is one-sided: a tail of 1 % is that of a two-sided 98 % interval.
    confidence = 2 * one_sided - 1
    found = tuple(
        statistics.early_stopping_total(over, percent, confidence=confidence)
        for over in (0, 1, 5, 10)
    )
    assert found == expected


def test_batch_means_by_hand() -> None:
    # Batches (1,3), (5,7): means 2 and 6, standard deviation sqrt(8), t(0.975, 1) = 12.7062.
    interval = statistics.batch_means_interval(np.array([1.0, 3.0, 5.0, 7.0]), batches=2)
    half = 12.7062047 * math.sqrt(8) / math.sqrt(2)
    assert interval.lower == pytest.approx(4 - half)
    assert interval.upper == pytest.approx(4 + half)


def test_batch_means_need_two_values_a_batch() -> None:
    assert statistics.batch_means_interval(np.ones(39)).needs == 40


def test_t_interval_by_hand() -> None:
    # Mean 3, standard deviation sqrt(2.5), t(0.975, 4) = 2.776445.
    interval = statistics.t_interval(np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
    half = 2.776445105 * math.sqrt(2.5 / 5)
    assert interval.lower == pytest.approx(3 - half)
    assert interval.upper == pytest.approx(3 + half)


def test_t_interval_of_one_repeat_or_of_a_lost_run() -> None:
    assert statistics.t_interval(np.array([4.0])).needs == 2
    lost = statistics.t_interval(np.array([4.0, math.inf]))
    assert (lost.lower, lost.upper) == (None, math.inf)


def test_proportion_interval_at_its_ends_has_a_closed_form() -> None:
    none = statistics.proportion_interval(0, 50)
    every = statistics.proportion_interval(50, 50)
    edge = 0.025 ** (1 / 50)
    assert none.lower == 0.0
    assert none.upper == pytest.approx(1 - edge)
    assert every.lower == pytest.approx(edge)
    assert every.upper == 1.0


def test_proportion_interval_covers_at_least_what_it_promises() -> None:
    # Exact coverage for n = 30 at 99 true shares, by summing the binomial distribution.
    intervals = [statistics.proportion_interval(k, 30) for k in range(31)]
    for percent in range(1, 100):
        share = percent / 100
        coverage = math.fsum(
            math.comb(30, k) * share**k * (1 - share) ** (30 - k)
            for k, i in enumerate(intervals)
            if i.lower is not None and i.upper is not None and i.lower <= share <= i.upper
        )
        assert coverage >= 0.95


def test_proportion_refuses_more_hits_than_tries() -> None:
    with pytest.raises(ValueError, match="hits"):
        statistics.proportion_interval(3, 2)
    assert statistics.proportion_interval(0, 0).needs == 1


def test_dependence_sees_a_burst_and_needs_enough_values() -> None:
    # 100 slow requests in a row among 1000: two batches of 50 hold them all.
    burst = np.where(np.arange(1000) >= 900, 10.0, 1.0)
    # One in ten is high, all in 2 of 20 batches: batch means 0 (18 times) and 1 (twice).
    # Their variance is (2 * 0.81 + 18 * 0.01) / 19 = 0.0947; times 50 over 0.09 is 52.6.
    assert statistics.dependence(burst) == pytest.approx(1.8 / 19 * 50 / 0.09)
    assert statistics.dependence(np.ones(1000)) is None
    assert statistics.dependence(burst[:99]) is None

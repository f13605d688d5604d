"""Differences of two candidates, against what is known of them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge_aibench.record.comparison import Difference, Samples, differences

Numbers = NDArray[np.float64]


def samples(*runs: Numbers, budget_ms: float = 10.0) -> Samples:
    return Samples(
        series_ms={"e2e": runs},
        in_time=tuple((run <= budget_ms).astype(np.float64) for run in runs),
    )


def compared(before: Samples, after: Samples, *, paired: bool = True) -> dict[str, Difference]:
    return {found.measure: found for found in differences(before, after, paired=paired)}


def test_a_constant_shift_is_found_exactly_where_arrivals_are_the_same() -> None:
    base = np.random.default_rng(1).exponential(5.0, 1000)
    found = compared(samples(base), samples(base + 2.0))
    for measure in ("e2e.mean", "e2e.p50", "e2e.p90", "e2e.p99"):
        one = found[measure]
        assert one.difference == pytest.approx(2.0)
        assert one.lower == pytest.approx(2.0)
        assert one.upper == pytest.approx(2.0)
        assert one.finding == "larger"


def test_without_pairs_the_same_shift_has_an_interval_of_some_width() -> None:
    base = np.random.default_rng(1).exponential(5.0, 1000)
    one = compared(samples(base), samples(base + 2.0), paired=False)["e2e.mean"]
    assert one.lower is not None
    assert one.upper is not None
    assert one.lower < 2.0 < one.upper
    # The standard error of either mean is 5 / sqrt(1000) = 0.16: four of them is a wide margin.
    assert 0.1 < one.upper - one.lower < 4 * math.sqrt(2) * 2 * 0.16


def test_equal_candidates_do_not_differ() -> None:
    base = np.random.default_rng(2).exponential(5.0, 500)
    assert {one.finding for one in compared(samples(base), samples(base)).values()} == {
        "no difference detected"
    }


def test_the_share_in_budget_is_a_difference_of_shares() -> None:
    before, after = np.full(100, 5.0), np.full(100, 5.0)
    after[::4] = 20.0
    one = compared(samples(before), samples(after))["in-budget"]
    assert (one.baseline, one.value, one.difference) == (1.0, 0.75, -0.25)
    assert one.finding == "smaller"


def test_too_few_requests_have_a_difference_but_no_interval() -> None:
    # p99 needs 368 values for an interval of 95 % (statistics.needed_for_interval).
    base = np.random.default_rng(3).exponential(5.0, 367)
    one = compared(samples(base), samples(base + 1.0))["e2e.p99"]
    assert one.difference == pytest.approx(1.0)
    assert (one.lower, one.upper, one.needs) == (None, None, 368)
    assert one.finding == "too few requests"
    more = np.random.default_rng(3).exponential(5.0, 368)
    assert compared(samples(more), samples(more + 1.0))["e2e.p99"].needs is None


def test_requests_without_an_answer_are_worse_than_any_latency() -> None:
    before = np.full(400, 5.0)
    after = np.full(400, 5.0)
    after[::20] = np.inf
    found = compared(samples(before), samples(after))
    assert found["e2e.p99"].value == math.inf
    assert found["e2e.p99"].difference is None
    assert found["e2e.p99"].finding == "larger"
    assert found["e2e.p50"].finding == "no difference detected"
    both = compared(samples(after), samples(after))["e2e.p99"]
    assert (both.difference, both.finding) == (0.0, "no difference detected")


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), shift=st.floats(-3.0, 3.0), paired=st.booleans())
def test_exchanging_the_candidates_turns_the_sign(seed: int, shift: float, paired: bool) -> None:
    generator = np.random.default_rng(seed)
    first, second = (
        generator.exponential(5.0, 60) + 4.0,
        generator.exponential(5.0, 60) + 4.0 + shift,
    )
    there = compared(samples(first), samples(second), paired=paired)["e2e.mean"]
    back = compared(samples(second), samples(first), paired=paired)["e2e.mean"]
    assert there.difference is not None
    assert back.difference is not None
    assert there.difference == pytest.approx(-back.difference)
    if paired:
        # The same blocks are drawn of both, whichever comes first.
        assert there.lower is not None
        assert back.upper is not None
        assert there.lower == pytest.approx(-back.upper, abs=0.2)

"""Laws of service times at single points, worked out from their distribution functions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pydantic import ValidationError

from edge_aibench.model.time_law import (
    ConstantTime,
    ErlangTime,
    ExponentialTime,
    LognormalTime,
    MeasuredTimes,
    UniformTime,
)

QUARTERS = np.array([0.0, 0.25, 0.5, 0.75])


def test_a_constant_is_always_the_same() -> None:
    law = ConstantTime(time_s=0.002)
    assert law.times_s(QUARTERS).tolist() == [0.002] * 4
    assert law.mean_s == 0.002


def test_the_quantiles_of_an_exponential() -> None:
    # F(t) = 1 - exp(-t / mean): the median is ln 2 means, three quarters lie within ln 4.
    law = ExponentialTime(mean=0.003)
    expected = [0.0, 0.003 * math.log(4 / 3), 0.003 * math.log(2), 0.003 * math.log(4)]
    assert law.times_s(QUARTERS) == pytest.approx(expected, rel=1e-14)
    assert law.mean_s == 0.003


def test_the_quantiles_of_a_uniform() -> None:
    law = UniformTime(shortest_s=0.001, longest_s=0.005)
    assert law.times_s(QUARTERS) == pytest.approx([0.001, 0.002, 0.003, 0.004], rel=1e-14)
    assert law.mean_s == pytest.approx(0.003, rel=1e-14)


def test_a_lognormal_has_the_mean_and_spread_that_were_asked_for() -> None:
    # With s2 = ln(1 + spread2 / mean2) = ln 2 the median is mean / sqrt 2, and the quantile at
    # Phi(1) is sqrt(e^s2) = exp(sqrt(ln 2)) times as much.
    law = LognormalTime(mean=0.004, spread_s=0.004)
    one_sigma = 0.5 * (1 + math.erf(1 / math.sqrt(2)))
    times_s = law.times_s(np.array([0.5, one_sigma]))
    median_s = 0.004 / math.sqrt(2)
    assert times_s == pytest.approx(
        [median_s, median_s * math.exp(math.sqrt(math.log(2)))], rel=1e-12
    )
    assert law.mean_s == 0.004


def test_a_lognormal_takes_some_time_even_at_share_zero() -> None:
    assert 0 < LognormalTime(mean=0.004, spread_s=0.001).times_s(QUARTERS)[0] < 0.004


def test_the_quantiles_of_an_erlang() -> None:
    # One phase is an exponential. Of two with mean 1 each: F(t) = 1 - exp(-t) (1 + t).
    assert ErlangTime(mean=0.003, phases=1).times_s(QUARTERS) == pytest.approx(
        ExponentialTime(mean=0.003).times_s(QUARTERS), rel=1e-12
    )
    two = ErlangTime(mean=2.0, phases=2)
    shares = np.array([1 - math.exp(-t) * (1 + t) for t in (0.5, 1.0, 3.0)])
    assert two.times_s(shares) == pytest.approx([0.5, 1.0, 3.0], rel=1e-12)


def test_measured_times_are_taken_as_they_are() -> None:
    law = MeasuredTimes(measured_s=(0.5, 0.1, 0.3, 0.2))
    assert law.times_s(QUARTERS).tolist() == [0.5, 0.1, 0.3, 0.2]
    assert law.times_s(np.array([0.2499999, 1 - 2**-53])).tolist() == [0.5, 0.2]
    assert law.mean_s == pytest.approx(0.275, rel=1e-15)


def test_what_batches_cost() -> None:
    assert ConstantTime(time_s=1.0).batch_factor(8) == 8.0
    assert ConstantTime(time_s=1.0, marginal=0.0).batch_factor(8) == 1.0
    assert ConstantTime(time_s=1.0, marginal=0.25).batch_factor(5) == 2.0


@pytest.mark.parametrize(
    "times_s", [(), (-0.1,), (math.nan,), (math.inf,), (1e7,), "", "0.1 nan", "0.1 -1", "0.1 x"]
)
def test_measured_times_must_be_times(times_s: object) -> None:
    with pytest.raises(ValidationError):
        MeasuredTimes.model_validate({"measured": times_s})


@pytest.mark.parametrize(
    "document",
    [
        {"law": "exponential", "mean": 0.0},
        {"law": "exponential", "mean": math.nan},
        {"law": "exponential", "mean": -1.0},
        {"law": "exponential", "mean": 1.0, "marginal": 1.5},
        {"law": "exponential", "mean": 1.0, "marginal": math.nan},
    ],
)
def test_a_law_needs_a_time(document: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ExponentialTime.model_validate(document)


def test_the_shortest_time_is_the_shortest() -> None:
    with pytest.raises(ValidationError, match="at least 'shortest'"):
        UniformTime(shortest_s=2.0, longest_s=1.0)

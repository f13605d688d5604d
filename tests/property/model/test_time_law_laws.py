"""What every law of service times obeys."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_aibench.model.time_law import (
    ConstantTime,
    ErlangTime,
    ExponentialTime,
    LognormalTime,
    MeasuredTimes,
    TimeLaw,
    UniformTime,
)

seconds = st.floats(min_value=1e-6, max_value=100.0)
laws: st.SearchStrategy[TimeLaw] = st.one_of(
    seconds.map(lambda time_s: ConstantTime(time_s=time_s)),
    seconds.map(lambda mean_s: ExponentialTime(mean=mean_s)),
    st.tuples(seconds, seconds).map(
        lambda two: UniformTime(shortest_s=min(two), longest_s=max(two))
    ),
    st.tuples(seconds, st.floats(min_value=0.01, max_value=3.0)).map(
        lambda two: LognormalTime(mean=two[0], spread_s=two[0] * two[1])
    ),
    st.tuples(seconds, st.integers(min_value=1, max_value=50)).map(
        lambda two: ErlangTime(mean=two[0], phases=two[1])
    ),
)
measured = st.lists(st.floats(min_value=0, max_value=100), min_size=1, max_size=50).map(
    lambda times_s: MeasuredTimes(measured_s=tuple(times_s))
)
# Midpoints of 2^14 equal shares: the mean of the quantile function there is the law's mean, but
# for its last step, in which a heavy tail hides up to some hundredths.
MIDPOINTS = (np.arange(2**14) + 0.5) / 2**14
EXTREMES = np.array([0.0, 2.0**-53, 0.5, 1 - 2.0**-53])


@given(laws)
def test_the_mean_of_what_is_drawn_is_the_mean_that_is_said(law: TimeLaw) -> None:
    heavy = isinstance(law, LognormalTime) and law.spread_s > law.mean
    tolerance = 0.05 if heavy else 2e-3
    assert float(law.times_s(MIDPOINTS).mean()) == pytest.approx(law.mean_s, rel=tolerance)


@given(laws)
def test_a_larger_share_takes_no_less_time(law: TimeLaw) -> None:
    assert np.all(np.diff(law.times_s(MIDPOINTS[::64])) >= 0)


@given(st.one_of(laws, measured))
def test_times_are_finite_and_not_negative_at_every_share(law: TimeLaw) -> None:
    times_s = law.times_s(EXTREMES)
    assert times_s.shape == EXTREMES.shape
    assert np.all(np.isfinite(times_s))
    assert np.all(times_s >= 0)


@given(measured, st.floats(min_value=0, max_value=1, exclude_max=True))
def test_a_measured_time_is_one_of_those_that_were_measured(
    law: MeasuredTimes, share: float
) -> None:
    assert float(law.times_s(np.array([share]))[0]) in law.measured_s


@given(measured)
def test_every_measured_time_is_as_likely_as_any_other(law: MeasuredTimes) -> None:
    number = len(law.measured_s)
    shares = (np.arange(number) + 0.5) / number
    assert law.times_s(shares).tolist() == list(law.measured_s)


@given(laws, st.integers(min_value=1, max_value=1024), st.floats(min_value=0, max_value=1))
def test_a_batch_costs_at_least_one_call_and_at_most_as_many(
    law: TimeLaw, batch: int, marginal: float
) -> None:
    factor = law.model_copy(update={"marginal": marginal}).batch_factor(batch)
    assert 1 <= factor <= batch * (1 + 1e-12)

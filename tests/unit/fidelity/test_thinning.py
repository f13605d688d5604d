"""Thinned samples tell the same distribution."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_aibench.fidelity.thinning import even_ranks, restored, thinned


def test_few_samples_are_all_kept_in_order() -> None:
    assert thinned(np.array([3.0, 1.0, 2.0]), most=5).tolist() == [1.0, 2.0, 3.0]


def test_of_ten_samples_four_lie_in_the_middle_of_each_quarter() -> None:
    # Quarters of ten are 2.5 wide: their middles are 1.25, 3.75, 6.25 and 8.75.
    assert even_ranks(10, 4).tolist() == [1, 3, 6, 8]


def test_nothing_stays_nothing() -> None:
    assert thinned(np.array([])).tolist() == []
    assert restored(np.zeros(3), 2.0).tolist() == [0.0, 0.0, 0.0]


@given(
    values=st.lists(st.floats(1e-6, 10.0), min_size=1, max_size=300),
    most=st.integers(1, 50),
)
def test_the_mean_is_kept_exactly_and_no_more_than_asked_for(
    values: list[float], most: int
) -> None:
    found = thinned(np.array(values), most=most)
    assert len(found) == min(most, len(values))
    assert found.mean() == pytest.approx(np.mean(values))
    assert (np.diff(found) >= 0).all()


def test_quantiles_of_many_samples_stay_where_they_were() -> None:
    values = -np.log1p(-(np.arange(100_000) + 0.5) / 100_000)
    found = thinned(values, most=2000)
    for share in (0.5, 0.9, 0.99):
        assert np.quantile(found, share) == pytest.approx(-np.log(1 - share), rel=0.01)

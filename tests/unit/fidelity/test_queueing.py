"""Closed forms against numbers worked out by hand and against other forms of the same law."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_aibench.fidelity.queueing import Station, network, single_queue


def test_a_single_queue_is_exponential_with_the_mean_of_m_m_1() -> None:
    # rho = 0.8, so the mean is s / (1 - rho) = 5 s; the median of an exponential is mean ln 2.
    found = single_queue(Station("edge", rate_per_s=0.8, service_s=1.0), (50.0, 99.0))
    assert found.mean_s == pytest.approx(5.0)
    assert found.percentiles_s[50.0] == pytest.approx(5.0 * math.log(2))
    assert found.percentiles_s[99.0] == pytest.approx(5.0 * math.log(100))


def test_a_queue_that_is_full_never_answers() -> None:
    full = Station("edge", rate_per_s=2.0, service_s=0.5)
    assert single_queue(full, (50.0,)).mean_s == math.inf
    assert network([full], 1.0, (50.0,)).percentiles_s[50.0] == math.inf


def test_a_network_without_stations_is_its_delay() -> None:
    found = network([], 0.25, (50.0, 99.0))
    assert found.mean_s == 0.25
    assert found.percentiles_s == {50.0: 0.25, 99.0: 0.25}


def test_two_equal_stations_give_an_erlang_law() -> None:
    from scipy.stats import gamma

    # Each has rho = 0.5 and a mean of 2 s; the sum is gamma with shape 2 and scale 2.
    station = Station("a", rate_per_s=0.5, service_s=1.0)
    found = network([station, station], 1.0, (50.0, 99.0))
    assert found.mean_s == pytest.approx(5.0)
    for percent, value in found.percentiles_s.items():
        assert value - 1.0 == pytest.approx(gamma.ppf(percent / 100, 2, scale=2.0), rel=1e-6)


@settings(max_examples=25, deadline=None)
@given(
    means_s=st.lists(st.floats(1e-4, 10.0), min_size=1, max_size=4),
    percent=st.floats(1.0, 99.9),
)
def test_a_quantile_lies_between_that_of_the_longest_and_the_sum_of_all(
    means_s: list[float], percent: float
) -> None:
    # Work of half a mean at half a load gives each station a sojourn of exactly its mean.
    stations = [Station(str(n), 1.0 / mean, mean / 2) for n, mean in enumerate(means_s)]
    value = network(stations, 0.0, (percent,)).percentiles_s[percent]
    tail = -math.log1p(-percent / 100)
    assert value >= max(means_s) * tail * (1 - 1e-6)
    # Markov: no quantile is beyond the mean over what is left above it.
    assert value <= sum(means_s) / (1 - percent / 100) * (1 + 1e-6)

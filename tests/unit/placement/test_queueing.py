"""Mean waits against closed forms worked out by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_aibench.placement.queueing import Queue, erlang_c


def test_exponential_service_waits_as_in_m_m_1() -> None:
    queue = Queue()
    queue.add(50.0, 0.01, 2 * 0.01**2)
    # rho = 0.5: W = rho / (1 - rho) times the service time.
    assert queue.wait_s == pytest.approx(0.01)


def test_constant_service_waits_half_as_long() -> None:
    queue = Queue()
    queue.add(50.0, 0.01, 0.01**2)
    assert queue.wait_s == pytest.approx(0.005)


def test_two_kinds_of_jobs_wait_by_pollaczek_and_khinchine() -> None:
    queue = Queue()
    queue.add(10.0, 0.02, 0.02**2)
    queue.add(30.0, 0.01, 2 * 0.01**2)
    # rho = 0.2 + 0.3; W = (10 * 0.0004 + 30 * 0.0002) / (2 * 0.5).
    assert queue.wait_s == pytest.approx(0.01)


def test_two_servers_wait_by_erlang() -> None:
    # One erlang on two servers: B = 1/5 and C = 1/3 (Erlang's tables).
    assert erlang_c(2, 1.0) == pytest.approx(1 / 3)
    queue = Queue(2)
    queue.add(100.0, 0.01, 2 * 0.01**2)
    # W = C / (c mu - lambda) = (1/3) / 100.
    assert queue.wait_s == pytest.approx(1 / 300)


def test_one_regular_source_with_regular_work_never_waits() -> None:
    queue = Queue()
    queue.add(50.0, 0.01, 0.01**2, variation=0.0)
    assert queue.wait_s == 0.0


def test_many_regular_sources_wait_almost_like_poisson_while_there_is_room() -> None:
    regular, poisson = Queue(), Queue()
    regular.add(10.0, 0.01, 2 * 0.01**2, sources=1000, variation=0.0)
    poisson.add(10.0, 0.01, 2 * 0.01**2)
    assert regular.wait_s == pytest.approx(poisson.wait_s, rel=1e-3)


@pytest.mark.parametrize("rate", [100.0, 150.0])
def test_more_than_can_be_done_waits_for_ever(rate: float) -> None:
    queue = Queue()
    queue.add(rate, 0.01, 0.01**2)
    assert queue.wait_s == math.inf


def test_nothing_waits_for_nobody() -> None:
    assert Queue().wait_s == 0.0


@given(
    rate=st.floats(0.1, 90.0),
    mean_s=st.floats(1e-4, 1e-2),
    squares=st.floats(1.0, 10.0),
    sources=st.integers(1, 100),
    variation=st.floats(0.0, 1.0),
)
def test_regular_arrivals_wait_no_longer_than_poisson(
    rate: float, mean_s: float, squares: float, sources: int, variation: float
) -> None:
    regular, poisson = Queue(), Queue()
    regular.add(rate, mean_s, squares * mean_s**2, sources=sources, variation=variation)
    poisson.add(rate, mean_s, squares * mean_s**2)
    assert 0.0 <= regular.wait_s <= poisson.wait_s * (1 + 1e-9)


@given(offered=st.floats(0.01, 0.99))
def test_one_server_keeps_an_arrival_waiting_as_often_as_it_is_busy(offered: float) -> None:
    assert erlang_c(1, offered) == pytest.approx(offered)

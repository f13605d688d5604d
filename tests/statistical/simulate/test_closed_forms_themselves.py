"""The closed forms where they meet each other, and figures printed elsewhere."""

from __future__ import annotations

import math

import pytest

from tests.statistical.simulate import closed_forms as theory


def test_one_exponential_server_is_a_case_of_all() -> None:
    """At a use of 0.7 of 10 ms: 0.7 * 7 / 0.3 ms."""
    exact_s = 0.0049 / 0.3
    assert theory.mm1_wait_s(100, 0.007) == pytest.approx(exact_s)
    assert theory.mmc_wait_s(100, 0.007, 1) == pytest.approx(exact_s)
    assert theory.pollaczek_khinchine_s(100, 0.007, 2 * 0.007**2) == pytest.approx(exact_s)
    assert theory.batches_wait_s(100, 0.007, 1) == pytest.approx(exact_s)
    assert theory.mm1_sojourn_s(100, 0.007) == pytest.approx(exact_s + 0.007)


def test_one_constant_server_waits_half_as_long() -> None:
    half_s = 0.00245 / 0.3
    assert theory.mdc_wait_s(100, 0.007, 1) == pytest.approx(half_s, rel=1e-6)
    assert theory.constant_classes_wait_s([(30, 0.007), (70, 0.007)]) == pytest.approx(half_s)


def test_erlang_c_of_two_servers() -> None:
    """Erlang C of two servers is 2 use^2 / (1 + use): 1/3 at a use of one half."""
    assert theory.erlang_c(1.0, 1.0, 2) == pytest.approx(1 / 3)


def test_constant_times_halve_the_wait_of_several_servers_and_a_bit_more() -> None:
    """Wait in M/D/c lies above half of M/M/c's (Cosmetatos), and near it."""
    half_s = theory.mmc_wait_s(1.0, 2.4, 3) / 2
    assert half_s < theory.mdc_wait_s(1.0, 2.4, 3) < 1.1 * half_s


def test_the_root_of_even_arrivals() -> None:
    root = theory.dm1_root(0.7)
    assert 0 < root < 1
    assert root == pytest.approx(math.exp(-(1 - root) / 0.7))


def test_fork_and_join_of_two() -> None:
    """(12 - 0.5) / 8 times 2 service times; the approximation is exact for two."""
    assert theory.fork_join_of_two_s(0.5, 1.0) == pytest.approx(2.875)
    assert theory.fork_join_approximated_s(0.5, 1.0, 2) == pytest.approx(2.875)
    below, above = theory.fork_join_bounds_s(0.5, 1.0, 2)
    assert below < 2.875 < above == pytest.approx(3.0)


def test_who_has_no_patience_gives_up_when_the_server_is_busy() -> None:
    """Without patience it is Erlang's loss system with one place: use / (1 + use)."""
    assert theory.given_up(100, 0.007, 0.0) == pytest.approx(0.7 / 1.7)
    assert theory.given_up(100, 0.007, 10.0) == pytest.approx(0.0, abs=1e-12)

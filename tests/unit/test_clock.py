"""Clocks: absolute waiting, and time that runs slower."""

from __future__ import annotations

import time

import pytest

from edge_aibench.clock import DilatedClock, MonotonicClock, VirtualClock


def test_a_virtual_clock_moves_only_by_waiting() -> None:
    clock = VirtualClock(start_ns=5)
    assert clock.now_ns() == 5
    clock.sleep_until_ns(12)
    assert clock.now_ns() == 12
    clock.sleep_until_ns(3)
    assert clock.now_ns() == 12


def test_the_monotonic_clock_is_the_kernels() -> None:
    before = time.monotonic_ns()
    now = MonotonicClock().now_ns()
    assert before <= now <= time.monotonic_ns()


def test_waiting_for_the_past_returns_and_for_the_future_is_never_early() -> None:
    clock = MonotonicClock()
    clock.sleep_until_ns(clock.now_ns() - 1_000_000_000)
    instant = clock.now_ns() + 1_000_000
    clock.sleep_until_ns(instant)
    assert clock.now_ns() >= instant


def test_dilated_time_runs_slower_than_the_wall() -> None:
    wall = VirtualClock(start_ns=1_000)
    clock = DilatedClock(wall=wall, origin_ns=1_000, dilation=4.0)
    assert clock.now_ns() == 0
    clock.sleep_until_ns(250)
    assert wall.now_ns() == 1_000 + 4 * 250
    assert clock.now_ns() == 250


@pytest.mark.parametrize("dilation", [1.0, 2.5, 10.0])
def test_both_ways_of_conversion_undo_each_other(dilation: float) -> None:
    clock = DilatedClock(wall=VirtualClock(), origin_ns=7, dilation=dilation)
    for virtual_ns in (0, 1, 999, 123_456_789_012):
        assert clock.virtual_ns(clock.wall_ns(virtual_ns)) == virtual_ns

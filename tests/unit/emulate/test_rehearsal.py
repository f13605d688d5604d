"""Stages timed beforehand, in a process of their own."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import pytest

from edge_aibench.emulate.agents.pace import sleep_until
from edge_aibench.emulate.rehearsal import rehearse
from edge_aibench.errors import RunError
from edge_aibench.model.components import Call
from edge_aibench.testing.stages import FakeComponents
from edge_aibench.testing.ward import small_ward

Work = dict[str, Callable[[Call], Any]]


def _works(**changed: Callable[[Call], Any]) -> FakeComponents:
    work: Work = dict.fromkeys(
        ("window", "first", "second", "bedside", "archive"), lambda call: len(call.inputs)
    )
    return FakeComponents(work | changed)


def test_every_stage_is_timed() -> None:
    def two_milliseconds(_call: Call) -> float:
        sleep_until(time.monotonic_ns() + 2_000_000)
        return 0.5

    found = rehearse(small_ward(), _works(first=two_milliseconds))
    names = {"window", "first", "second", "bedside", "archive"}
    assert set(found.service_s) == names
    assert found.service_s["first"] >= 2e-3
    assert 0 <= found.service_s["window"] < found.service_s["first"]
    assert found.passes == dict.fromkeys(names, 1.0)


def test_a_stage_behind_a_silent_one_is_not_run() -> None:
    def impossible(_call: Call) -> None:
        raise ValueError("was called without an input")

    works = _works(first=lambda _call: None, second=lambda _call: None, bedside=impossible)
    found = rehearse(small_ward(), works)
    assert found.service_s["bedside"] == 0.0
    assert (found.passes["window"], found.passes["first"], found.passes["bedside"]) == (1, 0, 0)


def test_a_stage_runs_when_one_of_its_needs_has_spoken() -> None:
    def half(call: Call) -> None:
        assert (call.inputs["first"], call.inputs["second"]) == (None, 1)
        sleep_until(time.monotonic_ns() + 1_000_000)

    works = _works(first=lambda _call: None, bedside=half)
    assert rehearse(small_ward(), works).service_s["bedside"] >= 1e-3


def test_it_happens_elsewhere() -> None:
    components = _works()
    rehearse(small_ward(), components)
    # Calls made in the rehearsing process leave no trace here.
    assert components._stages["window"].calls == []


def test_a_stage_that_fails_is_told_with_its_error() -> None:
    def fail(_call: Call) -> None:
        raise KeyError("no such channel")

    with pytest.raises(RunError, match=r"cannot be rehearsed: KeyError.*no such channel"):
        rehearse(small_ward(), _works(second=fail))


def test_a_stage_that_leaves_python_is_told() -> None:
    def leave(_call: Call) -> None:
        raise SystemExit(3)

    with pytest.raises(RunError, match="cannot be rehearsed"):
        rehearse(small_ward(), _works(second=leave))


def test_a_stage_that_ends_its_process_is_told() -> None:
    with pytest.raises(RunError, match="ended without a word"):
        rehearse(small_ward(), _works(second=lambda _call: os._exit(9)))


def test_a_stage_that_works_on_every_fourth_observation_counts_a_quarter() -> None:
    def on_every_fourth(call: Call) -> int | None:
        return 1 if call.sequence % 4 == 3 else None

    def four_milliseconds(_call: Call) -> float:
        sleep_until(time.monotonic_ns() + 4_000_000)
        return 0.5

    # The archive works as long on every observation. With 64 of them 14 rounds are timed (2 to 15)
    # until the tasks have worked four times; without, 10 rounds, three of them with work.
    works = _works(
        window=on_every_fourth,
        first=four_milliseconds,
        second=four_milliseconds,
        archive=four_milliseconds,
    )
    for observations in ({"monitor": 64}, None):
        found = rehearse(small_ward(), works, observations)
        assert 0.1 < found.service_s["first"] / found.service_s["archive"] < 0.6
        # Rounds 2 to 15 hold 3, 7, 11, 15 and rounds 2 to 11 hold 3, 7, 11.
        timed, worked = (14, 4) if observations else (10, 3)
        assert found.passes["window"] == found.passes["first"] == worked / timed

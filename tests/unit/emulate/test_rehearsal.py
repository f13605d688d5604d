"""Stages timed beforehand, in a process of their own."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import pytest

from edge_aibench.emulate.agents.stage_host import sleep_until
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
    assert set(found) == {"window", "first", "second", "bedside", "archive"}
    assert found["first"] >= 2e-3
    assert 0 <= found["window"] < found["first"]


def test_a_stage_behind_a_silent_one_is_not_run() -> None:
    def impossible(_call: Call) -> None:
        raise ValueError("was called without an input")

    found = rehearse(small_ward(), _works(first=lambda _call: None, bedside=impossible))
    assert found["bedside"] == 0.0


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

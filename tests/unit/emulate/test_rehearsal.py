"""Stages timed beforehand, in a process of their own."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import pytest

from edge_aibench.emulate.agents.pace import sleep_until
from edge_aibench.emulate.rehearsal import Extent, rehearse
from edge_aibench.errors import RunError
from edge_aibench.model.components import Call, StageFunction
from edge_aibench.model.scenario import Serving
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


def test_single_calls_are_kept() -> None:
    def on_every_second(call: Call) -> int | None:
        return 1 if call.sequence % 2 else None

    found = rehearse(small_ward(), _works(window=on_every_second))
    # Rounds 2 to 11 are timed; the networks work on every second of them, and always speak.
    assert {name: len(calls) for name, calls in found.calls_s.items()} == {
        "window": 10,
        "first": 5,
        "second": 5,
        "bedside": 5,
        "archive": 10,
    }
    assert found.speaks["window"] == 0.5
    assert found.speaks["first"] == 1.0
    assert sum(found.calls_s["first"]) / 10 == pytest.approx(found.service_s["first"])


def test_a_stage_that_is_never_reached_has_no_calls() -> None:
    found = rehearse(small_ward(), _works(window=lambda _call: None))
    assert found.calls_s["first"] == []
    assert "first" not in found.speaks
    assert found.speaks["window"] == 0.0


def test_it_goes_on_until_networks_have_worked_often_enough() -> None:
    extent = Extent(calls=30, rounds=100)
    found = rehearse(small_ward(), _works(), {"monitor": 100}, extent=extent)
    assert len(found.calls_s["first"]) == 30
    short = rehearse(small_ward(), _works(), {"monitor": 20}, extent=extent)
    assert len(short.calls_s["first"]) == 18


class _Together(FakeComponents):
    """The first network takes several at once: a millisecond each."""

    def stages(self, names: Sequence[str], instances: Sequence[int]) -> Mapping[str, StageFunction]:
        return {**super().stages(names, instances), "first": _Network()}


class _Network:
    def process(self, call: Call) -> float:
        return self.process_batch([call])[0]

    def process_batch(self, calls: Sequence[Call]) -> list[float]:
        sleep_until(time.monotonic_ns() + 1_000_000 * len(calls))
        return [0.5] * len(calls)


def test_batches_are_timed_where_a_stage_may_work_in_them() -> None:
    ward = small_ward()
    serving = Serving(max_batch=6)
    first = ward.stages["first"].model_copy(update={"serving": serving})
    ward = ward.model_copy(update={"stages": {**ward.stages, "first": first}})
    works: Work = dict.fromkeys(ward.stages, lambda call: len(call.inputs))
    found = rehearse(ward, _Together(works), extent=Extent(batches=True))
    assert {name: sorted(sizes) for name, sizes in found.batches_s.items()} == {"first": [2, 4, 6]}
    for size, calls_s in found.batches_s["first"].items():
        assert min(calls_s) >= size * 1e-3
    assert rehearse(ward, _Together(works)).batches_s == {}


def test_outputs_that_are_asked_for_are_kept_as_they_travel() -> None:
    def on_every_second(call: Call) -> int | None:
        return call.sequence if call.sequence % 2 else None

    extent = Extent(calls=30, rounds=100, outputs=frozenset({"first", "second"}))
    works = _works(first=on_every_second, second=lambda _call: None)
    found = rehearse(small_ward(), works, {"monitor": 100}, extent=extent)
    # Of the rounds that are timed, from 2 on, in JSON; the first eight.
    assert found.payloads == {
        "first": [str(number).encode() for number in range(3, 19, 2)],
        "second": [],
    }
    assert rehearse(small_ward(), _works()).payloads == {}


def test_a_rehearsal_as_worker_runs_before_ordinary_processes() -> None:
    def policy(_call: Call) -> list[int]:
        return [os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK]

    extent = Extent(outputs=frozenset({"first"}), as_worker=True)
    found = rehearse(small_ward(), _works(first=policy), extent=extent)
    allowed = os.geteuid() == 0
    expected = os.SCHED_FIFO if allowed else os.SCHED_OTHER
    assert set(found.payloads["first"]) == {f"[{expected}]".encode()}
    assert os.sched_getscheduler(0) == os.SCHED_OTHER


def test_observations_are_as_far_apart_as_asked() -> None:
    def now(_call: Call) -> float:
        return time.monotonic()

    extent = Extent(outputs=frozenset({"first"}), pause_s=3e-3)
    found = rehearse(small_ward(), _works(first=now), extent=extent)
    instants_s = [float(payload) for payload in found.payloads["first"]]
    gaps_s = [later - first for first, later in pairwise(instants_s)]
    assert len(gaps_s) == 7
    assert min(gaps_s) >= 3e-3

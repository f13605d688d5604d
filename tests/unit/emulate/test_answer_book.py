"""Answers worked out before the load, in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from edge_aibench.emulate.agents.profiled import ProfiledStage
from edge_aibench.emulate.answer_book import Recorded, work_out
from edge_aibench.errors import ConfigError, RunError
from edge_aibench.model.components import Call, StageFunction
from edge_aibench.model.scenario import Scenario
from edge_aibench.model.service_times import ServiceTimes, shares
from edge_aibench.model.workload import ArrivalPlan
from edge_aibench.testing.stages import FakeComponents, JsonCodec
from edge_aibench.testing.ward import small_ward

WORK = ("window", "second", "bedside", "archive")
PLAN = ArrivalPlan("monitor", (np.array([0, 1, 2]), np.array([5])), 0)


def _works(**changed: Callable[[Call], Any]) -> FakeComponents:
    work: dict[str, Callable[[Call], Any]] = {
        "window": lambda call: call.inputs["monitor"][1] % 2,
        "first": lambda call: {"even": call.inputs["window"] == 0},
        "second": lambda call: None if call.inputs["window"] else "even",
        "bedside": lambda _call: None,
        "archive": lambda _call: None,
    }
    return FakeComponents(work | changed)


def test_every_request_has_its_answer_and_every_input_is_computed_once() -> None:
    told: list[tuple[int, int]] = []
    book = work_out(small_ward(), _works(), [PLAN], lambda *said: told.append(said))
    yes, no = Recorded(b'{"even": true}', 1), Recorded(b'{"even": false}', 1)
    assert book.outputs["first"] == {(0, 0): yes, (0, 1): no, (0, 2): yes, (1, 0): yes}
    # The second stage has nothing to say of odd windows.
    even, nothing = Recorded(b'"even"', 1), Recorded(None, 1)
    assert book.outputs["second"] == {(0, 0): even, (0, 1): nothing, (0, 2): even, (1, 0): even}
    # Two stages, each with an even and an odd window.
    assert book.distinct == 4
    assert told[0] == (1, 4)
    assert set(book.played.service_s) == {"window", "first", "second", "bedside", "archive"}
    assert book.played.service_s["first"] == 0.0
    assert book.played.service_s["window"] > 0
    assert book.played.passes["second"] == 3 / 4
    assert book.planned == {"monitor": 4}
    assert book.samples("first", "monitor") == {1: 1.0}


def test_a_stage_that_fails_is_told() -> None:
    def fail(_call: Call) -> None:
        raise KeyError("no such channel")

    with pytest.raises(RunError, match=r"KeyError.*no such channel"):
        work_out(small_ward(), _works(second=fail), [PLAN])
    with pytest.raises(ConfigError, match="must be a picture"):
        work_out(small_ward(), _works(second=_refuse), [PLAN])


def _refuse(_call: Call) -> None:
    raise ConfigError("must be a picture", where="a.jpg")


def test_inputs_that_only_the_run_knows_are_refused() -> None:
    ward = small_ward().model_dump(by_alias=True)
    ward["sensors"]["camera"] = ward["sensors"]["monitor"] | {"done-at": "face"}
    ward["stages"]["face"] = ward["stages"]["archive"] | {"needs": ["camera"], "background": False}
    ward["stages"]["first"] |= {"needs": ["window", "face"], "within": {"face": 1.0}}
    with pytest.raises(ConfigError, match="depends on a join in time"):
        work_out(Scenario.model_validate(ward), _works(), [PLAN])


def test_a_profiled_stage_gives_the_book_s_answer_in_a_drawn_time() -> None:
    times = ServiceTimes(
        task="first",
        preset="lite",
        runtime="litert",
        precision="float32",
        threads=1,
        measured_on="a bench",
        calls_ns={1: tuple(range(100)), 2: tuple(range(1000, 1100))},
    )
    outputs = {(0, 0): Recorded(b"5", 0), (0, 1): Recorded(b"7", 1), (0, 2): Recorded(None, 2)}
    stage = ProfiledStage("first", outputs, times, counts=(4,), seed=4)
    recalled = stage.recalled(JsonCodec())
    calls = [Call(0, sequence, {}) for sequence in range(4)]
    assert [recalled.process(call) for call in calls] == [5, 7, None, None]
    places = [int(share * 100) for share in shares(4, "first", 0, 4)]
    # No sample, no time; two samples, the time of a batch of two; what is not in the book, one.
    assert stage.drawn_ns(calls[:1]) == 0.0
    assert stage.drawn_ns(calls[1:2]) == places[1]
    assert stage.drawn_ns(calls[2:3]) == 1000 + places[2]
    assert stage.drawn_ns(calls[3:]) == places[3]
    assert stage.drawn_ns([calls[1], calls[3]]) == 1000 + places[1]


def test_a_stage_may_say_how_many_samples_a_request_takes() -> None:
    class Counting(FakeComponents):
        def stages(
            self, names: Sequence[str], instances: Sequence[int]
        ) -> Mapping[str, StageFunction]:
            others = tuple(name for name in names if name != "first")
            return {"first": Faces(), **super().stages(others, instances)}

    book = work_out(small_ward(), Counting(dict.fromkeys(WORK, lambda _call: 1)), [PLAN])
    assert [book.outputs["first"][0, sequence].samples for sequence in range(3)] == [0, 1, 2]
    assert {found.samples for found in book.outputs["second"].values()} == {1}


class Faces:
    """As many faces as the number of the picture."""

    def process(self, call: Call) -> int:
        return call.sequence

    def samples(self, call: Call) -> int:
        return call.sequence

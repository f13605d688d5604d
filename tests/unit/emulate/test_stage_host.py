"""One node's worker: what it joins, in which order it works, and how long it holds."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_aibench.emulate.agents.pace import Pace, Timebase, sleep_until
from edge_aibench.emulate.agents.stage_host import HostedStage, StageHost
from edge_aibench.model.components import Call
from edge_aibench.model.joins import NOTHING, Partner, PartnerJoin
from edge_aibench.model.scenario import Serving
from edge_aibench.record.events import EventLog, Kind, read_events
from edge_aibench.testing.stages import FakeStage, JsonCodec

AT_ONCE = Pace(dilation=1.0, speed=1.0)


class Bench:
    """A stage host under test: *worked* lists stages as they run, *sent* what leaves."""

    def __init__(self, pace: Pace = AT_ONCE) -> None:
        self.pace = pace
        self.log = EventLog(node=0)
        self.worked: list[str] = []
        self.sent: list[tuple[str, int, int, Any]] = []
        self.posted: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self.stages: list[HostedStage] = []
        self.calls: dict[str, list[Call]] = {}

    def add(
        self,
        name: str,
        *needs: str,
        work: Callable[[Call], Any] = lambda call: sorted(call.inputs.items()),
        **more: Any,
    ) -> None:
        def note(call: Call) -> Any:
            self.worked.append(name)
            return work(call)

        stage = FakeStage(note)
        self.calls[name] = stage.calls
        number = len(self.stages)
        self.stages.append(
            HostedStage(name=name, number=number, needs=needs, functions=(stage,), **more)
        )

    def host(self) -> StageHost:
        names = {need for stage in self.stages for need in stage.needs}
        return StageHost(
            tuple(self.stages),
            codecs=dict.fromkeys(names, JsonCodec()),
            pace=self.pace,
            time_base=Timebase(self.pace.dilation, time.monotonic_ns()),
            log=self.log,
            around=self,
        )

    def send(self, output: str, instance: int, sequence: int, value: Any) -> None:
        self.worked.append(f"sent {output}")
        self.sent.append((output, instance, sequence, value))

    def post(self, work: Callable[[], None]) -> None:
        self.posted.put(work)

    def fail(self, error: BaseException) -> None:
        raise error

    def events(self) -> NDArray[np.void]:
        return read_events(self.log.take())


def test_stages_run_in_the_order_given_as_soon_as_they_can() -> None:
    bench = Bench()
    bench.add("window", "monitor", work=lambda call: call.inputs["monitor"] + 1)
    bench.add("first", "window", work=lambda call: call.inputs["window"] * 10)
    bench.add("second", "window", work=lambda call: call.inputs["window"] * 100)
    bench.add("both", "first", "second")
    bench.add("archive", "monitor")
    host = bench.host()
    host.take("monitor", 3, 7, 1)
    assert bench.worked == ["window", "first", "second", "both", "archive"]
    assert bench.calls["both"] == [Call(3, 7, {"first": 20, "second": 200})]
    assert bench.calls["archive"] == [Call(3, 7, {"monitor": 1})]


def test_an_output_from_the_network_is_decoded() -> None:
    bench = Bench()
    bench.add("bedside", "first")
    bench.host().take_payload("first", 0, 0, b'{"risk": [0.5]}')
    assert bench.calls["bedside"] == [Call(0, 0, {"first": {"risk": [0.5]}})]


@pytest.mark.parametrize("order", [("first", "second"), ("second", "first")])
def test_a_stage_waits_for_all_it_needs(order: tuple[str, str]) -> None:
    bench = Bench()
    bench.add("bedside", "first", "second")
    host = bench.host()
    host.take(order[0], 0, 0, order[0])
    assert bench.worked == []
    host.take(order[1], 0, 0, order[1])
    assert bench.calls["bedside"] == [Call(0, 0, {"first": "first", "second": "second"})]
    # The join is over: the next request begins anew.
    host.take("first", 0, 0, "again")
    assert len(bench.calls["bedside"]) == 1


def test_requests_are_never_joined_with_each_other() -> None:
    bench = Bench()
    bench.add("bedside", "first", "second")
    host = bench.host()
    host.take("first", 0, 0, "a")
    host.take("second", 1, 0, "b")
    host.take("second", 0, 1, "c")
    assert bench.worked == []
    host.take("second", 0, 0, "d")
    assert bench.calls["bedside"] == [Call(0, 0, {"first": "a", "second": "d"})]


def test_two_stages_that_join_the_same_outputs_both_run() -> None:
    bench = Bench()
    bench.add("bedside", "first", "second")
    bench.add("alerts", "first", "second")
    host = bench.host()
    host.take("first", 0, 0, 1)
    host.take("second", 0, 0, 2)
    assert bench.worked == ["bedside", "alerts"]


def test_what_lost_its_other_half_is_forgotten_after_thousands_of_requests() -> None:
    bench = Bench()
    bench.add("bedside", "first", "second")
    host = bench.host()
    host.take("first", 0, 0, "oldest")
    for sequence in range(1, 5001):
        host.take("first", 0, sequence, "lost")
    assert len(host._joins["bedside"]._held) <= 4096
    host.take("second", 0, 0, "too late")
    host.take("second", 0, 5000, "in time")
    assert [call.sequence for call in bench.calls["bedside"]] == [5000]


def test_nothing_is_passed_on_of_a_stage_that_gives_nothing() -> None:
    # The alerts are silent below their threshold: no alarm, no message.
    bench = Bench()
    bench.add("alerts", "first", work=lambda call: call.inputs["first"] or None, passes_on=True)
    bench.add("alarm", "alerts")
    host = bench.host()
    host.take("first", 0, 0, 0)
    assert (bench.worked, bench.sent) == (["alerts"], [])
    host.take("first", 0, 1, 0.9)
    assert bench.worked == ["alerts", "alerts", "sent alerts", "alarm"]
    assert bench.sent == [("alerts", 0, 1, 0.9)]


def test_only_what_others_need_is_sent() -> None:
    bench = Bench()
    bench.add("window", "monitor")
    bench.add("first", "window", work=lambda _call: 0.25, passes_on=True)
    bench.host().take("monitor", 2, 4, 0)
    assert bench.sent == [("first", 2, 4, 0.25)]


def test_an_answer_leaves_before_the_next_stage_begins() -> None:
    bench = Bench()
    bench.add("first", "monitor", passes_on=True)
    bench.add("second", "monitor")
    bench.host().take("monitor", 0, 0, 0)
    assert bench.worked == ["first", "sent first", "second"]


def test_work_is_written_down_and_what_is_judged_is_kept() -> None:
    bench = Bench()
    bench.add("window", "monitor", work=lambda _call: [1, 2])
    bench.add("first", "window", work=lambda _call: 0.75, scored=True)
    before_ns = time.monotonic_ns()
    host = bench.host()
    host.take("monitor", 5, 6, 0)
    after_ns = time.monotonic_ns()
    window, first = bench.events()
    assert (window["kind"], window["name"]) == (Kind.SERVED, 0)
    assert (first["instance"], first["sequence"], first["name"]) == (5, 6, 1)
    assert [(kept.stage, kept.key, kept.output) for kept in host.kept] == [("first", (5, 6), 0.75)]
    assert before_ns <= window["start_ns"] <= window["end_ns"] <= first["start_ns"]
    assert first["start_ns"] <= first["end_ns"] <= after_ns


def test_a_stage_hears_of_a_silent_need_when_another_has_spoken() -> None:
    bench = Bench()
    bench.add("clip", "frame", work=lambda _call: None, announces=True, leads_to_end=True)
    bench.add("action", "clip", announces=True, leads_to_end=True)
    bench.add("people", "frame", work=lambda _call: "Ann", announces=True, leads_to_end=True)
    bench.add("event", "people", "action", is_end=True)
    bench.host().take("frame", 0, 0, "picture")
    # No clip, no action: it is skipped, and the event is told so.
    assert bench.worked == ["clip", "people", "event"]
    assert bench.calls["event"] == [Call(0, 0, {"people": "Ann", "action": None})]
    events = bench.events()
    assert events["kind"].tolist() == [Kind.SERVED] * 4
    # The skipped action takes no time, and stands where it was skipped.
    assert events["name"].tolist() == [0, 1, 2, 3]
    assert events["start_ns"][1] == events["end_ns"][1]


def test_a_request_that_nothing_is_left_of_is_over() -> None:
    bench = Bench()
    bench.add("gate", "frame", work=lambda _call: None, passes_on=True, leads_to_end=True)
    bench.add("people", "gate")
    bench.host().take("frame", 3, 4, "still picture")
    (served, filtered) = bench.events()
    assert (served["kind"], filtered["kind"]) == (Kind.SERVED, Kind.FILTERED)
    assert (filtered["name"], filtered["instance"], filtered["sequence"]) == (0, 3, 4)
    assert (bench.worked, bench.sent) == (["gate"], [])


def test_the_word_that_there_is_nothing_crosses_the_network() -> None:
    bench = Bench()
    bench.add("clip", "frame", work=lambda _call: None, passes_on=True, announces=True)
    bench.host().take("frame", 0, 0, 1)
    assert bench.sent == [("clip", 0, 0, NOTHING)]
    far = Bench()
    far.add("event", "clip", "people", is_end=True)
    host = far.host()
    host.take("clip", 0, 0, NOTHING)
    host.take("people", 0, 0, NOTHING)
    # Both were silent: nothing is left to say, and the request is over here.
    assert far.worked == []
    assert far.events()["kind"].tolist() == [Kind.FILTERED]


def test_the_end_of_a_request_says_nothing_and_that_is_no_filter() -> None:
    bench = Bench()
    bench.add("bedside", "first", work=lambda _call: None, is_end=True)
    bench.host().take("first", 0, 0, 0.5)
    assert bench.events()["kind"].tolist() == [Kind.SERVED]


def _door(within_ms: int = 100) -> PartnerJoin:
    """A command every second and a face every second, half a window later."""
    partner = Partner(within_ms * 1_000_000, lambda _instance, sequence: sequence * 10**9 + 10**7)
    return PartnerJoin({"face": partner}, lambda _instance, sequence: sequence * 10**9)


def test_a_stage_waits_for_another_sensor_and_then_goes_on() -> None:
    bench = Bench()
    bench.add("command", "speech", partners=_door(), passes_on=True)
    host = bench.host()
    host.take("speech", 0, 0, "lights on")
    assert bench.worked == []
    assert host.next_deadline_ns() < float("inf")
    host.take("face", 0, 0, "Ann")
    assert bench.calls["command"] == [Call(0, 0, {"speech": "lights on", "face": "Ann"})]
    joined, served = bench.events()
    assert (joined["kind"], joined["size"]) == (Kind.JOINED, 0)
    assert joined["start_ns"] <= joined["end_ns"] <= served["start_ns"]
    assert host.next_deadline_ns() == float("inf")


def test_a_request_goes_on_alone_when_its_time_is_over_and_a_late_partner_is_counted() -> None:
    bench = Bench()
    bench.add("command", "speech", partners=_door(within_ms=20))
    host = bench.host()
    host.take("speech", 0, 0, "lights on")
    sleep_until(int(host.next_deadline_ns()))
    host.expire()
    assert bench.calls["command"] == [Call(0, 0, {"speech": "lights on", "face": None})]
    host.take("face", 0, 0, "Ann")
    kinds = bench.events()
    assert kinds["kind"].tolist() == [Kind.JOINED, Kind.SERVED, Kind.LATE_JOIN]
    assert kinds["size"].tolist() == [1, 0, 0]
    assert len(bench.calls["command"]) == 1


def test_a_stage_with_workers_of_its_own_comes_back_as_an_output() -> None:
    bench = Bench()
    bench.add(
        "first", "monitor", work=lambda _call: 7, passes_on=True, scored=True, serving=Serving()
    )
    bench.add("show", "first")
    host = bench.host()
    host.start()
    host.take("monitor", 0, 0, 1)
    work = bench.posted.get(timeout=10)
    assert bench.worked == ["first", "sent first"]
    work()
    host.stop()
    assert bench.calls["show"] == [Call(0, 0, {"first": 7})]
    assert [kept.output for kept in host.kept] == [7]


@pytest.mark.parametrize(
    ("dilation", "speed", "worked_ns", "hold_ns"),
    [
        # K * t / s in all: the stage's own t is part of it.
        (1.0, 1.0, 8_000, 0),
        (1.0, 0.25, 8_000, 24_000),
        (4.0, 1.0, 8_000, 24_000),
        (2.0, 0.5, 8_000, 24_000),
        (4.0, 4.0, 8_000, 0),
        (10.0, 4.0, 8_000, 12_000),
        # Faster than the dilation makes room for: refused before the run, never negative here.
        (1.0, 2.0, 8_000, 0),
        (1.0, 0.5, 0, 0),
    ],
)
def test_the_hold_makes_up_for_dilation_and_speed(
    dilation: float, speed: float, worked_ns: int, hold_ns: int
) -> None:
    assert Pace(dilation=dilation, speed=speed).hold_ns(worked_ns) == hold_ns


def test_the_worker_is_held_for_as_long_as_its_hardware_would_work_on() -> None:
    pace = Pace(dilation=2.0, speed=0.5)
    bench = Bench(pace)

    def work(_call: Call) -> float:
        sleep_until(time.monotonic_ns() + 500_000)
        return 0.5

    bench.add("first", "monitor", work=work, passes_on=True)
    bench.add("second", "monitor")
    bench.host().take("monitor", 0, 0, 0)
    served, held, second = bench.events()[:3]
    worked_ns = int(served["end_ns"] - served["start_ns"])
    assert worked_ns >= 500_000
    assert (served["kind"], held["kind"], held["name"]) == (Kind.SERVED, Kind.HELD, 0)
    assert held["start_ns"] == served["end_ns"]
    assert held["end_ns"] - held["start_ns"] >= 3 * worked_ns
    # One worker: the next stage waits until the hold is over.
    assert second["start_ns"] >= held["end_ns"]


def test_at_the_host_s_own_pace_nothing_is_held() -> None:
    bench = Bench()
    bench.add("first", "monitor")
    bench.host().take("monitor", 0, 0, 0)
    assert bench.events()["kind"].tolist() == [Kind.SERVED]


@pytest.mark.parametrize("ahead_ns", [-1_000_000, 0, 10_000, 300_000])
def test_a_hold_never_ends_early(ahead_ns: int) -> None:
    instant_ns = time.monotonic_ns() + ahead_ns
    sleep_until(instant_ns)
    assert time.monotonic_ns() >= instant_ns

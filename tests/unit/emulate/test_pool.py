"""Workers of one stage's own: order, batches and what is given up."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Sequence
from typing import Any

import pytest

from edge_aibench.emulate.agents.pool import Job, JobQueue, Pool, Worked
from edge_aibench.model.components import Call
from edge_aibench.model.scenario import Serving
from edge_aibench.record.events import EventLog, Kind, read_events

PATIENCE_S = 10.0
NEVER_NS = 2**62


def job(sequence: int, *, deadline_ns: int = NEVER_NS) -> Job:
    return Job(Call(0, sequence, {}), deadline_ns)


def taken(queue_: JobQueue) -> tuple[list[int], list[int]]:
    found = queue_.take()
    assert found is not None
    batch, dropped, _ = found
    return [j.call.sequence for j in batch], [j.call.sequence for j in dropped]


def test_requests_leave_in_the_order_they_came() -> None:
    waiting = JobQueue(Serving(max_batch=2), max_wait_ns=0)
    for sequence, deadline_ns in enumerate((30, 10, 20)):
        waiting.put(job(sequence, deadline_ns=deadline_ns))
    assert [taken(waiting), taken(waiting)] == [([0, 1], []), ([2], [])]


def test_the_nearest_deadline_goes_first_and_is_not_given_up() -> None:
    waiting = JobQueue(Serving(queue="deadline-first"), max_wait_ns=0)
    for sequence, deadline_ns in enumerate((30, 10, 20)):
        waiting.put(job(sequence, deadline_ns=deadline_ns))
    assert [taken(waiting)[0] for _ in range(3)] == [[1], [2], [0]]


def test_what_is_late_is_given_up_when_its_turn_comes() -> None:
    waiting = JobQueue(Serving(queue="drop-late", max_batch=2), max_wait_ns=0)
    for sequence, deadline_ns in enumerate((10, NEVER_NS, 20, NEVER_NS)):
        waiting.put(job(sequence, deadline_ns=deadline_ns))
    assert taken(waiting) == ([1, 3], [0, 2])


def test_a_worker_waits_for_a_fuller_batch_but_not_longer_than_allowed() -> None:
    waiting = JobQueue(Serving(max_batch=2, max_wait_s=0.02), max_wait_ns=20_000_000)
    waiting.put(job(0))
    started_ns = time.monotonic_ns()
    assert taken(waiting) == ([0], [])
    assert time.monotonic_ns() - started_ns >= 20_000_000


def test_a_full_batch_leaves_at_once() -> None:
    minute_ns = 60 * 10**9
    waiting = JobQueue(Serving(max_batch=2, max_wait_s=60), max_wait_ns=minute_ns)
    waiting.put(job(0))
    waiting.put(job(1))
    assert taken(waiting) == ([0, 1], [])
    waiting.put(job(2))
    late = threading.Timer(0.01, waiting.put, (job(3),))
    late.start()
    assert taken(waiting) == ([2, 3], [])


def test_a_closed_queue_lets_its_takers_go() -> None:
    waiting = JobQueue(Serving(), max_wait_ns=0)
    threading.Timer(0.01, waiting.close).start()
    assert waiting.take() is None


class Squares:
    """Works on one request or on several; *batches* lists how many came together."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def process(self, call: Call) -> int:
        return self.process_batch([call])[0]

    def process_batch(self, calls: Sequence[Call]) -> list[int]:
        self.batches.append(len(calls))
        return [call.sequence**2 for call in calls]


class Desk:
    """A pool under test, and what it says."""

    def __init__(self, function: Any, serving: Serving, *, held_ns: int = 0) -> None:
        self.log = EventLog(0)
        self.done: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
        self.failed: queue.SimpleQueue[BaseException] = queue.SimpleQueue()
        self.pool = Pool(
            3,
            [function],
            JobQueue(serving, max_wait_ns=round(serving.max_wait_s * 1e9)),
            batches=serving.max_batch > 1,
            log=self.log,
            hold=lambda start_ns, end_ns, _calls: Worked(start_ns, end_ns, end_ns + held_ns),
            done=lambda call, output: self.done.put((call.sequence, output)),
            failed=self.failed.put,
        )

    def answers(self, count: int) -> list[tuple[int, Any]]:
        return [self.done.get(timeout=PATIENCE_S) for _ in range(count)]


def test_a_batch_is_worked_on_together_and_every_request_is_written_down() -> None:
    function = Squares()
    desk = Desk(function, Serving(max_batch=3), held_ns=7)
    for sequence in (2, 3, 4):
        desk.pool.submit(job(sequence))
    desk.pool.start()
    assert desk.answers(3) == [(2, 4), (3, 9), (4, 16)]
    desk.pool.stop(PATIENCE_S)
    assert function.batches == [3]
    events = read_events(desk.log.take())
    for kind in (Kind.BATCHED, Kind.SERVED, Kind.HELD):
        of_kind = events[events["kind"] == kind]
        assert of_kind["sequence"].tolist() == [2, 3, 4]
        assert len(set(of_kind["start_ns"].tolist())) == 1
    batched, served = (events[events["kind"] == k][0] for k in (Kind.BATCHED, Kind.SERVED))
    assert batched["start_ns"] <= batched["end_ns"] == served["start_ns"]


def test_a_request_given_up_is_written_down() -> None:
    desk = Desk(Squares(), Serving(queue="drop-late"))
    desk.pool.submit(job(5, deadline_ns=1))
    desk.pool.submit(job(6))
    desk.pool.start()
    assert desk.answers(1) == [(6, 36)]
    desk.pool.stop(PATIENCE_S)
    events = read_events(desk.log.take())
    assert events[events["kind"] == Kind.DROPPED]["sequence"].tolist() == [5]


def test_an_error_of_the_stage_is_told() -> None:
    class Broken:
        def process(self, _call: Call) -> None:
            raise ValueError("no such channel")

    desk = Desk(Broken(), Serving())
    desk.pool.submit(job(0))
    desk.pool.start()
    with pytest.raises(ValueError, match="no such channel"):
        raise desk.failed.get(timeout=PATIENCE_S)

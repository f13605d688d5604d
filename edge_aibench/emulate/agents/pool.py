"""Workers of one stage's own: a queue with a discipline, and batches.

Each worker is a thread with a working copy of the stage; the runtimes let go of the interpreter
while they compute, so that workers run beside each other as far as the machine has cores.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from edge_aibench.emulate import kernel
from edge_aibench.model.components import BatchStageFunction, Call, StageFunction
from edge_aibench.record.events import EventLog, Kind

if TYPE_CHECKING:
    from edge_aibench.model.scenario import Serving


@dataclass(frozen=True)
class Job:
    """One request at the stage, with the wall instant after which its answer is of no use."""

    call: Call
    deadline_ns: int


@dataclass(frozen=True)
class Worked:
    """When a stage worked, and when its worker was let go; wall instants."""

    start_ns: int
    end_ns: int
    released_ns: int

    def note(self, log: EventLog, number: int, call: Call) -> None:
        """Write it down for one request at stage *number*."""
        key = (call.instance, call.sequence)
        log.add(Kind.SERVED, number, *key, self.start_ns, self.end_ns)
        if self.released_ns > self.end_ns:
            log.add(Kind.HELD, number, *key, self.end_ns, self.released_ns)


class JobQueue:
    """Requests that wait: in order of arrival, or with the nearest deadline first."""

    def __init__(self, serving: Serving, *, max_wait_ns: int) -> None:
        self._serving = serving
        self._max_wait_ns = max_wait_ns
        self._jobs: list[tuple[int, int, Job]] = []
        self._arrived = 0
        self._ready = threading.Condition()
        self._closed = False

    def put(self, job: Job) -> None:
        """Add a request."""
        with self._ready:
            first = job.deadline_ns if self._serving.queue == "deadline-first" else 0
            heappush(self._jobs, (first, self._arrived, job))
            self._arrived += 1
            self._ready.notify()

    def close(self) -> None:
        """Let all takers go."""
        with self._ready:
            self._closed = True
            self._ready.notify_all()

    def take(self) -> tuple[list[Job], list[Job], int] | None:
        """Wait for a batch: its requests, those given up, and when the first was picked.

        None once the queue is closed.
        """
        with self._ready:
            dropped: list[Job] = []
            batch: list[Job] = []
            while not batch and not dropped:
                while not self._jobs and not self._closed:
                    self._ready.wait()
                if self._closed:
                    return None
                self._fill(batch, dropped)
            picked_ns = time.monotonic_ns()
            until_ns = picked_ns + self._max_wait_ns
            while batch and len(batch) < self._serving.max_batch and not self._closed:
                left_ns = until_ns - time.monotonic_ns()
                if left_ns <= 0:
                    break
                self._ready.wait(left_ns / 1e9)
                self._fill(batch, dropped)
            return batch, dropped, picked_ns

    def _fill(self, batch: list[Job], dropped: list[Job]) -> None:
        now_ns = time.monotonic_ns()
        while self._jobs and len(batch) < self._serving.max_batch:
            job = heappop(self._jobs)[2]
            late = self._serving.queue == "drop-late" and now_ns > job.deadline_ns
            (dropped if late else batch).append(job)


Done = Callable[[Call, Any], None]
"""Told of each request and the stage's output for it, in the worker's thread."""


class Pool:
    """The workers of stage *number*.

    *hold* keeps a worker that worked from one instant to another on some requests for as long as
    its hardware takes.
    """

    def __init__(
        self,
        number: int,
        functions: Sequence[StageFunction],
        queue: JobQueue,
        *,
        batches: bool,
        log: EventLog,
        hold: Callable[[int, int, Sequence[Call]], Worked],
        done: Done,
        failed: Callable[[BaseException], None],
    ) -> None:
        self._number = number
        self._queue = queue
        self._batches = batches
        self._log = log
        self._hold = hold
        self._done = done
        self._failed = failed
        self._threads = [
            threading.Thread(target=self._serve, args=(function,), name="pool", daemon=True)
            for function in functions
        ]

    def start(self) -> None:
        """Start the workers."""
        for thread in self._threads:
            thread.start()

    def submit(self, job: Job) -> None:
        """Put a request into the queue."""
        self._queue.put(job)

    def stop(self, timeout_s: float) -> None:
        """Let the workers finish what they are at."""
        self._queue.close()
        deadline_s = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, deadline_s - time.monotonic()))

    def _serve(self, function: StageFunction) -> None:
        kernel.become_realtime(kernel.WORKER_PRIORITY)
        try:
            while (taken := self._queue.take()) is not None:
                batch, dropped, picked_ns = taken
                for job in dropped:
                    self._note(Kind.DROPPED, job.call, picked_ns, time.monotonic_ns())
                if batch:
                    self._work(function, [job.call for job in batch], picked_ns)
        except BaseException as error:  # noqa: BLE001 - carried to the agent's main thread
            self._failed(error)

    def _work(self, function: StageFunction, calls: list[Call], picked_ns: int) -> None:
        start_ns = time.monotonic_ns()
        if isinstance(function, BatchStageFunction) and len(calls) > 1:
            outputs = function.process_batch(calls)
        else:
            outputs = [function.process(call) for call in calls]
        worked = self._hold(start_ns, time.monotonic_ns(), calls)
        for call, output in zip(calls, outputs, strict=True):
            if self._batches:
                self._note(Kind.BATCHED, call, picked_ns, start_ns)
            worked.note(self._log, self._number, call)
            self._done(call, output)

    def _note(self, kind: Kind, call: Call, start_ns: int, end_ns: int) -> None:
        self._log.add(kind, self._number, call.instance, call.sequence, start_ns, end_ns)

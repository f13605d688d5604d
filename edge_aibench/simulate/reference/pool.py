"""Workers of a stage's own: a queue with a discipline, batches, and what is given up."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from heapq import heappop, heappush
from typing import TYPE_CHECKING

import simpy

from edge_aibench.clock import NS_PER_S

if TYPE_CHECKING:
    from edge_aibench.model.scenario import Serving
    from edge_aibench.simulate.reference.faults import Outages

Served = Callable[[list[int], float, float, float], float]
"""Told of a batch's requests, when the first was picked, when work began and when it ended; tells
when the worker is free again."""

Dropped = Callable[[int, float], None]
"""Told of a request that was given up, and when."""


class Pool:
    """The workers of one stage on one host.

    A free worker takes the first of the queue, and waits for more up to *max_batch* until
    *max_wait_s* after it took the first.
    """

    def __init__(
        self,
        environment: simpy.Environment,
        serving: Serving,
        *,
        work_ns: Callable[[list[int]], float],
        deadline_ns: Callable[[int], float],
        served: Served,
        dropped: Dropped,
        outages: Outages,
    ) -> None:
        self._environment = environment
        self._serving = serving
        self._work_ns = work_ns
        self._deadline_ns = deadline_ns
        self._served = served
        self._dropped = dropped
        self._outages = outages
        self._jobs: list[tuple[float, int, int]] = []
        self._arrived = 0
        self._idle: list[simpy.Event] = []
        for _ in range(serving.workers):
            environment.process(self._work())
        for begin_ns, _ in outages.intervals:
            environment.process(self._fail(begin_ns))

    def submit(self, r: int) -> None:
        """Put request *r* into the queue, now."""
        first = self._deadline_ns(r) if self._serving.queue == "deadline-first" else 0.0
        heappush(self._jobs, (first, self._arrived, r))
        self._arrived += 1
        if self._idle:
            self._idle.pop(0).succeed()

    def _fail(self, begin_ns: float) -> Generator[simpy.Event, None, None]:
        """What waits when the host goes down is gone."""
        yield self._environment.timeout(begin_ns)
        self._jobs.clear()

    def _work(self) -> Generator[simpy.Event, None, None]:
        environment = self._environment
        while True:
            batch: list[int] = []
            self._fill(batch)
            while not batch:
                yield self._wait()
                self._fill(batch)
            picked_ns = environment.now
            # With the host goes what its workers have picked.
            until_ns = min(
                picked_ns + self._serving.max_wait_s * NS_PER_S, self._outages.next_ns(picked_ns)
            )
            while len(batch) < self._serving.max_batch and environment.now < until_ns:
                more = self._wait()
                yield more | environment.timeout(until_ns - environment.now)
                if more in self._idle:
                    self._idle.remove(more)
                self._fill(batch)
            if not (yield from self._serve(batch, picked_ns)):
                return

    def _serve(self, batch: list[int], picked_ns: float) -> Generator[simpy.Event, None, bool]:
        """Work on *batch*; whether the worker goes on after that."""
        begun_ns = self._environment.now
        ended_ns = begun_ns + self._work_ns(batch)
        failed_ns = self._outages.next_ns(picked_ns)
        if ended_ns >= failed_ns:
            # The host goes down with the batch, and the worker comes back with the host.
            up_ns = self._outages.up_again_ns(failed_ns)
            if up_ns == math.inf:
                return False
            yield self._environment.timeout(up_ns - begun_ns)
            return True
        yield self._environment.timeout(ended_ns - begun_ns)
        free_ns = self._served(batch, picked_ns, begun_ns, ended_ns)
        if free_ns > ended_ns:
            yield self._environment.timeout(free_ns - ended_ns)
        return True

    def _wait(self) -> simpy.Event:
        event = self._environment.event()
        self._idle.append(event)
        return event

    def _fill(self, batch: list[int]) -> None:
        now_ns = self._environment.now
        while self._jobs and len(batch) < self._serving.max_batch:
            r = heappop(self._jobs)[2]
            if self._serving.queue == "drop-late" and now_ns > self._deadline_ns(r):
                self._dropped(r, now_ns)
            else:
                batch.append(r)

"""How a run is going, second by second, from the events as they arrive."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edge_aibench.record.events import Kind, read_events

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge_aibench.model.workload import ArrivalPlan

_RECENT = 2000


@dataclass(frozen=True)
class LiveState:
    """*at_s* of *total_s* virtual seconds: requests planned, due and answered, recent latency."""

    at_s: float
    total_s: float
    planned: int
    due: int
    answered: int
    p50_ms: float | None
    p99_ms: float | None


class LiveView:
    """Counts requests that are over and keeps the latest latencies.

    *done_numbers* are the numbers, in the event log, of the stages that end each plan's requests.
    """

    def __init__(
        self,
        plans: Sequence[ArrivalPlan],
        *,
        done_numbers: Sequence[int],
        total_s: float,
        dilation: float,
    ) -> None:
        self._plans = dict(zip(done_numbers, plans, strict=True))
        self._scheduled = np.sort(
            np.concatenate([row for plan in plans for row in plan.instants_ns])
        )
        self._total_s = total_s
        self._dilation = dilation
        self._recent: deque[float] = deque(maxlen=_RECENT)
        self._answered = 0
        self._given_up = 0
        self.origin_ns = 0

    @property
    def over(self) -> int:
        """How many requests are answered, filtered or dropped."""
        return self._answered + self._given_up

    def take(self, raw: bytes) -> None:
        """Take new events in."""
        events = read_events(raw)
        self._given_up += int(np.isin(events["kind"], (Kind.FILTERED, Kind.DROPPED)).sum())
        for number, plan in self._plans.items():
            done = events[(events["kind"] == Kind.SERVED) & (events["name"] == number)]
            self._answered += len(done)
            for event in done:
                scheduled_ns = plan.instants_ns[event["instance"]][event["sequence"]]
                elapsed_ns = (int(event["end_ns"]) - self.origin_ns) / self._dilation
                self._recent.append((elapsed_ns - scheduled_ns) / 1e6)

    def state(self, now_ns: int) -> LiveState:
        """The state at wall instant *now_ns*."""
        at_ns = (now_ns - self.origin_ns) / self._dilation
        recent = np.array(self._recent)
        return LiveState(
            at_s=min(self._total_s, max(0.0, at_ns / 1e9)),
            total_s=self._total_s,
            planned=len(self._scheduled),
            due=int(np.searchsorted(self._scheduled, at_ns)),
            answered=self._answered,
            p50_ms=float(np.percentile(recent, 50)) if len(recent) else None,
            p99_ms=float(np.percentile(recent, 99)) if len(recent) >= 100 else None,
        )

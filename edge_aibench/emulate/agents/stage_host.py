"""The stages of one node at work: takes outputs in, runs what has become runnable, passes on.

One `StageHost` is one worker: it runs one stage at a time, the stages of an arrival in the
order of the graph and background stages last, so that answers leave as early as they can. The
hardware's speed is given by holding the worker after each stage (docs/design.md section 6).
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from edge_aibench.emulate.agents.events import EventLog, Kind
from edge_aibench.model.components import Call, Codec, StageFunction

_KEPT_JOINS = 4096
_SPIN_NS = 60_000


@dataclass(frozen=True)
class HostedStage:
    """A stage as this node runs it; *number* is its name's index in the event log."""

    name: str
    number: int
    needs: tuple[str, ...]
    function: StageFunction
    passes_on: bool
    records_value: bool


@dataclass(frozen=True)
class Pace:
    """How long a stage takes: *dilation* times its own time here, over the hardware's *speed*."""

    dilation: float
    speed: float

    def hold_ns(self, worked_ns: int) -> int:
        """How long to hold the worker after a stage that worked *worked_ns* of wall time."""
        return max(0, round(worked_ns * (self.dilation / self.speed - 1.0)))


Send = Callable[[str, int, int, Any], None]
"""Pass (output name, instance, sequence, output) on."""


class StageHost:
    """Runs the stages of one node, in graph order, joining what each of them needs."""

    def __init__(
        self,
        stages: tuple[HostedStage, ...],
        *,
        codecs: Mapping[str, Codec],
        pace: Pace,
        log: EventLog,
        send: Send,
    ) -> None:
        self._stages = stages
        self._codecs = codecs
        self._pace = pace
        self._log = log
        self._send = send
        self._joins: OrderedDict[tuple[str, int, int], dict[str, Any]] = OrderedDict()

    def take_payload(self, output: str, instance: int, sequence: int, payload: bytes) -> None:
        """Take in an output that came over the network."""
        self.take(output, instance, sequence, self._codecs[output].decode(payload))

    def take(self, output: str, instance: int, sequence: int, value: Any) -> None:
        """Take in an output that is at hand, and run every stage that now has all it needs."""
        fresh = {output: value}
        for stage in self._stages:
            needed = [need for need in stage.needs if need in fresh]
            if not needed:
                continue
            inputs = self._join(stage, instance, sequence, {need: fresh[need] for need in needed})
            if inputs is None:
                continue
            result = self._run(stage, Call(instance=instance, sequence=sequence, inputs=inputs))
            if result is not None:
                fresh[stage.name] = result

    def _join(
        self, stage: HostedStage, instance: int, sequence: int, arrived: dict[str, Any]
    ) -> dict[str, Any] | None:
        """Everything *stage* needs, or None while some of it is missing."""
        if len(arrived) == len(stage.needs):
            return arrived
        key = (stage.name, instance, sequence)
        held = self._joins.setdefault(key, {})
        held.update(arrived)
        if len(held) < len(stage.needs):
            # A lost message must not be remembered for ever.
            while len(self._joins) > _KEPT_JOINS:
                self._joins.popitem(last=False)
            return None
        return self._joins.pop(key)

    def _run(self, stage: HostedStage, call: Call) -> Any:
        start_ns = time.monotonic_ns()
        result = stage.function.process(call)
        end_ns = time.monotonic_ns()
        value = float(result) if stage.records_value and result is not None else math.nan
        self._log.add(
            Kind.SERVED, stage.number, call.instance, call.sequence, start_ns, end_ns, value=value
        )
        held_ns = self._pace.hold_ns(end_ns - start_ns)
        if held_ns:
            sleep_until(end_ns + held_ns)
            self._log.add(
                Kind.HELD, stage.number, call.instance, call.sequence, end_ns, time.monotonic_ns()
            )
        if stage.passes_on and result is not None:
            self._send(stage.name, call.instance, call.sequence, result)
        return result


def sleep_until(instant_ns: int) -> None:
    """Return at *instant_ns*: sleep up to 60 us before it, then look at the clock.

    A sleep overshoots by about 60 us; a hold that did so on each of three stages would add
    0.2 ms to a request that no hardware caused.
    """
    while (left_ns := instant_ns - time.monotonic_ns()) > 0:
        if left_ns > _SPIN_NS:
            time.sleep((left_ns - _SPIN_NS) / 1e9)

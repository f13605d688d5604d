"""The stages of one node at work: takes outputs in, runs what has become runnable, passes on.

One `StageHost` is one worker: it runs one stage at a time, the stages of an arrival in the
order of the graph and background stages last, so that answers leave as early as they can. Stages
with workers of their own are handed over to their pools and come back as outputs. The hardware's
speed is given by holding the worker after each stage (docs/design.md).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from edge_aibench.clock import NS_PER_S
from edge_aibench.emulate.agents.pace import Pace, Timebase, sleep_until
from edge_aibench.emulate.agents.pool import Job, JobQueue, Pool, Worked
from edge_aibench.model.components import Call, Codec, StageFunction
from edge_aibench.model.joins import NOTHING, Joined, Key, OwnJoin, PartnerJoin
from edge_aibench.record.events import EventLog, Kind

if TYPE_CHECKING:
    from edge_aibench.model.scenario import Serving

_LATER: Final = object()
"""The output of a stage that has not run yet."""

_STOP_TIMEOUT_S = 5.0


@dataclass(frozen=True, kw_only=True)
class HostedStage:
    """A stage as this node runs it; *number* is its name's index in the event log.

    *functions* are its working copies, one for each worker of *serving*. *announces* says that
    others must be told when it passes nothing on, *leads_to_end* that the answer depends on it,
    *is_end* that it ends the request. *scored* outputs are kept to be judged after the load.
    *deadline_ns* (virtual) after its observation a request is late. *drawn_ns* gives the service
    time (virtual) of requests worked on together where it comes from a profile.
    """

    name: str
    number: int
    needs: tuple[str, ...]
    functions: tuple[StageFunction, ...]
    passes_on: bool = False
    announces: bool = False
    leads_to_end: bool = False
    is_end: bool = False
    scored: bool = False
    serving: Serving | None = None
    partners: PartnerJoin | None = None
    observed_ns: Callable[[int, int], int] = field(default=lambda _instance, _sequence: 0)
    deadline_ns: int = NS_PER_S
    drawn_ns: Callable[[Sequence[Call]], float] | None = None


@dataclass(frozen=True)
class Kept:
    """An output kept to be scored."""

    stage: str
    number: int
    key: Key
    output: Any


class Surroundings(Protocol):
    """What a stage host needs of its agent."""

    def send(self, output: str, instance: int, sequence: int, value: Any) -> None:
        """Pass an output, or NOTHING, on over the network."""

    def post(self, work: Callable[[], None]) -> None:
        """Have *work* done by the thread that owns the stage host."""

    def fail(self, error: BaseException) -> None:
        """Be told of an error in a thread of the stage host's."""


class StageHost:
    """Runs the stages of one node, in graph order, joining what each of them needs."""

    def __init__(
        self,
        stages: tuple[HostedStage, ...],
        *,
        codecs: Mapping[str, Codec],
        pace: Pace,
        time_base: Timebase,
        log: EventLog,
        around: Surroundings,
    ) -> None:
        self._stages = stages
        self._codecs = codecs
        self._pace = pace
        self._time_base = time_base
        self._log = log
        self._around = around
        self._joins = {stage.name: OwnJoin(stage.needs) for stage in stages}
        self._pools = {stage.name: self._pool(stage) for stage in stages if stage.serving}
        self.kept: list[Kept] = []

    def start(self) -> None:
        """Start the workers of stages that have their own."""
        for pool in self._pools.values():
            pool.start()

    def stop(self) -> None:
        """End them."""
        for pool in self._pools.values():
            pool.stop(_STOP_TIMEOUT_S)

    def take_payload(self, output: str, instance: int, sequence: int, payload: bytes) -> None:
        """Take in an output that came over the network."""
        self.take(output, instance, sequence, self._codecs[output].decode(payload))

    def take(self, output: str, instance: int, sequence: int, value: Any) -> None:
        """Take in an output that is at hand, and run every stage that now has all it needs."""
        key = (instance, sequence)
        fresh = {output: value}
        for stage in self._stages:
            self._take_partners(stage, key, fresh)
            own = {need: fresh[need] for need in stage.needs if need in fresh}
            inputs = self._joins[stage.name].add(key, own) if own else None
            if inputs is None:
                continue
            result = self._run_or_wait(stage, key, inputs)
            if result is not _LATER and (result is not NOTHING or stage.announces):
                fresh[stage.name] = result

    def expire(self) -> None:
        """Let requests go on whose time for a partner is over."""
        now_ns = self._time_base.virtual_ns(time.monotonic_ns())
        for stage in self._stages:
            if stage.partners is not None:
                self._go_on(stage, stage.partners.expire(now_ns))

    def next_deadline_ns(self) -> float:
        """The wall instant at which `expire` is due; infinite while nobody waits."""
        deadlines = [s.partners.next_deadline_ns() for s in self._stages if s.partners is not None]
        first = min(deadlines, default=float("inf"))
        return first if first == float("inf") else self._time_base.wall_ns(first)

    def _take_partners(self, stage: HostedStage, key: Key, fresh: Mapping[str, Any]) -> None:
        if stage.partners is None:
            return
        for need in stage.partners.partners:
            if fresh.get(need, NOTHING) is NOTHING:
                continue
            joined, late = stage.partners.partner(need, key, fresh[need])
            now_ns = time.monotonic_ns()
            for instance, sequence in late:
                self._log.add(Kind.LATE_JOIN, stage.number, instance, sequence, now_ns, now_ns)
            self._go_on(stage, joined)

    def _go_on(self, stage: HostedStage, joined: Sequence[Joined]) -> None:
        """Run *stage* for requests that have waited, and all that follows."""
        for one in joined:
            self._note_join(stage, one)
            result = self._dispatch(stage, one.key, one.inputs)
            if result is not _LATER and (result is not NOTHING or stage.announces):
                self.take(stage.name, *one.key, result)

    def _note_join(self, stage: HostedStage, joined: Joined) -> None:
        assert stage.partners is not None  # noqa: S101 - only such stages join in time
        alone = sum(joined.inputs[need] is None for need in stage.partners.partners)
        self._log.add(
            Kind.JOINED,
            stage.number,
            *joined.key,
            joined.since_ns,
            time.monotonic_ns(),
            size=alone,
        )

    def _run_or_wait(self, stage: HostedStage, key: Key, inputs: dict[str, Any]) -> Any:
        if all(value is NOTHING for value in inputs.values()):
            if stage.announces:
                # Who waits for it waits for this instant: it is a hop like any other.
                now_ns = time.monotonic_ns()
                self._log.add(Kind.SERVED, stage.number, *key, now_ns, now_ns)
            return self._finish(stage, key, NOTHING, skipped=True)
        given = {need: None if value is NOTHING else value for need, value in inputs.items()}
        if stage.partners is None:
            return self._dispatch(stage, key, given)
        wall_ns = time.monotonic_ns()
        joined = stage.partners.request(
            key, given, now_ns=self._time_base.virtual_ns(wall_ns), since_ns=wall_ns
        )
        if joined is None:
            return _LATER
        self._note_join(stage, joined)
        return self._dispatch(stage, key, joined.inputs)

    def _dispatch(self, stage: HostedStage, key: Key, inputs: Mapping[str, Any]) -> Any:
        call = Call(instance=key[0], sequence=key[1], inputs=inputs)
        if stage.name in self._pools:
            late_ns = self._time_base.wall_ns(stage.observed_ns(*key) + stage.deadline_ns)
            self._pools[stage.name].submit(Job(call, late_ns))
            return _LATER
        return self._finish(stage, key, self._work(stage, call))

    def _work(self, stage: HostedStage, call: Call) -> Any:
        start_ns = time.monotonic_ns()
        result = stage.functions[0].process(call)
        worked = self._hold(stage, start_ns, time.monotonic_ns(), (call,))
        worked.note(self._log, stage.number, call)
        return result

    def _hold(
        self, stage: HostedStage, start_ns: int, end_ns: int, calls: Sequence[Call]
    ) -> Worked:
        """Keep the worker for as long as the emulated hardware takes."""
        if stage.drawn_ns is not None:
            until_ns = start_ns + round(stage.drawn_ns(calls) * self._pace.dilation)
            sleep_until(until_ns)
            released_ns = time.monotonic_ns()
            return Worked(start_ns, released_ns, released_ns)
        held_ns = self._pace.hold_ns(end_ns - start_ns)
        if not held_ns:
            return Worked(start_ns, end_ns, end_ns)
        sleep_until(end_ns + held_ns)
        return Worked(start_ns, end_ns, time.monotonic_ns())

    def _finish(self, stage: HostedStage, key: Key, result: Any, *, skipped: bool = False) -> Any:
        """Pass the output of *stage* on, or the word that there is none."""
        output = NOTHING if result is None else result
        if output is not NOTHING:
            if stage.scored:
                self.kept.append(Kept(stage.name, stage.number, key, output))
            if stage.passes_on:
                self._around.send(stage.name, *key, output)
        elif stage.announces:
            if stage.passes_on:
                self._around.send(stage.name, *key, NOTHING)
        elif stage.leads_to_end or (stage.is_end and skipped):
            now_ns = time.monotonic_ns()
            self._log.add(Kind.FILTERED, stage.number, *key, now_ns, now_ns)
        return output

    def _pool(self, stage: HostedStage) -> Pool:
        assert stage.serving is not None  # noqa: S101 - called for such stages only
        wait_ns = round(stage.serving.max_wait_s * self._pace.dilation * NS_PER_S)

        def done(call: Call, result: Any) -> None:
            # Sent from here, so that it does not wait for what the node's worker is at.
            key = (call.instance, call.sequence)
            output = self._finish(stage, key, result)
            if output is not NOTHING or stage.announces:
                self._around.post(partial(self.take, stage.name, *key, output))

        return Pool(
            stage.number,
            stage.functions,
            JobQueue(stage.serving, max_wait_ns=wait_ns),
            batches=stage.serving.max_batch > 1,
            log=self._log,
            hold=partial(self._hold, stage),
            done=done,
            failed=self._around.fail,
        )

"""The agent of one emulated host: plays its sensors' plan, hosts its stages, keeps its lines.

One thread paces the sensors and reads the network, so that a receive time is the instant the
message was there, not the instant somebody got round to it. Where stages compute, a second
thread is the worker, and a request waiting for it counts as queueing.
"""

from __future__ import annotations

import queue
import select
import struct
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from edge_aibench.clock import NS_PER_S
from edge_aibench.emulate import kernel
from edge_aibench.emulate.agents.pace import Timebase
from edge_aibench.emulate.agents.stage_host import HostedStage, StageHost
from edge_aibench.model.joins import NOTHING, Partner, PartnerJoin
from edge_aibench.record.events import EventLog, Kind

if TYPE_CHECKING:
    from edge_aibench.emulate.agents.control import ControlLine
    from edge_aibench.emulate.agents.node_plan import Due, NodePlan, StagePlan
    from edge_aibench.messaging.transport import Message, Transport
    from edge_aibench.model.components import Components, StageFunction

_CORRELATION = struct.Struct("<IIB")
"""Instance, sequence, and whether the message says that there is nothing."""

_KEPT_RECEIVED = 16_384
_FLUSH_EVERY_NS = NS_PER_S
_QUIET_NS = 5_000_000
_FLUSH_AT_LAST_NS = 5 * NS_PER_S
_EARLY_NS = 120_000
_NEVER_NS = 2**63
# The relay (10) runs before what sends and receives, that before the workers, all of them before
# ordinary processes: an emulated node does not wait for what else this machine does.
_NETWORK_PRIORITY = 2


class NodeAgent:
    """Runs a `NodePlan`; *origin_ns* comes with the start order."""

    def __init__(self, plan: NodePlan, components: Components, line: ControlLine) -> None:
        self._plan = plan
        self._components = components
        self._line = line
        self._log = EventLog(plan.node)
        self._codecs = {name: components.codec(name) for name in plan.numbers}
        sensors = {due.sensor for due in plan.plan}
        self._sensors = {name: components.sensor(name) for name in sensors}
        self._time_base = Timebase(plan.pace.dilation)
        self._host = self._load_stages(components)
        self._transports: dict[str, Transport] = {}
        self._received: OrderedDict[tuple[str, int, int], None] = OrderedDict()
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._failure: BaseException | None = None
        self._stopping = False
        self._started = False

    def run(self) -> None:
        """Connect, report ready, and work from the start order to the stop order."""
        self._connect()
        # Before the worker, which takes the slack over.
        kernel.set_timer_slack_ns(1)
        worker = self._start_worker() if self._plan.computes else None
        self._host.start()
        real_time = kernel.become_realtime(_NETWORK_PRIORITY)
        self._line.send_data("ready", {"paces": bool(self._plan.plan), "real_time": real_time})
        if self._wait_for_start():
            self._work_through()
        self._host.stop()
        if worker is not None:
            self._work.put(None)
            worker.join(timeout=5.0)
        for transport in self._transports.values():
            transport.close()
        self._line.send("events", self._log.take())
        self._score()
        self._line.send("events", self._log.take())
        self._line.send("done")

    def send(self, output: str, instance: int, sequence: int, value: Any) -> None:
        """See `Surroundings.send`."""
        nothing = value is NOTHING
        payload = b"" if nothing else self._codecs[output].encode(value)
        channel, topic = self._plan.outgoing[output]
        handed_ns = time.monotonic_ns()
        self._transports[channel].publish(
            f"{topic}/{instance}",
            payload,
            correlation=_CORRELATION.pack(instance, sequence, nothing),
        )
        self._log.add(
            Kind.SENT,
            self._plan.numbers[output],
            instance,
            sequence,
            handed_ns,
            time.monotonic_ns(),
            size=len(payload),
        )

    def post(self, work: Callable[[], None]) -> None:
        """Have *work* done: by the worker where stages compute, else at once."""
        if self._plan.computes:
            self._work.put(work)
        else:
            work()

    def fail(self, error: BaseException) -> None:
        """Carry *error* to the main thread."""
        self._failure = error

    def _score(self) -> None:
        for kept in self._host.kept:
            value = self._components.score(kept.stage, *kept.key, kept.output)
            self._log.add(Kind.SCORED, kept.number, *kept.key, 0, 0, value=value)

    def _load_stages(self, components: Components) -> StageHost:
        plan = self._plan
        names = tuple(stage.name for stage in plan.stages if stage.profiled is None)
        loaded = components.stages(names, plan.instances)
        return StageHost(
            tuple(self._hosted(stage, self._copies(stage, loaded)) for stage in plan.stages),
            codecs=self._codecs,
            pace=plan.pace,
            time_base=self._time_base,
            log=self._log,
            around=self,
        )

    def _copies(
        self, stage: StagePlan, loaded: Mapping[str, StageFunction]
    ) -> tuple[StageFunction, ...]:
        """A working copy of *stage* for each of its workers."""
        workers = 1 if stage.serving is None else stage.serving.workers
        if stage.profiled is not None:
            return (stage.profiled.recalled(self._codecs[stage.name]),) * workers
        further = (
            self._components.stages((stage.name,), self._plan.instances)[stage.name]
            for _ in range(workers - 1)
        )
        return (loaded[stage.name], *further)

    def _hosted(self, stage: StagePlan, functions: tuple[StageFunction, ...]) -> HostedStage:
        plan = self._plan
        observed_ns = plan.observed_ns(stage.origin)
        partners = {
            need: Partner(within_ns, plan.observed_ns(stage.partner_origin[need]))
            for need, within_ns in stage.within_ns.items()
        }
        return HostedStage(
            name=stage.name,
            number=plan.numbers[stage.name],
            needs=stage.needs,
            functions=functions,
            passes_on=stage.name in plan.outgoing,
            announces=stage.announces,
            leads_to_end=stage.leads_to_end,
            is_end=stage.is_end,
            scored=stage.scored,
            serving=stage.serving,
            partners=PartnerJoin(partners, observed_ns) if partners else None,
            observed_ns=observed_ns,
            deadline_ns=plan.deadline_ns,
            drawn_ns=None if stage.profiled is None else stage.profiled.drawn_ns,
        )

    def _connect(self) -> None:
        used = [channel for channel, _ in self._plan.outgoing.values()]
        used += [arriving.channel for arriving in self._plan.incoming]
        for channel in dict.fromkeys(used):
            self._transports[channel] = self._plan.connect(channel)
        for arriving in self._plan.incoming:
            self._transports[arriving.channel].subscribe(
                f"{arriving.topic}/{self._plan.wanted}", self._receiver(arriving.output)
            )

    def _receiver(self, output: str) -> Callable[[Message], None]:
        number = self._plan.numbers[output]

        def receive(message: Message) -> None:
            instance, sequence, nothing = _CORRELATION.unpack(message.correlation)
            received_ns = message.received_ns
            self._log.add(
                Kind.RECEIVED,
                number,
                instance,
                sequence,
                received_ns,
                received_ns,
                size=len(message.payload),
            )
            if self._is_repeated(output, instance, sequence):
                return
            if nothing:
                self.post(partial(self._host.take, output, instance, sequence, NOTHING))
                return
            self.post(partial(self._host.take_payload, output, instance, sequence, message.payload))

        return receive

    def _is_repeated(self, output: str, instance: int, sequence: int) -> bool:
        """Whether the message came before: at QoS 1 a broker may deliver it twice."""
        key = (output, instance, sequence)
        if key in self._received:
            return True
        self._received[key] = None
        if len(self._received) > _KEPT_RECEIVED:
            self._received.popitem(last=False)
        return False

    def _start_worker(self) -> threading.Thread:
        # The worker keeps the interpreter for at most 0.2 ms at a time (inference itself lets
        # go of it), so that the network thread is not late by Python's default of 5 ms.
        sys.setswitchinterval(2e-4)
        worker = threading.Thread(target=self._work_off, name="worker", daemon=True)
        worker.start()
        return worker

    def _work_off(self) -> None:
        kernel.become_realtime(kernel.WORKER_PRIORITY)
        try:
            while True:
                try:
                    work = self._work.get(timeout=self._patience_s())
                except queue.Empty:
                    work = self._host.expire
                if work is None:
                    return
                work()
        except BaseException as error:  # noqa: BLE001 - carried to the main thread
            self._failure = error

    def _patience_s(self) -> float | None:
        """How long the worker may wait for work before a request's time for a partner is over."""
        deadline_ns = self._host.next_deadline_ns()
        if deadline_ns == float("inf"):
            return None
        return max(0.0, (deadline_ns - time.monotonic_ns()) / NS_PER_S)

    def _wait_for_start(self) -> bool:
        while not self._started and not self._stopping:
            self._wait_until(time.monotonic_ns() + NS_PER_S)
        return self._started

    def _work_through(self) -> None:
        plan = self._plan.plan
        dues_ns = [self._time_base.wall_ns(due.instant_ns) for due in plan]
        position, next_flush_ns = 0, time.monotonic_ns() + _FLUSH_EVERY_NS
        while not self._stopping:
            due_ns = dues_ns[position] if position < len(plan) else _NEVER_NS
            # Where observations follow each other closely, flushing waits for its last moment.
            crowded = due_ns - time.monotonic_ns() < _QUIET_NS
            flush_ns = next_flush_ns + (_FLUSH_AT_LAST_NS if crowded else 0)
            self._wait_until(min(due_ns - _EARLY_NS, flush_ns))
            _spin_until(due_ns)
            while position < len(plan) and time.monotonic_ns() >= dues_ns[position]:
                self._observe(plan[position], dues_ns[position])
                position += 1
            if time.monotonic_ns() >= flush_ns:
                self._flush()
                next_flush_ns = time.monotonic_ns() + _FLUSH_EVERY_NS
            if self._failure is not None:
                raise self._failure

    def _wait_until(self, instant_ns: int) -> None:
        """Serve the network until *instant_ns*, or until an order has come."""
        sources: list[Any] = [self._line, *self._transports.values()]
        while True:
            left_ns = min(instant_ns, self._own_deadline_ns()) - time.monotonic_ns()
            # select takes microseconds; epoll would round the wait up to whole milliseconds.
            readable = select.select(sources, [], [], max(0, left_ns) / NS_PER_S)[0]
            for source in readable:
                if source is self._line:
                    self._read_orders()
                    return
                source.service()
            if left_ns <= 0:
                if time.monotonic_ns() >= instant_ns:
                    return
                self._host.expire()

    def _own_deadline_ns(self) -> float:
        """When this thread must let waiting requests go on; the worker does where there is one."""
        return float("inf") if self._plan.computes else self._host.next_deadline_ns()

    def _read_orders(self) -> None:
        for frame in self._line.receive():
            if frame.kind == "start":
                self._time_base.origin_ns = int(frame.data()["origin_ns"])
                self._started = True
            elif frame.kind == "stop":
                self._stopping = True
        self._stopping = self._stopping or self._line.closed

    def _flush(self) -> None:
        self._line.send("events", self._log.take())
        for transport in self._transports.values():
            transport.service()

    def _observe(self, due: Due, due_ns: int) -> None:
        value = self._sensors[due.sensor].observe(due.instance, due.sequence)
        made_ns = time.monotonic_ns()
        number = self._plan.numbers[due.sensor]
        self._log.add(Kind.OBSERVED, number, due.instance, due.sequence, due_ns, made_ns)
        if due.sensor in self._plan.outgoing:
            self.send(due.sensor, due.instance, due.sequence, value)
        if due.sensor in self._plan.local:
            self.post(partial(self._host.take, due.sensor, due.instance, due.sequence, value))


def _spin_until(due_ns: int) -> None:
    """Spend the last moment before *due_ns* looking at the clock.

    A sleep overshoots by about 0.1 ms, and that would be the sensor's lateness.
    """
    while due_ns - _EARLY_NS <= time.monotonic_ns() < due_ns:
        pass

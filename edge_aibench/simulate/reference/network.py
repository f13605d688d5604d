"""Wires, brokers and connections of one simulated run, and its clock."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from heapq import heappush
from typing import TYPE_CHECKING

import simpy
from simpy.events import NORMAL

from edge_aibench import rng
from edge_aibench.clock import NS_PER_S
from edge_aibench.network.link_traces import wire_traces
from edge_aibench.simulate.order import broker_in_order, host_at_once
from edge_aibench.simulate.reference.courier import Broker
from edge_aibench.simulate.reference.faults import Outages, faults_of
from edge_aibench.simulate.reference.wires import Course, MovingWire, Wire

if TYPE_CHECKING:
    from collections.abc import Generator

    from edge_aibench.model.disturbances import BackgroundTraffic
    from edge_aibench.model.link import LinkDirection
    from edge_aibench.network.trace import LinkTrace
    from edge_aibench.simulate.draws import Draws
    from edge_aibench.simulate.plan import Carriage, Crossing, SimulationPlan
    from edge_aibench.simulate.reference.host import Host


_NEVER_OUT = Outages(())


class _Due(simpy.Event):
    """Something that is done at an instant: what a Timeout with one callback is, in one object."""

    _ok = True
    _value = None

    def __init__(
        self, environment: Environment, instant_ns: float, action: Callable[[float], None]
    ) -> None:
        self.env = environment
        self.callbacks = [self]
        self._instant_ns = instant_ns
        self._action = action

    def __call__(self, _event: simpy.Event) -> None:
        self._action(self._instant_ns)


class Environment(simpy.Environment):
    """SimPy's, which is also told instants instead of waits.

    now + (instant - now) is not always the instant: two things due together, of which one is
    scheduled later than the other, would sometimes change places.
    """

    def at(self, instant_ns: float, action: Callable[[float], None]) -> None:
        """Have *action* done at *instant_ns*, or now if that is past; it is told *instant_ns*."""
        due = _Due(self, instant_ns, action)
        now_ns = self._now
        when_ns = instant_ns if instant_ns > now_ns else now_ns
        heappush(self._queue, (when_ns, NORMAL, next(self._eid), due))


class Network:
    """What all messages share. Hosts are put into *members* by the engine."""

    def __init__(self, plan: SimulationPlan, draws: Draws, environment: Environment) -> None:
        experiment = plan.experiment
        self._plan = plan
        self._experiment = experiment
        self._environment = environment
        self.at = environment.at
        self._busy_ns = draws.broker_ns
        self._wires: dict[tuple[str, str], list[Wire]] = {}
        self._brokers: dict[str, Broker] = {}
        self._connections: dict[tuple[str, str], list[float]] = {}
        self._names: dict[str, list[str]] = {}
        self._background = {b.link: b for b in experiment.disturbances.background}
        self.keeps = experiment.scenario.qos > 0
        self.nodes_fail = any(f.kind == "node" for f in experiment.disturbances.faults)
        self.end_s = _end_s(plan)
        self.members: dict[str, list[Host]] = {}

    def hosts(self, group: str) -> list[Host]:
        """The hosts of *group*: one for each instance, or a single one."""
        return self.members[group]

    def broker(self, group: str) -> Broker:
        """The broker on the only host of *group*."""
        if group not in self._brokers:
            self._brokers[group] = Broker(self._busy_ns, self.node_outages(group, 0))
        return self._brokers[group]

    def broker_takes_at_once(self, group: str) -> bool:
        """Whether the broker of *group* may take a message in before it is there."""
        return broker_in_order(self._plan, group)

    def takes_at_once(self, group: str) -> bool:
        """Whether hosts of *group* may take an output in before it is there.

        A host that fails forgets what it has taken in by then, and nothing else.
        """
        return not self.nodes_fail and host_at_once(self._plan, self._plan.groups[group])

    def connection(self, carriage: Carriage) -> list[float]:
        """When the last message on each connection of *carriage* arrived, by instance."""
        return self._last("arrived", carriage)

    def receiving(self, carriage: Carriage) -> list[float]:
        """When the last message of each connection was handed to its receiver, by instance."""
        return self._last("received", carriage)

    def _last(self, what: str, carriage: Carriage) -> list[float]:
        number = self._experiment.instances if carriage.each else 1
        return self._connections.setdefault((what, carriage.connection), [0.0] * number)

    def node_outages(self, group: str, index: int) -> Outages:
        """When host *index* of *group* is down."""
        faults = self._experiment.disturbances.faults
        if not faults:
            return _NEVER_OUT
        if group not in self._names:
            topology, instances = self._experiment.topology, self._experiment.instances
            members = topology.members(group, instances=instances)
            self._names[group] = [str(name) for name in members]
        return faults_of(faults, "node", group, self._names[group][index])

    def is_steady(self, crossing: Crossing) -> bool:
        """Whether nothing but messages happens to the wires of *crossing*."""
        faulty = any(
            fault.kind == "link" and fault.name.partition("/")[0] == crossing.link
            for fault in self._experiment.disturbances.faults
        )
        return not (crossing.moves or faulty or crossing.link in self._background)

    def wires(self, crossing: Crossing) -> list[Wire]:
        """The wires of one direction of a link, by instance or a single one."""
        key = (crossing.link, crossing.way)
        if key not in self._wires:
            number = self._experiment.instances if crossing.each else 1
            self._wires[key] = [self._wire(crossing, index) for index in range(number)]
            if crossing.link in self._background:
                for index, wire in enumerate(self._wires[key]):
                    self._disturb(wire, crossing, index)
        return self._wires[key]

    def _wire(self, crossing: Crossing, index: int) -> Wire:
        if self.is_steady(crossing):
            return Wire(crossing.direction)
        name = f"{crossing.link}/{index}"
        faults = self._experiment.disturbances.faults
        lost = faults_of(faults, "link", crossing.link, name).intervals
        trace = self._traces.get(name) if crossing.moves else None
        return MovingWire(crossing.direction, self._course(crossing, trace, lost))

    @cached_property
    def _traces(self) -> dict[str, LinkTrace]:
        return wire_traces(self._experiment)

    def _course(
        self, crossing: Crossing, trace: LinkTrace | None, lost: list[tuple[float, float]]
    ) -> Course:
        if trace is None:
            return Course([0.0], [crossing.direction], lost, [])
        changes = list(trace.changes(0.0, self.end_s))
        instants_ns = [instant_s * NS_PER_S for instant_s, _ in changes]
        states: list[LinkDirection] = [
            state.up if crossing.way == "up" else state.down for _, state in changes
        ]
        ends_ns = [*instants_ns[1:], float("inf")]
        spans = list(zip(instants_ns, ends_ns, states, strict=True))
        return Course(
            instants_ns,
            states,
            sorted([*lost, *((a, b) for a, b, state in spans if state.outage == "lost")]),
            _joined([(a, b) for a, b, state in spans if state.outage == "held"]),
        )

    def _disturb(self, wire: Wire, crossing: Crossing, index: int) -> None:
        others = self._background[crossing.link]
        rate_bps = others.up_bps if crossing.way == "up" else others.down_bps
        if rate_bps:
            purpose = f"background/{crossing.link}/{crossing.way}/{index}"
            self._environment.process(self._send_packets(wire, others, rate_bps, purpose))

    def _send_packets(
        self, wire: Wire, others: BackgroundTraffic, rate_bps: float, purpose: str
    ) -> Generator[simpy.Event, None, None]:
        generator = rng.stream(self._experiment.workload.seed, purpose)
        mean_ns = 8 * others.packet_bytes / rate_bps * NS_PER_S
        end_ns = self.end_s * NS_PER_S
        while True:
            yield self._environment.timeout(generator.exponential(mean_ns))
            now_ns = self._environment.now
            if now_ns >= end_ns:
                return
            wire.occupy(now_ns, others.packet_bytes)


def _end_s(plan: SimulationPlan) -> float:
    """When the last answer that counts can come."""
    workload = plan.experiment.workload
    return workload.warmup_s + workload.duration_s + plan.experiment.scenario.timeout_s


def _joined(intervals: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Intervals that touch as one."""
    joined: list[tuple[float, float]] = []
    for begin_ns, end_ns in intervals:
        if joined and joined[-1][1] == begin_ns:
            joined[-1] = (joined[-1][0], end_ns)
        else:
            joined.append((begin_ns, end_ns))
    return joined

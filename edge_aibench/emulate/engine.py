"""The emulation engine: builds the network, runs the load, collects what happened.

It runs as process 1 of the run's own namespaces (`edge_aibench.emulate.isolation`), with one
thread until the agents are forked. Whatever goes wrong after that, what was measured is kept.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from edge_aibench.clock import NS_PER_S
from edge_aibench.emulate import kernel
from edge_aibench.emulate.addresses import AddressPlan, plan_addresses
from edge_aibench.emulate.agents.node_agent import NodeAgent
from edge_aibench.emulate.agents.node_plan import NodePlan
from edge_aibench.emulate.agents.process import AgentProcess, start_agent
from edge_aibench.emulate.backends import choose_backend
from edge_aibench.emulate.broker import PORT, Broker, BrokerPlan, can_connect_from
from edge_aibench.emulate.broker_use import BrokerTimes
from edge_aibench.emulate.crew import Crew
from edge_aibench.emulate.event_file import EventFile
from edge_aibench.emulate.link_mover import LinkMover, holds
from edge_aibench.emulate.link_results import (
    check_network,
    counters_of,
    with_movement,
    with_traffic,
)
from edge_aibench.emulate.links.namespace import inside_process
from edge_aibench.emulate.links.relay import RelayBackend
from edge_aibench.emulate.live import LiveView
from edge_aibench.emulate.node_plans import node_plans
from edge_aibench.emulate.outcome import Observer, Outcome, Readings
from edge_aibench.emulate.relay_readings import RelayReadings
from edge_aibench.errors import EdgeAIBenchError, RunError
from edge_aibench.model.experiment import Experiment, dilated, plan_all
from edge_aibench.model.roll import call_roll
from edge_aibench.model.routing import Routes, route
from edge_aibench.network.link_traces import wire_traces
from edge_aibench.record.events import EVENT, read_events

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from edge_aibench.emulate.agents.control import ControlLine
    from edge_aibench.emulate.answer_book import AnswerBook
    from edge_aibench.emulate.links.backend import ManagedBackend
    from edge_aibench.emulate.network import EmulatedNetwork
    from edge_aibench.messaging.transport import Transport
    from edge_aibench.model.components import Components
    from edge_aibench.model.scenario import Channel
    from edge_aibench.record.folder import RunFolder

_READY_TIMEOUT_S = 120.0
# Agents score their answers before their last word.
_STOP_TIMEOUT_S = 60.0
_LEAD_S = 0.3
_LAST_WORDS_S = 0.5
_LIVE_EVERY_S = 1.0
# Traces and mobility step every 100 ms or so: a tenth of that is told.
_LATE_CHANGE_NS = 10_000_000


class Engine:
    """Runs one experiment once."""

    def __init__(
        self,
        experiment: Experiment,
        components: Components,
        *,
        folder: RunFolder,
        scratch: Path,
        observer: Observer,
        answers: AnswerBook | None = None,
    ) -> None:
        self._experiment = experiment
        self._answers = answers
        self._components = components
        self._scratch = scratch
        self._observer = observer
        self._folder = folder
        self._event_file = EventFile(folder.path)
        self._chunks: list[bytes] = []
        self._warnings: list[str] = []
        self._plans = plan_all(experiment)
        self._roll = call_roll(experiment)
        self._traces = wire_traces(experiment)
        self._live = LiveView(
            self._plans,
            done_numbers=[
                self._roll.names.index(experiment.scenario.end_of(plan.sensor))
                for plan in self._plans
            ],
            total_s=self._duration_s,
            dilation=experiment.dilation,
        )
        self._crew = Crew(self._keep, self._recover)
        self._start_again: dict[str, Callable[[], AgentProcess]] = {}
        self._lost_ns: list[int] = []
        self._brokers: list[Broker] = []
        self._origin_ns = 0

    def run(self) -> Outcome:
        """Build, check, load, collect. Raises only while nothing has been measured yet."""
        experiment = self._experiment
        topology = dilated(experiment.topology, experiment.dilation)
        addresses = plan_addresses(topology, instances=experiment.instances)
        routes = route(experiment.scenario, topology, experiment.placement)
        with ExitStack() as stack:
            if not stack.enter_context(kernel.cores_kept_awake()):
                self._warnings.append(
                    "idle cores may sleep here: each hop is later by what it takes to wake one"
                )
            self._observer.phase(f"network of {len(self._roll.nodes)} hosts")
            backend = stack.enter_context(
                choose_backend(
                    experiment.backend,
                    seed=experiment.workload.seed,
                    scratch=self._scratch,
                    holds=any(holds(trace) for trace in self._traces.values()),
                )
            )
            from edge_aibench.emulate.network import EmulatedNetwork

            network = stack.enter_context(
                EmulatedNetwork(
                    topology,
                    instances=experiment.instances,
                    addresses=addresses,
                    backend=backend,
                )
            )
            self._observer.phase("link check")
            wires = network.wires()
            links = check_network(wires, dilation=experiment.dilation)
            self._folder.write_links(links)
            self._observer.phase("brokers and agents")
            self._start_brokers(network, addresses, routes)
            self._start_agents(network, addresses, routes)
            mover = self._mover(backend)
            unloaded = counters_of(wires, backend)
            relay = RelayReadings.start(backend)
            idle = BrokerTimes.now(self._brokers)
            before, ended = self._load(backend, mover)
            after, end_ns = Readings.now(), time.monotonic_ns()
            brokers = idle.loads_until(
                BrokerTimes.now(self._brokers), wall_s=self._loaded_s(end_ns)
            )
            self._stop_all()
            # A run that failed may have lost its backend: then there is nothing to count.
            if ended is None or isinstance(ended, KeyboardInterrupt):
                loaded = counters_of(wires, backend)
                links = with_traffic(links, unloaded, loaded, dilation=experiment.dilation)
                links = with_movement(links, self._traces, duration_s=self._duration_s)
                relay = relay.until_now(backend)
        return Outcome(
            plans=self._plans,
            events=self._events(),
            origin_ns=self._origin_ns,
            end_ns=end_ns,
            links=links,
            before=before,
            after=after,
            relay=relay,
            warnings=tuple(self._warnings),
            lost_ns=tuple(self._lost_ns),
            ended=ended,
            brokers=brokers,
        )

    @property
    def event_file(self) -> EventFile:
        """The events on disk, for the caller to discard once the tables are written."""
        return self._event_file

    def _start_brokers(
        self, network: EmulatedNetwork, addresses: AddressPlan, routes: Routes
    ) -> None:
        # A bridge tries its far end when its broker starts, and again a second later: the far
        # ends come first.
        far_first = sorted(
            dict.fromkeys(routes.broker_of.values()),
            key=lambda group: any(bridge.local == group for bridge in routes.bridges),
        )
        for group in far_first:
            bridges = tuple(
                (bridge, addresses.address(bridge.remote, seen_from=group))
                for bridge in routes.bridges
                if bridge.local == group
            )
            plan = BrokerPlan(
                host=group,
                addresses=tuple(found.address for found in addresses.of(group)),
                bridges=bridges,
            )
            pid = network.pid(group)
            broker = Broker(plan, routes, network_of=pid, folder=self._scratch)
            self._brokers.append(broker)
            broker.wait_until_up(can_connect_from(pid))
            with inside_process(pid):
                broker.wait_until_bridged(partial(_listen, group))

    def _start_agents(
        self, network: EmulatedNetwork, addresses: AddressPlan, routes: Routes
    ) -> None:
        experiment = self._experiment

        def connect(node: str, channel: Channel) -> Transport:
            from edge_aibench.messaging.mqtt import MqttTransport

            group = next(n.group for n in self._roll.nodes if str(n) == node)
            broker = routes.broker_for(group, channel)
            return MqttTransport(
                addresses.address(broker, seen_from=node),
                PORT,
                client_id=f"{node}-{channel}",
                qos=experiment.scenario.qos,
                expiry_s=experiment.scenario.timeout_s * experiment.dilation,
            )

        # Imported once, here: the agents share it, and none waits for an import of its own.
        importlib.import_module("paho.mqtt.client")
        for plan in node_plans(
            experiment, self._roll, routes, self._plans, connect, answers=self._answers
        ):
            start = partial(
                start_agent,
                plan.name,
                self._agent(plan),
                network_of=network.pid(plan.name),
                log=self._scratch / "agents.log",
            )
            if not plan.plan and any(stage.serving for stage in plan.stages):
                self._start_again[plan.name] = start
            self._crew.add(start())
        said = self._crew.wait_until_ready(_READY_TIMEOUT_S, self._check_brokers)
        if not all(words["real_time"] for words in said.values() if words["paces"]):
            self._warnings.append(
                "real-time scheduling is not allowed here: sensors may act late under load"
            )

    def _recover(self, name: str, words: str) -> AgentProcess | None:
        """Start the agent of a host with workers again, as a supervisor would: at most once."""
        start = self._start_again.pop(name, None)
        if start is None or not self._origin_ns:
            return None
        now_ns = time.monotonic_ns()
        self._lost_ns.append(now_ns)
        at_s = (now_ns - self._origin_ns) / NS_PER_S / self._experiment.dilation
        self._warnings.append(f"{words} at {at_s:.1f} s, and started again")
        return start()

    def _agent(self, plan: NodePlan) -> AgentBody:
        return AgentBody(plan, self._components)

    @property
    def _duration_s(self) -> float:
        workload = self._experiment.workload
        return workload.warmup_s + workload.duration_s

    def _loaded_s(self, end_ns: int) -> float:
        """For how many seconds on the wall messages came, of a run that was over at *end_ns*."""
        planned_s = self._duration_s * self._experiment.dilation
        return max(1e-3, min(planned_s, (end_ns - self._origin_ns) / NS_PER_S))

    def _mover(self, backend: ManagedBackend) -> LinkMover:
        """Who changes the links that move; they were checked as the topology gives them."""
        experiment = self._experiment
        return LinkMover(
            backend,
            self._traces,
            dilation=experiment.dilation,
            duration_s=self._duration_s + experiment.scenario.timeout_s,
        )

    def _load(
        self, backend: ManagedBackend, mover: LinkMover
    ) -> tuple[Readings, BaseException | None]:
        """Run the load to its end, to an interrupt, or to a failure."""
        experiment = self._experiment
        self._origin_ns = time.monotonic_ns() + round(_LEAD_S * NS_PER_S)
        self._live.origin_ns = self._origin_ns
        self._event_file.begin(self._origin_ns, experiment.dilation)
        self._observer.phase("load")
        before = Readings.now()
        mover.begin(self._origin_ns)
        self._crew.start(self._origin_ns)
        planned = sum(plan.total for plan in self._plans)
        load_ns = round(self._duration_s * experiment.dilation * NS_PER_S)
        grace_ns = round(experiment.scenario.timeout_s * experiment.dilation * NS_PER_S)
        next_live_s = time.monotonic()
        try:
            while (now_ns := time.monotonic_ns()) < self._origin_ns + load_ns + grace_ns:
                self._crew.watch(max(0.0, min(0.2, (mover.next_ns() - now_ns) / NS_PER_S)))
                mover.move()
                self._check_brokers()
                if time.monotonic() >= next_live_s:
                    next_live_s += _LIVE_EVERY_S
                    _check_backend(backend)
                    self._observer.live(self._live.state(time.monotonic_ns()))
                over = now_ns >= self._origin_ns + load_ns
                if over and self._live.over >= planned:
                    break
        except (KeyboardInterrupt, EdgeAIBenchError) as error:
            return before, self._cause(error)
        self._observer.live(self._live.state(time.monotonic_ns()))
        if mover.latest_ns > _LATE_CHANGE_NS * experiment.dilation:
            self._warnings.append(
                f"a link changed {mover.latest_ns / 1e6 / experiment.dilation:.0f} ms late"
            )
        return before, None

    def _cause(self, error: BaseException) -> BaseException:
        """The end of a broker shows first in the agents that lose it: name the broker.

        The kernel closes a program's connections before it has ended, hence the patience.
        """
        deadline_s = time.monotonic() + _LAST_WORDS_S
        while isinstance(error, RunError) and time.monotonic() < deadline_s:
            try:
                self._check_brokers()
            except RunError as cause:
                return cause
            time.sleep(0.02)
        return error

    def _stop_all(self) -> None:
        silent = self._crew.stop(_STOP_TIMEOUT_S)
        if silent:
            self._warnings.append(f"no last word from {', '.join(silent)}")
        for broker in self._brokers:
            broker.stop()
        self._event_file.close()

    def _check_brokers(self) -> None:
        for broker in self._brokers:
            broker.check()

    def _keep(self, raw: bytes) -> None:
        self._chunks.append(raw)
        self._event_file.append(raw)
        self._live.take(raw)

    def _events(self) -> NDArray[np.void]:
        import numpy as np

        joined = b"".join(self._chunks)
        return read_events(joined) if joined else np.zeros(0, EVENT)


def _listen(group: str, address: str, port: int) -> Transport:
    from edge_aibench.messaging.mqtt import MqttTransport

    return MqttTransport(address, port, client_id=f"engine-{group}")


def _check_backend(backend: ManagedBackend) -> None:
    """Raise RunError if the process that carries the links has ended."""
    if isinstance(backend, RelayBackend):
        backend.health()


class AgentBody:
    """What runs in a forked agent."""

    def __init__(self, plan: NodePlan, components: Components) -> None:
        self._plan = plan
        self._components = components

    def __call__(self, line: ControlLine) -> None:
        NodeAgent(self._plan, self._components, line).run()

"""Runs a plan with SimPy: every host, wire and broker, request by request."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

import simpy

from edge_aibench.clock import NS_PER_S
from edge_aibench.model.experiment import plan_all
from edge_aibench.record.events import Kind
from edge_aibench.simulate.draws import Draws
from edge_aibench.simulate.outcome import Simulated
from edge_aibench.simulate.reference.courier import Courier
from edge_aibench.simulate.reference.host import (
    Host,
    SimulatedStage,
    simulated_stage,
    stages_reached,
)
from edge_aibench.simulate.reference.network import Environment, Network
from edge_aibench.simulate.reference.requests import Requests

if TYPE_CHECKING:
    from edge_aibench.simulate.plan import PlannedGroup, SimulationPlan

Progress = Callable[[float], None]
_TELLINGS = 200


def run_reference(plan: SimulationPlan, progress: Progress | None = None) -> Simulated:
    """Simulate *plan* to its end: until every request is over, however late.

    *progress* is told how much of the arrivals' time is over, from 0 to 1.
    """
    return _Run(plan).to_the_end(progress)


class _Run:
    def __init__(self, plan: SimulationPlan) -> None:
        self._plan = plan
        self._environment = Environment()
        self._draws = Draws(plan)
        self._network = Network(plan, self._draws, self._environment)
        self._arrivals = plan_all(plan.experiment)
        self._requests = {found.sensor: Requests(found) for found in self._arrivals}
        # Hosts send through couriers and couriers deliver to hosts: the lists come first.
        for name, group in plan.groups.items():
            number = plan.experiment.instances if group.each else 1
            self._network.members[name] = [None] * number  # type: ignore[list-item]
        scenario = plan.experiment.scenario
        self._couriers = {
            key: Courier(
                sent, self._requests[scenario.origin(sent.output)], self._network, self._draws
            )
            for key, sent in plan.publications.items()
        }
        for name, group in plan.groups.items():
            self._network.members[name][:] = self._hosts(group)

    def to_the_end(self, progress: Progress | None) -> Simulated:
        for name, requests in self._requests.items():
            self._environment.process(self._observe(name, requests))
        if progress is not None:
            self._environment.process(self._tell(progress))
        self._environment.run()
        return Simulated(
            plans=self._arrivals,
            tables={name: found.recorder.table() for name, found in self._requests.items()},
            end_ns=round(self._network.end_s * NS_PER_S),
            engine="simpy",
        )

    def _tell(self, progress: Progress) -> Generator[simpy.Event, None, None]:
        workload = self._plan.experiment.workload
        step_ns = (workload.warmup_s + workload.duration_s) * NS_PER_S / _TELLINGS
        for told in range(1, _TELLINGS + 1):
            yield self._environment.timeout(step_ns)
            progress(told / _TELLINGS)

    def _hosts(self, group: PlannedGroup) -> list[Host]:
        stages = tuple(self._stages(group))
        reached = stages_reached(stages)
        number = self._plan.experiment.instances if group.each else 1
        return [
            Host(
                group,
                stages,
                environment=self._environment,
                at=self._network.at,
                outages=self._network.node_outages(group.name, index),
                reached=reached,
            )
            for index in range(number)
        ]

    def _stages(self, group: PlannedGroup) -> Generator[SimulatedStage, None, None]:
        scenario = self._plan.experiment.scenario
        for planned in group.stages:
            yield simulated_stage(
                planned,
                self._requests,
                self._draws,
                self._couriers.get((planned.name, group.name)),
                origin_of=scenario.origin,
                deadline_s=scenario.deadline_s,
            )

    def _observe(self, sensor: str, requests: Requests) -> Generator[simpy.Event, None, None]:
        """Make every observation of *sensor*, on all instances, when it is due."""
        group = self._plan.experiment.scenario.sensors[sensor].node
        starts, ends, _ = requests.recorder.row(Kind.OBSERVED, sensor, group)
        courier = self._couriers.get((sensor, group))
        local = sensor in self._plan.local_sensors(group)
        hosts = self._network.hosts(group)
        environment, at = self._environment, self._network.at
        for r, due_ns in enumerate(requests.due_ns):
            if due_ns > environment.now:
                yield environment.timeout(due_ns - environment.now)
            host = hosts[requests.instance[r] if len(hosts) > 1 else 0]
            if host.outages.intervals and host.outages.up_again_ns(due_ns) != due_ns:
                continue
            starts[r] = ends[r] = due_ns
            done_ns = due_ns if courier is None else courier.send(r, due_ns, spoke=True)
            if not local:
                continue
            if done_ns == due_ns:
                host.arrive(sensor, r, due_ns, spoke=True)
            else:
                at(done_ns, _taking(host, sensor, r))


def _taking(host: Host, sensor: str, r: int) -> Callable[[float], None]:
    return lambda now_ns: host.arrive(sensor, r, now_ns, spoke=True)

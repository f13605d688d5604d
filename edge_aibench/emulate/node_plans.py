"""What each emulated host has to do, worked out before any of them exists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from edge_aibench.clock import NS_PER_S
from edge_aibench.emulate.agents.node_plan import Due, Incoming, NodePlan, StagePlan
from edge_aibench.emulate.agents.pace import Pace
from edge_aibench.emulate.agents.profiled import ProfiledStage
from edge_aibench.errors import InternalError
from edge_aibench.model.routing import Routes
from edge_aibench.model.silence import ancestors, announcing_stages

if TYPE_CHECKING:
    from edge_aibench.emulate.answer_book import AnswerBook
    from edge_aibench.messaging.transport import Transport
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.model.roll import Roll
    from edge_aibench.model.scenario import Channel, Scenario
    from edge_aibench.model.topology import NodeName
    from edge_aibench.model.workload import ArrivalPlan

_COMPUTING = ("preprocess", "inference")
_SCORED = ("inference", "fuse")

Connect = Callable[[str, "Channel"], "Transport"]
"""Open a connection of a node (by name) on a channel; called on the node."""


def node_plans(
    experiment: Experiment,
    roll: Roll,
    routes: Routes,
    plans: Sequence[ArrivalPlan],
    connect: Connect,
    *,
    answers: AnswerBook | None = None,
) -> Iterator[NodePlan]:
    """The plan of each node of *roll*, in order; *answers* are needed in profiled mode."""
    profiled = profiled_stages(experiment, plans, answers)
    for number, node in enumerate(roll.nodes):
        yield _node_plan(experiment, roll, routes, plans, number, node, connect, profiled)


def _node_plan(
    experiment: Experiment,
    roll: Roll,
    routes: Routes,
    plans: Sequence[ArrivalPlan],
    number: int,
    node: NodeName,
    connect: Connect,
    profiled: Mapping[str, ProfiledStage],
) -> NodePlan:
    scenario, topology = experiment.scenario, experiment.topology
    group = topology.nodes[node.group]
    each = group.count == "instances"
    instances = (node.index,) if each else tuple(range(experiment.instances))
    stages = _in_order(experiment, node.group)
    hardware = group.hardware
    if hardware is None:
        raise InternalError(f"host group '{node.group}' has no hardware")
    incoming = {
        flow.output: Incoming(flow.output, flow.channel, routes.arrives_at(flow))
        for flow in routes.arriving(node.group)
    }
    return NodePlan(
        node=number,
        name=str(node),
        instances=instances,
        wanted=str(node.index) if each else "+",
        plan=tuple(_dues(experiment, plans, node.group, instances)),
        stages=tuple(stage_plan(scenario, name, profiled.get(name)) for name in stages),
        outgoing=_outgoing(routes, node.group),
        incoming=tuple(incoming.values()),
        local=frozenset(
            name
            for name, sensor in scenario.sensors.items()
            if sensor.node == node.group
            and any(name in scenario.stages[stage].needs for stage in stages)
        ),
        numbers={name: i for i, name in enumerate(roll.names)},
        pace=Pace(dilation=experiment.dilation, speed=hardware.speed),
        computes=any(_computes(scenario, name) for name in stages),
        arrivals={plan.sensor: plan for plan in plans},
        deadline_ns=round(scenario.deadline_s * NS_PER_S),
        connect=partial(connect, str(node)),
    )


def profiled_stages(
    experiment: Experiment, plans: Sequence[ArrivalPlan], answers: AnswerBook | None
) -> dict[str, ProfiledStage]:
    """The inference stages in profiled mode; none in measured mode."""
    if experiment.compute == "measured":
        return {}
    if answers is None:
        raise InternalError("profiled mode without answers")
    counts = {plan.sensor: tuple(len(row) for row in plan.instants_ns) for plan in plans}
    return {
        name: ProfiledStage(
            name=name,
            outputs=answers.outputs[name],
            times=experiment.profiles[name],
            counts=counts[experiment.scenario.origin(name)],
            seed=experiment.workload.seed,
        )
        for name in experiment.scenario.inference_stages()
    }


def stage_plan(scenario: Scenario, name: str, profiled: ProfiledStage | None = None) -> StagePlan:
    """What a host must know of stage *name*."""
    stage, origin = scenario.stages[name], scenario.origin(name)
    end = scenario.end_of(origin)
    return StagePlan(
        name=name,
        origin=origin,
        needs=stage.own_needs,
        announces=name in announcing_stages(scenario),
        leads_to_end=name in ancestors(scenario, end),
        is_end=name == end,
        scored=stage.kind in _SCORED and not stage.is_front,
        serving=stage.serving,
        within_ns={need: round(reach_s * NS_PER_S) for need, reach_s in stage.within_s.items()},
        partner_origin={need: scenario.origin(need) for need in stage.within_s},
        profiled=profiled,
    )


def _computes(scenario: Scenario, name: str) -> bool:
    stage = scenario.stages[name]
    return stage.kind in _COMPUTING or stage.serving is not None


def _in_order(experiment: Experiment, group: str) -> tuple[str, ...]:
    """Stages of *group* in graph order, those nobody waits for last."""
    scenario = experiment.scenario
    here = [name for name in scenario.order() if experiment.placement.runs_on(name, group)]
    return tuple(sorted(here, key=lambda name: scenario.stages[name].background))


def _outgoing(routes: Routes, group: str) -> dict[str, tuple[Channel, str]]:
    return {
        flow.output: (flow.published_on, routes.sent_to(flow))
        for flow in routes.flows
        if flow.source == group
    }


def _dues(
    experiment: Experiment,
    plans: Sequence[ArrivalPlan],
    group: str,
    instances: tuple[int, ...],
) -> list[Due]:
    dues = [
        Due(int(instant_ns), plan.sensor, instance, sequence)
        for plan in plans
        if experiment.scenario.sensors[plan.sensor].node == group
        for instance in instances
        for sequence, instant_ns in enumerate(plan.instants_ns[instance])
    ]
    return sorted(dues, key=lambda due: due.instant_ns)

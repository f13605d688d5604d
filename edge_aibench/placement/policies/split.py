"""Neurosurgeon's choice: each network whole or cut where computing and sending take least.

Kang et al. 2017 (ASPLOS, doi 10.1145/3037697.3037698): for every cut of a chain the time of the
front, of the activation on its way and of the rest; the least wins. Times are means on an idle
system: nothing here knows of queues.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_aibench.errors import InternalError
from edge_aibench.model.paths import crossed_links, direction
from edge_aibench.model.routing import route
from edge_aibench.model.scenario import WITH_CONSUMERS

if TYPE_CHECKING:
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.model.timings import StageTimes
    from edge_aibench.placement.choice import Assignment, Choice
    from edge_aibench.placement.problem import Problem


def split(problem: Problem) -> Assignment:
    """Decide every stage with a network for itself; all others stay where the scenario has them.

    What a stage takes comes from where it is made in the experiment as it stands, and what it
    gives goes to where it is needed there.
    """
    return problem.uniform({stage: _best(problem, stage) for stage in problem.stages})


def split_time_s(problem: Problem, stage: str, choice: Choice) -> float:
    """Mean time of *stage* by *choice*, with what it takes and gives on their way, in seconds."""
    experiment, facts = problem.experiment, problem.facts[stage]
    if choice.cut is None:
        here_s = _work_s(experiment, facts.forms[choice.form].times, choice.place)
        first = choice.place
    else:
        cut = next((cut for cut in facts.cuts if cut.after == choice.cut.after), None)
        if cut is None:
            raise InternalError(f"no facts of a cut of {stage} after {choice.cut.after}")
        first = choice.cut.front
        here_s = _work_s(experiment, cut.front.times, first)
        here_s += transfer_s(experiment, first, choice.place, cut.payload_bytes)
        here_s += _work_s(experiment, cut.rest.times, choice.place)
    return _taking_s(experiment, stage, first) + here_s + _giving_s(experiment, stage, choice.place)


def transfer_s(experiment: Experiment, source: str, target: str, payload_bytes: float) -> float:
    """Mean time of a message between two node groups by the broker: delays, and bytes at rates."""
    if source == target:
        return 0.0
    topology = experiment.topology
    broker = route(experiment.scenario, topology, experiment.placement).home or source
    total_s = 0.0
    for start, end in ((source, broker), (broker, target)):
        way = direction(topology, start, end)
        for name in crossed_links(topology, start, end):
            link = topology.links[name]
            one_way = link.up if way == "up" else link.down
            total_s += one_way.delay_s
            if one_way.rate_bps is not None:
                total_s += 8 * payload_bytes / one_way.rate_bps
    return total_s


def _best(problem: Problem, stage: str) -> Choice:
    options = problem.options[stage]
    if problem.experiment.scenario.stages[stage].task is None:
        here = problem.experiment.placement.groups[stage][0]
        return next((choice for choice in options if choice.place == here), options[0])
    return min(options, key=lambda choice: split_time_s(problem, stage, choice))


def _taking_s(experiment: Experiment, stage: str, target: str) -> float:
    """Until all that *stage* takes is on *target*; what follows its consumers is made there."""
    return max(
        _arriving_s(experiment, need, target) for need in experiment.scenario.stages[stage].needs
    )


def _arriving_s(experiment: Experiment, output: str, target: str) -> float:
    scenario = experiment.scenario
    if output in scenario.sensors:
        source = scenario.sensors[output].node
    elif scenario.stages[output].place == WITH_CONSUMERS:
        times = experiment.timings.stages.get(output)
        made_s = 0.0 if times is None else _work_s(experiment, times, target)
        return made_s + _taking_s(experiment, output, target)
    else:
        source = experiment.placement.groups[output][0]
    return transfer_s(experiment, source, target, scenario.payload_bytes(output))


def _giving_s(experiment: Experiment, stage: str, source: str) -> float:
    """Until what *stage* gives is where the answer needs it."""
    scenario = experiment.scenario
    targets = [
        experiment.placement.groups[name][0]
        for name in scenario.consumers(stage)
        if not scenario.stages[name].background
    ]
    size = scenario.payload_bytes(stage)
    return max((transfer_s(experiment, source, target, size) for target in targets), default=0.0)


def _work_s(experiment: Experiment, times: StageTimes, group: str) -> float:
    hardware = experiment.topology.nodes[group].hardware
    if hardware is None:
        raise InternalError(f"host group '{group}' has no hardware")
    return times.work.mean_s / (1.0 if times.scaled else hardware.speed) + times.handling.mean_s

"""Cut networks as choices of a placement: what each cut costs, and an experiment that is cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from edge_aibench.errors import ConfigError
from edge_aibench.inference.measured_times import law_of_calls
from edge_aibench.model.placement import place
from edge_aibench.model.scenario import FRONT_SUFFIX, WITH_CONSUMERS
from edge_aibench.model.split import split
from edge_aibench.model.time_law import MeasuredTimes
from edge_aibench.model.timings import StageTimes
from edge_aibench.placement.choice import Choice, Cut, Form
from edge_aibench.placement.facts import CutFacts, FormFacts, StageFacts

if TYPE_CHECKING:
    from edge_aibench.inference.cutting.measure import MeasuredCut
    from edge_aibench.inference.prepared import NetworkChoice
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.model.topology import Topology
    from edge_aibench.placement.choice import Precision
    from edge_aibench.placement.problem import Problem
    from edge_aibench.tasks.component import Component

_TIER_RANK = {"device": 0, "edge": 1, "cloud": 2}


def cut_facts(
    task: str | Component,
    preset: str = "",
    precision: Precision = "float32",
    *,
    calls: int | None = None,
) -> tuple[CutFacts, ...]:
    """Measure every cut of a task's network on this machine, one sample a call.

    Times are those of hardware of speed 1: this machine. A part keeps as much in memory as its
    exported model has; answers are those of the whole network, so that no quality is said anew.
    Raises ConfigError for a task whose network cannot be cut, and as the network's loading does.
    """
    from edge_aibench.inference.pipeline import get_component
    from edge_aibench.inference.prepared import NetworkChoice

    component = get_component(task) if isinstance(task, str) else task
    form = Form(preset or component.default_preset, precision)
    choice = NetworkChoice(preset=form.preset, precision=precision)
    measured, _ = _measured(component, choice, calls)
    return tuple(_facts(cut, form, 1.0) for cut in measured)


def stage_cuts(
    experiment: Experiment, stage: str, *, calls: int | None = None
) -> tuple[CutFacts, ...]:
    """Measure the cuts of a stage's network, and fit them to the stage's own time.

    The stage's time of a request is that of *experiment*, which may hold several samples; it is
    shared out to front and rest as this machine shares it for one sample. Empty for a stage that
    cannot be cut: one without a network, with several needs, whose network has no cut, or that is
    cut already.
    """
    from edge_aibench.inference.stage_network import network_choice, stage_component

    described = experiment.scenario.stages[stage]
    if described.task is None or described.part is not None or len(described.needs) != 1:
        return ()
    component = stage_component(experiment.scenario, stage)
    choice = network_choice(described, experiment.runtime)
    try:
        measured, whole_s = _measured(component, choice, calls)
    except ConfigError:
        return ()
    own = experiment.timings.stages.get(stage)
    scale = 1.0 if own is None or not whole_s else own.work.mean_s() / whole_s
    form = Form(described.preset or "", described.precision)
    return tuple(_facts(cut, form, scale) for cut in measured)


def useful_cuts(facts: Sequence[CutFacts]) -> tuple[CutFacts, ...]:
    """The cuts worth looking at: each sends less than all before it.

    One that sends as much as an earlier cut, or more, only moves work to the front. That helps
    where the front's hardware is the faster one, and there the whole network belongs.
    """
    found: list[CutFacts] = []
    for cut in facts:
        if not found or cut.payload_bytes < found[-1].payload_bytes:
            found.append(cut)
    return tuple(found)


def cut_choices(
    choices: Sequence[Choice], facts: Sequence[CutFacts], topology: Topology
) -> tuple[Choice, ...]:
    """The cut forms of a stage's *choices*: the rest where a whole network may run, the front
    where one may run nearer to the devices.
    """
    whole = {(choice.place, choice.workers): choice for choice in choices if choice.cut is None}
    places = list(dict.fromkeys(place for place, _ in whole))
    found = []
    for (where, _), choice in whole.items():
        for front in places:
            if _rank(topology, front) >= _rank(topology, where):
                continue
            found += [replace(choice, cut=Cut(cut.after, front)) for cut in useful_cuts(facts)]
    return tuple(found)


def with_splits(problem: Problem, cuts: Mapping[str, Sequence[CutFacts]]) -> Problem:
    """The problem in which networks may also be cut, by the *cuts* of each stage.

    Only the form of the network that the scenario asks for is cut.
    """
    topology = problem.experiment.topology
    options, facts = dict(problem.options), dict(problem.facts)
    for stage, found in cuts.items():
        if stage not in options or not found:
            continue
        form = facts[stage].own.form
        own = [choice for choice in options[stage] if choice.form == form]
        options[stage] = (*options[stage], *cut_choices(own, found, topology))
        facts[stage] = StageFacts(forms=facts[stage].forms, cuts=tuple(found))
    return replace(problem, options=options, facts=facts)


def cut(experiment: Experiment, stage: str, choice: Cut, facts: CutFacts) -> Experiment:
    """The experiment with the network of *stage* cut: its front on node group *choice.front*.

    All other stages stay where they are; those that follow their consumers follow. Raises
    ConfigError for a stage that cannot be cut, a place that is none, and instances placed apart:
    a network is cut for all of them.
    """
    if experiment.variants.others:
        raise ConfigError(
            "cannot be cut where instances are placed apart: all share one graph of stages",
            where="placement",
            value=stage,
        )
    scenario = split(
        experiment.scenario,
        stage,
        after=choice.after,
        place=choice.front,
        payload_bytes=facts.payload_bytes,
        where="placement",
    )
    placed = ",".join(
        f"{name}={experiment.placement.groups[name][0]}"
        for name, described in experiment.scenario.stages.items()
        if described.place != WITH_CONSUMERS
    )
    front = f"{stage}{FRONT_SUFFIX}"
    placement = place(scenario, experiment.topology, f"{placed},{front}={choice.front}")
    known = experiment.timings.stages.get(stage)
    stages = dict(experiment.timings.stages)
    stages[front] = facts.front.times
    stages[stage] = facts.rest.times if known is None else _rest_times(facts.rest.times, known)
    return experiment.model_copy(
        update={
            "scenario": scenario,
            "placement": placement,
            "timings": experiment.timings.model_copy(update={"stages": stages}),
        }
    )


def _measured(
    component: Component, choice: NetworkChoice, calls: int | None
) -> tuple[tuple[MeasuredCut, ...], float]:
    """Each cut, and the mean seconds of the network in one piece."""
    from edge_aibench.inference.cutting.measure import CALLS, example_samples, measure_cuts
    from edge_aibench.inference.cutting.parts import cut_network

    network = cut_network(component, choice)
    if not network.cuts:
        return (), 0.0
    measured = measure_cuts(network, example_samples(network), calls=calls or CALLS)
    return measured.cuts, sum(measured.whole_s) / len(measured.whole_s)


def _facts(measured: MeasuredCut, form: Form, scale: float) -> CutFacts:
    def part(calls_s: Sequence[float], size_bytes: int, side: str) -> FormFacts:
        source = f"{side} of a cut after {measured.cut.after}, {len(calls_s)} calls here"
        scaled = {1: [scale * seconds for seconds in calls_s]}
        times = StageTimes(work=law_of_calls(scaled, where=source), source=source)
        return FormFacts(form=form, times=times, resident_bytes=size_bytes, source=source)

    return CutFacts(
        after=measured.cut.after,
        payload_bytes=measured.payload_bytes,
        front=part(measured.front_s, measured.front_bytes, "front"),
        rest=part(measured.rest_s, measured.rest_bytes, "rest"),
    )


def _rest_times(rest: StageTimes, whole: StageTimes) -> StageTimes:
    """What is known of the whole stage, with the time of the rest; batches gain as they did."""
    work = rest.work
    if isinstance(work, MeasuredTimes) and isinstance(whole.work, MeasuredTimes):
        work = work.model_copy(update={"marginal": whole.work.marginal})
    return whole.model_copy(update={"work": work, "scaled": False, "source": rest.source})


def _rank(topology: Topology, group: str) -> int:
    return _TIER_RANK[topology.nodes[group].tier]

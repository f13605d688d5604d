"""Cut networks as choices of a placement: what each cut costs, and an experiment that is cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import fmean
from typing import TYPE_CHECKING, Any, Final

from edge_aibench.emulate.aside import work_aside
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
    from edge_aibench.model.components import Components
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.model.topology import Topology
    from edge_aibench.placement.choice import Precision
    from edge_aibench.placement.problem import Problem

CALLS: Final = 20
"""Of each part of each cut."""

_TIER_RANK = {"device": 0, "edge": 1, "cloud": 2}


def cut_facts(
    task: str, preset: str = "", precision: Precision = "float32", *, calls: int = CALLS
) -> tuple[CutFacts, ...]:
    """Measure every cut of a task's network on this machine, on samples of its generated data.

    Times are those of hardware of speed 1: this machine. A part keeps as much in memory as its
    exported model has; answers are those of the whole network, so that no quality is said anew.
    Raises ConfigError for a task whose network cannot be cut, and as the network's loading does.
    """
    from edge_aibench.inference.cutting.measure import example_samples, measure_cuts
    from edge_aibench.inference.cutting.parts import cut_network
    from edge_aibench.inference.pipeline import get_component
    from edge_aibench.inference.prepared import NetworkChoice

    component = get_component(task)
    form = Form(preset or component.default_preset, precision)
    network = cut_network(component, NetworkChoice(preset=form.preset, precision=precision))
    measured = measure_cuts(network, example_samples(network), calls=calls)
    return tuple(_facts(cut, form, 1.0) for cut in map(_said, measured.cuts))


def stage_cuts(
    experiment: Experiment, components: Components, stage: str, *, calls: int = CALLS
) -> tuple[CutFacts, ...]:
    """Measure the cuts of a stage's network, on what the stage is given in the scenario.

    Bytes and times are those of a request, which may hold several samples. If *experiment* knows
    the stage's time, front and rest get the shares of it that they have here. The work is done in
    a process of its own. Empty for a stage that cannot be cut: one without a network, with several
    needs, that is cut already, or whose network has no cut. Raises RunError if the stages before
    it cannot run.
    """
    described = experiment.scenario.stages[stage]
    if described.task is None or described.part is not None or len(described.needs) != 1:
        return ()
    said = work_aside(
        lambda _tell: _measured_stage(experiment, components, stage, calls),
        failed=f"the network of '{stage}' cannot be cut",
    )
    own = experiment.timings.stages.get(stage)
    scale = 1.0 if own is None or not said["whole_s"] else own.work.mean_s / said["whole_s"]
    form = Form(described.preset or "", described.precision)
    return tuple(_facts(cut, form, scale) for cut in said["cuts"])


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


def _measured_stage(
    experiment: Experiment, components: Components, stage: str, calls: int
) -> dict[str, Any]:
    """Mean seconds of the whole network, and its cuts, in plain types."""
    from edge_aibench.inference.cutting.inputs import layout_of, stage_inputs
    from edge_aibench.inference.cutting.measure import measure_cuts
    from edge_aibench.inference.cutting.parts import cut_network
    from edge_aibench.inference.stage_network import network_choice, stage_component

    scenario = experiment.scenario
    choice = network_choice(scenario.stages[stage], experiment.runtime)
    nothing: dict[str, Any] = {"whole_s": 0.0, "cuts": []}
    try:
        network = cut_network(stage_component(scenario, stage), choice)
    except ConfigError:
        return nothing
    inputs = stage_inputs(scenario, components, stage) if network.cuts else []
    if not inputs:
        return nothing
    measured = measure_cuts(network, inputs, layout_of(components, stage), calls=calls)
    return {"whole_s": fmean(measured.whole_s), "cuts": list(map(_said, measured.cuts))}


def _said(measured: MeasuredCut) -> dict[str, Any]:
    return {
        "after": measured.cut.after,
        "payload_bytes": measured.payload_bytes,
        "front_s": measured.front_s,
        "rest_s": measured.rest_s,
        "front_bytes": measured.front_bytes,
        "rest_bytes": measured.rest_bytes,
    }


def _facts(said: Mapping[str, Any], form: Form, scale: float) -> CutFacts:
    def part(side: str) -> FormFacts:
        calls_s = [scale * seconds for seconds in said[f"{side}_s"]]
        source = f"{side} of a cut after {said['after']}, {len(calls_s)} calls here"
        times = StageTimes(work=law_of_calls({1: calls_s}, where=source), source=source)
        size_bytes = int(said[f"{side}_bytes"])
        return FormFacts(form=form, times=times, resident_bytes=size_bytes, source=source)

    return CutFacts(
        after=said["after"],
        payload_bytes=int(said["payload_bytes"]),
        front=part("front"),
        rest=part("rest"),
    )


def _rest_times(rest: StageTimes, whole: StageTimes) -> StageTimes:
    """What is known of the whole stage, with the time of the rest; batches gain as they did."""
    work = rest.work
    if isinstance(work, MeasuredTimes) and isinstance(whole.work, MeasuredTimes):
        work = work.model_copy(update={"marginal": whole.work.marginal})
    return whole.model_copy(update={"work": work, "scaled": False, "source": rest.source})


def _rank(topology: Topology, group: str) -> int:
    return _TIER_RANK[topology.nodes[group].tier]

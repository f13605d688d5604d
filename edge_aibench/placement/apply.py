"""From a decision to an experiment that every engine runs, and back."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING

from edge_aibench.errors import InternalError
from edge_aibench.model.apart import Switch, Variants
from edge_aibench.model.placement import Placement
from edge_aibench.model.scenario import FRONT_SUFFIX, WITH_CONSUMERS, Serving
from edge_aibench.placement.choice import Assignment, Choice, Cut, Form, Part

if TYPE_CHECKING:
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.model.scenario import Scenario, Stage
    from edge_aibench.model.timings import Timings
    from edge_aibench.placement.facts import StageFacts
    from edge_aibench.placement.problem import Problem

DECIDED_KINDS = ("preprocess", "inference", "fuse")


def decided_stages(scenario: Scenario) -> tuple[str, ...]:
    """The stages whose place is decided, each after all that it needs.

    What acts or stores stays where the scenario has it; what runs with its consumers follows.
    """
    return tuple(
        name
        for name in scenario.order()
        if scenario.stages[name].kind in DECIDED_KINDS
        and scenario.stages[name].place != WITH_CONSUMERS
    )


def applied(problem: Problem, assignment: Assignment) -> Experiment:
    """The experiment of *problem* with *assignment* put in: what all engines run."""
    return with_assignment(problem.experiment, problem.facts, assignment)


def with_assignment(
    experiment: Experiment, facts: Mapping[str, StageFacts], assignment: Assignment
) -> Experiment:
    """*experiment* whose stages run as *assignment* says, in forms that *facts* know.

    Instances placed apart must agree in the form and workers of a stage: an experiment has one
    network a stage.
    """
    blocks = list(assignment.blocks())
    settled = blocks[0][2]
    for _, _, choices in blocks[1:]:
        for stage, choice in choices.items():
            if (choice.form, choice.workers) != (settled[stage].form, settled[stage].workers):
                raise InternalError(
                    f"instances of '{stage}' placed apart differ in more than place"
                )
    placements = [placement_of(experiment, choices) for _, _, choices in blocks]
    placement, variants = _variants(blocks, placements)
    stages = dict(experiment.scenario.stages)
    for name, choice in settled.items():
        stages[name] = _as_chosen(stages[name], choice, facts[name])
    scenario = experiment.scenario
    if stages != experiment.scenario.stages:
        scenario = scenario.model_copy(update={"stages": stages})
    placed = experiment.model_copy(
        update={
            "scenario": scenario,
            "placement": placement,
            "variants": variants,
            "timings": _timings(experiment.timings, settled, facts),
        }
    )
    return _with_cuts(placed, facts, settled)


def _with_cuts(
    experiment: Experiment, facts: Mapping[str, StageFacts], choices: Mapping[str, Choice]
) -> Experiment:
    from edge_aibench.placement.cutting import cut

    for name, choice in choices.items():
        if choice.cut is not None:
            known = next(each for each in facts[name].cuts if each.after == choice.cut.after)
            experiment = cut(experiment, name, choice.cut, known)
    return experiment


def placement_of(experiment: Experiment, choices: Mapping[str, Choice]) -> Placement:
    """Where all stages run with *choices* for the decided ones; the others stay or follow."""
    scenario = experiment.scenario
    groups: dict[str, tuple[str, ...]] = {}
    for name in reversed(scenario.order()):
        if name in choices:
            groups[name] = (choices[name].place,)
        elif scenario.stages[name].place == WITH_CONSUMERS:
            copies = [group for user in scenario.consumers(name) for group in groups[user]]
            groups[name] = tuple(dict.fromkeys(copies))
        else:
            groups[name] = experiment.placement.groups[name]
    return Placement(groups={name: groups[name] for name in scenario.stages})


def assignment_in(experiment: Experiment, problem: Problem) -> Assignment:
    """The assignment that was applied to *problem* to make *experiment*.

    Raises InternalError for switches in the course of the run, which no assignment says.
    """
    variants = experiment.variants
    if any(switch.at_s > 0 for switch in variants.switches):
        raise InternalError("an assignment does not change in the course of a run")
    borders = {0, experiment.instances}
    for switch in variants.switches:
        borders |= {switch.first, min(switch.last + 1, experiment.instances)}
    edges = sorted(borders)
    parts: dict[str, list[Part]] = {name: [] for name in problem.stages}
    for first, end in itertools.pairwise(edges):
        placement = experiment.placements[variants.followed(first, 0.0)]
        for name, before in parts.items():
            choice = _choice(name, experiment, problem.experiment, placement)
            if before and before[-1].choice == choice:
                before[-1] = Part(choice, before[-1].instances + end - first)
            else:
                before.append(Part(choice, end - first))
    return Assignment({name: tuple(found) for name, found in parts.items()})


def own_form(stage: Stage) -> Form:
    """The form that *stage* asks for."""
    return Form(stage.preset or "", stage.precision)


def _choice(name: str, experiment: Experiment, base: Experiment, placement: Placement) -> Choice:
    stage, before = experiment.scenario.stages[name], base.scenario.stages[name]
    asked = stage.serving if stage.serving != before.serving else None
    cut = None
    if stage.part is not None and before.part is None:
        cut = Cut(stage.part.after, placement.groups[f"{name}{FRONT_SUFFIX}"][0])
    return Choice(
        place=placement.groups[name][0],
        form=own_form(stage),
        workers=0 if asked is None else asked.workers,
        cut=cut,
    )


def _as_chosen(stage: Stage, choice: Choice, facts: StageFacts) -> Stage:
    update: dict[str, object] = {}
    if choice.form != facts.own.form:
        update |= {"preset": choice.form.preset, "precision": choice.form.precision}
    if choice.workers:
        serving = stage.serving or Serving()
        if stage.serving is None or serving.workers != choice.workers:
            update["serving"] = serving.model_copy(update={"workers": choice.workers})
    return stage.model_copy(update=update) if update else stage


def _timings(
    timings: Timings, choices: Mapping[str, Choice], facts: Mapping[str, StageFacts]
) -> Timings:
    """The times of the chosen forms. What was slow together is known of own forms only."""
    stages = dict(timings.stages)
    for name, choice in choices.items():
        if choice.form != facts[name].own.form:
            stages[name] = facts[name].forms[choice.form].times
    if stages == timings.stages:
        return timings
    return timings.model_copy(update={"stages": stages, "rows": False, "moments": None})


def _variants(
    blocks: list[tuple[int, int, dict[str, Choice]]], placements: list[Placement]
) -> tuple[Placement, Variants]:
    """The placement of the first block, and the others with who follows them from the start."""
    known = [placements[0]]
    switches = []
    for (first, instances, _), placement in zip(blocks, placements, strict=True):
        if placement not in known:
            known.append(placement)
        if number := known.index(placement):
            switches.append(Switch(variant=number, first=first, last=first + instances - 1))
    return known[0], Variants(others=tuple(known[1:]), switches=tuple(switches))

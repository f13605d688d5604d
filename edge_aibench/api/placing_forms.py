"""What is known of the forms that stages can take: rehearsed on this machine, if need be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from edge_aibench.api.timings import rehearse_here, rehearsed_times
from edge_aibench.errors import EdgeAIBenchError
from edge_aibench.placement.facts import StageFacts
from edge_aibench.placement.forms import form_facts, other_forms, own_facts, with_forms

if TYPE_CHECKING:
    from edge_aibench.api.notices import Notices
    from edge_aibench.api.simulation import SimulationChoices
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.placement.choice import Form
    from edge_aibench.placement.facts import CutFacts, FormFacts

FormChoice = Literal["own", "all"]


def known_forms(
    experiment: Experiment, only: SimulationChoices, forms: FormChoice, notices: Notices
) -> dict[str, StageFacts]:
    """The facts of every decided stage, in its own form or in all that its network has.

    Other forms are rehearsed here, each stage's next one in one go: as many rehearsals as the stage
    with most forms has others. A stage whose time a law gives has its own form only: nobody says
    how long another would take. A form that cannot be rehearsed is left out, with a warning.
    """
    facts = own_facts(experiment)
    if forms == "own":
        return facts
    told = {text.partition("=")[0].strip() for text in only.services}
    others = {
        name: [] if name in told or "all" in told else list(other_forms(experiment.scenario, name))
        for name in facts
    }
    found: dict[str, dict[Form, FormFacts]] = {
        name: dict(each.forms) for name, each in facts.items()
    }
    for number in range(max((len(each) for each in others.values()), default=0)):
        wanted = {name: each[number] for name, each in others.items() if number < len(each)}
        for name, form in _rehearsed(experiment, wanted, notices).items():
            found[name][form.form] = form
    return {name: StageFacts(forms=each) for name, each in found.items()}


def known_cuts(experiment: Experiment, notices: Notices) -> dict[str, tuple[CutFacts, ...]]:
    """The cuts of every decided stage's network, measured here; none where there are none."""
    from edge_aibench.api.components import load_components
    from edge_aibench.placement.cutting import stage_cuts

    one = experiment.model_copy(update={"instances": 1})
    components = load_components(one)
    found = {}
    for stage in experiment.scenario.inference_stages():
        notices.progress(f"measuring the cuts of {stage}")
        found[stage] = stage_cuts(one, components, stage)
    return found


def _rehearsed(
    experiment: Experiment, wanted: dict[str, Form], notices: Notices
) -> dict[str, FormFacts]:
    """What this machine takes for each stage in the form wanted of it."""
    said = ", ".join(f"{name} {form}" for name, form in wanted.items())
    notices.progress(f"rehearsing {said}")
    changed = experiment.model_copy(update={"scenario": with_forms(experiment.scenario, wanted)})
    try:
        rehearsal = rehearse_here(changed)
    except EdgeAIBenchError as error:
        if len(wanted) > 1:
            each: dict[str, FormFacts] = {}
            for name, form in wanted.items():
                each |= _rehearsed(experiment, {name: form}, notices)
            return each
        notices.warning(f"left out: {said} cannot be rehearsed: {error}")
        return {}
    return {
        name: form_facts(changed.scenario, name, rehearsed_times(rehearsal, name))
        for name in wanted
    }

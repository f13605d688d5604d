"""The forms of a stage: which there are, what they keep in memory, and how good they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from edge_aibench.inference.prepared import INT8, PRECISIONS
from edge_aibench.inference.session import RUNTIMES
from edge_aibench.inference.stage_network import shipped_figures, stage_component, stage_preset
from edge_aibench.model.time_law import NO_TIME
from edge_aibench.model.timings import StageTimes
from edge_aibench.placement.apply import decided_stages, own_form
from edge_aibench.placement.choice import Form
from edge_aibench.placement.facts import FormFacts, StageFacts
from edge_aibench.placement.memory import weight_bytes

if TYPE_CHECKING:
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.model.scenario import Scenario, Stage


def own_facts(experiment: Experiment) -> dict[str, StageFacts]:
    """What is known of every decided stage of *experiment* in the form that it asks for."""
    scenario = experiment.scenario
    facts = {}
    for name in decided_stages(scenario):
        times = experiment.timings.stages.get(name, StageTimes(work=NO_TIME))
        facts[name] = StageFacts(
            forms={own_form(scenario.stages[name]): form_facts(scenario, name, times)}
        )
    return facts


def form_facts(scenario: Scenario, name: str, times: StageTimes) -> FormFacts:
    """What is known of stage *name* as *scenario* has it, with these *times*."""
    stage = scenario.stages[name]
    form = own_form(stage)
    if stage.kind != "inference":
        return FormFacts(form=form, times=times, source=times.source)
    headline = stage_component(scenario, name).headline
    quality = shipped_figures(stage, (headline,)).get(headline)
    return FormFacts(
        form=form,
        times=times,
        resident_bytes=weight_bytes(scenario, name),
        quality=None if quality is None else float(quality),
        metric=headline,
        source=times.source,
    )


def other_forms(scenario: Scenario, name: str) -> tuple[Form, ...]:
    """The presets and precisions that stage *name* could take besides its own.

    None for a stage without a network, and for networks that are exported in a way of their own:
    what they read is made for them.
    """
    stage = scenario.stages[name]
    if stage.kind != "inference":
        return ()
    component = stage_component(scenario, name)
    if component.own_network is not None:
        return ()
    own = (stage_preset(stage), stage.precision)
    return tuple(
        Form(preset, INT8 if precision == INT8 else "float32")
        for preset in component.presets
        for precision in PRECISIONS
        if (preset, precision) != own
    )


def with_forms(scenario: Scenario, forms: Mapping[str, Form]) -> Scenario:
    """*scenario* whose stages run these forms."""
    stages = dict(scenario.stages)
    for name, form in forms.items():
        update = {"preset": form.preset, "precision": form.precision}
        stages[name] = stages[name].model_copy(update=update)
    return scenario.model_copy(update={"stages": stages})


def runtimes_of(scenario: Scenario, name: str) -> tuple[str, ...]:
    """The runtimes that run the network of stage *name*; none without a network."""
    stage: Stage = scenario.stages[name]
    if stage.kind != "inference":
        return ()
    return RUNTIMES[stage_component(scenario, name).framework]

"""Small placement problems whose times are given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edge_aibench.model.experiment import Experiment
from edge_aibench.model.placement import place
from edge_aibench.model.scenario import Scenario
from edge_aibench.model.time_law import ConstantTime, ExponentialTime
from edge_aibench.model.timings import StageTimes, Timings
from edge_aibench.model.topology import Topology
from edge_aibench.model.workload import Workload
from edge_aibench.placement.apply import decided_stages, own_form
from edge_aibench.placement.build import build_problem
from edge_aibench.placement.choice import Form
from edge_aibench.placement.evaluate import Evaluator
from edge_aibench.placement.facts import FormFacts, StageFacts
from edge_aibench.placement.objective import Objective
from edge_aibench.placement.problem import Problem
from edge_aibench.testing.ward import small_ward, three_tiers


def constant(time_s: float, *, passes: float = 1.0) -> StageTimes:
    """Always the same time."""
    return StageTimes(work=ConstantTime(time_s=time_s), passes=passes)


def exponential(mean_s: float) -> StageTimes:
    """Exponential with this mean."""
    return StageTimes(work=ExponentialTime(mean=mean_s))


def changed(topology: Topology, **links: Mapping[str, Any]) -> Topology:
    """*topology* with other links: the same both ways."""
    document = topology.model_dump(by_alias=True)
    for name, values in links.items():
        for way in ("up", "down"):
            document["links"][name][way] = {**document["links"][name][way], **values}
    return Topology.model_validate(document)


def build_ward(
    stages: Mapping[str, StageTimes] | None = None,
    *,
    instances: int = 2,
    device_speed: float = 1.0,
    arrivals: Mapping[str, object] | None = None,
    changes: Mapping[str, Mapping[str, object]] | None = None,
    links: Mapping[str, Mapping[str, Any]] | None = None,
    duration_s: float = 4.0,
) -> Experiment:
    """Make the small ward of `edge_aibench.testing.ward`, with times for its stages."""
    document = small_ward().model_dump(by_alias=True)
    document["sensors"]["monitor"]["arrivals"] = arrivals or {
        "law": "periodic",
        "interval": 1.0,
    }
    for name, values in (changes or {}).items():
        kind = "sensors" if name in document["sensors"] else "stages"
        document[kind][name] |= values
    scenario = Scenario.model_validate(document)
    topology = changed(three_tiers(device_speed=device_speed), **(links or {}))
    return Experiment(
        source="small-ward",
        scenario=scenario,
        topology=topology,
        placement=place(scenario, topology),
        instances=instances,
        workload=Workload(duration_s=duration_s, warmup_s=0.5),
        timings=Timings(stages=dict(stages or {})),
    )


def facts_of(
    experiment: Experiment, forms: Mapping[str, tuple[FormFacts, ...]] | None = None
) -> dict[str, StageFacts]:
    """The own form of each decided stage, and *forms* besides."""
    facts = {}
    for name in decided_stages(experiment.scenario):
        form = own_form(experiment.scenario.stages[name])
        times = experiment.timings.stages.get(name, constant(0.0))
        known = {form: FormFacts(form=form, times=times)}
        known |= {each.form: each for each in (forms or {}).get(name, ())}
        facts[name] = StageFacts(forms=known)
    return facts


def lite(time_s: float, *, size_bytes: int = 0, quality: float | None = None) -> FormFacts:
    """A form called lite."""
    return FormFacts(
        form=Form("lite"),
        times=constant(time_s),
        resident_bytes=size_bytes,
        quality=quality,
        metric="accuracy",
    )


def build_small(experiment: Experiment, **options: Any) -> tuple[Problem, Evaluator]:
    """Make the problem of an experiment whose stages have their own form only, unless said."""
    forms = options.pop("forms", None)
    objectives = options.pop("objectives", (Objective("e2e.mean"),))
    return build_problem(experiment, facts_of(experiment, forms), objectives=objectives, **options)

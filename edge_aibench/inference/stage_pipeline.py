"""The network of an inference stage, as the scenario and the command line chose it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_aibench.errors import unknown_name
from edge_aibench.inference.pipeline import Pipeline, get_component, load_task
from edge_aibench.inference.prepared import NetworkChoice
from edge_aibench.tasks.task import REFERENCE

if TYPE_CHECKING:
    from edge_aibench.model.components import Context
    from edge_aibench.tasks.component import Component

_TRAINED = "lite"


def stage_component(context: Context, stage: str) -> Component:
    """The component that inference stage *stage* runs; raises ConfigError if it runs none."""
    described = context.scenario.stages.get(stage)
    if described is None or described.task is None:
        known = context.scenario.inference_stages()
        raise unknown_name("inference stage", stage, known, where=context.scenario.name)
    return get_component(described.task)


def stage_pipeline(context: Context, stage: str) -> Pipeline:
    """Load the network of inference stage *stage*, on one thread.

    Without a preset in the scenario it is `lite` where there is one. Raises ConfigError and
    HostError as `load_task` does.
    """
    component = stage_component(context, stage)
    described = context.scenario.stages[stage]
    choice = NetworkChoice(
        preset=described.preset or (_TRAINED if _TRAINED in component.presets else REFERENCE),
        precision=described.precision,
        runtime=None if context.runtime == "auto" else context.runtime,
    )
    return load_task(component, choice, threads=1).pipeline

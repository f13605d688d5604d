"""The network of an inference stage, as scenario and command line choose it, and its quality."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from edge_aibench.errors import ConfigError, InternalError, unknown_name
from edge_aibench.inference.pipeline import LoadedTask, get_component, load_task
from edge_aibench.inference.prepared import INT8, NetworkChoice
from edge_aibench.tasks.weights import read_manifest

if TYPE_CHECKING:
    from edge_aibench.inference.cutting.graph import CutPoint
    from edge_aibench.inference.cutting.parts import CutNetwork
    from edge_aibench.model.scenario import Scenario, Stage
    from edge_aibench.tasks.component import Component

AUTO: Final = "auto"
"""The runtime that a task is deployed on."""


def stage_component(scenario: Scenario, name: str) -> Component:
    """Give the component that inference stage *name* runs; raises ConfigError if it runs none."""
    stage = scenario.stages.get(name)
    if stage is None or stage.task is None:
        known = scenario.inference_stages()
        raise unknown_name("inference stage", name, known, where=f"scenario {scenario.name}")
    return get_component(stage.task)


def load_stage_network(
    scenario: Scenario, name: str, *, runtime: str, task: str | None = None
) -> LoadedTask:
    """Load the network of inference stage *name* on one thread.

    *runtime* is one by name, or `auto`. The first answer is slow: ask for one before the load. Of a
    network that is cut it is the rest, with a pipeline for activations and raw samples alike.
    Raises ConfigError for a stage without a task, and for one that runs another than *task*,
    whose answers it is written for; ConfigError and HostError as `load_task` does.
    """
    component = stage_component(scenario, name)
    stage = scenario.stages[name]
    if task is not None and stage.task != task:
        raise ConfigError(
            f"must run the task {task}",
            where=f"scenario {scenario.name}",
            key=f"stages.{name}.task",
            value=stage.task,
            next_step="the stages of this scenario fit their tasks: write a scenario of your own",
        )
    if stage.part is not None:
        return _rest(scenario, name, stage.part.after, runtime=runtime)
    return load_task(component, network_choice(stage, runtime), threads=1)


def stage_parts(scenario: Scenario, name: str, *, runtime: str) -> tuple[CutNetwork, CutPoint]:
    """The network of inference stage *name*, which runs a part of it, and where it is cut.

    Raises ConfigError for a network that cannot be cut there; what `load_stage_network` does.
    """
    from edge_aibench.inference.cutting.parts import cut_network

    component = stage_component(scenario, name)
    stage = scenario.stages[name]
    if stage.part is None:
        raise InternalError(f"stage '{name}' runs its whole network")
    network = cut_network(component, network_choice(stage, runtime))
    return network, network.cut(stage.part.after)


def _rest(scenario: Scenario, name: str, after: str, *, runtime: str) -> LoadedTask:
    from edge_aibench.inference.cutting.parts import rest_pipeline

    network, _ = stage_parts(scenario, name, runtime=runtime)
    return LoadedTask(
        component=network.component,
        choice=network.choice,
        runtime=network.runtime,
        trained=network.trained,
        pipeline=rest_pipeline(network, after),
    )


def network_choice(stage: Stage, runtime: str) -> NetworkChoice:
    """The network that an inference stage runs; *runtime* is one by name, or `auto`."""
    return NetworkChoice(
        preset=stage_preset(stage),
        runtime=None if runtime == AUTO else runtime,
        precision=stage.precision,
    )


def stage_preset(stage: Stage) -> str:
    """The preset that an inference stage runs: its own, else its task's default."""
    return stage.preset or _component(stage).default_preset


def shipped_figures(stage: Stage, metrics: Sequence[str]) -> dict[str, Any]:
    """What the weights that come with a stage's task reach on the test split of its data.

    `quality: n/a (untrained)` alone for a preset that nobody trained. Empty for a stage without a
    task; metrics that were not measured in the stage's precision are left out.
    """
    if stage.task is None:
        return {}
    task = _component(stage).task
    networks = {} if task.weights_root is None else read_manifest(task.weights_root()).networks
    trained = networks.get(task.name, {}).get(stage_preset(stage))
    if trained is None:
        return {"quality": "n/a (untrained)"}
    measured = trained.quality.int8 if stage.precision == INT8 else trained.quality.network
    return {metric: measured[metric] for metric in metrics if metric in measured}


def _component(stage: Stage) -> Component:
    assert stage.task is not None  # noqa: S101 - inference stages have one
    return get_component(stage.task)

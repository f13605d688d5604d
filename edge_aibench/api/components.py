"""A scenario's working parts, for the experiment that they serve."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from edge_aibench.errors import ConfigError, EdgeAIBenchError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge_aibench.model.components import Components
    from edge_aibench.model.experiment import Experiment


def load_components(
    experiment: Experiment, observations: Mapping[str, int] | None = None
) -> Components:
    """Make the scenario's working parts, with their data read. Raises ConfigError.

    They have so many *observations* of each sensor, by default `observations_of` the experiment.
    """
    from edge_aibench.config.catalogue import find_scenario, scenario_names
    from edge_aibench.config.entry import load_entry
    from edge_aibench.model.components import Context

    # Agents are forks of this process, and threads do not survive a fork: OpenCV, whose pool would
    # hang in them, reads this when it is first imported. A stage is to run on one thread anyway.
    os.environ.setdefault("OPENCV_FOR_THREADS_NUM", "1")
    scenario = experiment.scenario
    place = find_scenario(experiment.source)
    factory = load_entry(
        scenario.components, folder=place.folder, where=f"{place.source}: components"
    )
    context = Context(
        scenario=scenario,
        instances=experiment.instances,
        observations=observations or observations_of(experiment),
        seed=experiment.workload.seed,
        inference=experiment.inference,
        runtime=experiment.runtime,
        data_root=None if experiment.data_root is None else Path(experiment.data_root),
    )
    try:
        parts: Components = factory(context)
        if scenario.fronts():
            parts = _with_cuts(parts, experiment)
        parts.prepare()
    except EdgeAIBenchError:
        raise
    except Exception as error:
        if experiment.source in scenario_names():
            raise
        raise ConfigError(
            f"ended with {type(error).__name__}: {error}",
            where=f"{place.source}: components",
            value=scenario.components,
            next_step="EDGE_AIBENCH_DEBUG=1 shows where",
        ) from error
    return parts


def _with_cuts(whole: Components, experiment: Experiment) -> Components:
    from edge_aibench.inference.cutting.stages import CutComponents

    return CutComponents(whole, experiment.scenario, runtime=experiment.runtime)


def observations_of(experiment: Experiment) -> dict[str, int]:
    """How many observations each sensor must have: the longest plan, and enough to rehearse."""
    from edge_aibench.emulate.rehearsal import ROUNDS
    from edge_aibench.model.experiment import plan_all

    return {
        plan.sensor: max(ROUNDS, *(len(row) for row in plan.instants_ns))
        for plan in plan_all(experiment)
    }

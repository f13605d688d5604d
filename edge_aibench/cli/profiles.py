"""From profile files to the service times of a scenario's stages, in profiled mode."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from edge_aibench.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge_aibench.inference.profile_file import TaskProfile
    from edge_aibench.model.placement import Placement
    from edge_aibench.model.scenario import Scenario
    from edge_aibench.model.service_times import ServiceTimes
    from edge_aibench.model.topology import Hardware, Topology
    from edge_aibench.tasks.component import Component


def service_times(
    files: Sequence[Path], scenario: Scenario, topology: Topology, placement: Placement
) -> dict[str, ServiceTimes]:
    """Choose a profile for each inference stage: of its task, preset, precision and hardware.

    A profile of the node's own hardware counts as it is; one of this machine is scaled by the
    hardware's speed. Raises ConfigError for a stage without a profile, and for a file that no
    stage uses.
    """
    from edge_aibench.inference.profile_file import read_profile

    profiles = {file: read_profile(file) for file in files}
    chosen: dict[str, ServiceTimes] = {}
    used: set[Path] = set()
    for stage in scenario.inference_stages():
        hardware = topology.nodes[placement.groups[stage][0]].hardware
        assert hardware is not None  # noqa: S101 - stages run on hosts, and hosts have hardware
        fitting = {
            file: profile for file, profile in profiles.items() if _fits(profile, scenario, stage)
        }
        file, scale = _best(fitting, stage, scenario, hardware)
        used.update(fitting)
        chosen[stage] = _times(profiles[file], scale)
    if unused := [str(file) for file in files if file not in used]:
        raise ConfigError(
            "is of no network that an inference stage of this scenario runs",
            where="--profile",
            value=", ".join(unused),
            next_step="leave it out",
        )
    return chosen


def _fits(profile: TaskProfile, scenario: Scenario, stage: str) -> bool:
    described = scenario.stages[stage]
    return (profile.task, profile.precision, profile.preset) == (
        _component(scenario, stage).task.name,
        described.precision,
        _preset(scenario, stage),
    )


def _component(scenario: Scenario, stage: str) -> Component:
    from edge_aibench.inference.pipeline import get_component

    task = scenario.stages[stage].task
    assert task is not None  # noqa: S101 - inference stages have one
    return get_component(task)


def _preset(scenario: Scenario, stage: str) -> str:
    """The preset that the stage runs: its own word, or the task's default."""
    from edge_aibench.cli.task_choices import default_preset

    return scenario.stages[stage].preset or default_preset(_component(scenario, stage))


def _best(
    fitting: dict[Path, TaskProfile], stage: str, scenario: Scenario, hardware: Hardware
) -> tuple[Path, float]:
    """The profile of the hardware itself, else one of this machine with the scale."""
    from edge_aibench.record.environment import collect

    for file, profile in fitting.items():
        if profile.hardware == hardware.name:
            return file, 1.0
    here = collect(packages=()).cpu_model
    for file, profile in fitting.items():
        if profile.hardware is None and profile.environment.get("cpu_model") == here:
            return file, 1.0 / hardware.speed
    described = scenario.stages[stage]
    network = f"{described.task} {_preset(scenario, stage)} {described.precision}"
    raise ConfigError(
        f"has no profile of {network} on '{hardware.name}' or on this machine",
        where="--profile",
        key=stage,
        next_step=f"edge-aibench task profile {described.task} --preset "
        f"{_preset(scenario, stage)} --precision {described.precision} --out profile.json "
        f"(on the hardware itself, with --hardware {hardware.name}, or here, to be scaled)",
    )


def _times(profile: TaskProfile, scale: float) -> ServiceTimes:
    from edge_aibench.model.service_times import ServiceTimes

    return ServiceTimes(
        task=profile.task,
        preset=profile.preset,
        runtime=profile.runtime,
        precision=profile.precision,
        threads=profile.threads,
        measured_on=profile.hardware or str(profile.environment.get("cpu_model")),
        scale=scale,
        contended=profile.contention.contended,
        calls_ns={batch.batch: tuple(batch.wall_ns) for batch in profile.batches},
    )

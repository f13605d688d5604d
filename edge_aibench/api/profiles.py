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


def service_times(
    files: Sequence[Path],
    scenario: Scenario,
    topology: Topology,
    placement: Placement,
    *,
    partly: bool = False,
) -> dict[str, ServiceTimes]:
    """Choose a profile for each inference stage: of its task, preset, precision and hardware.

    A profile of the node's own hardware counts as it is; one of this machine is scaled by the
    hardware's speed. Raises ConfigError for a stage without a profile (unless *partly*: then one
    whose network is in none of the files is left out), and for a file that no stage uses.
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
        # A profile is of a network in one piece.
        if partly and (not fitting or scenario.stages[stage].part is not None):
            continue
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
    from edge_aibench.inference.stage_network import stage_component, stage_preset

    described = scenario.stages[stage]
    return (profile.task, profile.precision, profile.preset) == (
        stage_component(scenario, stage).task.name,
        described.precision,
        stage_preset(described),
    )


def _best(
    fitting: dict[Path, TaskProfile], stage: str, scenario: Scenario, hardware: Hardware
) -> tuple[Path, float]:
    """The profile of the hardware itself, else one of this machine with the scale."""
    from edge_aibench.inference.stage_network import stage_preset
    from edge_aibench.record.environment import collect

    for file, profile in fitting.items():
        if profile.hardware == hardware.name:
            return file, 1.0
    here = collect(packages=()).cpu_model
    for file, profile in fitting.items():
        if profile.hardware is None and profile.environment.get("cpu_model") == here:
            return file, 1.0 / hardware.speed
    described = scenario.stages[stage]
    preset = stage_preset(described)
    network = f"{described.task} {preset} {described.precision}"
    raise ConfigError(
        f"has no profile of {network} on '{hardware.name}' or on this machine",
        where="--profile",
        key=stage,
        next_step=f"edge-aibench task profile {described.task} --preset {preset} "
        f"--precision {described.precision} --out profile.json "
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

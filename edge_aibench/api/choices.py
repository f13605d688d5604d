"""From what a user chose to a resolved experiment."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from edge_aibench.api.limits import check_instances
from edge_aibench.api.notices import Notices
from edge_aibench.errors import ConfigError, unknown_name

if TYPE_CHECKING:
    from edge_aibench.model.experiment import BackendName, ComputeMode, Experiment
    from edge_aibench.model.placement import Placement
    from edge_aibench.model.scenario import Scenario
    from edge_aibench.model.service_times import ServiceTimes
    from edge_aibench.model.topology import Topology
    from edge_aibench.record.data import EngineName

RUNTIMES = ("auto", "litert", "onnxruntime", "tensorflow", "torch")
INFERENCE_MODES = ("window", "streaming")


@dataclass(frozen=True)
class Choices:
    """What the user said; None means the scenario's own choice.

    Of a simulation *profiles* are read with its timings, not here.
    """

    scenario: str
    engine: EngineName = "emulate"
    instances: int | None = None
    topology: str | None = None
    place: str | None = None
    interval: str | None = None
    arrivals: str | None = None
    duration_s: float = 30.0
    warmup_s: float = 3.0
    seed: int = 1
    dilation: float = 1.0
    inference: str = "window"
    runtime: str = "auto"
    backend: BackendName = "auto"
    data_root: Path | None = None
    compute: ComputeMode = "measured"
    profiles: tuple[Path, ...] = ()
    settings: tuple[str, ...] = field(default_factory=tuple)
    links: tuple[str, ...] = field(default_factory=tuple)
    splits: tuple[str, ...] = ()


def resolve(choices: Choices, notices: Notices | None = None) -> Experiment:
    """Read the files and put the choices in. Raises ConfigError.

    Hardware with a yardstick gets its speed: this machine measures the yardstick once, which
    *notices* tell (none: warnings only).
    """
    from edge_aibench.api.speeds import with_speeds
    from edge_aibench.config.load import load_scenario, load_topology
    from edge_aibench.config.overrides import parse_overrides
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.model.placement import place
    from edge_aibench.model.workload import Workload

    _check_name("runtime", choices.runtime, RUNTIMES)
    _check_name("inference", choices.inference, INFERENCE_MODES)
    _check_seconds("--duration", choices.duration_s)
    _check_seconds("--warmup", choices.warmup_s)
    _check_splits(choices)
    overrides = parse_overrides((*choices.settings, *_arrival_settings(choices)), choices.links)
    loaded = load_scenario(choices.scenario, overrides)
    scenario = loaded.scenario
    topology = load_topology(choices.topology or scenario.topology, overrides, near=loaded.folder)
    instances = scenario.instances.default if choices.instances is None else choices.instances
    check_instances(instances, scenario.instances.name, choices.engine)
    placement = place(scenario, topology, choices.place)
    topology = with_speeds(topology, notices or Notices())
    whole = Experiment(
        source=_lasting_name(choices.scenario, loaded.folder),
        scenario=scenario,
        topology=topology,
        placement=placement,
        instances=instances,
        workload=Workload(
            duration_s=choices.duration_s, warmup_s=choices.warmup_s, seed=choices.seed
        ),
        dilation=choices.dilation,
        inference=choices.inference,
        runtime=choices.runtime,
        backend=choices.backend,
        compute=choices.compute,
        profiles=_profiles(choices, scenario, topology, placement),
        data_root=None if choices.data_root is None else str(choices.data_root.resolve()),
    )
    return _cut(choices, whole, notices or Notices()) if choices.splits else whole


def _check_splits(choices: Choices) -> None:
    if choices.splits and choices.compute == "profiled":
        raise ConfigError(
            "goes with whole networks only: a profile is of one in one piece",
            where="--split",
            value=", ".join(choices.splits),
            next_step="run it with --compute measured",
        )


def _cut(choices: Choices, whole: Experiment, notices: Notices) -> Experiment:
    from edge_aibench.api.splits import cut_experiment, parse_splits

    splits = parse_splits(choices.splits)
    notices.progress("cutting networks, for the sizes of what travels between their parts")
    return cut_experiment(whole, splits, choices.place)


def _profiles(
    choices: Choices, scenario: Scenario, topology: Topology, placement: Placement
) -> dict[str, ServiceTimes]:
    if choices.engine == "simulate":
        return {}
    if choices.compute == "profiled":
        from edge_aibench.api.profiles import service_times

        if choices.inference != "window":
            raise ConfigError(
                "goes with whole windows only: a state that is carried on is not profiled",
                where="--compute",
                value=f"{choices.compute}, --inference {choices.inference}",
            )
        return service_times(choices.profiles, scenario, topology, placement)
    if choices.profiles:
        raise ConfigError(
            "is for stages that do not compute",
            where="--profile",
            value=", ".join(map(str, choices.profiles)),
            next_step="add --compute profiled",
        )
    return {}


def _lasting_name(given: str, folder: Path) -> str:
    """A name that still leads there from another working folder."""
    from edge_aibench.config.catalogue import scenario_names

    return given if given in scenario_names() else str(folder.resolve())


def _arrival_settings(choices: Choices) -> list[str]:
    """`--interval` and `--arrivals` as settings of every sensor."""
    from edge_aibench.config.load import load_scenario

    wanted = {"interval": choices.interval, "law": choices.arrivals}
    given = {key: value for key, value in wanted.items() if value is not None}
    if not given:
        return []
    sensors = load_scenario(choices.scenario).scenario.sensors
    return [
        f"sensors.{name}.arrivals.{key}={value}" for name in sensors for key, value in given.items()
    ]


def _check_name(kind: str, name: str, known: tuple[str, ...]) -> None:
    if name not in known:
        raise unknown_name(kind, name, known, where=f"--{kind}")


def _check_seconds(option: str, seconds: float) -> None:
    if not math.isfinite(seconds):
        raise ConfigError("must be a number of seconds", where=option, value=seconds)

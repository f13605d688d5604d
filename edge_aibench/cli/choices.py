"""From the options of a command to a resolved experiment and its scenario's working parts."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from edge_aibench.errors import ConfigError, EdgeAIBenchError, unknown_name

if TYPE_CHECKING:
    from edge_aibench.model.components import Components
    from edge_aibench.model.experiment import BackendName, ComputeMode, Experiment
    from edge_aibench.model.placement import Placement
    from edge_aibench.model.scenario import Scenario
    from edge_aibench.model.service_times import ServiceTimes
    from edge_aibench.model.topology import Topology

RUNTIMES = ("auto", "litert", "onnxruntime", "tensorflow", "torch")
INFERENCE_MODES = ("window", "streaming")
MOST_INSTANCES = 50_000
_MOST_OBSERVATIONS = 5_000_000
"""In one run: each leaves some ten events of 38 bytes in memory, and two rows in tables."""


@dataclass(frozen=True)
class Choices:
    """What the user said; None means the scenario's own choice."""

    scenario: str
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


def resolve(choices: Choices, *, quiet: bool = False) -> Experiment:
    """Read the files and put the choices in. Raises ConfigError.

    Hardware with a yardstick gets its speed: this machine measures the yardstick once, which is
    said on stderr unless *quiet*.
    """
    from edge_aibench.cli.yardstick import with_speeds
    from edge_aibench.config.load import load_scenario, load_topology
    from edge_aibench.config.overrides import parse_overrides
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.model.placement import place
    from edge_aibench.model.workload import Workload

    _check_name("runtime", choices.runtime, RUNTIMES)
    _check_name("inference", choices.inference, INFERENCE_MODES)
    _check_seconds("--duration", choices.duration_s)
    _check_seconds("--warmup", choices.warmup_s)
    overrides = parse_overrides((*choices.settings, *_arrival_settings(choices)), choices.links)
    loaded = load_scenario(choices.scenario, overrides)
    scenario = loaded.scenario
    topology = load_topology(choices.topology or scenario.topology, overrides, near=loaded.folder)
    instances = scenario.instances.default if choices.instances is None else choices.instances
    _check_instances(instances, scenario.instances.name)
    placement = place(scenario, topology, choices.place)
    topology = with_speeds(topology, quiet=quiet)
    return Experiment(
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


def _profiles(
    choices: Choices, scenario: Scenario, topology: Topology, placement: Placement
) -> dict[str, ServiceTimes]:
    if choices.compute == "profiled":
        from edge_aibench.cli.profiles import service_times

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


def check_load(experiment: Experiment) -> None:
    """Raise ConfigError for a run that would plan more than fits into memory, or nothing."""
    from edge_aibench.model.experiment import plan_all

    workload = experiment.workload
    total_s = workload.warmup_s + workload.duration_s
    for name, sensor in experiment.scenario.sensors.items():
        planned = experiment.instances * total_s / sensor.arrivals.interval_s
        if planned > _MOST_OBSERVATIONS:
            raise ConfigError(
                f"must leave at most {_MOST_OBSERVATIONS:,} observations of '{name}': "
                f"{experiment.instances} {experiment.scenario.instances.name}s would make "
                f"{planned:,.0f}",
                where="--duration",
                value=workload.duration_s,
                next_step="shorten the run, or repeat it (--repeat): "
                "percentiles need thousands, not millions",
            )
    measured = sum(
        int((row >= plan.warmup_ns).sum())
        for plan in plan_all(experiment)
        for row in plan.instants_ns
    )
    if not measured:
        raise ConfigError(
            "must be long enough for one observation; none falls into it",
            where="--duration",
            value=workload.duration_s,
            next_step="make it longer than the interval between observations",
        )


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


def load_components(experiment: Experiment) -> Components:
    """Make the scenario's working parts, with their data read. Raises ConfigError."""
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
        observations=observations_of(experiment),
        seed=experiment.workload.seed,
        inference=experiment.inference,
        runtime=experiment.runtime,
        data_root=None if experiment.data_root is None else Path(experiment.data_root),
    )
    try:
        parts: Components = factory(context)
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


def observations_of(experiment: Experiment) -> dict[str, int]:
    """How many observations each sensor must have: the longest plan, and enough to rehearse."""
    from edge_aibench.emulate.rehearsal import ROUNDS
    from edge_aibench.model.experiment import plan_all

    return {
        plan.sensor: max(ROUNDS, *(len(row) for row in plan.instants_ns))
        for plan in plan_all(experiment)
    }


def _check_name(kind: str, name: str, known: tuple[str, ...]) -> None:
    if name not in known:
        raise unknown_name(kind, name, known, where=f"--{kind}")


def _check_seconds(option: str, seconds: float) -> None:
    if not math.isfinite(seconds):
        raise ConfigError("must be a number of seconds", where=option, value=seconds)


def _check_instances(instances: int, name: str) -> None:
    if instances < 1:
        raise ConfigError(
            f"must be at least 1 {name}", where="the number of instances", value=instances
        )
    if instances > MOST_INSTANCES:
        from edge_aibench.emulate.capacity import hosts_that_fit

        raise ConfigError(
            f"must be at most {MOST_INSTANCES} {name}s: one Ethernet segment addresses no more",
            where="the number of instances",
            value=instances,
            next_step=f"about {hosts_that_fit()} hosts fit into this machine's memory",
        )

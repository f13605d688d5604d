"""`edge_aibench.simulate`, `edge_aibench.load`: what the command line does, as functions."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from edge_aibench.api import arguments
from edge_aibench.api.choices import Choices
from edge_aibench.api.notices import Notices
from edge_aibench.api.run import Run
from edge_aibench.api.simulation import RecordChoice, Simulation, SimulationChoices
from edge_aibench.errors import ConfigError
from edge_aibench.model.experiment import BackendName, ComputeMode
from edge_aibench.record.opened import open_run

if TYPE_CHECKING:
    from edge_aibench.model.timings import Timings
    from edge_aibench.simulate.session import EngineChoice


def simulate(  # noqa: PLR0913 - one argument an option
    scenario: str | Path,
    *,
    instances: int | None = None,
    topology: str | Path | None = None,
    place: str | Mapping[str, str] | None = None,
    interval: str | float | None = None,
    arrivals: str | None = None,
    duration_s: float = 30.0,
    warmup_s: float = 3.0,
    seed: int = 1,
    inference: str = "window",
    runtime: str = "auto",
    data_root: str | Path | None = None,
    settings: arguments.Pairs = (),
    links: arguments.Pairs = (),
    split: arguments.Pairs = (),
    service: arguments.Pairs = (),
    service_times: str | Path | None = None,
    profiles: Iterable[str | Path] = (),
    calibration: str | Path | None = None,
    timings: Timings | None = None,
    faults: Iterable[str] = (),
    background: Iterable[str] = (),
    engine: EngineChoice = "auto",
    record: RecordChoice = "auto",
    percentiles: Iterable[float] = (),
    notices: Notices | None = None,
    **words: int,
) -> Run:
    """Simulate *scenario*, as `edge-aibench simulate` does.

    The number of instances goes by *instances* or by the scenario's own word: `patients=1000`.
    *place* is one place for all inference stages or `{stage: place}`; *settings* are those of
    `--set` (`{"links.access.delay": "2 ms"}`), *links* and *service* those of their options, as
    mappings or texts, and *split* that of `--split` (`{"face": "stage3_pair4_add@device"}`).
    *interval* is a text with a unit or a number of seconds. With *timings*
    (`run.experiment.timings` of another run) nothing is measured or read; without any times the
    stages are rehearsed on this machine. *percentiles* are computed besides the usual ones;
    *notices* are told what takes long.

    Raises ConfigError for an argument or a file that is wrong, and what a rehearsal raises.
    """
    choices = _choices(
        str(scenario),
        instances=_instances(simulate, str(scenario), instances, words),
        topology=topology,
        place=place,
        interval=interval,
        arrivals=arrivals,
        duration_s=duration_s,
        warmup_s=warmup_s,
        seed=seed,
        inference=inference,
        runtime=runtime,
        data_root=data_root,
        profiles=profiles,
        settings=settings,
        links=links,
        splits=split,
    )
    only = SimulationChoices(
        engine=engine,
        record=record,
        services=arguments.pairs(service, "service"),
        service_times=arguments.path_or_none(service_times, "service_times"),
        calibration=arguments.path_or_none(calibration, "calibration"),
        timings=timings,
        faults=arguments.texts(faults, "faults"),
        background=arguments.texts(background, "background"),
    )
    prepared = Simulation.prepare(choices, only, notices)
    return run_once(prepared, percentiles=percentiles)


def run_once(prepared: Simulation, number: int = 0, *, percentiles: Iterable[float] = ()) -> Run:
    """Run repeat *number* of a simulation that is ready."""
    from edge_aibench.record.environment import collect

    found = prepared.run(number, percentiles=percentiles, environment=collect())
    return Run.of_simulation(prepared.seeded(number), found, prepared.loads)


def emulate(  # noqa: PLR0913 - one argument an option
    scenario: str | Path,
    *,
    instances: int | None = None,
    topology: str | Path | None = None,
    place: str | Mapping[str, str] | None = None,
    interval: str | float | None = None,
    arrivals: str | None = None,
    duration_s: float = 30.0,
    warmup_s: float = 3.0,
    seed: int = 1,
    dilation: float | Literal["auto"] = 1.0,
    inference: str = "window",
    runtime: str = "auto",
    backend: BackendName = "auto",
    compute: ComputeMode = "measured",
    profiles: Iterable[str | Path] = (),
    data_root: str | Path | None = None,
    settings: arguments.Pairs = (),
    links: arguments.Pairs = (),
    split: arguments.Pairs = (),
    percentiles: Iterable[float] = (),
    out: str | Path = "runs",
    notices: Notices | None = None,
    **words: int,
) -> Run:
    """Emulate *scenario* on this machine, as `edge-aibench emulate` does; it takes real time.

    The arguments are those of `simulate`; *dilation*, *backend* and *compute* are as on the command
    line. The record is written into *out* while the run lasts. Call it from the main thread:
    signals reach no other. An interrupt ends the run early, and gives what was measured.

    Raises ConfigError, HostError (this machine cannot emulate: see `edge-aibench doctor`),
    RunError; KeyboardInterrupt if the run was interrupted before anything was measured.
    """
    from edge_aibench.api.choices import resolve
    from edge_aibench.api.emulation import Prepared
    from edge_aibench.api.silence import Silence

    if threading.current_thread() is not threading.main_thread():
        raise ConfigError(
            "must be called from the main thread: signals reach no other",
            where="emulate()",
            value=threading.current_thread().name,
        )
    choices = replace(
        _choices(
            str(scenario),
            instances=_instances(emulate, str(scenario), instances, words),
            topology=topology,
            place=place,
            interval=interval,
            arrivals=arrivals,
            duration_s=duration_s,
            warmup_s=warmup_s,
            seed=seed,
            inference=inference,
            runtime=runtime,
            data_root=data_root,
            profiles=profiles,
            settings=settings,
            links=links,
            splits=split,
        ),
        engine="emulate",
        dilation=1.0 if dilation == "auto" else arguments.dilation(dilation),
        backend=arguments.one_of(backend, "backend", get_args(BackendName)),
        compute=arguments.one_of(compute, "compute", get_args(ComputeMode)),
    )
    prepared = Prepared.of(resolve(choices, notices), fit=dilation == "auto")
    result = prepared.run(out=Path(out), observer=Silence(), percentiles=tuple(percentiles))
    opened = open_run(result.folder)
    if result.interrupted and opened.summary is None:
        raise KeyboardInterrupt
    return replace(Run.of_folder(opened), expected=prepared.loads)


def load(folder: str | Path) -> Run:
    """Read a run folder. Raises ConfigError if it is none, is damaged, or holds no result."""
    return Run.of_folder(open_run(Path(folder)))


def _choices(  # noqa: PLR0913 - one argument an option
    scenario: str,
    *,
    instances: int | None,
    topology: str | Path | None,
    place: str | Mapping[str, str] | None,
    interval: str | float | None,
    arrivals: str | None,
    duration_s: float,
    warmup_s: float,
    seed: int,
    inference: str,
    runtime: str,
    data_root: str | Path | None,
    profiles: Iterable[str | Path],
    settings: arguments.Pairs,
    links: arguments.Pairs,
    splits: arguments.Pairs,
) -> Choices:
    """What both engines are asked in the same words, checked; of a simulation."""
    return Choices(
        scenario=scenario,
        engine="simulate",
        instances=instances,
        topology=arguments.text_or_none(topology, "topology"),
        place=arguments.place(place),
        interval=arguments.interval(interval),
        arrivals=arguments.text_or_none(arrivals, "arrivals"),
        duration_s=arguments.seconds(duration_s, "duration_s"),
        warmup_s=arguments.seconds(warmup_s, "warmup_s"),
        seed=arguments.seed(seed),
        inference=inference,
        runtime=runtime,
        data_root=arguments.path_or_none(data_root, "data_root"),
        profiles=tuple(Path(file) for file in profiles),
        settings=arguments.pairs(settings, "settings"),
        links=arguments.pairs(links, "links"),
        splits=arguments.pairs(splits, "split"),
    )


def _instances(
    function: object, scenario: str, given: int | None, words: Mapping[str, int]
) -> int | None:
    known = arguments_of(function)
    return arguments.instances(given, words, scenario=scenario, known=known)


def arguments_of(function: object) -> list[str]:
    """The names of the keyword arguments of *function*."""
    signature = inspect.signature(function)  # type: ignore[arg-type]
    return [
        name
        for name, parameter in signature.parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY
    ]

"""Where the times of a simulated run come from: laws, logs, profiles, a calibration, or this host.

For each stage the first of these counts that says something of it:
1. a law of the user's (`--service`),
2. a column of a log (`--service-times`),
3. a profile of its network (`--profile`),
4. a calibration (`--calibration`),
5. a rehearsal on this machine, unless there is a log: then the stage takes no time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge_aibench.config.service_csv import read_replay
from edge_aibench.config.time_law_text import parse_services
from edge_aibench.errors import ConfigError
from edge_aibench.inference.measured_times import law_of_calls, read_measured
from edge_aibench.model.time_law import NO_TIME, MeasuredTimes
from edge_aibench.model.timings import StageTimes, Timings
from edge_aibench.simulate.replay_rows import check_rows

if TYPE_CHECKING:
    from pathlib import Path

    from edge_aibench.emulate.rehearsal import Rehearsal
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.model.service_times import ServiceTimes
    from edge_aibench.model.timings import Replay

REHEARSED_CALLS = 200
"""Of each network, for a simulation: its law are these calls as they were."""

REHEARSED_ROUNDS = 256
"""Observations at most; a rehearsal also ends after some ten seconds."""


@dataclass(frozen=True, kw_only=True)
class TimingChoices:
    """What the user said: the texts of `--service`, and the files of `--service-times` and
    `--profile`. *calibrated* is what a calibration makes of the run.
    """

    services: Sequence[str] = ()
    service_times: Path | None = None
    profiles: Sequence[Path] = ()
    calibrated: Timings | None = None


def rehearse_here(experiment: Experiment) -> Rehearsal:
    """Have one instance's stages work on this machine, as long as a simulation needs.

    Raises ConfigError, HostError or RunError where they cannot.
    """
    from edge_aibench.api.components import load_components
    from edge_aibench.emulate.rehearsal import Extent, rehearse

    one = experiment.model_copy(update={"instances": 1})
    observations = dict.fromkeys(one.scenario.sensors, REHEARSED_ROUNDS)
    extent = Extent(calls=REHEARSED_CALLS, rounds=REHEARSED_ROUNDS, batches=True)
    parts = load_components(one, observations)
    return rehearse(one.scenario, parts, observations, extent=extent)


def timings(
    experiment: Experiment,
    choices: TimingChoices,
    *,
    rehearse: Callable[[Experiment], Rehearsal] = rehearse_here,
) -> Timings:
    """The times of every stage of *experiment*, each with the source in words.

    *rehearse* is called only if a stage has no other source. Raises ConfigError for whatever is
    wrong with an option or a file, for a stage that has both a law and a column, and for a log
    with fewer rows than the run plans requests; and what *rehearse* raises.
    """
    order = tuple(experiment.scenario.stages)
    given = parse_services(choices.services, order, measured=read_measured)
    replay = None
    if choices.service_times is not None:
        replay = read_replay(choices.service_times, order)
        given = _apart(given, replay, choices.services)
    base = choices.calibrated or Timings()
    stages = dict(base.stages)
    for name, times in _profiles(experiment, choices.profiles).items():
        stages[name] = _with_known(_profiled(experiment, name, times), stages.get(name))
    stages |= _replayed(stages, replay)
    missing = [name for name in order if name not in stages and name not in given]
    if missing and replay is None:
        rehearsal = rehearse(experiment)
        # A stage that has a law of the user's may still be one that is mostly silent.
        wanted = [name for name in order if name not in stages]
        stages |= {name: rehearsed_times(rehearsal, name) for name in wanted}
    stages |= {name: _with_known(times, stages.get(name)) for name, times in given.items()}
    rows = base.rows and _lengths(stages) <= _lengths(base.stages)
    found = Timings(
        stages=stages,
        messages=base.messages,
        replay=replay,
        rows=rows,
        moments=base.moments if rows else None,
    )
    check_rows(experiment.model_copy(update={"timings": found}))
    return found


def rehearsed_times(rehearsal: Rehearsal, stage: str) -> StageTimes:
    """The times of *stage* as this machine had them in *rehearsal*."""
    calls_s = rehearsal.calls_s.get(stage, ())
    if not calls_s:
        return StageTimes(work=NO_TIME, source="rehearsed here, and never at work")
    number = "one call" if len(calls_s) == 1 else f"{len(calls_s)} calls"
    return StageTimes(
        work=law_of_calls(
            {1: calls_s, **rehearsal.batches_s.get(stage, {})}, where=f"the rehearsal of {stage}"
        ),
        passes=rehearsal.speaks.get(stage, 1.0),
        source=f"rehearsed here, {number}",
    )


def profiled_times(times: ServiceTimes, *, own_hardware: bool) -> StageTimes:
    """The times of a profile; of the node's *own_hardware* they count as they are."""
    calls_s = {batch: [ns / 1e9 for ns in calls] for batch, calls in times.calls_ns.items()}
    return StageTimes(
        work=law_of_calls(calls_s, where=f"the profile of {times.task}"),
        scaled=own_hardware,
        source=str(times),
    )


def _profiles(experiment: Experiment, files: Sequence[Path]) -> dict[str, ServiceTimes]:
    if not files:
        return {}
    from edge_aibench.api.profiles import service_times

    scenario, topology = experiment.scenario, experiment.topology
    return service_times(files, scenario, topology, experiment.placement, partly=True)


def _profiled(experiment: Experiment, stage: str, times: ServiceTimes) -> StageTimes:
    group = experiment.placement.groups[stage][0]
    hardware = experiment.topology.nodes[group].hardware
    own = hardware is not None and times.measured_on == hardware.name
    return profiled_times(times, own_hardware=own)


def _apart(
    given: Mapping[str, StageTimes], replay: Replay, texts: Sequence[str]
) -> dict[str, StageTimes]:
    """The laws that no column stands against; `all` means the stages without a column."""
    named = {text.partition("=")[0].strip() for text in texts}
    for stage in replay.columns:
        if stage in given and stage in named:
            raise ConfigError(
                "has both a law and a column of logged times",
                where="--service",
                value=stage,
                next_step=f"leave out --service {stage}=..., or the column in {replay.source}",
            )
    return {name: times for name, times in given.items() if name not in replay.columns}


def _replayed(stages: Mapping[str, StageTimes], replay: Replay | None) -> dict[str, StageTimes]:
    """Stages with a column: what is known of them besides their times stays."""
    if replay is None:
        return {}
    known = {name: stages.get(name) for name in replay.columns}
    row = StageTimes(work=NO_TIME, scaled=True, source=f"replayed from {replay.source}")
    return {name: _with_known(row, before) for name, before in known.items()}


def _with_known(times: StageTimes, known: StageTimes | None) -> StageTimes:
    """The work of *times*, and all else as it is *known*: how often the stage speaks, how much."""
    if known is None:
        return times
    update: dict[str, object] = {
        "work": times.work,
        "scaled": times.scaled,
        "source": times.source,
    }
    if times.passes < 1.0:
        update["passes"] = times.passes
    return known.model_copy(update=update)


def _lengths(stages: Mapping[str, StageTimes]) -> set[int]:
    """How many measured times there are of each thing: rows need as many of all."""
    laws = [law for times in stages.values() for law in (times.work, times.handling)]
    return {len(law.measured_s) for law in laws if isinstance(law, MeasuredTimes)}

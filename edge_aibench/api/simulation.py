"""From what a user chose to a simulated run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from edge_aibench.api.choices import Choices, resolve
from edge_aibench.api.limits import (
    check_load,
    check_something_counts,
    planned_observations,
)
from edge_aibench.api.notices import Notices
from edge_aibench.errors import ConfigError, unknown_name

if TYPE_CHECKING:
    from edge_aibench.emulate.rehearsal import Rehearsal
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.model.timings import Timings
    from edge_aibench.record.data import SimulationEngine
    from edge_aibench.record.environment import Environment
    from edge_aibench.record.load import Load
    from edge_aibench.simulate.session import EngineChoice, RecordKind, SimulatedRun

RecordChoice = Literal["auto", "full", "summary"]
ENGINES: tuple[EngineChoice, ...] = ("auto", "simpy", "vector")
RECORDS: tuple[RecordChoice, ...] = ("auto", "full", "summary")

ENGINE_TITLES: Mapping[str, str] = {"simpy": "SimPy engine", "vector": "vector engine"}

TABLES_UP_TO = 500_000
"""Observations up to which a record holds tables of itself. One of `icu` takes 3 kB in them, and
three times as much while they are made."""

MOST_TABLED = 2_000_000
"""Observations that tables can hold at all, and the SimPy engine, which makes them in any case."""


@dataclass(frozen=True, kw_only=True)
class SimulationChoices:
    """What the user said of a simulation alone.

    *services*, *faults* and *background* are the texts of the options of these names. With
    *timings* all times are known: no option or file says any.
    """

    engine: EngineChoice = "auto"
    record: RecordChoice = "auto"
    services: tuple[str, ...] = ()
    service_times: Path | None = None
    calibration: Path | None = None
    timings: Timings | None = None
    faults: tuple[str, ...] = ()
    background: tuple[str, ...] = ()


@dataclass(frozen=True)
class Simulation:
    """A resolved experiment, ready to be simulated.

    *loads* is what it will ask of links and workers, *lacking* the feature for which the vector
    engine was wanted and cannot serve. *notes* are what the user should know before, *warnings*
    what stands in the record.
    """

    experiment: Experiment
    engine: SimulationEngine
    record: RecordKind
    loads: tuple[Load, ...] = ()
    lacking: str | None = None
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @classmethod
    def prepare(
        cls,
        choices: Choices,
        only: SimulationChoices | None = None,
        notices: Notices | None = None,
    ) -> Simulation:
        """Resolve what the user chose, and find out how long stages take.

        Raises ConfigError, and what a rehearsal of the stages on this machine raises.
        """
        from edge_aibench.api.calibrated import beyond_calibration, calibrated
        from edge_aibench.api.calibration_file import read_calibration
        from edge_aibench.api.timings import TimingChoices, timings

        only = only or SimulationChoices()
        notices = notices or Notices()
        check_choice("engine", only.engine, ENGINES)
        check_choice("record", only.record, RECORDS)
        experiment = resolve(replace(choices, engine="simulate"), notices)
        experiment = _disturbed(experiment, only)
        # Before stages are rehearsed, which takes long.
        _record_kind(experiment, only.record)
        check_something_counts(experiment)
        calibration = None if only.calibration is None else read_calibration(only.calibration)
        times = only.timings
        if times is None:
            said = TimingChoices(
                calibrated=None if calibration is None else calibrated(experiment, calibration),
                services=only.services,
                service_times=only.service_times,
                profiles=choices.profiles,
            )
            times = timings(experiment, said, rehearse=_rehearsing(notices))
        experiment = experiment.model_copy(update={"timings": times})
        prepared = cls.of(experiment, engine=only.engine, record=only.record)
        if calibration is None:
            return prepared
        warnings = beyond_calibration(experiment, calibration, prepared.loads)
        return replace(prepared, warnings=warnings, notes=(*prepared.notes, *warnings))

    @classmethod
    def of(
        cls,
        experiment: Experiment,
        *,
        engine: EngineChoice = "auto",
        record: RecordChoice = "auto",
    ) -> Simulation:
        """Make *experiment*, whose times are known, ready. Raises ConfigError."""
        from edge_aibench.simulate.expected_load import expected_loads
        from edge_aibench.simulate.plan import SimulationPlan
        from edge_aibench.simulate.session import choose_engine

        kind = _record_kind(experiment, record)
        check_something_counts(experiment)
        plan = SimulationPlan.of(experiment)
        chosen, lacking = choose_engine(plan, engine)
        if chosen == "simpy":
            why = f": the vector engine has no {lacking}" if lacking else ""
            check_load(
                experiment,
                most=MOST_TABLED,
                next_step="shorten the run, or take fewer instances: the SimPy engine keeps all "
                f"observations in tables{why}",
            )
        return cls(
            experiment=experiment,
            engine=chosen,
            record=kind,
            loads=expected_loads(plan),
            lacking=lacking,
            notes=tuple(_notes(experiment, record, kind, lacking)),
        )

    def run(
        self,
        number: int = 0,
        *,
        percentiles: Iterable[float] = (),
        folder: str = "",
        command: str = "",
        environment: Environment | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> SimulatedRun:
        """Simulate repeat *number*, whose seed is the experiment's and so many more."""
        from edge_aibench.simulate.session import simulate

        run = simulate(
            self.seeded(number),
            engine=self.engine,
            record=self.record,
            percentiles=percentiles,
            folder=folder,
            command=command,
            environment=environment,
            progress=progress,
        )
        health = run.summary.health
        health = health.model_copy(update={"warnings": (*health.warnings, *self.warnings)})
        summary = run.summary.model_copy(update={"health": health})
        return replace(run, summary=summary, fallback=self.lacking)

    def seeded(self, number: int) -> Experiment:
        """The experiment of repeat *number*."""
        if not number:
            return self.experiment
        workload = self.experiment.workload
        seeded = workload.model_copy(update={"seed": workload.seed + number})
        return self.experiment.model_copy(update={"workload": seeded})


def check_choice(name: str, value: str, known: Iterable[str]) -> None:
    """Raise ConfigError unless *value* is *known* for option *name*."""
    if value not in known:
        raise unknown_name(name, str(value), known, where=f"--{name}")


def _record_kind(experiment: Experiment, record: RecordChoice) -> RecordKind:
    """Whether to keep tables. Raises ConfigError for tables that are too large."""
    planned = sum(planned_observations(experiment).values())
    if record == "auto":
        return "full" if planned <= TABLES_UP_TO else "summary"
    if record == "full" and planned > MOST_TABLED:
        raise ConfigError(
            f"must leave at most {MOST_TABLED:,} observations: this run plans {planned:,.0f}",
            where="--record",
            value=record,
            next_step="take --record summary, which keeps none of them",
        )
    return record


def _notes(
    experiment: Experiment, asked: RecordChoice, record: RecordKind, lacking: str | None
) -> Iterable[str]:
    if asked == "auto" and record == "summary":
        planned = sum(planned_observations(experiment).values())
        yield (
            f"{planned:,.0f} observations are planned: the record is a summary without tables "
            "(--record full keeps them)"
        )
    if lacking is not None:
        yield f"the SimPy engine simulates: the vector engine has no {lacking}"


def _rehearsing(notices: Notices) -> Callable[[Experiment], Rehearsal]:
    def rehearse(experiment: Experiment) -> Rehearsal:
        from edge_aibench.api.timings import rehearse_here

        notices.progress("rehearsing the stages on this machine, for their times")
        return rehearse_here(experiment)

    return rehearse


def _disturbed(experiment: Experiment, only: SimulationChoices) -> Experiment:
    if not only.faults and not only.background:
        return experiment
    from edge_aibench.config.disturbance_text import Ground, parse_disturbances

    workload = experiment.workload
    ground = Ground(
        topology=experiment.topology,
        instances=experiment.instances,
        run_s=workload.warmup_s + workload.duration_s,
    )
    found = parse_disturbances(only.faults, only.background, ground=ground)
    return experiment.model_copy(update={"disturbances": found})

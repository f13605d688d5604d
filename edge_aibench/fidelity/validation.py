"""How far predictions lie from what was emulated, cell by cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from edge_aibench.errors import ConfigError
from edge_aibench.fidelity.calibrating import calibrate, drawn_again
from edge_aibench.fidelity.estimates import error, relative
from edge_aibench.fidelity.observations import RunObservations, experiment_of, observe
from edge_aibench.fidelity.prediction import predict_ms, replay_ms, timed
from edge_aibench.fidelity.theory import Theory, theory_of
from edge_aibench.model.calibration import Calibration, Situation
from edge_aibench.record.resampling import MEASURES, PERCENTS, Sampled, measures, sample
from edge_aibench.record.values import Entry, Milliseconds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.record.opened import OpenedRun

    Numbers = NDArray[np.float64]

Role = Literal["calibration", "held-out"]
Outcome = Literal["met", "missed", "undecided", "no target"]

MODERATE_USE = 0.6
VARIANTS = 6
"""Calibrations that each prediction is made from: that of all runs, and of runs drawn again."""

HIGH_USE = 0.85
"""Above it nothing is promised: the queue's mean changes by more than its use is known."""

_MODERATE_TARGETS = {"mean": 0.05, "p50": 0.05, "p99": 0.10}
_HIGH_TARGETS = {"p99": 0.20}


class Estimate(Entry):
    """A figure in milliseconds with its interval of 95 %."""

    value_ms: Milliseconds
    lower_ms: Milliseconds
    upper_ms: Milliseconds


class Comparison(Entry):
    """One measure of a cell. Errors are shares of the emulated value, signed.

    *error* is the simulator's, with its interval; *replay_error* what is left of it if it is given
    the times of the very runs (None with several sensors); *single_queue_error* and
    *network_error* are those of M/M/1 and of a network of such queues (None where theory has no
    answer or none that is finite). *met* says that the whole interval lies within *target*,
    *missed* that none of it does.
    """

    emulated: Estimate
    simulated: Estimate
    error: float
    error_lower: float
    error_upper: float
    target: float | None
    outcome: Outcome
    replay_error: float | None
    single_queue_error: float | None
    network_error: float | None


class CellReport(Entry):
    """A cell: one placement at one load. *worker_use* is that of the fullest worker.

    *extrapolated* says in what it lies outside of what was calibrated; *invalid* names runs that
    cannot be trusted, which no calibration is made from.
    """

    role: Role
    place: str
    instances: int
    interval_s: float
    worker_use: float
    host_use: float | None
    runs: tuple[str, ...]
    invalid: tuple[str, ...]
    requests: int
    extrapolated: tuple[str, ...]
    measures: dict[str, Comparison]


class ValidationReport(Entry):
    """All cells; those of a placement are predicted from its own calibration."""

    schema_version: Literal[1] = 1
    scenario: str
    made_utc: str
    dilation: float
    environment: dict[str, Any]
    repeat_command: str
    cells: tuple[CellReport, ...]

    @property
    def held_out(self) -> tuple[CellReport, ...]:
        """The cells that were predicted without having been seen."""
        return tuple(cell for cell in self.cells if cell.role == "held-out")


@dataclass(frozen=True, eq=False)
class Cell:
    """Runs of one placement at one load."""

    role: Role
    place: str
    runs: tuple[OpenedRun, ...]


def validate(
    cells: Sequence[Cell],
    *,
    made_utc: str,
    environment: Mapping[str, Any],
    command: str,
) -> tuple[ValidationReport, dict[str, Calibration]]:
    """Calibrate each placement on some of its *cells*, predict all of them.

    Also gives the calibration of each placement. The same network on another host does not take
    the same time, even on one machine: what else is in the caches differs. Raises ConfigError for a
    placement without cells of either kind.
    """
    observed = {cell: tuple(observe(run) for run in cell.runs) for cell in cells}
    made: dict[str, tuple[Calibration, ...]] = {}
    for place in dict.fromkeys(cell.place for cell in cells):
        seen = _seen([cell for cell in cells if cell.place == place], observed)
        draws = [[run for runs in seen for run in runs]]
        draws += [drawn_again(seen, number) for number in range(1, VARIANTS)]
        made[place] = tuple(
            calibrate(runs, made_utc=made_utc, environment=environment) for runs in draws
        )
    if not made:
        raise ConfigError("has no cells", where="validate", next_step="name a placement")
    first = next(iter(made.values()))[0]
    report = ValidationReport(
        scenario=first.scenario,
        made_utc=made_utc,
        dilation=first.dilation,
        environment=dict(environment),
        repeat_command=command,
        cells=tuple(_report(cell, observed[cell], made[cell.place]) for cell in cells),
    )
    return report, {place: calibrations[0] for place, calibrations in made.items()}


def _seen(
    cells: Sequence[Cell], observed: Mapping[Cell, tuple[RunObservations, ...]]
) -> list[list[RunObservations]]:
    """The runs of one placement that are calibrated on, by cell; invalid ones are left out."""
    if {cell.role for cell in cells} != {"calibration", "held-out"}:
        raise ConfigError(
            "needs cells to calibrate on and cells to predict",
            where=f"validate: {cells[0].place}",
            value=", ".join(cell.role for cell in cells),
            next_step="give loads to both --calibrate-at and --predict-at",
        )
    return [
        [run for run in observed[cell] if run.run not in _invalid(cell)]
        for cell in cells
        if cell.role == "calibration"
    ]


def _invalid(cell: Cell) -> tuple[str, ...]:
    return tuple(
        run.path.name
        for run in cell.runs
        if run.summary is not None and not run.summary.validity.valid
    )


def _report(
    cell: Cell, runs: Sequence[RunObservations], calibrations: Sequence[Calibration]
) -> CellReport:
    calibration = calibrations[0]
    experiments = [experiment_of(run) for run in cell.runs]
    first = experiments[0]
    use = float(np.mean([run.worker_use for run in runs]))
    hosts = [run.host_use for run in runs if run.host_use is not None]
    emulated_ms = [run.series_ns()["e2e"] / 1e6 for run in cell.runs]
    emulated = sample(emulated_ms, seed=0, purpose=f"emulated/{runs[0].run}")
    simulated = sample(
        predict_ms(calibrations, experiments), seed=0, purpose=f"simulated/{runs[0].run}"
    )
    replayed = None
    if all(run.log is not None for run in runs):
        own = [
            calibrate([run], made_utc=calibration.made_utc, environment=calibration.environment)
            for run in runs
        ]
        replayed = relative(measures(np.concatenate(replay_ms(own, runs))), emulated.values)
    theory = theory_of(timed(first, calibration.timings(first.dilation)), PERCENTS)
    (interval_s, *_) = (s.arrivals.interval_s for s in first.scenario.sensors.values())
    return CellReport(
        role=cell.role,
        place=cell.place,
        instances=first.instances,
        interval_s=interval_s,
        worker_use=use,
        host_use=float(np.mean(hosts)) if hosts else None,
        runs=tuple(run.path.name for run in cell.runs),
        invalid=_invalid(cell),
        requests=sum(len(values) for values in emulated_ms),
        extrapolated=calibration.outside(_situation(first, runs, use)),
        measures={
            name: _compare(number, emulated, simulated, replayed, theory, _target(name, use))
            for number, name in enumerate(MEASURES)
        },
    )


def _situation(experiment: Any, runs: Sequence[RunObservations], use: float) -> Situation:
    sizes = {float(size) for run in runs for size in (*run.transfer_s, *run.rough_transfer_s)}
    return Situation(
        worker_use=use,
        instances=experiment.instances,
        payload_bytes=tuple(sorted(sizes)),
        placed=dict(experiment.placement.groups),
        dilation=experiment.dilation,
    )


def _target(measure: str, use: float) -> float | None:
    """The largest error that is aimed at, as a share; None where none is promised."""
    if use < MODERATE_USE:
        return _MODERATE_TARGETS.get(measure)
    return _HIGH_TARGETS.get(measure) if use <= HIGH_USE else None


def _compare(
    number: int,
    emulated: Sampled,
    simulated: Sampled,
    replayed: Numbers | None,
    theory: Theory | None,
    target: float | None,
) -> Comparison:
    value, lower, upper = error(simulated, emulated, number)
    return Comparison(
        emulated=_estimate(emulated, number),
        simulated=_estimate(simulated, number),
        error=value,
        error_lower=lower,
        error_upper=upper,
        target=target,
        outcome=judge(lower, upper, target),
        replay_error=None if replayed is None else float(replayed[number]),
        single_queue_error=None
        if theory is None
        else _theory_error(theory.single, number, emulated),
        network_error=None if theory is None else _theory_error(theory.network, number, emulated),
    )


def judge(lower: float, upper: float, target: float | None) -> Outcome:
    """Whether an error between *lower* and *upper* is within *target*."""
    if target is None:
        return "no target"
    if -target <= lower and upper <= target:
        return "met"
    if lower > target or upper < -target:
        return "missed"
    return "undecided"


def _estimate(found: Sampled, number: int) -> Estimate:
    lower_ms, upper_ms = found.interval(number)
    return Estimate(value_ms=float(found.values[number]), lower_ms=lower_ms, upper_ms=upper_ms)


def _theory_error(times: Any, number: int, emulated: Sampled) -> float | None:
    said_s = times.mean_s if number == 0 else times.percentiles_s[PERCENTS[number - 1]]
    found = float(said_s * 1e3 / emulated.values[number] - 1.0)
    return found if np.isfinite(found) else None

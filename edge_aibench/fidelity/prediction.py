"""What the simulator says of an experiment, by a calibration."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from edge_aibench.model.time_law import MeasuredTimes
from edge_aibench.model.timings import Moments, Timings
from edge_aibench.record.latency import latencies
from edge_aibench.simulate.session import simulate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.fidelity.observations import RunObservations
    from edge_aibench.model.calibration import Calibration
    from edge_aibench.model.experiment import Experiment

    Numbers = NDArray[np.float64]


def predict_ms(
    calibrations: Sequence[Calibration], experiments: Sequence[Experiment]
) -> list[Numbers]:
    """End-to-end latencies (ms) of each of *experiments* by each calibration, by time.

    All have the arrivals of the experiment; each takes other moments of what was measured.
    """
    share = 1.0 / len(calibrations)
    return [
        end_to_end_ms(timed(found, turned(calibration.timings(found.dilation), number * share)))
        for found in experiments
        for number, calibration in enumerate(calibrations)
    ]


def replay_ms(own: Sequence[Calibration], runs: Sequence[RunObservations]) -> list[Numbers]:
    """The same with what each run itself had: its messages (*own*), and its work, row by row.

    This is no prediction. What is still wrong lies in what the simulator does; what is wrong in the
    prediction only lies in times that were taken for those of the run.
    """
    found = []
    for calibration, run in zip(own, runs, strict=True):
        timings = calibration.timings(run.experiment.dilation)
        timings = timings.model_copy(update={"replay": run.log})
        found.append(end_to_end_ms(timed(run.experiment, timings)))
    return found


def timed(experiment: Experiment, timings: Timings) -> Experiment:
    """The experiment with these *timings*, which are in virtual time: so nothing is dilated."""
    return experiment.model_copy(update={"timings": timings, "dilation": 1.0})


def end_to_end_ms(experiment: Experiment) -> Numbers:
    """Simulate with the reference engine: end-to-end latencies, infinite without an answer."""
    data = simulate(experiment, engine="simpy").data
    assert data is not None  # noqa: S101 - the record is full
    found: Numbers = latencies(data).end_to_end_ns / 1e6
    return found


def turned(timings: Timings, share: float) -> Timings:
    """The same rows, beginning at another one: *share* of them later."""
    moments = timings.moments
    if moments is None or not share:
        return timings
    first = int(share * len(moments.at_s))
    stages = {
        name: times.model_copy(
            update={"work": _turned(times.work, first), "handling": _turned(times.handling, first)}
        )
        for name, times in timings.stages.items()
    }
    return timings.model_copy(update={"stages": stages, "moments": _later(moments, first)})


def _turned(law: object, first: int) -> object:
    if not isinstance(law, MeasuredTimes):
        return law
    return MeasuredTimes(marginal=law.marginal, measured_s=_from(law.measured_s, first))


def _later(moments: Moments, first: int) -> Moments:
    at_s = np.asarray(moments.at_s)
    length_s = at_s[-1] - at_s[0]
    instants_s = np.concatenate([at_s[first:] - at_s[first], at_s[:first] - at_s[first] + length_s])
    return moments.model_copy(update={"at_s": tuple(np.maximum(instants_s, 0.0).tolist())})


def _from(values: Iterable[float], first: int) -> tuple[float, ...]:
    found = tuple(values)
    return found[first:] + found[:first]

"""One calibration from what several runs say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_aibench import rng
from edge_aibench.errors import ConfigError
from edge_aibench.fidelity.thinning import MOST_SAMPLES, even_ranks, restored, thinned
from edge_aibench.model.calibration import CalibratedRange, Calibration, Span
from edge_aibench.model.time_law import NO_TIME, MeasuredTimes, TimeLaw
from edge_aibench.model.timings import MessageTimes, Moments, SizedTime, StageTimes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.fidelity.observations import RunObservations, StageObservations

    Numbers = NDArray[np.float64]

# Rows that stand for one moment: one alone would repeat its accident for all requests about it.
_NEAR_ROWS = 20
_SHORTEST_STRETCH_S = 0.1

_FEWEST = 30
"""A size of messages that was seen less often says nothing of its distribution."""


def calibrate(
    runs: Sequence[RunObservations],
    *,
    made_utc: str,
    environment: Mapping[str, Any],
    most: int = MOST_SAMPLES,
) -> Calibration:
    """Pool what *runs* say, each run with the weight of its requests.

    What stages did for one request stays together (`Timings.rows`): a long window is long for all
    networks that read it. So does what they did shortly after one another (`Moments`): a shared
    machine is slow for seconds at a time, and a queue remembers it. Raises ConfigError for runs
    that do not belong together.
    """
    _check(runs)
    first = runs[0].experiment
    messages = _messages(runs, most)
    chosen = even_ranks(sum(run.count for run in runs), 2 * most)
    sizes = [sized.payload_bytes for sized in messages.transfer] or [0.0]
    host = [run.host_use for run in runs if run.host_use is not None]
    return Calibration(
        scenario=first.scenario.name,
        made_utc=made_utc,
        environment=dict(environment),
        dilation=first.dilation,
        messages=messages,
        stages=_stages(runs, chosen),
        rows=True,
        moments=_moments(runs, chosen),
        range=CalibratedRange(
            worker_use=_span(run.worker_use for run in runs),
            payload_bytes=_span(sizes),
            instances=_span(run.experiment.instances for run in runs),
            host_use=_span(host) if host else None,
            placed=_placed(runs),
            topologies=tuple(dict.fromkeys(run.experiment.topology.name for run in runs)),
        ),
        sources=tuple(run.run for run in runs),
        samples=sum(run.count for run in runs),
        qos=first.scenario.qos,
    )


def drawn_again(cells: Sequence[Sequence[RunObservations]], number: int) -> list[RunObservations]:
    """As many runs of each cell as there are, drawn with replacement: draw *number*.

    Calibrations from such draws differ by as much as another set of runs would have. A cell with
    one run only gives the same run each time.
    """
    generator = rng.stream(number, "calibration/runs")
    return [
        cell[index]
        for cell in cells
        if cell
        for index in sorted(generator.integers(len(cell), size=len(cell)).tolist())
    ]


def _check(runs: Sequence[RunObservations]) -> None:
    if not runs:
        raise ConfigError(
            "needs at least one run", where="calibrate", next_step="name run folders of `emulate`"
        )
    if not all(run.count for run in runs):
        empty = next(run.run for run in runs if not run.count)
        raise ConfigError("measured no request", where=empty, next_step="run longer")
    same: tuple[tuple[str, Callable[[RunObservations], object]], ...] = (
        ("scenario", lambda run: run.experiment.scenario.name),
        ("dilation", lambda run: run.experiment.dilation),
        ("QoS", lambda run: run.experiment.scenario.qos),
        ("inference", lambda run: run.experiment.inference),
        ("compute mode", lambda run: run.experiment.compute),
    )
    for what, of in same:
        for run in runs[1:]:
            if of(run) != of(runs[0]):
                raise ConfigError(
                    f"all runs of a calibration need the same {what}: {runs[0].run} has "
                    f"{of(runs[0])}",
                    where=run.run,
                    key=what,
                    value=of(run),
                    next_step="calibrate from each kind on its own",
                )


def _span(amounts: Iterable[float]) -> Span:
    found = list(amounts)
    return Span(least=min(found), most=max(found))


def _placed(runs: Sequence[RunObservations]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for run in runs:
        for stage, groups in run.experiment.placement.groups.items():
            found.setdefault(stage, {}).update(dict.fromkeys(groups))
    return {stage: tuple(groups) for stage, groups in found.items()}


def _messages(runs: Sequence[RunObservations], most: int) -> MessageTimes:
    # What jitter hides is taken only where no message went without.
    pooled = _by_size([run.transfer_s for run in runs])
    pooled = pooled or _by_size([run.rough_transfer_s for run in runs])
    kept = {size: times for size, times in pooled.items() if len(times) >= _FEWEST} or pooled
    return MessageTimes(
        encode=_law(np.concatenate([run.encode_s for run in runs]), most),
        publish=_law(np.concatenate([run.publish_s for run in runs]), most),
        transfer=tuple(
            SizedTime(payload_bytes=float(size), time=_law(times, most))
            for size, times in kept.items()
        ),
        broker_s=_broker_s(runs),
        source="emulated runs",
    )


def _broker_s(runs: Sequence[RunObservations]) -> float:
    """The mean over the runs that tell it."""
    told = [run.broker_s for run in runs if run.broker_s > 0]
    return float(np.mean(told)) if told else 0.0


def _by_size(found: Sequence[Mapping[int, Numbers]]) -> dict[int, Numbers]:
    sizes = sorted({size for run in found for size in run})
    return {size: np.concatenate([run[size] for run in found if size in run]) for size in sizes}


def _law(values: Numbers, most: int) -> TimeLaw:
    if not len(values):
        return NO_TIME
    return MeasuredTimes(measured_s=tuple(thinned(values, most).tolist()))


def _stages(runs: Sequence[RunObservations], chosen: NDArray[np.int64]) -> dict[str, StageTimes]:
    names = list(dict.fromkeys(name for run in runs for name in run.stages))
    return {name: _Pooled.of(name, runs).times(chosen) for name in names}


@dataclass(frozen=True)
class _Pooled:
    """What all runs say of one stage.

    *table* holds work and handling, a row a request of any run; NaN where there is none.
    """

    found: list[StageObservations]
    table: Numbers

    @classmethod
    def of(cls, name: str, runs: Sequence[RunObservations]) -> _Pooled:
        tables = [_table(run, name) for run in runs]
        return cls([run.stages[name] for run in runs if name in run.stages], np.concatenate(tables))

    def times(self, chosen: NDArray[np.int64]) -> StageTimes:
        """The stage's times at the *chosen* rows."""
        weights = np.array([len(own.work_s) for own in self.found], np.float64)
        sized = [
            (len(own.work_s) * own.passes, own.payload_bytes)
            for own in self.found
            if own.payload_bytes is not None
        ]
        total = sum(weight for weight, _ in sized)
        marginals = [own.marginal for own in self.found]
        return StageTimes(
            work=_column(self.table[:, 0], chosen, float(np.mean(marginals))),
            scaled=all(own.scaled for own in self.found),
            handling=_column(self.table[:, 1], chosen, 1.0),
            passes=float(np.average([own.passes for own in self.found], weights=weights)),
            payload_bytes=sum(w * size for w, size in sized) / total if total else None,
            source=f"{int(weights.sum())} requests",
        )


def _table(run: RunObservations, name: str) -> Numbers:
    """Work and handling of stage *name* for each request of *run*, by when it was due."""
    table = np.full((run.count, 2), np.nan)
    own = run.stages.get(name)
    if own is not None:
        # A stage that was copied to several groups worked on a request in each of them.
        requests, first = np.unique(own.requests, return_index=True)
        known = np.isin(run.requests, requests)
        at = np.searchsorted(requests, run.requests[known])
        table[known, 0] = own.work_s[first][at]
        table[known, 1] = own.handling_s[first][at]
    return table


def _column(values: Numbers, chosen: NDArray[np.int64], marginal: float) -> MeasuredTimes:
    known = np.flatnonzero(~np.isnan(values))
    if not len(known):
        return MeasuredTimes(measured_s=(0.0,) * len(chosen))
    # Where a request had nothing for the stage, the next one that had stands in for it.
    at = np.minimum(np.searchsorted(known, chosen), len(known) - 1)
    kept = restored(values[known[at]], float(values[known].mean()))
    return MeasuredTimes(marginal=marginal, measured_s=tuple(np.round(kept, 9).tolist()))


def _moments(runs: Sequence[RunObservations], chosen: NDArray[np.int64]) -> Moments:
    """When the *chosen* requests were due, the runs put one behind the other."""
    at_s: list[Numbers] = []
    end_s = 0.0
    for run in runs:
        at_s.append(run.due_s - run.due_s[0] + end_s)
        end_s = float(at_s[-1][-1])
    instants_s = np.concatenate(at_s)[chosen]
    lengths_s = [float(run.due_s[-1] - run.due_s[0]) for run in runs]
    return Moments(
        at_s=tuple(np.round(instants_s, 6).tolist()),
        stretch_s=max(_SHORTEST_STRETCH_S, min(lengths_s) / 2),
        near_s=float(np.ptp(instants_s)) / len(chosen) * _NEAR_ROWS / 2,
    )

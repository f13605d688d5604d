"""One calibration from what several runs say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_aibench import rng
from edge_aibench.errors import ConfigError
from edge_aibench.fidelity.thinning import MOST_SAMPLES, even_ranks, restored, thinned
from edge_aibench.model.calibration import CalibratedRange, Calibration, Span
from edge_aibench.model.time_law import NO_TIME, MeasuredTimes, TimeLaw
from edge_aibench.model.timings import MessageTimes, SizedTime, StageTimes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.fidelity.observations import RunObservations, StageObservations

    Numbers = NDArray[np.float64]

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
    networks that read it. Raises ConfigError for runs that do not belong together.
    """
    _check(runs)
    first = runs[0].experiment
    messages = _messages(runs, most)
    sizes = [sized.payload_bytes for sized in messages.transfer] or [0.0]
    host = [run.host_use for run in runs if run.host_use is not None]
    return Calibration(
        scenario=first.scenario.name,
        made_utc=made_utc,
        environment=dict(environment),
        dilation=first.dilation,
        messages=messages,
        stages=_stages(runs, most),
        rows=True,
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
    )


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
        ("inference", lambda run: run.experiment.inference),
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
    sized: dict[int, list[Numbers]] = {}
    for run in runs:
        for size, times_s in run.transfer_s.items():
            sized.setdefault(size, []).append(times_s)
    pooled = {size: np.concatenate(parts) for size, parts in sorted(sized.items())}
    kept = {size: times for size, times in pooled.items() if len(times) >= _FEWEST} or pooled
    return MessageTimes(
        encode=_law(np.concatenate([run.encode_s for run in runs]), most),
        publish=_law(np.concatenate([run.publish_s for run in runs]), most),
        transfer=tuple(
            SizedTime(payload_bytes=float(size), time=_law(times, most))
            for size, times in kept.items()
        ),
        source="emulated runs",
    )


def _law(values: Numbers, most: int) -> TimeLaw:
    if not len(values):
        return NO_TIME
    return MeasuredTimes(measured_s=tuple(thinned(values, most).tolist()))


def _stages(runs: Sequence[RunObservations], most: int) -> dict[str, StageTimes]:
    names = list(dict.fromkeys(name for run in runs for name in run.stages))
    pooled = {name: _Pooled.of(name, runs) for name in names}
    chosen = _choose(pooled, sum(run.count for run in runs), most)
    return {name: pooled[name].times(chosen) for name in names}


class _Pooled:
    """What all runs say of one stage, by the number of a request among those of all runs."""

    def __init__(self, name: str, found: list[StageObservations], table: Numbers) -> None:
        self.name = name
        self.found = found
        self.table = table

    @classmethod
    def of(cls, name: str, runs: Sequence[RunObservations]) -> _Pooled:
        """Work and handling as the columns of a table with a row a request; NaN where unknown."""
        tables = []
        for run in runs:
            numbers = np.unique(np.concatenate([s.requests for s in run.stages.values()]))
            table = np.full((len(numbers), 2), np.nan)
            own = run.stages.get(name)
            if own is not None:
                # A stage that was copied to several groups worked on a request in each of them.
                requests, first = np.unique(own.requests, return_index=True)
                rows = np.searchsorted(numbers, requests)
                table[rows, 0] = own.work_s[first]
                table[rows, 1] = own.handling_s[first]
            tables.append(table)
        return cls(
            name, [run.stages[name] for run in runs if name in run.stages], np.concatenate(tables)
        )

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
            work=self._column(0, chosen, float(np.mean(marginals))),
            handling=self._column(1, chosen, 1.0),
            passes=float(np.average([own.passes for own in self.found], weights=weights)),
            payload_bytes=sum(w * size for w, size in sized) / total if total else None,
            source=f"{int(weights.sum())} requests",
        )

    def _column(self, column: int, chosen: NDArray[np.int64], marginal: float) -> MeasuredTimes:
        values = self.table[:, column]
        known = values[~np.isnan(values)]
        if not len(known):
            return MeasuredTimes(measured_s=(0.0,) * len(chosen))
        picked = values[chosen]
        missing = np.isnan(picked)
        # Where a request had nothing for the stage, another one's time stands in.
        drawn = rng.stream(0, f"calibration/{self.name}/{column}").choice(known, missing.sum())
        picked[missing] = drawn
        kept = restored(picked, float(known.mean()))
        return MeasuredTimes(marginal=marginal, measured_s=tuple(kept.tolist()))


def _choose(pooled: Mapping[str, _Pooled], count: int, most: int) -> NDArray[np.int64]:
    """Requests that stand for all: even by rank of their work in all, in an order of no meaning."""
    total_s = np.zeros(count)
    for stage in pooled.values():
        total_s += np.nan_to_num(stage.table).sum(axis=1)
    chosen = np.argsort(total_s, kind="stable")[even_ranks(count, most)]
    return rng.stream(0, "calibration/rows").permutation(chosen)

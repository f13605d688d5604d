"""Holds every candidate against the baseline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from edge_aibench.errors import ConfigError, unknown_name
from edge_aibench.record.compared import Compared, ComparisonReport
from edge_aibench.record.comparison import Samples, differences

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from edge_aibench.api.run import Run

    Numbers = NDArray[np.float64]

MIXED = "--allow-mixed"


@dataclass(frozen=True, eq=False)
class Candidate:
    """What is compared, by name: its runs, in the order of their seeds."""

    label: str
    runs: tuple[Run, ...]

    @property
    def engine(self) -> Literal["simulate", "emulate"]:
        """Whether it was emulated; which engine simulated does not matter."""
        return "emulate" if self.runs[0].engine == "emulate" else "simulate"


def compare_candidates(
    candidates: Sequence[Candidate],
    *,
    baseline: str | None = None,
    allow_mixed: bool = False,
    varied: Sequence[str] = (),
    repeat_command: str = "",
) -> ComparisonReport:
    """Hold every candidate against *baseline* (the first, if it is None).

    *varied* names what the candidates were meant to differ in. Raises ConfigError for fewer than
    two candidates, an unknown baseline, different scenarios, runs without tables, and, unless
    *allow_mixed*, simulated beside emulated runs.
    """
    first = _baseline(candidates, baseline)
    _check_alike(candidates, allow_mixed=allow_mixed)
    against = _samples(first)
    return ComparisonReport(
        scenario=first.runs[0].summary.scenario,
        baseline=first.label,
        notes=tuple(_notes(candidates, varied)),
        candidates=tuple(_compared(one, first, against) for one in candidates),
        repeat_command=repeat_command,
    )


def _baseline(candidates: Sequence[Candidate], label: str | None) -> Candidate:
    if len(candidates) < 2:
        raise ConfigError(
            "needs at least two candidates",
            where="compare",
            value=", ".join(one.label for one in candidates) or None,
            next_step="write it like --place device,edge, or name two run folders",
        )
    labels = [one.label for one in candidates]
    if label is None:
        return candidates[0]
    if label not in labels:
        raise unknown_name("candidate", label, labels, where="--baseline")
    return candidates[labels.index(label)]


def _check_alike(candidates: Sequence[Candidate], *, allow_mixed: bool) -> None:
    scenarios = {one.runs[0].summary.scenario: one.label for one in candidates}
    if len(scenarios) > 1:
        raise ConfigError(
            "must all be of one scenario",
            where="compare",
            value=", ".join(f"{label} of {name}" for name, label in scenarios.items()),
        )
    engines = {one.engine: one.label for one in candidates}
    if len(engines) > 1 and not allow_mixed:
        raise ConfigError(
            "simulated and emulated runs are not compared silently",
            where="compare",
            value=", ".join(f"{label} by {engine}" for engine, label in engines.items()),
            next_step=f"compare runs of one engine, or add {MIXED}",
        )


def _compared(one: Candidate, first: Candidate, against: Samples) -> Compared:
    own = against if one is first else _samples(one)
    paired = _arrivals(one) == _arrivals(first)
    found = () if one is first else tuple(differences(against, own, paired=paired))
    invalid = tuple(_invalid(one))
    return Compared(
        label=one.label,
        engine=one.engine,
        runs=tuple(str(run.folder) for run in one.runs if run.folder is not None),
        requests=sum(run.summary.counts.measured for run in one.runs),
        valid=not invalid,
        invalid=invalid,
        end_to_end=_worst(run.summary.end_to_end for run in one.runs),
        communication=_worst(run.summary.communication for run in one.runs),
        paired=paired,
        measures=_measures(own),
        differences=found,
    )


def _measures(samples: Samples) -> dict[str, float | None]:
    import numpy as np

    from edge_aibench.record.comparison import IN_BUDGET
    from edge_aibench.record.resampling import MEASURES, measures

    found: dict[str, float | None] = {}
    for name, runs in samples.series_ms.items():
        values = measures(np.concatenate(runs))
        for measure, value in zip(MEASURES, values, strict=True):
            found[f"{name}.{measure}"] = float(value) if np.isfinite(value) else None
    found[IN_BUDGET] = float(np.concatenate(samples.in_time).mean())
    return found


def _worst(verdicts: Iterator[Any]) -> str | None:
    """The worst outcome there is; None where there is no budget."""
    order = ("PASS", "UNDECIDED", "FAIL")
    outcomes = [str(verdict.outcome) for verdict in verdicts if verdict is not None]
    return max(outcomes, key=order.index) if outcomes else None


def _invalid(one: Candidate) -> Iterator[str]:
    for run in one.runs:
        if not run.summary.validity.valid:
            failed = [check.name for check in run.summary.validity.checks if not check.ok]
            yield f"seed {run.experiment.workload.seed}: {', '.join(failed)}"


def _arrivals(one: Candidate) -> list[object]:
    """What the arrival plans of its runs follow from."""
    return [
        (
            run.experiment.instances,
            run.experiment.workload,
            {name: sensor.arrivals for name, sensor in run.experiment.scenario.sensors.items()},
        )
        for run in one.runs
    ]


def _samples(one: Candidate) -> Samples:
    series = [_series_ms(run) for run in one.runs]
    names = [name for name in series[0] if all(name in found for found in series)]
    return Samples(
        series_ms={name: tuple(found[name] for found in series) for name in names},
        in_time=tuple(
            _in_time(run, found["e2e"]) for run, found in zip(one.runs, series, strict=True)
        ),
    )


def _series_ms(run: Run) -> Mapping[str, Numbers]:
    from edge_aibench.record.latency import latencies

    found = {name: values / 1e6 for name, values in latencies(run).named().items()}
    if "e2e" not in found:
        raise ConfigError(
            "measured no request that has an answer to wait for",
            where="compare" if run.folder is None else str(run.folder),
            next_step="run longer",
        )
    return found


def _in_time(run: Run, end_to_end_ms: Numbers) -> Numbers:
    import numpy as np

    deadline_ms = run.experiment.scenario.deadline_s * 1e3
    in_time: Numbers = (end_to_end_ms <= deadline_ms).astype(np.float64)
    return in_time


def _notes(candidates: Sequence[Candidate], varied: Sequence[str]) -> Iterator[str]:
    """What the reader must know before the figures."""
    kinds: dict[str, list[str]] = {
        "engine": [one.engine for one in candidates],
        "dilation": [f"{one.runs[0].experiment.dilation:g}" for one in candidates],
        "instances": [str(one.runs[0].experiment.instances) for one in candidates],
        "duration": [f"{one.runs[0].experiment.workload.duration_s:g} s" for one in candidates],
        "seeds": [_seeds(one) for one in candidates],
        "inference": [one.runs[0].experiment.inference for one in candidates],
        "compute": [one.runs[0].experiment.compute for one in candidates],
    }
    for what, values in kinds.items():
        if len(set(values)) > 1 and what not in varied:
            each = ", ".join(
                f"{one.label}: {value}" for one, value in zip(candidates, values, strict=True)
            )
            yield f"the candidates differ in {what} ({each})"
    if len({len(one.runs) for one in candidates}) > 1:
        yield "the candidates have different numbers of runs, so they are not compared in pairs"
    elif any(_arrivals(one) != _arrivals(candidates[0]) for one in candidates):
        yield "the arrivals differ, so the candidates are not compared in pairs"


def _seeds(one: Candidate) -> str:
    return ", ".join(str(run.experiment.workload.seed) for run in one.runs)

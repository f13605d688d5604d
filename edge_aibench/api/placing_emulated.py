"""The best placements by simulation, emulated on the same arrivals, interleaved."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edge_aibench.errors import ConfigError, RunError
from edge_aibench.placement.apply import with_assignment
from edge_aibench.placement.decision import (
    Confirmation,
    EmulatedPlacement,
    figure_entry,
    said,
)
from edge_aibench.placement.figures import figure, is_of_choice, value_of
from edge_aibench.placement.ranking import agreement, ranked, regret

if TYPE_CHECKING:
    from edge_aibench.api.emulation import Prepared
    from edge_aibench.api.notices import Notices
    from edge_aibench.api.placing import Placing
    from edge_aibench.emulate.outcome import Observer
    from edge_aibench.model.experiment import BackendName, Experiment
    from edge_aibench.placement.evaluation import Evaluation
    from edge_aibench.record.measures import Figure
    from edge_aibench.record.summary import Summary


@dataclass(frozen=True, kw_only=True)
class EmulationChoices:
    """How to confirm: the best *top* placements, each *repeats* times for *duration_s*.

    *dilation* None is the one that the hungriest of them needs on this machine, for all.
    """

    top: int
    repeats: int = 1
    duration_s: float = 30.0
    dilation: float | None = None
    backend: BackendName = "auto"
    out: Path = Path("runs")


def confirm(
    placing: Placing, only: EmulationChoices, observer: Observer, notices: Notices
) -> Confirmation:
    """Emulate the best placements that keep all limits, or else the best there are.

    Raises ConfigError for a measure that no emulated run has, HostError where this machine cannot
    emulate, and RunError; KeyboardInterrupt where a run was interrupted.
    """
    measure = placing.problem.objective.measure
    check_emulated(measure)
    chosen = _chosen(placing, only.top)
    prepared = _prepared(placing, chosen, only)
    runs: list[list[Summary]] = [[] for _ in chosen]
    for repeat in range(only.repeats):
        order = range(len(chosen)) if repeat % 2 == 0 else range(len(chosen) - 1, -1, -1)
        for number in order:
            text = said(placing.written(chosen[number]))
            notices.progress(f"emulating {text}, run {repeat + 1} of {only.repeats}")
            percent = placing.evaluator.measure(measure).percent
            runs[number].append(_emulated(prepared[number], repeat, only, observer, percent))
    return _confirmation(placing, chosen, runs, prepared[0].experiment.dilation)


def check_emulated(measure: str) -> None:
    """Raise ConfigError for a *measure* that no emulated run has."""
    if is_of_choice(measure):
        raise ConfigError(
            "is no measure of an emulated run",
            where="--emulate-top",
            value=measure,
            next_step="take another --objective, such as e2e.p99",
        )


def _chosen(placing: Placing, top: int) -> list[Evaluation]:
    known = ranked(placing.evaluator.known, placing.problem.objective)
    feasible = [each for each in known if each.feasible]
    return (feasible or [each for each in known if not each.saturated] or known)[:top]


def _prepared(
    placing: Placing, chosen: Sequence[Evaluation], only: EmulationChoices
) -> list[Prepared]:
    """All of them at one dilation: runs of different ones are no comparison."""
    from edge_aibench.api.emulation import Prepared

    experiments = [_experiment(placing, each, only) for each in chosen]
    if only.dilation is not None:
        return [Prepared.of(experiment) for experiment in experiments]
    fitted = [Prepared.of(experiment, fit=True) for experiment in experiments]
    dilation = max(each.experiment.dilation for each in fitted)
    return [
        each
        if each.experiment.dilation == dilation
        else Prepared.of(
            each.experiment.model_copy(update={"dilation": dilation}), rehearsal=each.rehearsal
        )
        for each in fitted
    ]


def _experiment(placing: Placing, chosen: Evaluation, only: EmulationChoices) -> Experiment:
    from edge_aibench.model.timings import Timings

    problem = placing.problem
    experiment = with_assignment(problem.experiment, problem.facts, chosen.assignment)
    workload = experiment.workload.model_copy(update={"duration_s": only.duration_s})
    return experiment.model_copy(
        update={
            "timings": Timings(),
            "workload": workload,
            "dilation": only.dilation or 1.0,
            "backend": only.backend,
        }
    )


def _emulated(
    prepared: Prepared,
    repeat: int,
    only: EmulationChoices,
    observer: Observer,
    percent: float | None,
) -> Summary:
    from edge_aibench.record.opened import open_run

    result = prepared.seeded(repeat).run(
        out=only.out,
        observer=observer,
        command="edge-aibench place",
        percentiles=() if percent is None else (percent,),
    )
    if result.interrupted:
        raise KeyboardInterrupt
    summary = open_run(result.folder).summary
    if summary is None:
        raise RunError("nothing was measured", next_step="make the emulated runs longer")
    return summary


def _confirmation(
    placing: Placing,
    chosen: Sequence[Evaluation],
    runs: Sequence[Sequence[Summary]],
    dilation: float,
) -> Confirmation:
    from edge_aibench.record.combine import combine

    objective = placing.problem.objective
    measure = objective.measure
    found: list[tuple[Figure, EmulatedPlacement]] = []
    for evaluation, summaries in zip(chosen, runs, strict=True):
        whole = summaries[0]
        if len(summaries) > 1:
            whole = combine(summaries, repeat_command="edge-aibench place")
        asked = placing.evaluator.measure(measure)
        emulated, placed = figure(whole, asked), placing.written(evaluation)
        simulated = placed.measures[measure]
        found.append(
            (
                emulated,
                EmulatedPlacement(
                    text=said(placed),
                    simulated=simulated,
                    emulated=figure_entry(emulated, asked),
                    valid=whole.validity.valid,
                    runs=whole.runs,
                ),
            )
        )
    valid = [figure for figure, placement in found if placement.valid]
    first = found[0][0]
    best = min(
        valid or [first], key=lambda each: -value_of(each) if objective.largest else value_of(each)
    )
    orders = agreement([each.value for each in chosen], [value_of(each) for each, _ in found])
    return Confirmation(
        measure=measure,
        dilation=dilation,
        placements=tuple(placement for _, placement in found),
        regret=regret(value_of(first), value_of(best), largest=objective.largest)
        if found[0][1].valid
        else None,
        tau=None if orders.tau is None or math.isnan(orders.tau) else orders.tau,
        distinguishable=_apart(first, best),
    )


def _apart(first: Figure, second: Figure) -> bool:
    """Whether the intervals of two figures have nothing in common."""
    bounds = (first.lower, first.upper, second.lower, second.upper)
    if any(bound is None for bound in bounds):
        return False
    low, high, other_low, other_high = (float(bound or 0.0) for bound in bounds)
    return high < other_low or other_high < low

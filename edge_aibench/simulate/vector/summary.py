"""The summary of a run that leaves no tables, as `record.summary` makes it of those it has."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from edge_aibench.config.load import document_form
from edge_aibench.record import statistics
from edge_aibench.record.accounting import Counts
from edge_aibench.record.data import Health, RunData, hops_frame, requests_frame
from edge_aibench.record.estimates import burst_warnings, mean_estimate, percentile_estimate
from edge_aibench.record.load import nearness
from edge_aibench.record.scaling import scaled_nodes
from edge_aibench.record.summary import (
    PERCENTILES,
    Distribution,
    HealthSummary,
    Summary,
    distribution,
    experiment_digest,
    in_budget,
    percentile_key,
    used_in,
)
from edge_aibench.record.validity import Check, Validity, ValidityLimits, check_validity
from edge_aibench.record.values import milliseconds
from edge_aibench.record.verdict import both_ways, judge, judge_counted
from edge_aibench.simulate.results import sources
from edge_aibench.simulate.vector import measure
from edge_aibench.simulate.vector.arrivals import pieces
from edge_aibench.simulate.vector.breakdown import break_down
from edge_aibench.simulate.vector.collect import Collected
from edge_aibench.simulate.vector.loads import loads_of, usage_of
from edge_aibench.simulate.vector.machine import PIECE, Machine, Progress
from edge_aibench.simulate.vector.program import Program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from edge_aibench.model.budget import Budget
    from edge_aibench.record.latency_histogram import LatencyHistogram
    from edge_aibench.record.load import Load
    from edge_aibench.record.verdict import Verdict
    from edge_aibench.simulate.plan import SimulationPlan
    from edge_aibench.simulate.vector.arrivals import Piece

    Drawn = tuple[Piece, NDArray[np.float64]]

# So many batches of ended requests may wait to be looked at; fewer than `Machine` keeps.
_WAITING = 3

_COUNTED = (
    "there were too many requests to keep every latency: percentiles and their intervals are those "
    "of classes 0.05 % wide, and the cohorts of the breakdown of classes 1.6 % wide; how much slow "
    "requests come in bursts was not looked at"
)


def summarise_vector(
    plan: SimulationPlan,
    *,
    percentiles: Iterable[float] = (),
    folder: str = "",
    command: str = "",
    progress: Progress | None = None,
) -> Summary:
    """Simulate *plan*, which must be expressible, and sum it up; memory does not grow with it.

    *progress* is told how much of the arrivals' time is over, from 0 to 1.

    Where stages pass on only a part, the loads are those of all instances on the average.
    """
    collected = collect(Program(plan), progress=progress)
    return _Summed(collected, percentiles, folder=folder, command=command).summary()


def collect(
    program: Program, *, two_threads: bool = True, progress: Progress | None = None
) -> Collected:
    """Simulate *program*: one thread draws and looks at what ended, the other is the engine.

    Both ways give the same to the bit: nothing depends on which thread is first.
    """
    machine, collected = Machine(program, progress), Collected(program)
    if not two_threads:
        for ended in machine.ended():
            collected.add(ended)
        return collected
    waiting: deque[Future[None]] = deque()
    with ThreadPoolExecutor(1) as other:
        drawing = _drawing(machine, program)
        drawn = other.submit(next, drawing, None)
        while (here := drawn.result()) is not None:
            drawn = other.submit(next, drawing, None)
            for ended in machine.take(*here):
                waiting.append(other.submit(collected.add, ended))
                while len(waiting) > _WAITING:
                    waiting.popleft().result()
        for ended in machine.finish():
            waiting.append(other.submit(collected.add, ended))
            while len(waiting) > _WAITING:
                waiting.popleft().result()
        for task in waiting:
            task.result()
    return collected


def _drawing(machine: Machine, program: Program) -> Iterator[Drawn]:
    for piece in pieces(program.plan.experiment, about=PIECE):
        yield piece, machine.drawn(piece)


class _Summed:
    def __init__(
        self, collected: Collected, percentiles: Iterable[float], *, folder: str, command: str
    ) -> None:
        self._collected = collected
        self._experiment = collected.program.plan.experiment
        self._document = document_form(self._experiment)
        self._folder, self._command = folder, command
        budgets = self._experiment.scenario.budgets
        both = (budgets.end_to_end, budgets.communication)
        self._wanted = sorted(
            {*PERCENTILES, *percentiles, *(b.percentile for b in both if b is not None)}
        )
        self._histograms = collected.histograms
        self._values = self._kept()

    def summary(self) -> Summary:
        experiment, scenario = self._experiment, self._experiment.scenario
        workload, budgets = experiment.workload, scenario.budgets
        counts, loads = self._counts(), loads_of(self._collected)
        communication = budgets.communication
        return Summary(
            scenario=scenario.name,
            engine="simulate",
            simulated_by="vector",
            instances=experiment.instances,
            duration_s=workload.duration_s,
            warmup_s=workload.warmup_s,
            dilation=1.0,
            validity=self._validity(counts, loads),
            end_to_end=self._judge(budgets.end_to_end, measure.END_TO_END),
            communication=None
            if communication is None
            else both_ways(
                self._judge(communication, measure.UP), self._judge(communication, measure.DOWN)
            ),
            counts=counts,
            goodput_per_s=counts.in_time / workload.duration_s if workload.duration_s > 0 else 0.0,
            in_budget=in_budget(counts),
            tasks=scenario.inference_stages(),
            latency={
                name: self._distribution(column)
                for column, name in enumerate(self._collected.names)
                if self._has(column)
            },
            hops=break_down(self._collected),
            links=(),
            loads=loads,
            profiles=sources(experiment.timings),
            scaled=scaled_nodes(self._document),
            **used_in(experiment, usage_of(self._collected)),
            quality={},
            health=self._health(loads),
            experiment_sha256=experiment_digest(self._document),
            runs=(self._folder,),
            repeat_command=self._command,
        )

    def _kept(self) -> list[NDArray[np.float64]] | None:
        """The latencies in the order of the schedule; None where they were counted."""
        collected = self._collected
        if self._histograms is not None:
            return None
        columns = collected.latencies[: collected.planned].T
        return [column[~np.isnan(column)] for column in columns]

    def _histogram(self, column: int) -> LatencyHistogram:
        assert self._histograms is not None  # noqa: S101 - else they were kept
        return self._histograms[column]

    def _has(self, column: int) -> bool:
        """Whether the latency exists: no message in a direction is no message that was lost."""
        seen = self._histogram(column).count if self._values is None else self._values[column].size
        ways = {measure.UP, measure.DOWN, measure.ROUND_TRIP}
        if column in ways and self._collected.statuses[measure.ANSWERED]:
            return bool(seen) and self._crossed(column)
        return bool(seen)

    def _crossed(self, column: int) -> bool:
        if self._values is None:
            return self._histogram(column).answered > 0
        return bool(np.isfinite(self._values[column]).any())

    def _distribution(self, column: int) -> Distribution:
        if self._values is not None:
            return distribution(self._values[column], self._wanted)
        histogram = self._histogram(column)
        return Distribution(
            count=histogram.count,
            unanswered=histogram.unanswered,
            mean=mean_estimate(histogram.mean_ns, histogram.mean_interval())
            if histogram.answered
            else None,
            percentiles={
                percentile_key(p): percentile_estimate(
                    histogram.percentile(p), histogram.percentile_interval(p)
                )
                for p in self._wanted
            },
            max_ms=milliseconds(histogram.largest_ns),
        )

    def _judge(self, budget: Budget | None, column: int) -> Verdict | None:
        if budget is None or not self._has(column):
            return None
        if self._values is not None:
            return judge(budget, self._values[column])
        histogram = self._histogram(column)
        return judge_counted(
            budget,
            count=histogram.count,
            over=int(self._collected.over[column]),
            interval=histogram.percentile_interval(budget.percentile),
        )

    def _counts(self) -> Counts:
        collected = self._collected
        statuses = [int(number) for number in collected.statuses]
        return Counts(
            planned=collected.planned,
            warmup=statuses[measure.WARMUP],
            in_time=statuses[measure.ANSWERED] - collected.answered_late,
            late=collected.answered_late,
            timed_out=statuses[measure.TIMEOUT],
            failed=0,
            dropped=statuses[measure.DROPPED],
            filtered=statuses[measure.FILTERED],
            unaccounted=collected.planned - sum(statuses),
            background_hops=int(collected.found.counters[measure.BACKGROUND_HOPS]),
        )

    def _validity(self, counts: Counts, loads: tuple[Load, ...]) -> Validity:
        """The checks of a run with tables, of which there are none: those on hops are made here."""
        workload, counters = self._experiment.workload, self._collected.found.counters
        backwards = int(counters[measure.BACKWARDS])
        data = RunData(
            scenario=self._experiment.scenario.name,
            engine="simulate",
            instances=self._experiment.instances,
            planned=counts.planned,
            duration_s=workload.duration_s,
            warmup_s=workload.warmup_s,
            requests=requests_frame([]),
            hops=hops_frame([]),
            health=Health(
                lateness_ns=np.zeros(min(1, counts.measured + counts.filtered), np.int64),
                clock="virtual",
                clock_problem=f"{backwards} hops end before they start" if backwards else None,
            ),
            budgets=self._experiment.scenario.budgets,
            loads=loads,
        )
        limits = ValidityLimits()
        checks = list(check_validity(data, counts, limits).checks)
        if counts.answered:
            checks.insert(2, self._adds_up(counts, limits))
        return Validity(checks=tuple(checks))

    def _adds_up(self, counts: Counts, limits: ValidityLimits) -> Check:
        worst, off = float(self._collected.found.worst[0]), self._collected.found.counters
        return Check(
            name="breakdown",
            ok=not off[measure.OFF],
            what="the parts of a request add up to its end-to-end latency",
            value=f"worst {worst:.2%} off, {off[measure.OFF]} of {counts.answered} requests over "
            "the limit",
            limit=f"at most {limits.breakdown_share:.0%} off for each request",
            next_step="report this as a bug, with the run folder",
        )

    def _health(self, loads: tuple[Load, ...]) -> HealthSummary:
        dependence = None
        if self._values is None:
            warnings = [_COUNTED]
        else:
            dependence = statistics.dependence(self._values[measure.END_TO_END])
            warnings = burst_warnings(dependence)
        warnings += [nearness(load) for load in loads if load.near]
        seen = self._collected.planned > self._collected.statuses[measure.WARMUP]
        never_late = 0.0 if seen else None
        return HealthSummary(
            lateness_p50_ms=never_late,
            lateness_p99_ms=never_late,
            lateness_max_ms=never_late,
            clock="virtual",
            dependence=dependence,
            warnings=tuple(warnings),
        )

"""Latencies of a run as they come: every one of a short run, counted in classes in a long one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from edge_aibench.clock import NS_PER_S
from edge_aibench.record.latency_histogram import BLOCK, CLASSES, FIRST, SHIFT, LatencyHistogram
from edge_aibench.simulate.vector import measure, parts
from edge_aibench.simulate.vector.compiled import compiled
from edge_aibench.simulate.vector.parts import HopTables, padded
from edge_aibench.simulate.vector.program import Table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.model.budget import Budgets
    from edge_aibench.simulate.vector.machine import Ended
    from edge_aibench.simulate.vector.program import Program

    Integers = NDArray[np.int64]
    Numbers = NDArray[np.float64]

EVERY_ONE = 500_000
"""Up to so many requests every latency is kept."""

# Classes of end-to-end latency whose requests' parts are summed up: 64 an octave, 1.6 % wide.
_CLASSES = 52 << 6


class Collected:
    """What is known of the requests that are over."""

    def __init__(self, program: Program, *, every_one: int = EVERY_ONE) -> None:
        experiment = program.plan.experiment
        self.program = program
        self.tables = HopTables(
            program,
            Table(parts.HOP_COLUMNS, 0),
            Table(parts.PATH_COLUMNS, 0),
            Table(parts.SENSOR_COLUMNS, 0),
        )
        self.tables.build()
        self._arrays = measure.HopArrays(
            hops=self.tables.hops.arrays()[0],
            paths=self.tables.paths.arrays()[0],
            sensors=self.tables.sensors.arrays()[0],
            filtered=padded(self.tables.filtered),
            dropped=padded(self.tables.dropped),
            counted=padded(self.tables.counted),
            spanned=padded(self.tables.spanned),
            limit_ns=float(round(experiment.scenario.timeout_s * NS_PER_S)),
            warmup_ns=float(round(experiment.workload.warmup_s * NS_PER_S)),
        )
        self._every_one = every_one
        self.width = measure.TASKS + len(self.tables.tasks)
        self.latencies = np.full((1024, self.width), np.nan)
        self.durations = np.zeros((1024, len(self.tables.parts)))
        self.status = np.zeros(1024, np.int64)
        self._tally: _Tally | None = None
        self.cohort_numbers = np.zeros(_CLASSES, np.int64)
        self.cohort_ns = np.zeros((_CLASSES, len(self.tables.parts)))
        self.statuses = np.zeros(5, np.int64)
        self._limits_ns = _limits_ns(experiment.scenario.budgets, self.width)
        self.over = np.zeros(self.width, np.int64)
        self._answered_late = np.zeros(1, np.int64)
        self.planned = 0
        self.found = self._room(0)

    def add(self, ended: Ended) -> None:
        """Count requests that are over; their instants are rounded."""
        number = len(ended.place)
        if number > len(self.found.status):
            self.found = self._room(number)
        found = self.found
        measure.measure(self._arrays, ended.noted, ended.sensor, found)
        self.planned += number
        latencies, status = found.latencies[:number], found.status[:number]
        durations = found.durations[:number]
        _judge(latencies, status, self._limits_ns, self.statuses, self.over, self._answered_late)
        if self._tally is None and self.planned > self._every_one:
            self._begin_counting()
        if self._tally is not None:
            self._count(latencies, durations, status, ended.place)
        else:
            self._keep(latencies, durations, status, ended.place)

    @property
    def answered_late(self) -> int:
        """How many were answered, but not within the end-to-end budget."""
        return int(self._answered_late[0])

    @property
    def names(self) -> list[str]:
        """The names of the latencies, by column."""
        return ["e2e", "comm.up", "comm.down", "comm.round-trip", *self.tables.tasks]

    @property
    def histograms(self) -> list[LatencyHistogram] | None:
        """The latencies by column, once they are counted; None while they are kept."""
        tally = self._tally
        if tally is None:
            return None
        return [
            LatencyHistogram.of(
                tally.counts[column],
                tally.sums_ns[column],
                tally.numbers[column],
                unanswered=int(tally.unanswered[column]),
                largest_ns=float(tally.largest_ns[column]),
            )
            for column in range(self.width)
        ]

    def _room(self, number: int) -> measure.Found:
        """Room for what is found of *number* requests; what is for all together goes on."""
        program, parts_ = self.program, len(self.tables.parts)
        common = self.found if number else None
        sensors, width = len(program.sensors), program.notes_width
        paths = self._arrays.paths
        branches = 2 + int(paths[:, parts.BRANCH].max())
        return measure.Found(
            latencies=np.empty((number, self.width)),
            durations=np.empty((number, parts_)),
            status=np.empty(number, np.int64),
            counters=common.counters if common else np.zeros(measure.COUNTERS, np.int64),
            worst=common.worst if common else np.zeros(1),
            worked_ns=common.worked_ns if common else np.zeros(len(program.plan.groups)),
            times=common.times if common else np.zeros((sensors, width), np.int64),
            spans=common.spans if common else np.zeros((sensors, width)),
            since=common.since if common else np.zeros(parts_),
            sinces=common.sinces if common else np.zeros(parts_, np.int64),
            branches=np.zeros((3, branches)),
        )

    def _keep(
        self, latencies: Numbers, durations: Numbers, status: Integers, place: Integers
    ) -> None:
        while place.max() >= len(self.status):
            self.latencies = np.concatenate([self.latencies, np.full_like(self.latencies, np.nan)])
            self.durations = np.concatenate([self.durations, np.zeros_like(self.durations)])
            self.status = np.concatenate([self.status, np.zeros_like(self.status)])
        _put(latencies, place, self.latencies)
        _put(durations, place, self.durations)
        self.status[place] = status

    def _begin_counting(self) -> None:
        """There are too many: what has been kept is counted too."""
        self._tally = _new_tally(self.width)
        self._count(self.latencies, self.durations, self.status, np.arange(len(self.status)))
        nothing = np.zeros(0, np.int64)
        self.latencies, self.durations, self.status = np.zeros((0, 0)), np.zeros((0, 0)), nothing

    def _count(
        self, latencies: Numbers, durations: Numbers, status: Integers, place: Integers
    ) -> None:
        assert self._tally is not None  # noqa: S101 - asked for after `_begin_counting` only
        self._tally = _with_room(self._tally, int(place.max()) // BLOCK + 1)
        _count(latencies, place, self._tally)
        _add_cohorts(latencies, durations, status, self.cohort_numbers, self.cohort_ns)


class _Tally(NamedTuple):
    """What `LatencyHistogram` counts, a row for each latency."""

    counts: Integers
    sums_ns: Numbers
    numbers: Integers
    unanswered: Integers
    largest_ns: Numbers


def _new_tally(width: int) -> _Tally:
    return _Tally(
        counts=np.zeros((width, CLASSES), np.int64),
        sums_ns=np.zeros((width, 1024)),
        numbers=np.zeros((width, 1024), np.int64),
        unanswered=np.zeros(width, np.int64),
        largest_ns=np.zeros(width),
    )


def _with_room(tally: _Tally, blocks: int) -> _Tally:
    """The same with room for at least so many blocks."""
    while tally.numbers.shape[1] < blocks:
        tally = tally._replace(
            sums_ns=np.concatenate([tally.sums_ns, np.zeros_like(tally.sums_ns)], axis=1),
            numbers=np.concatenate([tally.numbers, np.zeros_like(tally.numbers)], axis=1),
        )
    return tally


@compiled
def _judge(
    latencies: Numbers,
    status: Integers,
    limits_ns: Numbers,
    statuses: Integers,
    over: Integers,
    late: Integers,
) -> None:
    """Count what became of requests, their latencies over the limits, and answers that are late."""
    for r in range(len(status)):
        statuses[status[r]] += 1
        for column in range(len(limits_ns)):
            over[column] += latencies[r, column] > limits_ns[column]
        if status[r] == measure.ANSWERED:
            late[0] += latencies[r, measure.END_TO_END] > limits_ns[measure.END_TO_END]


@compiled
def _put(rows: Numbers, places: Integers, kept: Numbers) -> None:
    for r in range(len(rows)):
        for i in range(rows.shape[1]):
            kept[places[r], i] = rows[r, i]


@compiled
def _count(latencies: Numbers, places: Integers, tally: _Tally) -> None:
    """`LatencyHistogram.add` for every column."""
    bits = latencies.view(np.int64)
    for r in range(len(latencies)):
        for column in range(latencies.shape[1]):
            value_ns = latencies[r, column]
            if value_ns < np.inf:
                number = min(max((bits[r, column] >> SHIFT) - FIRST, 0), CLASSES - 1)
                tally.counts[column, number] += 1
                tally.sums_ns[column, places[r] // BLOCK] += value_ns
                tally.numbers[column, places[r] // BLOCK] += 1
                tally.largest_ns[column] = max(tally.largest_ns[column], value_ns)
            elif value_ns == np.inf:
                tally.unanswered[column] += 1


@compiled
def _add_cohorts(
    latencies: Numbers, durations: Numbers, status: Integers, numbers: Integers, sums_ns: Numbers
) -> None:
    """Sum the parts of answered requests up by classes of their latency."""
    for r in range(len(status)):
        if status[r] == measure.ANSWERED:
            value_ns = latencies[r, measure.END_TO_END]
            octave = np.int64(np.floor(np.log2(max(value_ns, 1.0))))
            within = np.int64((max(value_ns, 1.0) / 2.0**octave - 1.0) * 64)
            number = min(int(octave * 64 + within), len(numbers) - 1)
            numbers[number] += 1
            for i in range(durations.shape[1]):
                sums_ns[number, i] += durations[r, i]


def _limits_ns(budgets: Budgets, width: int) -> Numbers:
    """The limits of the budgets by column of latencies; NaN, which nothing is over, for none."""
    found = np.full(width, np.nan)
    if budgets.end_to_end is not None:
        found[measure.END_TO_END] = float(round(budgets.end_to_end.limit_s * NS_PER_S))
    if budgets.communication is not None:
        limit_ns = float(round(budgets.communication.limit_s * NS_PER_S))
        found[measure.UP] = found[measure.DOWN] = limit_ns
    return found

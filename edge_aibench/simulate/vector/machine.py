"""Runs a plan with the compiled engine: observations in pieces, and requests as they end."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edge_aibench.clock import NS_PER_S
from edge_aibench.simulate.vector import kernel
from edge_aibench.simulate.vector import layout as at
from edge_aibench.simulate.vector.arrivals import Piece, pieces, seats
from edge_aibench.simulate.vector.program import Program
from edge_aibench.simulate.vector.queue import grown, new_queue
from edge_aibench.simulate.vector.state import Arrived, Memory, Tables

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
    Numbers = NDArray[np.float64]

Progress = Callable[[float], None]

# Observations whose numbers are drawn together: few enough for the processor's caches.
PIECE = 1 << 14
# Places to begin with, for requests under way, their events, and requests that are over.
_SLOTS = 1 << 12
_EVENTS = 1 << 14
_OVER = 1 << 14
# What ended is kept for so long: until so many more have been given.
KEPT = 6


@dataclass(frozen=True)
class Ended:
    """Requests that are over: row by row what was noted (NaN: it never happened), the number of the
    sensor, instance and sequence, and the place among all observations in order.
    """

    noted: Numbers
    sensor: Integers
    instance: Integers
    sequence: Integers
    place: Integers


class Machine:
    """The compiled engine at work on *program*.

    *progress* is told how much of the arrivals' time is over, from 0 to 1.
    """

    def __init__(self, program: Program, progress: Progress | None = None) -> None:
        self._program = program
        experiment = program.plan.experiment
        workload = experiment.workload
        self._progress = progress
        self._end_ns = (workload.warmup_s + workload.duration_s) * NS_PER_S
        self._tables = Tables(
            steps=program.steps,
            step_times=program.step_times,
            forks=program.forks,
            walks=program.walks,
            stages=program.stages,
            stage_times=program.stage_times,
            sendings=program.sendings,
            sending_times=program.sending_times,
            sensors=program.sensor_table,
            deadline_ns=experiment.scenario.deadline_s * NS_PER_S,
        )
        self._memory = self._new_memory(experiment.instances)
        self._queue = new_queue(_EVENTS, self._day_ns())
        self._seats = seats(experiment)
        self._places = 0
        self._buffers = [(self._memory.over, self._memory.over_keys)]
        self._buffers += [_copies(self._buffers[0]) for _ in range(KEPT)]

    def ended(self) -> Iterator[Ended]:
        """All requests, as they end. What is given is overwritten by what is given KEPT later."""
        for piece in pieces(self._program.plan.experiment, about=PIECE):
            yield from self.take(piece, self.drawn(piece))
        yield from self.finish()

    def drawn(self, piece: Piece) -> Numbers:
        """What the observations of *piece* draw, one row each."""
        program = self._program
        rows = np.empty((len(piece), max(1, program.draws_width)))
        for number, sensor in enumerate(program.sensors):
            columns = program.columns[sensor]
            if len(program.sensors) == 1:
                columns.fill(piece.instance, piece.sequence, rows)
                continue
            here = np.flatnonzero(piece.sensor == number)
            part = np.empty((len(here), rows.shape[1]))
            columns.fill(piece.instance[here], piece.sequence[here], part)
            rows[here] = part
        return rows

    def take(self, piece: Piece, drawn: Numbers) -> Iterator[Ended]:
        """Go on until all of *piece* has come."""
        arrived = Arrived(
            due_ns=piece.due_ns,
            sensor=piece.sensor,
            instance=piece.instance,
            sequence=piece.sequence,
            seat=self._seats[piece.instance],
            drawn=drawn,
            first_place=self._places,
        )
        self._places += len(piece)
        # What comes after the last observation may come after the next one too.
        last_ns = float(piece.due_ns[-1]) if len(piece) else 0.0
        yield from self._run(arrived, last_ns)
        if self._progress is not None:
            self._progress(min(1.0, last_ns / self._end_ns))

    def finish(self) -> Iterator[Ended]:
        """Go on until every request is over."""
        nothing = np.zeros(0, np.int64)
        drawn = np.zeros((0, max(1, self._program.draws_width)))
        arrived = Arrived(nothing, nothing, nothing, nothing, nothing, drawn, self._places)
        yield from self._run(arrived, math.inf)
        if self._progress is not None:
            self._progress(1.0)

    def _run(self, arrived: Arrived, until_ns: float) -> Iterator[Ended]:
        registers = self._memory.registers
        registers[kernel.NEXT] = 0
        while True:
            stopped = kernel.run(self._tables, self._memory, self._queue, arrived, until_ns)
            if stopped == kernel.NEEDS_EVENTS:
                self._queue = grown(self._queue)
            elif stopped == kernel.NEEDS_SLOTS:
                self._memory = _with_more_slots(self._memory)
                registers = self._memory.registers
            else:
                number = int(registers[kernel.OVER])
                registers[kernel.OVER] = 0
                if number:
                    yield self._ended(number)
            if stopped == kernel.OUT_OF_ARRIVALS:
                return

    def _ended(self, number: int) -> Ended:
        noted, keys = self._memory.over[:number], self._memory.over_keys[:number]
        self._buffers.append(self._buffers.pop(0))
        over, over_keys = self._buffers[0]
        self._memory = self._memory._replace(over=over, over_keys=over_keys)
        return Ended(
            noted=noted,
            sensor=keys[:, at.SENSOR],
            instance=keys[:, at.INSTANCE],
            sequence=keys[:, at.SEQUENCE],
            place=keys[:, at.PLACE],
        )

    def _new_memory(self, instances: int) -> Memory:
        program, stations = self._program, self._program.stations
        return Memory(
            shared=np.zeros(max(1, stations.shared)),
            own=np.zeros((instances, max(1, stations.per_instance))),
            drawn=np.zeros((_SLOTS, max(1, program.draws_width))),
            noted=np.zeros((_SLOTS, program.notes_width)),
            keys=np.zeros((_SLOTS, at.MASKS + 2 * program.sites), np.int64),
            free=np.arange(_SLOTS - 1, -1, -1),
            over=np.zeros((_OVER, program.notes_width)),
            over_keys=np.zeros((_OVER, at.KEPT), np.int64),
            registers=np.array([0, _SLOTS, 0]),
        )

    def _day_ns(self) -> float:
        """So long that about one event falls on a day."""
        experiment = self._program.plan.experiment
        sensors = experiment.scenario.sensors.values()
        per_s = sum(experiment.instances / sensor.arrivals.interval_s for sensor in sensors)
        waiting = 1 + int(self._program.steps[:, at.WAITS].sum())
        return NS_PER_S / (per_s * waiting)


def _copies(buffers: tuple[Numbers, Integers]) -> tuple[Numbers, Integers]:
    return buffers[0].copy(), buffers[1].copy()


def _with_more_slots(memory: Memory) -> Memory:
    """The same with twice as many slots."""
    slots = len(memory.keys)
    registers = memory.registers.copy()
    free = int(registers[kernel.FREE_SLOTS])
    registers[kernel.FREE_SLOTS] = free + slots
    return memory._replace(
        drawn=np.concatenate([memory.drawn, np.zeros_like(memory.drawn)]),
        noted=np.concatenate([memory.noted, np.zeros_like(memory.noted)]),
        keys=np.concatenate([memory.keys, np.zeros_like(memory.keys)]),
        free=np.concatenate(
            [memory.free[:free], np.arange(2 * slots - 1, slots - 1, -1), memory.free[free:]]
        ),
        registers=registers,
    )

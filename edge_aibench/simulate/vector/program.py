"""A plan as tables of numbers (layout.py), which the compiled engine goes through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from edge_aibench.clock import NS_PER_S
from edge_aibench.simulate.order import broker_in_order, host_at_once, simple_host
from edge_aibench.simulate.vector import layout as at
from edge_aibench.simulate.vector.draw_columns import DrawColumns
from edge_aibench.simulate.vector.stations import Stations

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.simulate.draws import Draws
    from edge_aibench.simulate.plan import (
        Carriage,
        Crossing,
        Delivery,
        PlannedGroup,
        PlannedStage,
        Publication,
        SimulationPlan,
    )

    Integers = NDArray[np.int64]
    Numbers = NDArray[np.float64]
    Drawn = Callable[[Draws, Integers, Integers], Numbers]

Note = tuple[str, str, str]
"""What is noted of a request: kind, name and group."""


@dataclass
class Table:
    """Rows of whole numbers, and the rows of times beside them."""

    columns: int
    times: int
    numbers: list[list[int]] = field(default_factory=list)
    instants: list[list[float]] = field(default_factory=list)

    def add(self, values: dict[int, int], times: dict[int, float] | None = None) -> int:
        """The number of the new row; what is not given is 0."""
        self.numbers.append([values.get(i, 0) for i in range(self.columns)])
        self.instants.append([(times or {}).get(i, 0.0) for i in range(self.times)])
        return len(self.numbers) - 1

    def arrays(self) -> tuple[Integers, Numbers]:
        """Both, of shapes (rows, columns) and (rows, times)."""
        rows = len(self.numbers)
        numbers = np.array(self.numbers, np.int64).reshape(rows, self.columns)
        return numbers, np.array(self.instants, np.float64).reshape(rows, self.times)


class Notes:
    """The places in a request's row at which instants are noted."""

    def __init__(self) -> None:
        self.places: dict[Note, int] = {}
        self.width = 1  # the first is the instant of the observation

    def place(self, kind: str, name: str, group: str, *, width: int = 1) -> int:
        """Where instants of *kind* about *name* on *group* stand."""
        found = self.places.get((kind, name, group))
        if found is None:
            found = self.places[kind, name, group] = self.width
            self.width += width
        return found


class Program:
    """Everything of *plan* in tables; *columns* and *notes* are by sensor."""

    def __init__(self, plan: SimulationPlan) -> None:
        self.plan = plan
        scenario = plan.experiment.scenario
        self.sensors = tuple(scenario.sensors)
        self.columns = {name: DrawColumns(plan) for name in self.sensors}
        self.notes = {name: Notes() for name in self.sensors}
        self.stations = Stations(plan)
        self._origin = {name: scenario.origin(name) for name in (*self.sensors, *scenario.stages)}
        self._bits = self._numbered()
        self._sites = dict.fromkeys(self.sensors, 0)
        self._steps = Table(at.STEP_COLUMNS, at.STEP_TIMES)
        self._walks = Table(at.WALK_COLUMNS, 0)
        self._stages = Table(at.STAGE_COLUMNS, at.STAGE_TIMES)
        self._sendings = Table(at.SENDING_COLUMNS, at.SENDING_TIMES)
        self._sensors = Table(at.SENSOR_COLUMNS, 0)
        self._forks: list[int] = []
        self._walk_of: dict[tuple[str, str], int] = {}
        self._build()
        self.steps, self.step_times = self._steps.arrays()
        self.walks = self._walks.arrays()[0]
        self.stages, self.stage_times = self._stages.arrays()
        self.sendings, self.sending_times = self._sendings.arrays()
        self.sensor_table = self._sensors.arrays()[0]
        self.forks = np.array([*self._forks, 0], np.int64)

    @property
    def draws_width(self) -> int:
        """Columns of draws that a request needs at most."""
        return max(len(columns) for columns in self.columns.values())

    @property
    def notes_width(self) -> int:
        """Instants that are noted of a request at most."""
        return max(notes.width for notes in self.notes.values())

    @property
    def sites(self) -> int:
        """Stages of one request at most, on all groups."""
        return max(self._sites.values())

    def payload_bytes(self, output: str) -> int:
        """Bytes of payload of a message with *output* that says something."""
        return round(self.stations.draws.payload_bytes(output))

    def sent_place(self, output: str, source: str) -> tuple[int, int]:
        """Where it is noted that *output* was sent, and that it says nothing (-1: never)."""
        sensor = self._origin[output]
        place = self.notes[sensor].places["sent", output, source]
        return place, place + 2 if self._falls_silent(sensor) else -1

    def _numbered(self) -> dict[str, int]:
        """A bit for every output among those of its sensor's requests."""
        bits: dict[str, int] = {}
        for sensor in self.sensors:
            own = [name for name, origin in self._origin.items() if origin == sensor]
            bits |= {name: bit for bit, name in enumerate(own)}
        return bits

    def _build(self) -> None:
        plan = self.plan
        for sensor in self.sensors:
            for group in plan.groups.values():
                here = [stage for stage in group.stages if stage.origin == sensor]
                if here:
                    self._walk_of[group.name, sensor] = self._walk(group, here)
        sendings = {key: self._sending(sent) for key, sent in plan.publications.items()}
        for sensor in self.sensors:
            for group in plan.groups.values():
                self._join_up(group, sensor, sendings)
            node = plan.experiment.scenario.sensors[sensor].node
            local = sensor in plan.local_sensors(node)
            self._sensors.add(
                {
                    at.SENDING: sendings.get((sensor, node), -1),
                    at.LOCAL: self._host(sensor, node) if local else -1,
                }
            )

    def _join_up(
        self, group: PlannedGroup, sensor: str, sendings: dict[tuple[str, str], int]
    ) -> None:
        """Tell the stages of a walk, which came first, where their outputs go."""
        walk = self._walk_of.get((group.name, sensor))
        if walk is None:
            return
        first = self._walks.numbers[walk][at.FIRST_STAGE]
        for number, stage in enumerate(s for s in group.stages if s.origin == sensor):
            row = self._stages.numbers[first + number]
            row[at.SENDS] = sendings.get((stage.name, group.name), -1)
            if stage.serving is not None:
                row[at.BACK] = self._host(stage.name, group.name)

    def _walk(self, group: PlannedGroup, stages: list[PlannedStage]) -> int:
        first = len(self._stages.numbers)
        for stage in stages:
            self._stage(group, stage)
        return self._walks.add(
            {
                at.WORKER: self.stations.worker(group.name) if group.computes else -1,
                at.WORKER_EACH: group.each,
                at.FIRST_STAGE: first,
                at.STAGES: len(stages),
            }
        )

    def _stage(self, group: PlannedGroup, stage: PlannedStage) -> None:
        notes, columns = self.notes[stage.origin], self.columns[stage.origin]
        service, service_ns = columns.add(
            lambda draws, instances, sequences: draws.service_ns(stage, instances, sequences)
        )
        passes, always = columns.add(
            lambda draws, instances, sequences: draws.passes(stage, instances, sequences)
        )
        serving = stage.serving
        place = partial(notes.place, name=stage.name, group=group.name)
        self._stages.add(
            {
                at.NEEDS: sum(1 << self._bits[need] for need in stage.needs),
                at.OUTPUT: 1 << self._bits[stage.name],
                at.SITE: self._site(stage.origin),
                at.SERVICE: service,
                at.PASSES: passes if passes >= 0 else -1 if always else -2,
                at.ANNOUNCES: stage.announces,
                at.ENDS: stage.leads_to_end,
                at.SILENT_END: stage.is_end,
                at.SERVED: place("served", width=2),
                at.READY: place("ready") if simple_host(group) and len(stage.needs) > 1 else -1,
                at.FILTERED: place("filtered") if self._falls_silent(stage.origin) else -1,
                at.DROPPED: place("dropped") if _gives_up(stage) else -1,
                at.POOL: -1 if serving is None else self.stations.pool(stage.name, group.name),
                at.POOL_EACH: group.each,
                at.SERVERS: 0 if serving is None else serving.workers,
            },
            {0: service_ns},
        )

    def _falls_silent(self, sensor: str) -> bool:
        """Whether a stage may have nothing to say to a request of *sensor*."""
        stages = self.plan.experiment.timings.stages
        return any(
            self._origin.get(name) == sensor and times.passes < 1.0
            for name, times in stages.items()
        )

    def _site(self, sensor: str) -> int:
        self._sites[sensor] += 1
        return self._sites[sensor] - 1

    def _sending(self, sent: Publication) -> int:
        origin, output = self._origin[sent.output], sent.output
        columns = self.columns[origin]
        encode, encode_ns = columns.add(lambda d, i, s: d.encode_ns(output, i, s))
        publish, publish_ns = columns.add(lambda d, i, s: d.publish_ns(output, i, s))
        silent = self._falls_silent(origin)
        return self._sendings.add(
            {
                at.ENCODE: encode,
                at.PUBLISH: publish,
                at.SENT: self.notes[origin].place("sent", output, sent.source, width=2 + silent),
                at.START: self._message(sent),
            },
            {at.ENCODE_TIME: encode_ns, at.PUBLISH_TIME: publish_ns},
        )

    def _message(self, sent: Publication) -> int:
        """Write the steps of a message and of its deliveries; gives its first step."""
        start = self._carriage(sent.first, sent.output, role="first")
        broker = self._broker(sent.broker)
        # What is published beside its broker comes when it is handed over, which is to come.
        self._steps.numbers[broker][at.WAITS] |= not sent.first.crossings
        starts = [self._delivery(sent, delivery) for delivery in sent.deliveries]
        self._steps.numbers[broker][at.FIRST] = len(self._forks)
        self._steps.numbers[broker][at.COUNT] = len(starts)
        self._forks += starts
        return start

    def _delivery(self, sent: Publication, to: Delivery) -> int:
        output, origin = sent.output, self._origin[sent.output]
        start = len(self._steps.numbers)
        if to.bridge is not None:
            self._carriage(to.bridge, output, role="bridge")
            broker = self._broker(to.broker)
            self._steps.numbers[broker][at.FIRST] = len(self._forks)
            self._steps.numbers[broker][at.COUNT] = 1
            self._forks.append(broker + 1)
        self._carriage(to.last, output, role="last")
        transfer, transfer_ns = self.columns[origin].add(
            lambda d, i, s: d.transfer_ns(output, to.target, i, s)
        )
        self._steps.add(
            {
                at.OP: at.RECEIVE,
                at.STATION: self.stations.received(to.last),
                at.EACH: to.last.each,
                at.DRAW: transfer,
                at.ROW: self.notes[origin].place("received", output, to.target),
            },
            {at.CONSTANT: transfer_ns},
        )
        self._host(output, to.target)
        return start

    def _carriage(self, carriage: Carriage, output: str, *, role: str) -> int:
        """Write the steps of *carriage*; gives the number of the first, or of what follows."""
        start = len(self._steps.numbers)
        columns = self.columns[self._origin[output]]
        for crossing in carriage.crossings:
            delay, delay_ns = columns.add(_delay(carriage, crossing))
            self._steps.add(
                {
                    at.OP: at.CROSS,
                    at.WAITS: not crossing.in_order,
                    at.STATION: self.stations.wire(crossing),
                    at.EACH: crossing.each,
                    at.DRAW: delay,
                },
                {
                    **self._transmission(output, crossing.direction.rate_bps),
                    at.CONSTANT: delay_ns,
                },
            )
        if carriage.crossings or role != "first":
            recovery, recovery_ns = columns.add(
                lambda d, i, s: d.recovery_ns(carriage, output, i, s)
            )
            self._steps.add(
                {
                    at.OP: at.ARRIVE,
                    at.STATION: self.stations.connection(carriage),
                    at.EACH: carriage.each,
                    at.DRAW: recovery,
                },
                {at.CONSTANT: recovery_ns},
            )
        return start

    def _transmission(self, output: str, rate_bps: float | None) -> dict[int, float]:
        draws = self.stations.draws
        ns_per_byte = 0.0 if rate_bps is None else 8 * NS_PER_S / rate_bps
        whole_ns = draws.wire_bytes(output) * ns_per_byte
        return {at.WHOLE: whole_ns, at.FRAME: whole_ns / draws.frames(output)}

    def _broker(self, group: str) -> int:
        return self._steps.add(
            {
                at.OP: at.BROKER,
                at.WAITS: not broker_in_order(self.plan, group),
                at.STATION: self.stations.broker(group),
            },
            {at.CONSTANT: self.stations.draws.broker_ns},
        )

    def _host(self, output: str, group: str) -> int:
        planned = self.plan.groups[group]
        walk = self._walk_of[group, self._origin[output]]
        return self._steps.add(
            {
                at.OP: at.HOST,
                at.WAITS: not host_at_once(self.plan, planned),
                at.FIRST: walk,
                at.COUNT: 1 << self._bits[output],
            }
        )


def _delay(carriage: Carriage, crossing: Crossing) -> Drawn:
    return lambda draws, instances, sequences: draws.delay_ns(
        carriage, crossing, instances, sequences
    )


def _gives_up(stage: PlannedStage) -> bool:
    return stage.serving is not None and stage.serving.queue == "drop-late"

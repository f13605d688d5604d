"""The hops of a request's paths as tables, for taking many requests apart at once.

They are those of `edge_aibench.record.assemble`, and so is the way in which they are counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from edge_aibench.model.paths import (
    Path,
    Step,
    background_paths,
    crossed_links,
    direction,
    foreground_paths,
)
from edge_aibench.record.hop_column import common_prefix, common_suffix

if TYPE_CHECKING:
    from edge_aibench.simulate.vector.program import Notes, Program, Table

# Columns of a hop: where its start and end are noted (-1: where all paths have arrived), its
# direction, whether it is a queue, its part, and the number of the node group that works (-1: none,
# or a hop before it says so already).
START, END, WAY, QUEUES, PART, WORKS = range(6)
HOP_COLUMNS = 6
UP, DOWN = 1, 2
ARRIVED = -1

# Columns of a path: its hops, how many at the front are shared, its branch and its task (-1: none).
FIRST_HOP, HOPS, SHARED, BRANCH, TASK = range(5)
PATH_COLUMNS = 5

# Columns of a sensor: its paths, the hops after all of them have met, where its end is noted,
# and its background hops.
FIRST_PATH, PATHS, FIRST_JOINT, JOINTS, DONE, FIRST_BACKGROUND, BACKGROUNDS = range(7)
SENSOR_COLUMNS = 7

# The label of where a request's observation waits for the generator, which is never late here.
_GENERATOR = ("lateness", "generator")


@dataclass(frozen=True)
class _Hop:
    kind: str
    stage: str
    source: str
    target: str
    start: int
    end: int
    link: str = ""
    way: str = ""

    @property
    def identity(self) -> tuple[str, str, str, str]:
        return (self.kind, self.stage, self.source, self.target)

    @property
    def part(self) -> tuple[str, str]:
        """Kind and label, as `record.breakdown` names them."""
        if self.kind == "lateness":
            return _GENERATOR
        named = f"{self.link} {self.way}".strip() if self.kind == "transfer" else ""
        return (self.kind, named or self.stage)


@dataclass
class HopTables:
    """All of it, and the names of the parts and tasks that the tables number."""

    program: Program
    hops: Table
    paths: Table
    sensors: Table
    parts: list[tuple[str, str]] = field(default_factory=lambda: [_GENERATOR])
    _worked: set[tuple[str, str, int, int]] = field(default_factory=set)

    def build(self) -> None:
        """Write the tables of every sensor."""
        for sensor in self.program.sensors:
            self._sensor(sensor)

    @property
    def tasks(self) -> tuple[str, ...]:
        return self.program.plan.experiment.scenario.inference_stages()

    @property
    def filtered(self) -> list[list[int]]:
        """Where it is noted, by sensor, that a request was over without an answer."""
        return [self._places(sensor, "filtered") for sensor in self.program.sensors]

    @property
    def dropped(self) -> list[list[int]]:
        """Where it is noted, by sensor, that a request was given up."""
        return [self._places(sensor, "dropped") for sensor in self.program.sensors]

    @property
    def counted(self) -> list[list[int]]:
        """What is to be counted, by sensor: observations, messages, and work begun or given up."""
        found = []
        for sensor in self.program.sensors:
            senders = [key[1:] for key in self.program.notes[sensor].places if key[0] == "sent"]
            sent = [place for key in senders for place in self.program.sent_place(*key)]
            worked = self._places(sensor, "served") + self._places(sensor, "dropped")
            found.append([0, *(place for place in sent if place >= 0), *worked])
        return found

    @property
    def spanned(self) -> list[list[int]]:
        """Where it is noted, by sensor, that work begins."""
        return [self._places(sensor, "served") for sensor in self.program.sensors]

    def _places(self, sensor: str, what: str) -> list[int]:
        places = self.program.notes[sensor].places
        return [place for (kind, _, _), place in places.items() if kind == what]

    def _sensor(self, sensor: str) -> None:
        experiment = self.program.plan.experiment
        scenario, placement = experiment.scenario, experiment.placement
        notes = self.program.notes[sensor]
        paths = foreground_paths(scenario, placement, sensor)
        joint = paths[0].steps[-common_suffix([path.steps for path in paths]) :]
        walked = [self._walk(notes, path, joint) for path in paths]
        shared = common_prefix([[hop.identity for hop in hops] for hops in walked])
        branches = list(dict.fromkeys(path.branch for path in paths))
        first_path = len(self.paths.numbers)
        for path, hops in zip(paths, walked, strict=True):
            self.paths.add(
                {
                    FIRST_HOP: self._add(hops),
                    HOPS: len(hops),
                    SHARED: shared,
                    BRANCH: branches.index(path.branch),
                    TASK: self.tasks.index(path.branch) if path.branch in self.tasks else -1,
                }
            )
        joining = self._work(notes, joint[0], ARRIVED)
        for before, step in pairwise(joint):
            self._step(notes, joining, before, step)
        behind = [
            hop
            for path in background_paths(scenario, placement, sensor)
            for hop in self._background(notes, path)
        ]
        self.sensors.add(
            {
                FIRST_PATH: first_path,
                PATHS: len(paths),
                FIRST_JOINT: self._add(joining),
                JOINTS: len(joining),
                DONE: notes.places["served", joint[-1].name, joint[-1].group] + 1,
                FIRST_BACKGROUND: self._add(behind),
                BACKGROUNDS: len(behind),
            }
        )

    def _add(self, hops: list[_Hop]) -> int:
        first = len(self.hops.numbers)
        for hop in hops:
            if hop.part not in self.parts:
                self.parts.append(hop.part)
            self.hops.add(
                {
                    START: hop.start,
                    END: hop.end,
                    WAY: {"up": UP, "down": DOWN}.get(hop.way, 0) if hop.kind == "transfer" else 0,
                    QUEUES: hop.kind == "queue",
                    PART: self.parts.index(hop.part),
                    WORKS: self._working(hop),
                }
            )
        return first

    def _working(self, hop: _Hop) -> int:
        """The group that works, if this is the first hop to say so: paths may share one."""
        key = (hop.stage, hop.source, hop.start, hop.end)
        if hop.kind != "service" or key in self._worked:
            return -1
        self._worked.add(key)
        return list(self.program.plan.groups).index(hop.source)

    def _walk(self, notes: Notes, path: Path, joint: tuple[Step, ...]) -> list[_Hop]:
        sensor = path.steps[0]
        hops = [_Hop("lateness", sensor.name, sensor.group, sensor.group, 0, 0)]
        own = path.steps[: len(path.steps) - len(joint)]
        for before, step in pairwise(own):
            self._step(notes, hops, before, step)
        self._carry(notes, hops, own[-1], joint[0])
        return hops

    def _step(self, notes: Notes, hops: list[_Hop], before: Step, step: Step) -> None:
        self._carry(notes, hops, before, step)
        hops += self._work(notes, step, hops[-1].end)

    def _carry(self, notes: Notes, hops: list[_Hop], before: Step, step: Step) -> None:
        if before.group == step.group:
            return
        topology = self.program.plan.experiment.topology
        name, source, target = before.name, before.group, step.group
        sent = notes.places["sent", name, source]
        received = notes.places["received", name, target]
        links = "+".join(crossed_links(topology, source, target))
        way = direction(topology, source, target)
        hops.append(_Hop("service", f"{name} (encode)", source, source, hops[-1].end, sent))
        hops.append(_Hop("transfer", name, source, target, sent, received, links, way))

    def _work(self, notes: Notes, step: Step, since: int) -> list[_Hop]:
        name, group = step.name, step.group
        served = notes.places["served", name, group]
        return [
            _Hop("queue", name, group, group, since, served),
            _Hop("service", name, group, group, served, served + 1),
        ]

    def _background(self, notes: Notes, path: Path) -> list[_Hop]:
        before, step = path.steps
        hops: list[_Hop] = []
        if before.group != step.group:
            hops = [_Hop("lateness", before.name, before.group, before.group, 0, 0)]
            self._carry(notes, hops, before, step)
            hops = hops[-1:]
        return [*hops, self._work(notes, step, 0)[1]]


def padded(lists: list[list[int]]) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """Lists of places as one table; -1 where a list is shorter."""
    width = max(1, *(len(places) for places in lists))
    return np.array([[*places, *[-1] * (width - len(places))] for places in lists], np.int64)

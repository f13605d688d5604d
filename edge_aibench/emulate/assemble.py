"""From the agents' events to the record's tables of requests and hops.

Every hop ends at the instant where the next one starts, so the parts of a request add up to its
end-to-end time exactly. A path ends where its answer arrives; the one that finished last goes on
through the joining stage that ends the request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_aibench.clock import NS_PER_S
from edge_aibench.emulate.agents.events import Kind
from edge_aibench.emulate.event_table import MISSING, EventTable
from edge_aibench.emulate.paths import (
    Path,
    Step,
    background_paths,
    crossed_links,
    direction,
    foreground_paths,
)
from edge_aibench.model.components import Answer
from edge_aibench.record.data import BACKGROUND, SHARED

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from edge_aibench.model.placement import Placement
    from edge_aibench.model.scenario import Scenario
    from edge_aibench.model.topology import Topology
    from edge_aibench.model.workload import ArrivalPlan


# Index of the first hop after the paths have met: greater than that of any hop on a path.
_AFTER_ALL_PATHS = 1000


@dataclass(frozen=True)
class Timeline:
    """Wall instants to virtual ones; *end_ns* is the wall instant at which the run was over."""

    origin_ns: int
    dilation: float
    end_ns: int
    cut_short: bool

    def virtual(self, wall_ns: NDArray[np.int64]) -> NDArray[np.int64]:
        """Virtual nanoseconds since the origin; MISSING stays MISSING."""
        elapsed = np.where(wall_ns == MISSING, 0, wall_ns - self.origin_ns)
        scaled = np.rint(elapsed / self.dilation).astype(np.int64)
        return np.where(wall_ns == MISSING, MISSING, scaled)


@dataclass(frozen=True)
class Assembled:
    """The record's tables, and the answers for judging quality."""

    requests: pd.DataFrame
    hops: pd.DataFrame
    answers: tuple[Answer, ...]
    lateness_ns: NDArray[np.int64]
    planned: int
    repeated: int


class Assembler:
    """Joins the events of one run."""

    def __init__(
        self,
        scenario: Scenario,
        topology: Topology,
        placement: Placement,
        plan: ArrivalPlan,
        table: EventTable,
        timeline: Timeline,
    ) -> None:
        self._scenario = scenario
        self._topology = topology
        self._plan = plan
        self._table = table
        self._timeline = timeline
        self._paths = foreground_paths(scenario, placement)
        self._background = background_paths(scenario, placement)
        self._end = next(p.steps[-1] for p in self._paths)
        self._instances = table.instances()
        self._scheduled = np.concatenate(plan.instants_ns) if plan.total else np.zeros(0, np.int64)
        self._done = self._finished(self._end)

    def assemble(self) -> Assembled:
        """Build all tables."""
        due = self._due()
        requests = self._requests()[due]
        hops = self._hops(due)
        return Assembled(
            requests=requests.reset_index(drop=True),
            hops=hops,
            answers=tuple(self._answers()),
            lateness_ns=self._lateness()[due],
            planned=int(due.sum()),
            repeated=self._table.repeated,
        )

    def _finished(self, step: Step) -> NDArray[np.int64]:
        """When *step* was over, its hold included."""
        served = self._table.row(Kind.SERVED, step.name, step.group)
        held = self._table.row(Kind.HELD, step.name, step.group)
        return self._timeline.virtual(np.where(held.there, held.end_ns, served.end_ns))

    def _due(self) -> NDArray[np.bool_]:
        """Requests that the run had time for: all of them, unless it was cut short."""
        if not self._timeline.cut_short:
            return np.ones(self._table.total, bool)
        over = self._timeline.virtual(np.array([self._timeline.end_ns]))[0]
        due: NDArray[np.bool_] = self._scheduled < over
        return due

    def _requests(self) -> pd.DataFrame:
        import pandas as pd

        answered = self._done != MISSING
        limit_ns = round(self._scenario.timeout_s * NS_PER_S)
        in_time = answered & (self._done - self._scheduled <= limit_ns)
        lost = "failed" if self._timeline.cut_short else "timeout"
        status = np.where(in_time, "answered", np.where(answered, "timeout", lost))
        return pd.DataFrame(
            {
                "request": np.arange(self._table.total, dtype=np.int64),
                "instance": self._instances,
                "sequence": self._table.sequences(),
                "sensor": self._plan.sensor,
                "scheduled_ns": self._scheduled,
                "warmup": self._scheduled < self._plan.warmup_ns,
                "status": status,
                "done_ns": pd.arrays.IntegerArray(np.where(in_time, self._done, 0), ~in_time),
            }
        )

    def _lateness(self) -> NDArray[np.int64]:
        sensor = self._paths[0].steps[0]
        made = self._timeline.virtual(
            self._table.row(Kind.OBSERVED, sensor.name, sensor.group).end_ns
        )
        # What was never observed was late at least until the run was over.
        over = self._timeline.virtual(np.array([self._timeline.end_ns]))[0]
        made = np.where(made == MISSING, np.maximum(over, self._scheduled), made)
        lateness: NDArray[np.int64] = made - self._scheduled
        return lateness

    def _hops(self, due: NDArray[np.bool_]) -> pd.DataFrame:
        import pandas as pd

        built = [self._walk(path) for path in self._paths]
        arrivals = np.stack([hops[-1].end for hops in built])
        last = np.argmax(arrivals, axis=0)
        frames: list[pd.DataFrame] = []
        shared = _common_prefix([[hop.identity for hop in hops] for hops in built])
        for hop in built[0][:shared]:
            frames.append(self._frame(hop, SHARED, np.ones(self._table.total, bool), due))
        for number, (path, hops) in enumerate(zip(self._paths, built, strict=True)):
            critical = last == number
            for hop in hops[shared:]:
                frames.append(self._frame(hop, path.branch, critical, due))
        for hop in self._joining(arrivals):
            frames.append(self._frame(hop, SHARED, np.ones(self._table.total, bool), due))
        for path in self._background:
            for hop in self._walk_background(path):
                nobody = np.zeros(self._table.total, bool)
                frames.append(self._frame(hop, BACKGROUND, nobody, due))
        return pd.concat(frames, ignore_index=True)

    def _walk(self, path: Path) -> list[_Hop]:
        """Hops from the schedule to the arrival at the stage that ends the request."""
        sensor = path.steps[0]
        observed = self._table.row(Kind.OBSERVED, sensor.name, sensor.group)
        now = self._timeline.virtual(observed.end_ns)
        hops = [_Hop(0, "lateness", sensor.name, sensor.group, sensor.group, self._scheduled, now)]
        for before, step in zip(path.steps, path.steps[1:], strict=False):
            if before.group != step.group:
                hops += self._transfer(before.name, before.group, step.group, len(hops), now)
                now = hops[-1].end
            if step.name == self._end.name:
                break
            hops += self._work(step.name, step.group, len(hops), now)
            now = hops[-1].end
        return hops

    def _joining(self, arrivals: NDArray[np.int64]) -> list[_Hop]:
        """Running the stage that ends the request, once the last path has arrived."""
        complete = (arrivals != MISSING).all(axis=0)
        last = np.where(complete, arrivals.max(axis=0), MISSING)
        return self._work(self._end.name, self._end.group, _AFTER_ALL_PATHS, last)

    def _walk_background(self, path: Path) -> list[_Hop]:
        before, step = path.steps
        hops: list[_Hop] = []
        if before.group != step.group:
            sent = self._timeline.virtual(
                self._table.row(Kind.SENT, before.name, before.group).start_ns
            )
            hops += self._transfer(before.name, before.group, step.group, 0, sent)[-1:]
        served = self._timeline.virtual(
            self._table.row(Kind.SERVED, step.name, step.group).start_ns
        )
        return [*hops, *self._work(step.name, step.group, len(hops), served)[1:]]

    def _transfer(
        self, name: str, source: str, target: str, number: int, since: NDArray[np.int64]
    ) -> list[_Hop]:
        """From handing the message over to the receiver's callback, after making it ready."""
        sent = self._table.row(Kind.SENT, name, source)
        received = self._table.row(Kind.RECEIVED, name, target)
        handed = self._timeline.virtual(sent.start_ns)
        links = "+".join(crossed_links(self._topology, source, target))
        way = direction(self._topology, source, target)
        return [
            _Hop(number, "service", f"{name} (encode)", source, source, since, handed),
            _Hop(
                number + 1,
                "transfer",
                name,
                source,
                target,
                handed,
                self._timeline.virtual(received.end_ns),
                links,
                way,
                sent.size,
            ),
        ]

    def _work(self, name: str, group: str, number: int, since: NDArray[np.int64]) -> list[_Hop]:
        served = self._table.row(Kind.SERVED, name, group)
        held = self._table.row(Kind.HELD, name, group)
        start, end = self._timeline.virtual(served.start_ns), self._timeline.virtual(served.end_ns)
        hops = [
            _Hop(number, "queue", name, group, group, since, start),
            _Hop(number + 1, "service", name, group, group, start, end),
        ]
        if held.there.any():
            released = self._finished(Step(name, group))
            hops.append(_Hop(number + 2, "hold", name, group, group, end, released))
        return hops

    def _frame(
        self,
        hop: _Hop,
        branch: str,
        critical: NDArray[np.bool_],
        kept: NDArray[np.bool_],
    ) -> pd.DataFrame:
        import pandas as pd

        there = kept & (hop.start != MISSING) & (hop.end != MISSING)
        where = np.flatnonzero(there)
        return pd.DataFrame(
            {
                "request": where.astype(np.int64),
                "branch": branch,
                "critical": critical[where],
                "index": np.int64(hop.number),
                "kind": hop.kind,
                "stage": hop.stage,
                "source": self._node_names(hop.source, where),
                "target": self._node_names(hop.target, where),
                "link": hop.link,
                "direction": hop.direction,
                "start_ns": hop.start[where],
                "end_ns": hop.end[where],
                "bytes": 0 if hop.size is None else hop.size[where],
            }
        ).astype({"index": "int64", "bytes": "int64"})

    def _node_names(self, group: str, requests: NDArray[np.int64]) -> Any:
        members = self._topology.members(group, instances=len(self._plan.instants_ns))
        if len(members) == 1:
            return str(members[0])
        names = np.array([str(member) for member in members])
        return names[self._instances[requests]]

    def _answers(self) -> list[Answer]:
        sequences = self._table.sequences()
        answers = []
        for path in self._paths:
            for step in path.steps:
                if step.name not in self._scenario.inference_stages():
                    continue
                row = self._table.row(Kind.SERVED, step.name, step.group)
                kept = np.flatnonzero(row.there & (self._done != MISSING))
                answers += [
                    Answer(
                        instance=int(self._instances[request]),
                        sequence=int(sequences[request]),
                        stage=step.name,
                        value=float(row.value[request]),
                    )
                    for request in kept
                ]
        return answers


@dataclass(frozen=True)
class _Hop:
    """One hop of all requests: *start* and *end* are virtual instants or MISSING."""

    number: int
    kind: str
    stage: str
    source: str
    target: str
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    link: str = ""
    direction: str = ""
    size: NDArray[np.int64] | None = None

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """Equal for the same hop on two paths."""
        return (self.kind, self.stage, self.source, self.target)


def _common_prefix(paths: list[list[tuple[str, str, str, str]]]) -> int:
    """How many first hops all paths have in common."""
    shared = 0
    for hops in zip(*paths, strict=False):
        if len(set(hops)) > 1:
            break
        shared += 1
    return shared

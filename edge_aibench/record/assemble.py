"""From the agents' events to the record's tables of requests and hops.

Every hop ends at the instant where the next one starts, so the parts of a request add up to its
end-to-end time exactly. A path ends where its answer arrives; the one that finished last goes on
through the joining stage that ends the request.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_aibench.clock import NS_PER_S
from edge_aibench.model.components import Answer
from edge_aibench.model.paths import (
    Path,
    Step,
    background_paths,
    crossed_links,
    direction,
    foreground_paths,
)
from edge_aibench.record.data import BACKGROUND, SHARED
from edge_aibench.record.event_table import MISSING, EventTable
from edge_aibench.record.events import Kind
from edge_aibench.record.hop_column import HopColumn, common_prefix, common_suffix, last_path

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
    """Wall instants to virtual ones; *end_ns* is the wall instant at which the run was over.

    With *lost_agents* some host's last events before its loss are missing.
    """

    origin_ns: int
    dilation: float
    end_ns: int
    cut_short: bool
    lost_agents: bool = False

    def virtual(self, wall_ns: NDArray[np.int64]) -> NDArray[np.int64]:
        """Virtual nanoseconds since the origin; MISSING stays MISSING."""
        elapsed = np.where(wall_ns == MISSING, 0, wall_ns - self.origin_ns)
        scaled = np.rint(elapsed / self.dilation).astype(np.int64)
        return np.where(wall_ns == MISSING, MISSING, scaled)


@dataclass(frozen=True)
class Assembled:
    """The record's tables, and the answers for judging quality.

    *unjoined* requests went on without a partner of another sensor, *late_joins* are partners
    that came after that, *repeated* messages arrived twice.
    """

    requests: pd.DataFrame
    hops: pd.DataFrame
    answers: tuple[Answer, ...]
    lateness_ns: NDArray[np.int64]
    planned: int
    repeated: int
    unjoined: int
    late_joins: int


class Assembler:
    """Joins the events of one sensor's requests, which are numbered from *first_request* on."""

    def __init__(
        self,
        scenario: Scenario,
        topology: Topology,
        placement: Placement,
        plan: ArrivalPlan,
        table: EventTable,
        timeline: Timeline,
        *,
        first_request: int = 0,
    ) -> None:
        self._scenario = scenario
        self._topology = topology
        self._placement = placement
        self._plan = plan
        self._table = table
        self._timeline = timeline
        self._first_request = first_request
        self._paths = foreground_paths(scenario, placement, plan.sensor)
        self._background = background_paths(scenario, placement, plan.sensor)
        self._joint = self._paths[0].steps[-common_suffix([p.steps for p in self._paths]) :]
        self._stages = [n for n in scenario.stages if scenario.origin(n) == plan.sensor]
        self._instances = table.instances()
        self._scheduled = np.concatenate(plan.instants_ns) if plan.total else np.zeros(0, np.int64)
        self._done = self._finished(self._joint[-1])
        self._walked = [self._walk(path) for path in self._paths]
        arrivals = np.stack([hops[-1].end for hops in self._walked])
        self._last = last_path(arrivals, self._walked)
        self._joining = self._go_on(arrivals.max(axis=0))

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
            unjoined=self._count(Kind.JOINED, alone=True),
            late_joins=self._count(Kind.LATE_JOIN),
        )

    def _count(self, kind: Kind, *, alone: bool = False) -> int:
        """How many requests have an event of *kind* (*alone*: of those, without a partner)."""
        rows = [
            self._table.row(kind, name, group)
            for name in self._stages
            for group in self._placement.groups[name]
        ]
        return sum(int((row.there & ((row.size > 0) | (not alone))).sum()) for row in rows)

    def _has(self, kind: Kind) -> NDArray[np.bool_]:
        """Which requests have an event of *kind* at any stage."""
        found = np.zeros(self._table.total, bool)
        for name in self._stages:
            for group in self._placement.groups[name]:
                found |= self._table.row(kind, name, group).there
        return found

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
        # Answered, but the host that was lost took along what it had written down of it.
        forgotten = in_time & ~self._is_whole() & self._timeline.lost_agents
        in_time &= ~forgotten
        status = np.select(
            [
                in_time,
                forgotten,
                answered,
                self._has(Kind.FILTERED),
                self._has(Kind.DROPPED),
            ],
            ["answered", "failed", "timeout", "filtered", "dropped"],
            lost,
        )
        return pd.DataFrame(
            {
                "request": self._first_request + np.arange(self._table.total, dtype=np.int64),
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

        everybody = np.ones(self._table.total, bool)
        frames: list[pd.DataFrame] = []
        shared = common_prefix([[hop.identity for hop in hops] for hops in self._walked])
        for hop in self._walked[0][:shared]:
            frames.append(self._frame(hop, SHARED, everybody, due))
        for number, (path, hops) in enumerate(zip(self._paths, self._walked, strict=True)):
            critical = self._last == number
            for hop in hops[shared:]:
                frames.append(self._frame(hop, path.branch, critical, due))
        for hop in self._joining:
            frames.append(self._frame(hop, SHARED, everybody, due))
        for path in self._background:
            for hop in self._walk_background(path):
                nobody = np.zeros(self._table.total, bool)
                frames.append(self._frame(hop, BACKGROUND, nobody, due))
        return pd.concat(frames, ignore_index=True)

    def _walk(self, path: Path) -> list[HopColumn]:
        """Hops from the schedule to the arrival at the stage where all paths have met."""
        sensor = path.steps[0]
        observed = self._table.row(Kind.OBSERVED, sensor.name, sensor.group)
        now = self._timeline.virtual(observed.end_ns)
        hops = [
            HopColumn(0, "lateness", sensor.name, sensor.group, sensor.group, self._scheduled, now)
        ]
        own = path.steps[: len(path.steps) - len(self._joint)]
        for before, step in pairwise(own):
            self._step(hops, before, step)
        self._carry(hops, own[-1], self._joint[0])
        return hops

    def _is_whole(self) -> NDArray[np.bool_]:
        """Requests of which every hop that the answer took is known."""
        whole = np.ones(self._table.total, bool)
        for number, hops in enumerate(self._walked):
            for hop in hops:
                whole &= hop.there | (self._last != number)
        for hop in self._joining:
            whole &= hop.there
        return whole

    def _go_on(self, arrived: NDArray[np.int64]) -> list[HopColumn]:
        """What all paths have in common, once the last of them has arrived."""
        first = self._joint[0]
        hops = self._work(first.name, first.group, _AFTER_ALL_PATHS, arrived)
        for before, step in pairwise(self._joint):
            self._step(hops, before, step)
        return hops

    def _step(self, hops: list[HopColumn], before: Step, step: Step) -> None:
        """Append the way from *before* to *step*, and its work there."""
        self._carry(hops, before, step)
        hops += self._work(step.name, step.group, hops[-1].number + 1, hops[-1].end)

    def _carry(self, hops: list[HopColumn], before: Step, step: Step) -> None:
        if before.group != step.group:
            number = hops[-1].number + 1
            hops += self._transfer(before.name, before.group, step.group, number, hops[-1].end)

    def _walk_background(self, path: Path) -> list[HopColumn]:
        before, step = path.steps
        hops: list[HopColumn] = []
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
    ) -> list[HopColumn]:
        """From handing the message over to the receiver's callback, after making it ready."""
        sent = self._table.row(Kind.SENT, name, source)
        received = self._table.row(Kind.RECEIVED, name, target)
        handed = self._timeline.virtual(sent.start_ns)
        links = "+".join(crossed_links(self._topology, source, target))
        way = direction(self._topology, source, target)
        return [
            HopColumn(number, "service", f"{name} (encode)", source, source, since, handed),
            HopColumn(
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

    def _work(
        self, name: str, group: str, number: int, since: NDArray[np.int64]
    ) -> list[HopColumn]:
        served = self._table.row(Kind.SERVED, name, group)
        start, end = self._timeline.virtual(served.start_ns), self._timeline.virtual(served.end_ns)
        hops: list[HopColumn] = []
        now = since
        for kind, of in (("join", Kind.JOINED), ("batch", Kind.BATCHED)):
            row = self._table.row(of, name, group)
            if not row.there.any():
                continue
            # A request that had nothing for the stage to work on neither joined nor was picked.
            there = row.there
            if kind == "batch":
                # Who joins a batch that is being gathered was picked as it came.
                picked = np.maximum(self._timeline.virtual(row.start_ns), now)
                picked = np.where(there, picked, start)
                hops.append(HopColumn(number + len(hops), "queue", name, group, group, now, picked))
                now = picked
            until = self._timeline.virtual(row.end_ns)
            hops.append(HopColumn(number + len(hops), kind, name, group, group, now, until))
            now = np.where(there, until, now)
        if not hops or hops[-1].kind == "join":
            hops.append(HopColumn(number + len(hops), "queue", name, group, group, now, start))
        hops.append(HopColumn(number + len(hops), "service", name, group, group, start, end))
        if self._table.row(Kind.HELD, name, group).there.any():
            released = self._finished(Step(name, group))
            hops.append(HopColumn(number + len(hops), "hold", name, group, group, end, released))
        return hops

    def _frame(
        self,
        hop: HopColumn,
        branch: str,
        critical: NDArray[np.bool_],
        kept: NDArray[np.bool_],
    ) -> pd.DataFrame:
        import pandas as pd

        where = np.flatnonzero(kept & hop.there)
        return pd.DataFrame(
            {
                "request": self._first_request + where.astype(np.int64),
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
        """What was said of the outputs of answered requests."""
        sequences = self._table.sequences()
        answers = []
        for name in self._stages:
            for group in self._placement.groups[name]:
                row = self._table.row(Kind.SCORED, name, group)
                answers += [
                    Answer(
                        instance=int(self._instances[request]),
                        sequence=int(sequences[request]),
                        stage=name,
                        value=float(row.value[request]),
                    )
                    for request in np.flatnonzero(row.there & (self._done != MISSING))
                ]
        return answers

"""The load of links and workers as a run measured it: also where it is more than they carry.

What went through a full link or a busy worker says how much it carries. What was offered is seen
before it: the messages handed to a client, and the requests that had all a stage needs. Behind the
first resource that is full the others get only what it lets through, and look emptier than they
would be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edge_aibench.clock import NS_PER_S
from edge_aibench.model.routing import route
from edge_aibench.record.assemble import Timeline
from edge_aibench.record.event_table import MISSING, EventTable
from edge_aibench.record.events import Kind
from edge_aibench.record.offered_load import Messages, all_loads

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.model.experiment import Experiment
    from edge_aibench.model.workload import ArrivalPlan
    from edge_aibench.record.load import Load

    Numbers = NDArray[np.float64]
    Mask = NDArray[np.bool_]

# A run is looked at five times a second, and is over when it is seen that all requests are.
_SLACK_NS = NS_PER_S // 4


def measured_loads(
    experiment: Experiment,
    plans: Sequence[ArrivalPlan],
    tables: Mapping[str, EventTable],
    timeline: Timeline,
) -> tuple[Load, ...]:
    """What links and workers were asked for after the warm-up.

    *tables* holds the events by sensor. Rates are those of the plan's law, so that a Poisson
    process which happened to be slow in this run does not count as slow. A stage that computes in
    batches is left out unless it filled one: as long as it never does, its queue does not grow.
    """
    messages: dict[str, Messages] = {}
    work_s: dict[tuple[str, str], Numbers] = {}
    for plan in plans:
        measured = _Measured.of(experiment, plan, tables[plan.sensor], timeline)
        if measured is not None:
            messages |= measured.messages()
            work_s |= measured.work_s()
    return all_loads(experiment, messages, work_s)


@dataclass(frozen=True)
class _Measured:
    """One sensor's requests; those of the mask *kept* count, *planned* of them by instance."""

    experiment: Experiment
    sensor: str
    table: EventTable
    timeline: Timeline
    instances: NDArray[np.int64]
    kept: Mask
    planned: Numbers

    @classmethod
    def of(
        cls, experiment: Experiment, plan: ArrivalPlan, table: EventTable, timeline: Timeline
    ) -> _Measured | None:
        """None where nothing was planned to be measured."""
        scheduled = np.concatenate(plan.instants_ns) if plan.total else np.zeros(0, np.int64)
        kept = scheduled >= plan.warmup_ns
        if timeline.cut_short:
            kept &= scheduled < timeline.virtual(np.array([timeline.end_ns]))[0]
        instances = table.instances()
        planned = np.bincount(instances[kept], minlength=experiment.instances).astype(np.float64)
        if not kept.any():
            return None
        return cls(experiment, plan.sensor, table, timeline, instances, kept, planned)

    def messages(self) -> dict[str, Messages]:
        """The messages of each output that was handed over."""
        experiment = self.experiment
        routes = route(experiment.scenario, experiment.topology, experiment.placement)
        sources = {
            flow.output: flow.source
            for flow in routes.flows
            if experiment.scenario.origin(flow.output) == self.sensor
        }
        return {output: self._sent(output, source) for output, source in sources.items()}

    def work_s(self) -> dict[tuple[str, str], Numbers]:
        """Seconds of work a second of each stage, by instance."""
        scenario = self.experiment.scenario
        found: dict[tuple[str, str], Numbers] = {}
        for stage in scenario.stages:
            if scenario.origin(stage) != self.sensor:
                continue
            for group in self.experiment.placement.groups[stage]:
                each_s = self._work_of_one_s(stage, group)
                if each_s is not None:
                    found[stage, group] = each_s * self._per_s(self._offered(stage, group))
        return found

    def _per_s(self, number: Numbers) -> Numbers:
        """How many a second *number* of each instance's planned requests are."""
        interval_s = self.experiment.scenario.sensors[self.sensor].arrivals.interval_s
        return number / np.maximum(self.planned, 1.0) / interval_s

    def _count(self, mask: Mask, weights: NDArray[np.int64] | None = None) -> Numbers:
        kept = mask & self.kept
        counted = np.bincount(
            self.instances[kept],
            weights=None if weights is None else weights[kept],
            minlength=self.experiment.instances,
        )
        return counted.astype(np.float64)

    def _sent(self, output: str, source: str) -> Messages:
        row = self.table.row(Kind.SENT, output, source)
        number = self._count(row.there)
        payload_bytes = self._count(row.there, row.size) / np.maximum(number, 1.0)
        return Messages(per_s=self._per_s(number), payload_bytes=payload_bytes)

    def _work_of_one_s(self, stage: str, group: str) -> float | None:
        """Virtual seconds that a worker spends on one request; None if that was not seen."""
        serving = self.experiment.scenario.stages[stage].serving
        served = self.table.row(Kind.SERVED, stage, group)
        start_ns, released_ns = served.start_ns, self._released_ns(stage, group)
        counted = served.there & self.kept
        if not counted.any():
            return None
        if serving is None or serving.max_batch == 1:
            spent_ns = float((released_ns - start_ns)[counted].mean())
            return spent_ns / self.experiment.dilation / NS_PER_S
        # Requests of one batch share its instants.
        batches, sizes = np.unique(
            np.stack([start_ns[counted], released_ns[counted]]), axis=1, return_counts=True
        )
        full = sizes == serving.max_batch
        if not full.any():
            return None
        spent_ns = float((batches[1] - batches[0])[full].mean()) / serving.max_batch
        return spent_ns / self.experiment.dilation / NS_PER_S

    def _released_ns(self, stage: str, group: str) -> NDArray[np.int64]:
        served = self.table.row(Kind.SERVED, stage, group)
        held = self.table.row(Kind.HELD, stage, group)
        return np.where(held.there, held.end_ns, served.end_ns)

    def _offered(self, stage: str, group: str) -> Numbers:
        """How many requests of each instance came to the stage, those still waiting included.

        Requests that were ready after the last one that was served wait, unless the worker was idle
        when the run was over, or they ended elsewhere. Where a stage before passes nothing on
        without a word, the share of its requests that came so far tells how many wait.
        """
        ready_ns = self._ready_ns(stage, group)
        done = self._there(Kind.SERVED, stage, group) | self._there(Kind.DROPPED, stage, group)
        done &= self.kept
        ready = (ready_ns != MISSING) & self.kept & (done | ~self._filtered())
        host = self._host(group)
        hosts = int(host.max()) + 1
        last_ns = np.full(hosts, MISSING)
        np.maximum.at(last_ns, host[done], ready_ns[done])
        before = ready & (ready_ns <= last_ns[host])
        came = np.bincount(host[before & done], minlength=hosts)
        share = came / np.maximum(np.bincount(host[before], minlength=hosts), 1)
        waiting = ready & ~before & self._busy_to_the_end(stage, group)[host]
        shares = np.zeros(self.experiment.instances)
        shares[self.instances] = share[host]
        return self._count(done) + self._count(waiting) * shares

    def _there(self, kind: Kind, name: str, group: str) -> Mask:
        return self.table.row(kind, name, group).there

    def _filtered(self) -> Mask:
        """Requests that ended because a stage passed nothing on."""
        found = np.zeros(self.table.total, bool)
        for stage, groups in self.experiment.placement.groups.items():
            for group in groups:
                found |= self._there(Kind.FILTERED, stage, group)
        return found

    def _busy_to_the_end(self, stage: str, group: str) -> Mask:
        """By host, whether its worker for *stage* was at work when the run was over.

        It was if the end came no later after its last work than one more would have taken.
        """
        host = self._host(group)
        hosts = int(host.max()) + 1
        last_ns, longest_ns = np.full(hosts, MISSING), np.zeros(hosts, np.int64)
        for name in self._sharing_worker(stage, group):
            there = self._there(Kind.SERVED, name, group)
            released_ns = self._released_ns(name, group)[there]
            taken_ns = released_ns - self.table.row(Kind.SERVED, name, group).start_ns[there]
            np.maximum.at(last_ns, host[there], released_ns)
            np.maximum.at(longest_ns, host[there], taken_ns)
        slack_ns = _SLACK_NS * self.experiment.dilation
        busy: Mask = last_ns >= self.timeline.end_ns - 2 * longest_ns - slack_ns
        return busy

    def _sharing_worker(self, stage: str, group: str) -> list[str]:
        """The stages of this sensor's requests that one worker of *group* does with *stage*."""
        scenario, placement = self.experiment.scenario, self.experiment.placement
        if scenario.stages[stage].serving is not None:
            return [stage]
        return [
            name
            for name in placement.stages_on(group)
            if scenario.stages[name].serving is None and scenario.origin(name) == self.sensor
        ]

    def _host(self, group: str) -> NDArray[np.int64]:
        """The number within *group* of the host that serves each request."""
        members = self.experiment.topology.count(group, instances=self.experiment.instances)
        return self.instances if members > 1 else np.zeros_like(self.instances)

    def _ready_ns(self, stage: str, group: str) -> NDArray[np.int64]:
        """The wall instant at which all own needs were there; MISSING where they never were."""
        experiment = self.experiment
        ready_ns = np.full(self.table.total, MISSING)
        there = np.ones(self.table.total, bool)
        for need in experiment.scenario.stages[stage].own_needs:
            at_ns = self._at_ns(need, group)
            ready_ns = np.maximum(ready_ns, at_ns)
            there &= at_ns != MISSING
        # Served with one need only: the other had nothing to say.
        there |= self._there(Kind.SERVED, stage, group)
        return np.where(there, ready_ns, MISSING)

    def _at_ns(self, need: str, group: str) -> NDArray[np.int64]:
        """The wall instant at which *need* was on a host of *group*."""
        scenario, placement = self.experiment.scenario, self.experiment.placement
        if need in scenario.sensors:
            if scenario.sensors[need].node == group:
                return self.table.row(Kind.OBSERVED, need, group).end_ns
        elif placement.runs_on(need, group):
            return self._released_ns(need, group)
        return self.table.row(Kind.RECEIVED, need, group).end_ns

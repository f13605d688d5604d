"""A simulated host: takes outputs in, does the stages that have become runnable, passes on.

It does what an emulated one does (`edge_aibench.emulate.agents.stage_host`): one worker runs one
stage at a time, the stages of an arrival in the order of the graph and background stages last.
Since the worker takes arrivals in their order and is never interrupted, all that it does for one
of them is worked out when it arrives; only what leaves the host is an event again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from edge_aibench.clock import NS_PER_S
from edge_aibench.model.joins import Joined, Partner, PartnerJoin
from edge_aibench.record.events import Kind
from edge_aibench.simulate.reference.pool import Pool
from edge_aibench.simulate.reference.requests import column

if TYPE_CHECKING:
    import simpy

    from edge_aibench.simulate.draws import Draws
    from edge_aibench.simulate.plan import PlannedGroup, PlannedStage
    from edge_aibench.simulate.reference.courier import At, Courier
    from edge_aibench.simulate.reference.faults import Outages
    from edge_aibench.simulate.reference.requests import Requests


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulatedStage:
    """A stage as all hosts of one group run it: what is drawn, and where it is written down."""

    planned: PlannedStage
    requests: Requests
    work_ns: list[float]
    passes: list[bool]
    batch_factor: Callable[[int], float]
    deadline_ns: float
    courier: Courier | None
    partner_requests: Mapping[str, Requests]
    served: tuple[list[float], list[float], list[int]]

    def note(self, kind: Kind, r: int, start_ns: float, end_ns: float, size: int = 0) -> None:
        """Write an event of request *r* down."""
        starts, ends, sizes = self.requests.recorder.row(
            kind, self.planned.name, self.planned.group
        )
        starts[r], ends[r], sizes[r] = start_ns, end_ns, size

    def due_ns(self, r: int) -> float:
        """When request *r* is late."""
        return self.requests.due_ns[r] + self.deadline_ns


def simulated_stage(
    planned: PlannedStage,
    all_requests: Mapping[str, Requests],
    draws: Draws,
    courier: Courier | None,
    *,
    origin_of: Callable[[str], str],
    deadline_s: float,
) -> SimulatedStage:
    """Draw all that *planned* needs for the requests of its sensor."""
    requests = all_requests[planned.origin]
    numbers = (requests.instances, requests.sequences)
    return SimulatedStage(
        planned=planned,
        requests=requests,
        work_ns=column(draws.service_ns(planned, *numbers)),
        passes=column(draws.passes(planned, *numbers)),
        batch_factor=partial(draws.batch_factor, planned),
        deadline_ns=deadline_s * NS_PER_S,
        courier=courier,
        partner_requests={need: all_requests[origin_of(need)] for need in planned.within_s},
        served=requests.recorder.row(Kind.SERVED, planned.name, planned.group),
    )


@dataclass(slots=True)
class _Running:
    """A stage on one host, and its pool.

    *held* are the requests that wait for further needs: how many have come, whether any spoke, and
    when the last of them came. *only_need* is what a stage needs that needs one thing.
    A plain stage runs as soon as it has what it needs, and its host never fails.
    """

    stage: SimulatedStage
    held: dict[int, tuple[int, bool, float]] = field(default_factory=dict)
    partners: PartnerJoin | None = None
    pool: Pool | None = None
    is_plain: bool = False
    only_need: str | None = None


class Host:
    """One host of a group."""

    def __init__(
        self,
        group: PlannedGroup,
        stages: tuple[SimulatedStage, ...],
        *,
        environment: simpy.Environment,
        at: At,
        outages: Outages,
        reached: Mapping[str, Sequence[int]],
    ) -> None:
        """*reached* is `stages_reached` of these stages."""
        self._computes = group.computes
        self._at = at
        self._free_ns = 0.0
        self._last_ns = 0.0
        self.outages = outages
        self._running = [_Running(stage, partners=_partners(stage)) for stage in stages]
        for running in self._running:
            if running.stage.planned.serving is not None:
                running.pool = self._pool(running, environment)
            running.is_plain = not (running.pool or running.partners or outages.intervals)
            needs = running.stage.planned.needs
            running.only_need = needs[0] if len(needs) == 1 else None
        self._takers = {
            output: [self._running[number] for number in numbers]
            for output, numbers in reached.items()
        }

    def arrive(self, output: str, r: int, now_ns: float, *, spoke: bool) -> None:
        """Take in *output* of request *r*; unless it *spoke*, it says that there is nothing."""
        takers = self._takers.get(output)
        if takers is None:
            return
        if self.outages.intervals:
            now_ns = self._begin(now_ns)
        elif self._computes and self._free_ns > now_ns:
            now_ns = self._free_ns
        end_ns = self._take(takers, {output: spoke}, r, now_ns)
        if self._computes:
            self._free_ns = end_ns

    def _begin(self, now_ns: float) -> float:
        """When the worker turns to what arrives at *now_ns*."""
        if self.outages.intervals and self.outages.failures(self._last_ns, now_ns):
            # The host has been down since: it has forgotten what it was at and what it held.
            self._free_ns = 0.0
            for running in self._running:
                running.held.clear()
                running.partners = _partners(running.stage)
        self._last_ns = now_ns
        return self._free_ns if self._computes and self._free_ns > now_ns else now_ns

    def _take(self, takers: list[_Running], fresh: dict[str, bool], r: int, now_ns: float) -> float:
        """Run every stage that now has all it needs, from *now_ns* on; when that is over.

        *fresh* says of each output that is new on this host whether it spoke.
        """
        for running in takers:
            planned = running.stage.planned
            if running.partners is not None:
                now_ns = self._take_partners(running, fresh, r, now_ns)
            spoke: bool | None
            if running.only_need is not None:
                spoke = fresh.get(running.only_need)
            else:
                spoke, now_ns = _complete(running, fresh, r, now_ns)
            if spoke is None:
                continue
            result: bool | None
            if spoke and running.is_plain:
                now_ns, result = self._work(running.stage, r, now_ns)
            else:
                now_ns, result = self._run(running, r, now_ns, spoke=spoke)
            if result is not None and (result or planned.announces):
                fresh[planned.name] = result
        return now_ns

    def _run(
        self, running: _Running, r: int, now_ns: float, *, spoke: bool
    ) -> tuple[float, bool | None]:
        """Run the stage for *r*, to which any of its needs *spoke*, or none.

        Tells when that is over, and whether the stage spoke (None: it has not run yet).
        """
        stage = running.stage
        if not spoke:
            if stage.planned.announces:
                self._note_work(stage, r, now_ns, now_ns)
            return self._finish(stage, r, now_ns, spoke=False, skipped=True), False
        if running.partners is not None:
            joined = running.partners.request(
                _key(stage.requests, r), {}, now_ns=now_ns, since_ns=round(now_ns)
            )
            if joined is None:
                for within_s in stage.planned.within_s.values():
                    deadline_ns = stage.requests.due_ns[r] + round(within_s * NS_PER_S)
                    self._at(max(now_ns, deadline_ns), lambda at_ns: self._expire(running, at_ns))
                return now_ns, None
            self._note_join(running, joined, r, now_ns)
        return self._dispatch(running, r, now_ns)

    def _dispatch(self, running: _Running, r: int, now_ns: float) -> tuple[float, bool | None]:
        stage = running.stage
        if running.pool is not None:
            pool = running.pool
            self._at(now_ns, lambda _: pool.submit(r))
            return now_ns, None
        end_ns = now_ns + stage.work_ns[r]
        if self.outages.intervals and end_ns >= self.outages.next_ns(self._last_ns):
            return now_ns, None
        return self._work(stage, r, now_ns)

    def _work(self, stage: SimulatedStage, r: int, now_ns: float) -> tuple[float, bool]:
        """The worker works on *r*: when it goes on, and whether the stage spoke."""
        starts, ends, _ = stage.served
        starts[r] = now_ns
        ends[r] = end_ns = now_ns + stage.work_ns[r]
        spoke = stage.passes[r]
        if spoke and stage.courier is None:
            return end_ns, True
        return self._finish(stage, r, end_ns, spoke=spoke, skipped=False), spoke

    def _finish(
        self, stage: SimulatedStage, r: int, now_ns: float, *, spoke: bool, skipped: bool
    ) -> float:
        """Pass the output on, or the word that there is none; when that is done."""
        planned = stage.planned
        if spoke or planned.announces:
            if stage.courier is not None:
                return stage.courier.send(r, now_ns, spoke=spoke)
        elif planned.leads_to_end or (planned.is_end and skipped):
            stage.note(Kind.FILTERED, r, now_ns, now_ns)
        return now_ns

    @staticmethod
    def _note_work(stage: SimulatedStage, r: int, start_ns: float, end_ns: float) -> None:
        starts, ends, _ = stage.served
        starts[r], ends[r] = start_ns, end_ns

    def _take_partners(
        self, running: _Running, fresh: Mapping[str, bool], r: int, now_ns: float
    ) -> float:
        """Let what comes from another sensor join the requests that wait for it."""
        stage = running.stage
        assert running.partners is not None  # noqa: S101 - called for such stages only
        for need, requests in stage.partner_requests.items():
            if fresh.get(need):
                joined, late = running.partners.partner(need, _key(requests, r), True)
                for key in late:
                    stage.note(Kind.LATE_JOIN, stage.requests.number(*key), now_ns, now_ns)
                now_ns = self._go_on(running, joined, now_ns)
        return now_ns

    def _expire(self, running: _Running, now_ns: float) -> None:
        """Let the requests go on whose time for a partner is over."""
        assert running.partners is not None  # noqa: S101 - asked for by such stages only
        start_ns = self._begin(now_ns)
        end_ns = self._go_on(running, running.partners.expire(start_ns), start_ns)
        if self._computes:
            self._free_ns = end_ns

    def _go_on(self, running: _Running, joined: list[Joined], now_ns: float) -> float:
        for one in joined:
            r = running.stage.requests.number(*one.key)
            self._note_join(running, one, r, now_ns)
            now_ns, result = self._dispatch(running, r, now_ns)
            planned = running.stage.planned
            if result is not None and (result or planned.announces):
                now_ns = self._take(self._takers[planned.name], {planned.name: result}, r, now_ns)
        return now_ns

    @staticmethod
    def _note_join(running: _Running, joined: Joined, r: int, now_ns: float) -> None:
        assert running.partners is not None  # noqa: S101 - called for such stages only
        alone = sum(joined.inputs[need] is None for need in running.partners.partners)
        running.stage.note(Kind.JOINED, r, joined.since_ns, now_ns, size=alone)

    def _pool(self, running: _Running, environment: simpy.Environment) -> Pool:
        stage, serving = running.stage, running.stage.planned.serving
        assert serving is not None  # noqa: S101 - called for such stages only

        def served(batch: list[int], picked_ns: float, begun_ns: float, ended_ns: float) -> float:
            now_ns = ended_ns
            for r in batch:
                if serving.max_batch > 1:
                    stage.note(Kind.BATCHED, r, picked_ns, begun_ns)
                self._note_work(stage, r, begun_ns, ended_ns)
                spoke = stage.passes[r]
                now_ns = self._finish(stage, r, now_ns, spoke=spoke, skipped=False)
                if spoke or stage.planned.announces:
                    self._at(now_ns, partial(self._come_back, stage.planned.name, r, spoke))
            return now_ns

        return Pool(
            environment,
            serving,
            work_ns=lambda batch: stage.work_ns[batch[0]] * stage.batch_factor(len(batch)),
            deadline_ns=stage.due_ns,
            served=served,
            dropped=lambda r, now_ns: stage.note(Kind.DROPPED, r, now_ns, now_ns),
            outages=self.outages,
        )

    def _come_back(self, output: str, r: int, spoke: bool, now_ns: float) -> None:
        if self.outages.up_again_ns(now_ns) == now_ns:
            self.arrive(output, r, now_ns, spoke=spoke)


def stages_reached(stages: Sequence[SimulatedStage]) -> dict[str, list[int]]:
    """The numbers of the stages that an arrival of each output can set going, in order."""
    names = [stage.planned.name for stage in stages]
    needs = {need for stage in stages for need in _all_needs(stage)}
    found: dict[str, list[int]] = {}
    for output in {*names, *needs}:
        reached = {output}
        found[output] = []
        for number, stage in enumerate(stages):
            if reached & set(_all_needs(stage)):
                found[output].append(number)
                reached.add(stage.planned.name)
    return found


def _complete(
    running: _Running, fresh: Mapping[str, bool], r: int, now_ns: float
) -> tuple[bool | None, float]:
    """Whether any need of *r* spoke, once all are there (None before), and from when on it runs.

    That may be later than *now_ns*: where it does not matter, what is to come is taken in at once.
    """
    needs = running.stage.planned.needs
    new = [fresh[need] for need in needs if need in fresh]
    if not new:
        return None, now_ns
    number, any_spoke, last_ns = running.held.pop(r, (0, False, now_ns))
    number, any_spoke = number + len(new), any_spoke or any(new)
    last_ns = now_ns if now_ns > last_ns else last_ns
    if number < len(needs):
        running.held[r] = (number, any_spoke, last_ns)
        return None, now_ns
    return any_spoke, last_ns


def _all_needs(stage: SimulatedStage) -> tuple[str, ...]:
    return (*stage.planned.needs, *stage.planned.within_s)


def _key(requests: Requests, r: int) -> tuple[int, int]:
    return requests.instance[r], requests.sequence[r]


def _partners(stage: SimulatedStage) -> PartnerJoin | None:
    if not stage.planned.within_s:
        return None
    return PartnerJoin(
        {
            need: Partner(round(within_s * NS_PER_S), _observed(stage.partner_requests[need]))
            for need, within_s in stage.planned.within_s.items()
        },
        _observed(stage.requests),
    )


def _observed(requests: Requests) -> Callable[[int, int], Any]:
    return lambda instance, sequence: requests.due_ns[requests.number(instance, sequence)]

"""Instances that are placed alike: where their stages run, in which jobs, and what they send."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from edge_aibench.model.scenario import WITH_CONSUMERS

if TYPE_CHECKING:
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.model.scenario import Channel
    from edge_aibench.placement.choice import Choice
    from edge_aibench.placement.queueing import Queue

_COMPUTING = {"preprocess", "inference"}


@dataclass
class Job:
    """What a worker does for one arrival: *stages* in its order, set off by *waits_for*.

    A host's one worker does all stages that can run then, one after the other; a stage with
    workers of its own (*servers* of them) is a job for itself. *workers* names them as loads are
    called; None says that the host computes nothing, so that nobody waits.
    """

    group: str
    origin: str
    waits_for: tuple[str, ...]
    servers: int = 1
    workers: str | None = None
    stages: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Sent:
    """Output *output* made on *source*, and the other groups that need it, with the channel."""

    output: str
    source: str
    channel: Channel
    targets: Mapping[str, Channel]


@dataclass(frozen=True)
class Arrivals:
    """What comes from *sources* alike, and how irregularly (`Queue.add`)."""

    rate_per_s: float
    sources: int
    variation: float

    def come_to(self, queue: Queue, mean_s: float, mean_square_s2: float) -> None:
        """Let them come to *queue*, where each takes so long."""
        queue.add(
            self.rate_per_s,
            mean_s,
            mean_square_s2,
            sources=self.sources,
            variation=self.variation,
        )


class Block:
    """The *instances* of an experiment whose stages run by *choices*.

    Decided stages without a choice take no part, nor does what needs them.
    """

    def __init__(
        self,
        experiment: Experiment,
        decided: frozenset[str],
        number: int,
        instances: int,
        choices: Mapping[str, Choice],
    ) -> None:
        self.number, self.instances, self.choices = number, instances, choices
        self._scenario, self._topology = experiment.scenario, experiment.topology
        self.groups = self._placed(experiment, decided)

    def _placed(
        self, experiment: Experiment, decided: frozenset[str]
    ) -> dict[str, tuple[str, ...]]:
        scenario, order = self._scenario, self._scenario.order()
        groups: dict[str, tuple[str, ...]] = {}
        for name in reversed(order):
            if name in self.choices:
                groups[name] = (self.choices[name].place,)
            elif name in decided:
                groups[name] = ()
            elif scenario.stages[name].place == WITH_CONSUMERS:
                copies = (group for user in scenario.consumers(name) for group in groups[user])
                groups[name] = tuple(dict.fromkeys(copies))
            else:
                groups[name] = experiment.placement.groups[name]
        for name in order:
            if not all(groups.get(need, ("sensor",)) for need in scenario.stages[name].needs):
                groups[name] = ()
        return groups

    def servers(self, stage: str) -> int | None:
        """How many workers of its own *stage* has; None if its host's worker does it."""
        if stage in self.choices and self.choices[stage].workers:
            return self.choices[stage].workers
        serving = self._scenario.stages[stage].serving
        return None if serving is None else serving.workers

    def sources(self, output: str) -> tuple[str, ...]:
        """Where *output* is made."""
        if output in self._scenario.sensors:
            return (self._scenario.sensors[output].node,)
        return self.groups[output]

    def host(self, group: str) -> int:
        """The host of *group* for this block: one of its own (from 1), or the one of all (0)."""
        return self.number + 1 if self._topology.nodes[group].count == "instances" else 0

    def arrivals(self, name: str, share: float, *, each: bool) -> Arrivals:
        """The requests to which sensor or stage *name* belongs, and which a *share* of reach it.

        They are those of one instance with *each*, else of all.
        """
        law = self._scenario.sensors[self._scenario.origin(name)].arrivals
        sources = 1 if each else self.instances
        # Of regular gaps those that are left when some are left out at random are irregular.
        variation = 1.0 if law.law == "poisson" else 1.0 - share
        return Arrivals(sources * share / law.interval_s, sources, variation)

    @cached_property
    def sent(self) -> dict[str, Sent]:
        """What leaves the group where it is made, by output."""
        found = {}
        for output in (*self._scenario.sensors, *self._scenario.order()):
            made = self.sources(output)
            wanted: dict[str, list[str]] = {}
            for user in self._scenario.consumers(output):
                for group in self.groups[user]:
                    wanted.setdefault(group, []).append(user)
            channel = self._channel(output)
            targets: dict[str, Channel] = {
                group: "bulk" if self._all_bulk(users) else channel
                for group, users in wanted.items()
                if group not in made
            }
            if targets and made:
                found[output] = Sent(output, made[0], channel, targets)
        return found

    def _channel(self, output: str) -> Channel:
        stages = self._scenario.stages
        return stages[output].channel if output in stages else "main"

    def _all_bulk(self, users: list[str]) -> bool:
        return all(self._scenario.stages[user].channel == "bulk" for user in users)

    @cached_property
    def _computing(self) -> set[str]:
        return {
            group
            for name, groups in self.groups.items()
            if self._scenario.stages[name].kind in _COMPUTING or self.servers(name) is not None
            for group in groups
        }

    @cached_property
    def jobs(self) -> list[Job]:
        """All jobs, each after those that it waits for."""
        jobs: list[Job] = []
        job_of: dict[tuple[str, str], Job] = {}
        known: dict[tuple[str, tuple[str, ...]], Job] = {}
        for name in self._scenario.order():
            needs = self._scenario.stages[name].own_needs
            for group in self.groups[name]:
                servers = self.servers(name)
                if servers is not None:
                    workers = f"stage {name} on {group}"
                    jobs.append(Job(group, name, needs, servers, workers, [name]))
                    continue
                inside = {id(job_of[need, group]) for need in needs if (need, group) in job_of}
                outside = tuple(need for need in needs if (need, group) not in job_of)
                if len(inside) == 1 and not outside:
                    job = job_of[needs[0], group]
                else:
                    key = group, needs if inside else outside
                    if key not in known:
                        worker = f"worker of {group}" if group in self._computing else None
                        known[key] = Job(group, name, key[1], 1, worker)
                        jobs.append(known[key])
                    job = known[key]
                job.stages.append(name)
                job_of[name, group] = job
        for job in jobs:
            job.stages.sort(key=lambda name: self._scenario.stages[name].background)
        return jobs

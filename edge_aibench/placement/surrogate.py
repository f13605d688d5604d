"""The estimate of an assignment: mean work, mean transfers, mean waits, each queue for itself.

What a host's worker does for one arrival is one job. Jobs and messages are taken to come as
regularly as their sensor observes, and the mean of the latest of several inputs to be the latest of
their means. Lost packets cost nothing, links that move are as at their best, batches are full, and
a stage that may say nothing speaks.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from edge_aibench.placement.blocks import Block
from edge_aibench.placement.estimate import Estimate
from edge_aibench.placement.memory import memory_shares
from edge_aibench.placement.queueing import Queue
from edge_aibench.placement.speaking import shares
from edge_aibench.placement.ways import Ways
from edge_aibench.placement.workloads import MessageMeans, Moments, StageMoments
from edge_aibench.record.offered_load import CONFIRMING_BITS

if TYPE_CHECKING:
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.placement.blocks import Arrivals, Job, Sent
    from edge_aibench.placement.choice import Assignment, Choice
    from edge_aibench.placement.facts import StageFacts
    from edge_aibench.placement.ways import Leg

Queues = dict[tuple[str, int], Queue]
"""By the name of workers or of a link's direction, and the host or wire (0: one for all)."""


class Surrogate:
    """Estimates assignments of *experiment*, whole ones or with some stages not yet placed.

    A stage that is not placed takes no part, nor does what depends on it: the mean is then that of
    the latest output there is.
    """

    def __init__(self, experiment: Experiment, facts: Mapping[str, StageFacts]) -> None:
        self._experiment, self._facts = experiment, facts
        self._decided = frozenset(facts)
        self._scenario = experiment.scenario
        self._ways = Ways(self._scenario, experiment.topology)
        self._reached, self._made = shares(self._scenario, experiment.timings)
        self._stages = StageMoments(experiment, facts)
        self._messages = MessageMeans(experiment)

    def __call__(self, assignment: Assignment) -> Estimate:
        """The estimate of *assignment*."""
        blocks = [
            Block(self._experiment, self._decided, number, instances, choices)
            for number, (_, instances, choices) in enumerate(assignment.blocks())
        ]
        workers: Queues = {}
        links: Queues = {}
        for block in blocks:
            self._load_workers(block, workers)
            self._load_links(block, links)
        everyone = sum(block.instances for block in blocks)
        means = [(block.instances, self._means_s(block, workers, links)) for block in blocks]
        return Estimate(
            mean_s={
                sensor: sum(number * found[sensor] for number, found in means) / everyone
                for sensor in self._scenario.sensors
            }
            if everyone
            else dict.fromkeys(self._scenario.sensors, 0.0),
            worker_use=_largest({name: queue.use} for (name, _), queue in workers.items()),
            link_use=_largest({name: queue.use} for (name, _), queue in links.items()),
            memory=_largest(
                memory_shares(self._scenario, self._experiment.topology, self._facts, block.choices)
                for block in blocks
            ),
        )

    def use_alone(self, stage: str, choice: Choice) -> float:
        """The share of what its workers can do that *stage* would ask for if nothing else did."""
        instances = self._experiment.instances
        block = Block(self._experiment, self._decided, 0, instances, {stage: choice})
        mean_s, _ = self._stages.moments(stage, choice.place, choice, shared=True)
        each = block.host(choice.place) > 0
        arrivals = block.arrivals(stage, self._reached[stage], each=each)
        return arrivals.rate_per_s * mean_s / (block.servers(stage) or 1)

    def _load_workers(self, block: Block, queues: Queues) -> None:
        for job in block.jobs:
            most = max(self._reached[stage] for stage in job.stages)
            if not most or job.workers is None:
                continue
            mean_s, variance_s2 = 0.0, 0.0
            for stage in job.stages:
                share = self._reached[stage] / most
                first, second = self._work(stage, job.group, block, shared=True)
                mean_s += share * first
                variance_s2 += share * second - (share * first) ** 2
            key = job.workers, block.host(job.group)
            arrivals = block.arrivals(job.origin, most, each=key[1] > 0)
            queue = queues.setdefault(key, Queue(job.servers))
            arrivals.come_to(queue, mean_s, variance_s2 + mean_s**2)

    def _work(self, stage: str, group: str, block: Block, *, shared: bool) -> Moments:
        """What a worker spends on *stage*, handing its output on included.

        With *shared* a request's part of a full batch, and handing on as often as it speaks.
        """
        first, second = self._stages.moments(stage, group, block.choices.get(stage), shared=shared)
        sent = block.sent.get(stage)
        if sent is not None and sent.source == group:
            handing_s, handing_s2 = self._messages.handing
            share = self._made[stage] / self._reached[stage] if shared else 1.0
            second += share * (handing_s2 + 2.0 * first * handing_s)
            first += share * handing_s
        return first, second

    def _legs(self, sent: Sent, target: str) -> tuple[Leg, Leg, Leg]:
        """To the broker, from it to another one, and to *target*; any may cross nothing."""
        near = self._ways.broker(sent.source, sent.channel)
        far = self._ways.broker(target, sent.targets[target])
        leg = self._ways.leg
        return leg(sent.source, near), leg(near, far), leg(far, target)

    def _load_links(self, block: Block, queues: Queues) -> None:
        for output, sent in block.sent.items():
            once: dict[tuple[str, str, str], Leg] = {}
            for target, channel in sent.targets.items():
                first, bridge, last = self._legs(sent, target)
                once["publish", sent.source, first.target] = first
                once["bridge", channel, bridge.target] = bridge
                once["deliver", last.source, target] = last
            bits, made = self._messages.bits[output], self._made[output]
            for crossing in (crossing for leg in once.values() for crossing in leg.crossings):
                wire = block.number + 1 if crossing.each else 0
                arrivals = block.arrivals(output, made, each=crossing.each)
                _put(queues, (crossing.name, wire), arrivals, bits, crossing.rate_bps)
                if self._scenario.qos:
                    back = crossing.back_name, wire
                    _put(queues, back, arrivals, CONFIRMING_BITS, crossing.back_rate_bps)

    def _means_s(self, block: Block, workers: Queues, links: Queues) -> dict[str, float]:
        """The mean end to end of every sensor's requests."""
        scenario = self._scenario
        if any(queue.use >= 1.0 for queue in (*workers.values(), *links.values())):
            return dict.fromkeys(scenario.sensors, math.inf)
        ready_s: dict[tuple[str, str], float] = {}
        for job in block.jobs:
            self._work_off(job, block, workers, links, ready_s)
        found = {}
        for sensor in scenario.sensors:
            end = scenario.end_of(sensor)
            if block.groups[end]:
                found[sensor] = ready_s[end, block.groups[end][0]]
                continue
            there = (
                at_s
                for (name, _), at_s in ready_s.items()
                if scenario.origin(name) == sensor and not scenario.stages[name].background
            )
            found[sensor] = max(there, default=0.0)
        return found

    def _work_off(
        self,
        job: Job,
        block: Block,
        workers: Queues,
        links: Queues,
        ready_s: dict[tuple[str, str], float],
    ) -> None:
        now_s = 0.0
        for need in job.waits_for:
            at_s = self._there_s(need, job.group, block, links, ready_s)
            now_s = at_s if at_s > now_s else now_s
        queue = None if job.workers is None else workers.get((job.workers, block.host(job.group)))
        now_s += 0.0 if queue is None else queue.wait_s
        for name in job.stages:
            now_s += self._partner_wait_s(name)
            now_s += self._work(name, job.group, block, shared=False)[0]
            ready_s[name, job.group] = now_s

    def _there_s(
        self,
        output: str,
        group: str,
        block: Block,
        links: Queues,
        ready_s: Mapping[tuple[str, str], float],
    ) -> float:
        """When *output* is there on *group*."""
        if (output, group) in ready_s:
            return ready_s[output, group]
        sent = block.sent.get(output)
        if sent is None or group not in sent.targets:
            return 0.0
        at_s = ready_s.get((output, sent.source), self._messages.handing[0])
        bits = self._messages.bits[output]
        at_s += self._messages.transfer_s(bits)
        for leg in self._legs(sent, group):
            slowest_bps = math.inf
            for crossing in leg.crossings:
                queue = links.get((crossing.name, block.number + 1 if crossing.each else 0))
                at_s += crossing.delay_s + (0.0 if queue is None else queue.wait_s)
                if crossing.rate_bps is not None and crossing.rate_bps < slowest_bps:
                    slowest_bps = crossing.rate_bps
            at_s += bits / slowest_bps
        return at_s

    def _partner_wait_s(self, stage: str) -> float:
        """The mean wait for observations of other sensors, where none is there already."""
        longest_s = 0.0
        for partner, within_s in self._scenario.stages[stage].within_s.items():
            arrivals = self._scenario.sensors[self._scenario.origin(partner)].arrivals
            rate = self._made[partner] / arrivals.interval_s
            if not rate or (arrivals.law == "periodic" and arrivals.interval_s <= within_s):
                continue
            none_yet = math.exp(-rate * within_s)
            longest_s = max(longest_s, none_yet * (1.0 - none_yet) / rate)
        return longest_s


def _put(
    queues: Queues,
    key: tuple[str, int],
    arrivals: Arrivals,
    bits: float,
    rate_bps: float | None,
) -> None:
    if rate_bps is not None and arrivals.rate_per_s:
        time_s = bits / rate_bps
        arrivals.come_to(queues.setdefault(key, Queue()), time_s, time_s**2)


def _largest(found: Iterable[Mapping[str, float]]) -> dict[str, float]:
    largest: dict[str, float] = {}
    for values in found:
        for name, value in values.items():
            largest[name] = max(largest.get(name, 0.0), value)
    return largest

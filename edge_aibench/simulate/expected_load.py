"""What a simulated run will ask of links, workers and brokers, before it is run.

Work takes what its law takes on the average, or what was logged. How often a stage is reached, and
speaks, is counted on the draws of the run itself, for as many requests as `COUNTED`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edge_aibench.record.load import Load, fullest_of_each
from edge_aibench.record.offered_load import Messages, link_loads, worker_loads
from edge_aibench.simulate.draws import Draws

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.simulate.plan import PlannedStage, SimulationPlan

COUNTED = 20_000
"""Requests of each sensor: a share of one half is known to 0.4 % (standard error)."""

_MOST_SEQUENCES = 200


def expected_loads(plan: SimulationPlan) -> tuple[Load, ...]:
    """The loads of links, workers and brokers of *plan*, each name once."""
    return _Expected(plan).loads()


class _Expected:
    def __init__(self, plan: SimulationPlan) -> None:
        self._plan = plan
        self._experiment = plan.experiment
        self._draws = Draws(plan)
        self._everyone = np.ones(plan.experiment.instances)
        self._reached, self._speaks = _shares(plan, self._draws)

    def loads(self) -> tuple[Load, ...]:
        messages = {
            output: Messages(
                per_s=self._per_s(output, share),
                payload_bytes=self._everyone * self._draws.payload_bytes(output),
            )
            for output, share in self._speaks.items()
        }
        work_s = {
            (stage.name, group.name): self._per_s(stage.name, self._work_s(stage))
            for group in self._plan.groups.values()
            for stage in group.stages
            if group.computes
        }
        return fullest_of_each(
            [
                *link_loads(self._experiment, messages),
                *worker_loads(self._experiment, work_s),
                *self._broker_loads(),
            ]
        )

    def _per_s(self, output: str, amount: float) -> NDArray[np.float64]:
        """*amount* at every observation, by instance."""
        scenario = self._experiment.scenario
        interval_s = scenario.sensors[scenario.origin(output)].arrivals.interval_s
        amounts: NDArray[np.float64] = self._everyone * (amount / interval_s)
        return amounts

    def _work_s(self, stage: PlannedStage) -> float:
        """What a worker spends on *stage* for one observation: its work, and handing it on.

        Batches are taken to be full, as they are where a queue grows.
        """
        batch = 1 if stage.serving is None else stage.serving.max_batch
        single_s = self._mean_s(stage)
        work_s = (
            single_s * self._draws.batch_factor(stage, batch) / batch * self._reached[stage.name]
        )
        if (stage.name, stage.group) in self._plan.publications:
            messages = self._experiment.timings.messages
            encode_s = messages.mean_encode_s(self._draws.payload_bytes(stage.name))
            handing_s = encode_s + messages.publish.mean_s
            work_s += handing_s * self._speaks[stage.name]
        return work_s

    def _mean_s(self, stage: PlannedStage) -> float:
        timings = self._experiment.timings
        if timings.replay is not None and stage.name in timings.replay.columns:
            return float(np.mean(timings.replay.columns[stage.name]))
        times = timings.stages.get(stage.name)
        if times is None:
            return 0.0
        return times.work.mean_s / (1.0 if times.scaled else stage.speed) + times.handling.mean_s

    def _broker_loads(self) -> list[Load]:
        busy_s = self._experiment.timings.messages.broker_s
        offered: dict[str, float] = {}
        for (output, _), sent in self._plan.publications.items():
            per_s = float(self._per_s(output, self._speaks[output]).sum())
            brokers = {sent.broker, *(to.broker for to in sent.deliveries)}
            for broker in brokers:
                offered[broker] = offered.get(broker, 0.0) + busy_s * per_s
        return [
            Load(
                kind="broker", name=f"broker of {broker}", place=broker, offered=amount, carries=1.0
            )
            for broker, amount in offered.items()
            if amount > 0
        ]


def _shares(plan: SimulationPlan, draws: Draws) -> tuple[dict[str, float], dict[str, float]]:
    """The share of observations at which each stage works, and at which each output is made."""
    scenario, instances = plan.experiment.scenario, plan.experiment.instances
    sequences = min(_MOST_SEQUENCES, max(1, COUNTED // instances))
    members = np.arange(min(instances, COUNTED), dtype=np.int64)
    who = np.repeat(members, sequences)
    when = np.tile(np.arange(sequences, dtype=np.int64), len(members))
    planned = {stage.name: stage for group in plan.groups.values() for stage in group.stages}
    made = {name: np.ones(len(who), np.bool_) for name in scenario.sensors}
    reached: dict[str, float] = {}
    for name in scenario.order():
        stage = planned[name]
        runs = np.logical_or.reduce([made[need] for need in stage.needs])
        reached[name] = float(runs.mean())
        made[name] = runs & draws.passes(stage, who, when)
    return reached, {name: float(spoke.mean()) for name, spoke in made.items()}

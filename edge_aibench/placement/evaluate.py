"""What assignments are worth, by simulation: each is simulated once, on the same arrivals."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edge_aibench.errors import RunError
from edge_aibench.placement.apply import with_assignment
from edge_aibench.placement.evaluation import Evaluation
from edge_aibench.placement.figures import figure, is_of_choice, read_measure, value_of
from edge_aibench.placement.memory import memory_shares

if TYPE_CHECKING:
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.placement.choice import Assignment
    from edge_aibench.placement.facts import StageFacts
    from edge_aibench.placement.objective import Limit, Objective
    from edge_aibench.record.load import Load
    from edge_aibench.record.measures import Measure
    from edge_aibench.record.summary import Summary


@dataclass
class Evaluator:
    """Simulates assignments of *experiment*; answers are kept.

    An assignment that asks some worker, link or broker for more than it can do is not simulated:
    its latencies would tell how long the run was. Its value is infinite, and what it asks too much
    of is broken by as much.
    """

    experiment: Experiment
    facts: Mapping[str, StageFacts]
    objectives: tuple[Objective, ...]
    limits: tuple[Limit, ...] = ()
    times_s: list[float] = field(default_factory=list)
    _known: dict[object, Evaluation] = field(default_factory=dict, repr=False)
    _read: dict[str, Measure] = field(default_factory=dict, repr=False)

    def __call__(self, assignment: Assignment) -> Evaluation:
        """What *assignment* is worth by the first of the objectives."""
        key = key_of(assignment)
        if key not in self._known:
            self._known[key] = self._evaluate(assignment)
        return self._known[key]

    @property
    def simulations(self) -> int:
        """How many runs were simulated; *times_s* are the seconds that each took."""
        return len(self.times_s)

    @property
    def known(self) -> tuple[Evaluation, ...]:
        """All that was evaluated, in the order in which it was asked for."""
        return tuple(self._known.values())

    @property
    def measures(self) -> tuple[str, ...]:
        """Those of all objectives and limits, each once."""
        names = (
            *(each.measure for each in self.objectives),
            *(each.measure for each in self.limits),
        )
        return tuple(dict.fromkeys(names))

    def run(self, assignment: Assignment, *, seed: int | None = None) -> Summary:
        """Simulate *assignment* and give the run's summary; with another *seed* where one is given.

        Of an assignment that asks for too much it tells nothing but how long the run was.
        """
        from edge_aibench.simulate.session import simulate

        experiment = with_assignment(self.experiment, self.facts, assignment)
        if seed is not None:
            workload = experiment.workload.model_copy(update={"seed": seed})
            experiment = experiment.model_copy(update={"workload": workload})
        percentiles = {self.measure(name).percent for name in self.measures}
        began_s = time.perf_counter()
        found = simulate(
            experiment,
            record="summary",
            percentiles=[percent for percent in percentiles if percent is not None],
        )
        self.times_s.append(time.perf_counter() - began_s)
        return found.summary

    def measured(self, assignment: Assignment, measure: str, summary: Summary) -> float:
        """*measure* of *assignment*, whose run has this *summary*."""
        if is_of_choice(measure):
            return self._quality(assignment, measure.partition(".")[2])
        return value_of(figure(summary, self.measure(measure)))

    def measure(self, name: str) -> Measure:
        """The measure of this name."""
        if name not in self._read:
            self._read[name] = read_measure(name, self.experiment, where="measure")
        return self._read[name]

    def _evaluate(self, assignment: Assignment) -> Evaluation:
        broken = dict(self._full_memory(assignment))
        asked = growing_loads(with_assignment(self.experiment, self.facts, assignment))
        summary = None if asked else self.run(assignment)
        if summary is not None:
            asked = tuple(load for load in summary.loads if load.grows)
        broken |= {load.name: load.share - 1.0 for load in asked}
        if summary is None or asked:
            worst = {
                each.measure: -math.inf if each.largest else math.inf for each in self.objectives
            }
            measures = {name: worst.get(name, math.inf) for name in self.measures}
            return Evaluation(
                assignment, measures[self.objectives[0].measure], measures, broken, saturated=True
            )
        measures = {name: self.measured(assignment, name, summary) for name in self.measures}
        broken |= {
            limit.name: excess
            for limit in self.limits
            if (excess := limit.excess(_limited(limit.measure, measures[limit.measure])))
        }
        return Evaluation(
            assignment, measures[self.objectives[0].measure], measures, broken, saturated=False
        )

    def _full_memory(self, assignment: Assignment) -> Iterable[tuple[str, float]]:
        scenario, topology = self.experiment.scenario, self.experiment.topology
        for _, _, choices in assignment.blocks():
            for group, share in memory_shares(scenario, topology, self.facts, choices).items():
                if share > 1.0:
                    yield f"memory of {group}", share - 1.0

    def _quality(self, assignment: Assignment, stage: str) -> float:
        """The quality of a stage's networks, of all instances on the average; NaN is untrained."""
        total = 0.0
        for part in assignment.parts.get(stage, ()):
            quality = self.facts[stage].forms[part.choice.form].quality
            total += part.instances * (math.nan if quality is None else quality)
        return total / self.experiment.instances if stage in assignment.parts else math.nan


def key_of(assignment: Assignment) -> object:
    """What tells assignments apart: equal for equal ones, and can be a key."""
    return tuple(sorted(assignment.parts.items()))


def growing_loads(experiment: Experiment) -> tuple[Load, ...]:
    """What *experiment* will ask for more than it can do, by the mean times."""
    from edge_aibench.record.load import growing
    from edge_aibench.simulate.expected_load import expected_loads
    from edge_aibench.simulate.plan import SimulationPlan

    return tuple(growing(expected_loads(SimulationPlan.of(experiment))))


def _limited(measure: str, value: float) -> float:
    """*value* as a limit counts it: no message over a link is no slow message."""
    if not math.isnan(value):
        return value
    if measure.partition(".")[0] in {"comm", "bytes"}:
        return 0.0
    raise RunError(
        f"no simulated run has a figure for '{measure}'",
        next_step="make --duration longer, or limit another measure",
    )

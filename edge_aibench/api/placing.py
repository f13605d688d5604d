"""From what a user chose to a decision where every stage runs."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from edge_aibench.api.choices import Choices, resolve
from edge_aibench.api.notices import Notices
from edge_aibench.api.placing_command import place_commands
from edge_aibench.api.placing_forms import FormChoice, known_cuts, known_forms
from edge_aibench.api.simulation import Simulation, SimulationChoices, check_choice
from edge_aibench.errors import ConfigError
from edge_aibench.placement.build import budget_limits, build_problem
from edge_aibench.placement.cutting import with_splits
from edge_aibench.placement.decision import Decision, RefusedChoice
from edge_aibench.placement.forms import runtimes_of
from edge_aibench.placement.options import Rules
from edge_aibench.placement.ranking import non_dominated
from edge_aibench.placement.registry import find_policy, policy_names
from edge_aibench.placement.search import Search, conflict
from edge_aibench.placement.wishes import (
    limit_text,
    parse_floors,
    parse_limit,
    parse_objectives,
)

if TYPE_CHECKING:
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.placement.decision import Placed
    from edge_aibench.placement.evaluate import Evaluator
    from edge_aibench.placement.evaluation import Evaluation
    from edge_aibench.placement.objective import Limit
    from edge_aibench.placement.policy import Policy
    from edge_aibench.placement.problem import Problem

FORMS: tuple[FormChoice, ...] = ("own", "all")
ALL: Literal["all"] = "all"

LEAST_S = 30.0
ENOUGH = 400
"""Requests of each sensor, by default: a 99th percentile has an interval from 368 on."""


@dataclass(frozen=True, kw_only=True)
class PlacingChoices:
    """What the user said of the placement alone; texts are those of the options of these names.

    With *splits* networks may be cut. A policy may be the function itself. *limit_s* is how long a
    policy of the user's may take, and the oracle where it is one of many.
    """

    objective: str = "e2e.p99"
    budget: bool = False
    limits: tuple[str, ...] = ()
    floors: tuple[str, ...] = ()
    forms: FormChoice = "own"
    splits: bool = False
    policies: tuple[str | Policy, ...] = (ALL,)
    limit_s: float = 60.0


@dataclass(frozen=True)
class Placing:
    """A placement problem of a user's, and what it was made from."""

    choices: Choices
    only: SimulationChoices
    wanted: PlacingChoices
    problem: Problem
    evaluator: Evaluator
    search: Search

    @classmethod
    def prepare(
        cls,
        choices: Choices,
        only: SimulationChoices | None = None,
        wanted: PlacingChoices | None = None,
        notices: Notices | None = None,
    ) -> Placing:
        """Resolve what the user chose, and find out what is known of each stage's forms.

        A duration of 0 stands for one that is long enough. Raises ConfigError, and what a rehearsal
        of the stages on this machine raises.
        """
        only, wanted, notices = (
            only or SimulationChoices(),
            wanted or PlacingChoices(),
            notices or Notices(),
        )
        check_choice("forms", wanted.forms, FORMS)
        asked = resolve(
            replace(choices, engine="simulate", duration_s=choices.duration_s or LEAST_S), notices
        )
        if not choices.duration_s:
            choices = replace(choices, duration_s=long_enough_s(asked))
        # Read before stages are rehearsed, which takes long.
        objectives = parse_objectives(wanted.objective, asked)
        limits = tuple(parse_limit(text, asked) for text in wanted.limits)
        floors = parse_floors(wanted.floors, asked)
        for policy in wanted.policies:
            if isinstance(policy, str) and policy != ALL:
                find_policy(policy)
        if wanted.budget:
            limits = (*_budgets(asked), *limits)
        experiment = Simulation.prepare(choices, only, notices).experiment
        _check_times(experiment)
        facts = known_forms(experiment, only, wanted.forms, notices)
        scenario = experiment.scenario
        rules = Rules(floors=floors, runtimes=lambda stage: runtimes_of(scenario, stage))
        problem, evaluator = build_problem(
            experiment,
            facts,
            objectives=objectives,
            limits=limits,
            rules=rules,
            seed=choices.seed,
        )
        if wanted.splits:
            problem = with_splits(problem, known_cuts(experiment, notices))
            evaluator.facts = problem.facts
        search = Search(problem, evaluator, wanted.limit_s)
        return cls(choices, only, wanted, problem, evaluator, search)

    def written(self, evaluation: Evaluation) -> Placed:
        """What a placement is and gave, as it is written."""
        return self.search.placed(evaluation)

    def decide(self, notices: Notices | None = None) -> Decision:
        """Ask the policies and take the best placement. Raises ConfigError."""
        notices = notices or Notices()
        began_s = time.perf_counter()
        search = self.search
        asked = tuple(
            dict.fromkeys(
                name
                for given in self.wanted.policies
                for name in (policy_names() if given == ALL else (given,))
            )
        )
        search.ask(asked, notices.progress)
        best = search.placed(search.best)
        known, objectives = self.evaluator.known, self.evaluator.objectives
        front = non_dominated(known, objectives) if len(objectives) > 1 else []
        experiment = self.problem.experiment
        simulate, emulate = place_commands(self.choices, self.only, best)
        return Decision(
            scenario=experiment.scenario.name,
            topology=experiment.topology.name,
            instances=experiment.instances,
            duration_s=experiment.workload.duration_s,
            seed=experiment.workload.seed,
            objectives=tuple(objective.measure for objective in objectives),
            limits={limit.name: limit_text(limit, experiment) for limit in self.problem.limits},
            combinations=self.problem.combinations,
            tried=len(known),
            proven=search.proven,
            best=best,
            best_policy=search.best_policy,
            conflict=() if best.feasible else conflict(known),
            policies=search.summed_up(),
            front=tuple(search.placed(each) for each in front),
            refused=tuple(
                RefusedChoice(stage=stage, choice=str(refusal.choice), rule=refusal.rule)
                for stage, refusals in self.problem.refused.items()
                for refusal in refusals
            ),
            simulations=self.evaluator.simulations,
            seconds=time.perf_counter() - began_s,
            simulate_command=simulate,
            emulate_command=emulate,
        )


def long_enough_s(experiment: Experiment) -> float:
    """A duration that gives each sensor some 400 requests, and is at least 30 s."""
    slowest_s = max(sensor.arrivals.interval_s for sensor in experiment.scenario.sensors.values())
    return max(LEAST_S, float(math.ceil(ENOUGH * slowest_s / experiment.instances)))


def _budgets(experiment: Experiment) -> tuple[Limit, ...]:
    limits = budget_limits(experiment.scenario)
    if not limits:
        raise ConfigError(
            "the scenario has no budget",
            where="--budget",
            value=experiment.scenario.name,
            next_step="set one, such as --set budgets.end-to-end.limit=100ms, or write --limit",
        )
    return limits


def _check_times(experiment: Experiment) -> None:
    """Refuse times that hold on one node only: a stage takes its own with it when it moves."""
    for name, times in experiment.timings.stages.items():
        if times.scaled and times.source.startswith("profile of"):
            raise ConfigError(
                "is a profile of one node's hardware: nothing says how long the stage takes on "
                "another",
                where="--profile",
                key=name,
                value=times.source,
                next_step="give a profile of this machine, which is scaled by each node's speed",
            )

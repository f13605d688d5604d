"""From an experiment and what is known of its stages to a problem that policies can be asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from edge_aibench.placement.evaluate import Evaluator
from edge_aibench.placement.objective import Limit
from edge_aibench.placement.options import Rules, find_options
from edge_aibench.placement.problem import Problem
from edge_aibench.placement.surrogate import Surrogate

if TYPE_CHECKING:
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.model.scenario import Scenario
    from edge_aibench.placement.facts import StageFacts
    from edge_aibench.placement.objective import Objective


def build_problem(
    experiment: Experiment,
    facts: Mapping[str, StageFacts],
    *,
    objectives: Sequence[Objective],
    limits: Sequence[Limit] = (),
    rules: Rules | None = None,
    seed: int = 1,
) -> tuple[Problem, Evaluator]:
    """The problem by the first of *objectives*, and what evaluates it by all of them.

    Raises ConfigError for a stage that no node can host.
    """
    surrogate = Surrogate(experiment, facts)
    options, refused = find_options(experiment, facts, surrogate, rules)
    evaluator = Evaluator(experiment, facts, tuple(objectives), tuple(limits))
    problem = Problem(
        experiment=experiment,
        facts=facts,
        options=options,
        refused=refused,
        objective=objectives[0],
        limits=tuple(limits),
        evaluate=evaluator,
        estimate=surrogate,
        seed=seed,
    )
    return problem, evaluator


def budget_limits(scenario: Scenario) -> tuple[Limit, ...]:
    """The scenario's budgets as limits; none where it has none."""
    budgets = scenario.budgets
    named = (
        ("e2e", budgets.end_to_end, "end-to-end budget"),
        ("comm", budgets.communication, "communication budget"),
    )
    return tuple(
        Limit(f"{metric}.p{budget.percentile:.12g}", budget.limit_s * 1e3, name)
        for metric, budget, name in named
        if budget is not None
    )

"""Asks policies for placements of a problem, and sums up what they gave."""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edge_aibench.errors import ConfigError
from edge_aibench.placement.decision import Placed, PolicyResult, figure_entry, placed_stages
from edge_aibench.placement.evaluate import key_of
from edge_aibench.placement.figures import figure, is_of_choice
from edge_aibench.placement.policies.exhaustive import MOST, assignments
from edge_aibench.placement.ranking import best_of, regret
from edge_aibench.placement.registry import ORACLE, decide, find_policy, is_built_in
from edge_aibench.record.measures import Figure

if TYPE_CHECKING:
    from edge_aibench.placement.evaluate import Evaluator
    from edge_aibench.placement.evaluation import Evaluation
    from edge_aibench.placement.policy import Policy
    from edge_aibench.placement.problem import Problem

Told = Callable[[str], None]

_TRIED_FOR_TIME = 3


@dataclass
class Search:
    """Policies' answers to one *problem*; *evaluator* is what its `evaluate` asks.

    A policy of the user's, and the oracle among several policies, may take *limit_s*.
    """

    problem: Problem
    evaluator: Evaluator
    limit_s: float
    results: list[tuple[PolicyResult, Evaluation | None]] = field(default_factory=list)
    _placed: dict[object, Placed] = field(default_factory=dict, repr=False)

    def ask(self, policies: Sequence[str | Policy], told: Told) -> None:
        """Ask these *policies*, by name or as functions, the oracle last.

        A policy of ours that finds no placement is noted, unless it is the only one: then, and for
        any fault of a user's policy, raises ConfigError.
        """
        alone = len(policies) == 1
        for asked in sorted(policies, key=lambda each: each == ORACLE):
            name = asked if isinstance(asked, str) else getattr(asked, "__name__", "policy")
            told(f"policy {name}")
            policy = find_policy(asked) if isinstance(asked, str) else asked
            refused = None if alone or name != ORACLE else self._unaffordable()
            if refused is not None:
                self.results.append((PolicyResult(policy=name, placed=None, refused=refused), None))
                continue
            before, began_s = self.evaluator.simulations, time.perf_counter()
            try:
                found = decide(
                    name, policy, self.problem, limit_s=None if is_built_in(asked) else self.limit_s
                )
            except ConfigError as error:
                if alone or not is_built_in(asked):
                    raise
                rule = f"{error.key}: {error.rule}" if error.key else error.rule
                self.results.append((PolicyResult(policy=name, placed=None, refused=rule), None))
                continue
            evaluation = self.problem.evaluate(found)
            simulations = self.evaluator.simulations - before
            seconds = time.perf_counter() - began_s
            result = PolicyResult(
                policy=name,
                placed=self.placed(evaluation),
                simulations=simulations,
                seconds=seconds,
            )
            self.results.append((result, evaluation))

    def _unaffordable(self) -> str | None:
        """Why the oracle is not asked along with others; None if it is."""
        problem = self.problem
        if problem.combinations > MOST:
            return f"{problem.combinations:,} assignments are more than {MOST:,}"
        for assignment in itertools.islice(assignments(problem), _TRIED_FOR_TIME):
            problem.evaluate(assignment)
        times_s = self.evaluator.times_s
        left = problem.combinations - len(self.evaluator.known)
        needed_s = left * statistics.median(times_s) if times_s else 0.0
        if needed_s <= self.limit_s:
            return None
        return (
            f"{problem.combinations:,} assignments would take about {needed_s:.0f} s; "
            "--time-limit allows more"
        )

    @property
    def best(self) -> Evaluation:
        """The best of what the policies gave. Raises ConfigError if none gave anything."""
        given = [evaluation for _, evaluation in self.results if evaluation is not None]
        if not given:
            rules = "; ".join(f"{result.policy}: {result.refused}" for result, _ in self.results)
            raise ConfigError(
                f"no policy gives a placement: {rules}",
                where="place",
                next_step="take other policies, or give up one of these rules",
            )
        return best_of(given, self.problem.objective)

    @property
    def best_policy(self) -> str:
        """The first policy that gave the best."""
        best = self.best
        return next(result.policy for result, given in self.results if given is best)

    @property
    def proven(self) -> bool:
        """Whether all uniform assignments were simulated."""
        return any(result.policy == ORACLE and given is not None for result, given in self.results)

    def summed_up(self) -> tuple[PolicyResult, ...]:
        """All results, with their regret against the best of them."""
        best = self.best
        return tuple(
            result
            if given is None
            else result.model_copy(update={"regret": self._regret(given, best)})
            for result, given in self.results
        )

    def _regret(self, given: Evaluation, best: Evaluation) -> float | None:
        # What breaks a limit that the best keeps is no better for being faster.
        if given.feasible != best.feasible:
            return None
        return regret(given.value, best.value, largest=self.problem.objective.largest)

    def placed(self, evaluation: Evaluation) -> Placed:
        """An evaluation as it is written, its measures with intervals."""
        key = key_of(evaluation.assignment)
        if key not in self._placed:
            self._placed[key] = self._written(evaluation)
        return self._placed[key]

    def _written(self, evaluation: Evaluation) -> Placed:
        summary = None if evaluation.saturated else self.evaluator.run(evaluation.assignment)
        measures = {}
        for name, value in evaluation.measures.items():
            asked, found = self.evaluator.measure(name), Figure(value, None, None)
            if summary is not None and not is_of_choice(name):
                found = figure(summary, asked)
            measures[name] = figure_entry(found, asked)
        return Placed(
            stages=placed_stages(evaluation.assignment, self.problem.facts),
            text=str(evaluation.assignment),
            measures=measures,
            feasible=evaluation.feasible,
            saturated=evaluation.saturated,
            broken=dict(evaluation.broken),
        )


def conflict(evaluations: Iterable[Evaluation]) -> tuple[str, ...]:
    """The fewest rules of which every one of *evaluations* breaks some; none if one keeps all.

    What is asked of workers, links and brokers counts as one rule, capacity, and so does memory.
    """
    broken = [frozenset(map(_rule, evaluation.broken)) for evaluation in evaluations]
    if not broken or not all(broken):
        return ()
    rules = sorted(frozenset().union(*broken))
    for number in range(1, len(rules) + 1):
        for chosen in itertools.combinations(rules, number):
            if all(not each.isdisjoint(chosen) for each in broken):
                return chosen
    return tuple(rules)


def distinct(evaluations: Iterable[Evaluation]) -> list[Evaluation]:
    """Each assignment once, in order."""
    return list({key_of(each.assignment): each for each in evaluations}.values())


def _rule(name: str) -> str:
    first = name.partition(" ")[0]
    if first == "memory":
        return "memory"
    return "capacity" if first in {"worker", "stage", "link", "broker"} else name

"""Which of several evaluations is best, by how much others miss it, and which none beats."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge_aibench.placement.evaluation import Evaluation
    from edge_aibench.placement.objective import Objective


def order_key(evaluation: Evaluation, objective: Objective) -> tuple[bool, float, float]:
    """Sorts evaluations from best to worst: what keeps all limits first, then by value.

    What breaks a limit is sorted by the sum of its excesses.
    """
    excess = 0.0 if evaluation.feasible else sum(evaluation.broken.values())
    value = math.inf if math.isnan(evaluation.value) else evaluation.value
    if objective.largest:
        value = math.inf if math.isnan(evaluation.value) else -evaluation.value
    return not evaluation.feasible, excess, value


def ranked(evaluations: Iterable[Evaluation], objective: Objective) -> list[Evaluation]:
    """From best to worst; of equals the one that came first."""
    return sorted(evaluations, key=lambda each: order_key(each, objective))


def best_of(evaluations: Iterable[Evaluation], objective: Objective) -> Evaluation:
    """The best of at least one; of equals the one that came first."""
    return min(evaluations, key=lambda each: order_key(each, objective))


def regret(value: float, best: float, *, largest: bool = False) -> float | None:
    """By what share *value* is worse than *best*; None where that says nothing."""
    if not math.isfinite(value) or not math.isfinite(best):
        return None
    if best == 0:
        return 0.0 if value == best else None
    return (best - value if largest else value - best) / abs(best)


def non_dominated(
    evaluations: Sequence[Evaluation], objectives: Sequence[Objective]
) -> list[Evaluation]:
    """The feasible ones that no other one equals or beats in all *objectives* at once.

    Of those that are equal in all of them the first stays. Sorted by the first objective.
    """

    def place(evaluation: Evaluation) -> tuple[float, ...]:
        values = (evaluation.measures[each.measure] for each in objectives)
        signed = (
            -value if each.largest else value
            for value, each in zip(values, objectives, strict=True)
        )
        return tuple(math.inf if math.isnan(value) else value for value in signed)

    front: list[tuple[tuple[float, ...], Evaluation]] = []
    placed = [(place(each), each) for each in evaluations if each.feasible]
    # Sorted, nothing is dominated by what comes after it.
    for values, evaluation in sorted(placed, key=lambda pair: pair[0]):
        if not any(_at_least_as_good(kept, values) for kept, _ in front):
            front.append((values, evaluation))
    return [evaluation for _, evaluation in front]


def _at_least_as_good(first: tuple[float, ...], second: tuple[float, ...]) -> bool:
    return all(mine <= theirs for mine, theirs in zip(first, second, strict=True))


@dataclass(frozen=True)
class Agreement:
    """How far two orders of the same things agree: Kendall's tau-b, None where one has no order."""

    tau: float | None
    things: int


def agreement(first: Sequence[float], second: Sequence[float]) -> Agreement:
    """How far the orders of *first* and *second* agree: 1 the same, -1 the reverse."""
    from scipy.stats import kendalltau

    if len(first) < 2 or len(set(first)) < 2 or len(set(second)) < 2:
        return Agreement(None, len(first))
    return Agreement(float(kendalltau(first, second).statistic), len(first))

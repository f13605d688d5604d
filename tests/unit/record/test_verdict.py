from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_aibench.model.budget import Budget
from edge_aibench.record.verdict import Outcome, judge, judge_communication, worst

BUDGET = Budget(limit_s=10e-3, percentile=99.0)


def sample(count: int, over: int) -> NDArray[np.float64]:
    """*count* latencies, *over* of them beyond the 10 ms of the budget."""
    values = np.full(count, 5e6)
    values[:over] = 15e6
    return values


@pytest.mark.parametrize(
    ("count", "over", "outcome"),
    [
        # From exact sums: 368 is the fewest that can pass; 0.99**368 = 2.476 %.
        (367, 0, Outcome.UNDECIDED),
        (368, 0, Outcome.PASS),
        (368, 1, Outcome.UNDECIDED),
        # One over: P(B <= 1) first reaches 2.5 % at 555 requests.
        (555, 0, Outcome.PASS),
        (10_000, 60, Outcome.PASS),
        (10_000, 100, Outcome.UNDECIDED),
        (10_000, 150, Outcome.FAIL),
        (10, 10, Outcome.FAIL),
        (1, 1, Outcome.FAIL),
        (1, 0, Outcome.UNDECIDED),
    ],
)
def test_outcomes(count: int, over: int, outcome: Outcome) -> None:
    assert judge(BUDGET, sample(count, over)).outcome is outcome


def test_the_limit_itself_is_within_the_budget() -> None:
    exact = np.full(1000, 10e6)
    assert judge(BUDGET, exact).over == 0
    assert judge(BUDGET, exact).outcome is Outcome.PASS
    assert judge(BUDGET, exact + 1).outcome is Outcome.FAIL


@pytest.mark.parametrize("over", [0, 1, 2, 3])
def test_the_requests_asked_for_are_enough_and_not_one_too_many(over: int) -> None:
    verdict = judge(BUDGET, sample(100, over))
    assert verdict.needs_more is not None
    total = 100 + verdict.needs_more
    assert judge(BUDGET, sample(total, over)).outcome is Outcome.PASS
    assert judge(BUDGET, sample(total - 1, over)).outcome is Outcome.UNDECIDED


def test_lost_requests_count_as_over_and_are_never_removed() -> None:
    values = sample(1000, 0)
    values[:30] = math.inf
    verdict = judge(BUDGET, values)
    assert (verdict.outcome, verdict.over, verdict.count) == (Outcome.FAIL, 30, 1000)
    assert verdict.upper_ms == math.inf


def test_a_reason_tells_share_limit_and_allowance() -> None:
    reason = judge(BUDGET, sample(1000, 30)).reason
    assert reason == "30 of 1000 (3 %) over 10 ms; 1 % may be"


def test_no_latencies_no_verdict() -> None:
    with pytest.raises(ValueError, match="at least one"):
        judge(BUDGET, np.empty(0))


def test_communication_is_as_good_as_its_worse_direction() -> None:
    verdict = judge_communication(BUDGET, up_ns=sample(1000, 0), down_ns=sample(1000, 50))
    assert verdict is not None
    assert verdict.up is not None
    assert verdict.down is not None
    assert verdict.up.outcome is Outcome.PASS
    assert verdict.down.outcome is Outcome.FAIL
    assert verdict.outcome is Outcome.FAIL


def test_communication_that_did_not_happen() -> None:
    nothing = np.empty(0)
    assert judge_communication(BUDGET, up_ns=nothing, down_ns=nothing) is None
    one_way = judge_communication(BUDGET, up_ns=sample(1000, 0), down_ns=nothing)
    assert one_way is not None
    assert one_way.down is None
    assert one_way.outcome is Outcome.PASS


def test_worst() -> None:
    assert worst([Outcome.PASS, Outcome.UNDECIDED]) is Outcome.UNDECIDED
    assert worst([Outcome.UNDECIDED, Outcome.FAIL, Outcome.PASS]) is Outcome.FAIL

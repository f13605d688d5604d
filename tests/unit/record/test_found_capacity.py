"""What a trial shows, and what trials together do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from edge_aibench.model.budget import Budget, Budgets
from edge_aibench.record.example import example_run
from edge_aibench.record.found_capacity import (
    Ending,
    Trial,
    conclude,
    describe_trial,
    judge_trial,
    longer,
)
from edge_aibench.record.load import Load
from edge_aibench.record.search import CapacitySearch, TrialOutcome
from edge_aibench.record.slo import evaluate, parse_slo
from edge_aibench.record.summary import Summary, summarise

PASS, FAIL = TrialOutcome.PASS, TrialOutcome.FAIL
UNDECIDED, INVALID = TrialOutcome.UNDECIDED, TrialOutcome.INVALID

# Of a latency of 4 ms, the uplink of the example takes 0.1 and the longest way down 0.2.
BUDGETS = Budgets(
    communication=Budget(limit_s=1e-3, percentile=99.0),
    end_to_end=Budget(limit_s=5e-3, percentile=99.0),
)
FULL = Load(kind="link", name="link access up", place="access/1", offered=62e6, carries=50e6)
CALM = Load(kind="workers", name="worker of edge", place="edge", offered=0.5, carries=1)


def summary(
    latencies_ms: Sequence[float | None],
    *,
    loads: tuple[Load, ...] = (CALM,),
    pressure: float = 0.05,
    budgets: Budgets = BUDGETS,
) -> Summary:
    data = example_run(latencies_ms, pressure=pressure, budgets=budgets)
    return summarise(replace(data, loads=loads), folder="runs/x")


def test_every_budget_kept_is_a_pass() -> None:
    assert judge_trial(summary([4.0] * 400), [], []) == (PASS, "every budget was kept")


def test_the_budget_that_fails_is_named() -> None:
    outcome, why = judge_trial(summary([4.0] * 300 + [20.0] * 100), [], [])
    assert outcome is FAIL
    # The 20 ms requests need 2 ms up and 4 ms down, more than 1 ms, too.
    assert "end to end: 100 of 400" in why
    assert "communication down: 100 of 400" in why
    outcome, why = judge_trial(summary([4.5] * 300 + [6.0] * 100), [], [])
    assert "communication up" not in why


def test_too_few_requests_decide_nothing_and_say_how_many_would() -> None:
    few = summary([4.0] * 100)
    outcome, why = judge_trial(few, [], [])
    assert outcome is UNDECIDED
    assert "end to end: 0 of 100" in why
    # 368 are needed for the interval of a p99.
    assert longer(few) == pytest.approx(3.68)
    assert longer(summary([4.0] * 10)) == 10.0
    assert longer(summary([4.0] * 400)) == 2.0


def test_an_overloaded_system_fails_whatever_it_answered() -> None:
    outcome, why = judge_trial(summary([4.0] * 400, loads=(CALM, FULL)), [], [])
    assert outcome is FAIL
    assert why.startswith("queue of link access up (access/1) grows without bound")


def test_a_machine_that_is_too_busy_can_show_nothing() -> None:
    outcome, why = judge_trial(summary([4.0] * 400, pressure=0.5), [], [])
    assert outcome is INVALID
    assert why == "cpu-pressure: 50.0%"


def test_an_overload_counts_on_a_busy_machine_only_if_it_was_foreseen() -> None:
    both = summary([4.0] * 400, pressure=0.5, loads=(FULL,))
    assert judge_trial(both, [], [CALM])[0] is INVALID
    assert judge_trial(both, [], [FULL])[0] is FAIL


@pytest.mark.parametrize(
    ("texts", "outcome", "why"),
    [
        (["e2e.p50<5ms"], PASS, "every objective was kept"),
        (["e2e.p50<5ms", "e2e.p50<3ms"], FAIL, "e2e.p50<3ms: e2e p50 is 4 ms"),
        (["e2e.p99<5ms"], UNDECIDED, "e2e.p99<5ms: "),
        (["e2e.p99<5ms", "e2e.max<1ms"], FAIL, "e2e.max<1ms: "),
    ],
)
def test_objectives_stand_for_budgets(texts: list[str], outcome: TrialOutcome, why: str) -> None:
    # All budgets fail by far: they are not asked.
    strict = Budgets(end_to_end=Budget(limit_s=1e-6))
    found = summary([4.0] * 100, budgets=strict)
    results = [evaluate(parse_slo(text), found) for text in texts]
    judged = judge_trial(found, results, [])
    assert judged[0] is outcome
    assert judged[1].startswith(why)


def test_without_any_budget_nothing_is_decided() -> None:
    found = summary([4.0] * 400, budgets=Budgets())
    assert judge_trial(found, [], []) == (UNDECIDED, "no budget was judged")


def test_a_trial_names_the_part_that_takes_longest() -> None:
    trial = describe_trial(summary([10.0] * 400), outcome=FAIL, why="late", lengthened=False)
    assert trial.largest_part is not None
    # The example's death network is served 0.4 of a request's time.
    assert (trial.largest_part.kind, trial.largest_part.label) == ("service", "death")
    assert trial.largest_part.mean_ms == pytest.approx(4.0)
    assert trial.near_p99_ms == pytest.approx(10.0)
    assert (trial.instances, trial.runs) == (2, ("runs/x",))


def test_latencies_of_an_overloaded_run_are_not_shown() -> None:
    found = summary([10.0] * 400, loads=(FULL,))
    trial = describe_trial(found, outcome=FAIL, why="full", lengthened=False)
    assert trial.largest_part is None
    assert trial.near_p99_ms is None
    assert trial.loads == (FULL,)


def conclusion(*tried: tuple[int, TrialOutcome], ending: Ending = "found") -> tuple[str, ...]:
    search = CapacitySearch(at_most=1000)
    trials = []
    for number, outcome in tried:
        search.tell(number, outcome)
        trials.append(
            Trial(
                instances=number,
                outcome=outcome,
                why=f"why {number}",
                duration_s=30,
                dilation=1,
                loads=(FULL if outcome is FAIL else CALM,),
            )
        )
    return conclude(search, trials, ending=ending, instance="camera")


def test_one_number_is_left() -> None:
    said = conclusion((4, PASS), (5, FAIL))
    assert said[0] == (
        "4 cameras shown to meet the budget, 5 shown not to: the capacity is 4 "
        "(95 % for each of the two, not for both)"
    )
    assert said[1] == "at 5: why 5"
    assert said[2].startswith("fullest: link access up (access/1) at 124%")
    assert "what helps: fewer instances, a faster link" in said[2]
    assert len(said) == 3


def test_undecided_numbers_leave_an_interval() -> None:
    said = conclusion((1, PASS), (2, UNDECIDED), (3, UNDECIDED), (4, FAIL))
    assert said[0].startswith(
        "1 camera shown to meet the budget, 4 shown not to: the capacity lies from 1 to 3"
    )
    assert said[-1].startswith("undecided, and so not shown to pass: 2, 3")


def test_not_even_one() -> None:
    assert conclusion((1, FAIL))[0].startswith(
        "none shown to pass, 1 shown not to: the capacity is 0"
    )


def test_the_machine_s_limit_is_not_the_system_s() -> None:
    said = conclusion((4, PASS), (5, INVALID), ending="machine")
    assert said[0] == "4 cameras shown to meet the budget; none shown to fail"
    assert said[1].startswith(
        "the search ended at this machine's limit, not at the system's: 5 cannot be emulated "
        "validly here (why 5)"
    )
    assert "--dilation" in said[1]
    assert "--compute profiled" in said[1]


def test_numbers_that_could_not_be_judged_below_a_failure_are_told() -> None:
    said = conclusion((2, PASS), (3, INVALID), (4, FAIL))
    assert said[0].endswith("lies from 2 to 3 (95 % for each of the two, not for both)")
    assert said[-1] == "3 could not be judged on this machine (why 3)"


@pytest.mark.parametrize(
    ("ending", "word"),
    [("at-most", "--at-most"), ("interrupted", "interrupted before"), ("failed", "by an error")],
)
def test_other_endings(ending: Ending, word: str) -> None:
    assert word in conclusion((4, PASS), ending=ending)[0]


def test_a_contradiction_is_told() -> None:
    said = conclusion((2, PASS), (4, FAIL), (8, PASS))
    assert said[0].startswith("2 cameras shown to meet the budget, 4 shown not to")
    assert said[-1].startswith("contradiction: 4 failed, but 8 passed")

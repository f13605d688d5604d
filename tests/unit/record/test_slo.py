from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.record.energy import Energy
from edge_aibench.record.example import TASKS, example_run
from edge_aibench.record.slo import SloOutcome, evaluate, exit_code, parse_slo, percentiles_of
from edge_aibench.record.summary import Summary, summarise


def summary_of(latencies: Sequence[float | None], *percentiles: float) -> Summary:
    return summarise(example_run(latencies), folder="r", percentiles=percentiles)


def outcome(text: str, summary: Summary) -> SloOutcome:
    return evaluate(parse_slo(text, tasks=TASKS), summary).outcome


@pytest.mark.parametrize(
    ("text", "metric", "statistic", "comparison", "bound"),
    [
        ("e2e.p99<10ms", "e2e", "p99", "<", 10.0),
        ("comm.p99 <= 1 ms", "comm", "p99", "<=", 1.0),
        (" comm.up.p50<500us ", "comm.up", "p50", "<", 0.5),
        ("comm.round-trip.max<2s", "comm.round-trip", "max", "<", 2000.0),
        ("death.p99.9<20ms", "death", "p99.9", "<", 20.0),
        ("e2e.mean>0", "e2e", "mean", ">", 0.0),
        ("inbudget>=0.99", "inbudget", "share", ">=", 0.99),
        ("answered>=99.5%", "answered", "share", ">=", 0.995),
        ("energy.total<20 mJ", "energy", "total", "<", 0.02),
        ("energy.idle<=1Wh", "energy", "idle", "<=", 3600.0),
    ],
)
def test_parse(text: str, metric: str, statistic: str, comparison: str, bound: float) -> None:
    slo = parse_slo(text, tasks=TASKS)
    assert (slo.metric, slo.statistic, slo.comparison) == (metric, statistic, comparison)
    assert slo.bound == pytest.approx(bound)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("deth.p99<1ms", "did you mean death"),
        ("e2.p99<1ms", "did you mean e2e"),
        ("com.up.p99<1ms", "did you mean comm.up"),
        ("inbuget>=0.9", "did you mean inbudget"),
        ("e2e<1ms", "needs a statistic"),
        ("comm.up<1ms", "needs a statistic"),
        ("e2e.p0<1ms", "needs a statistic"),
        ("e2e.p100<1ms", "needs a statistic"),
        ("e2e.median<1ms", "needs a statistic"),
        ("e2e.p99<10", "duration in one of"),
        ("e2e.p99<10parsec", "in one of"),
        ("e2e.p99=10ms", "comparison"),
        ("inbudget>=2", "share"),
        ("energy.total<5", "energy in one of"),
        ("energy.totl<5J", "did you mean energy.total"),
        ("energy<5J", "energy.total"),
        ("", "comparison"),
    ],
)
def test_what_is_not_an_objective_is_a_usage_error(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        parse_slo(text, tasks=TASKS)
    assert caught.value.exit_code == 2
    assert "--slo" in str(caught.value)


def test_kept_broken_and_undecided_need_the_whole_interval() -> None:
    # p50 of 1..1000 ms lies between the 469th and the 532nd value.
    summary = summary_of([float(n) for n in range(1, 1001)])
    assert outcome("e2e.p50<600ms", summary) is SloOutcome.KEPT
    assert outcome("e2e.p50<500ms", summary) is SloOutcome.UNDECIDED
    assert outcome("e2e.p50<400ms", summary) is SloOutcome.BROKEN
    assert outcome("e2e.p50>400ms", summary) is SloOutcome.KEPT
    assert outcome("e2e.p50>600ms", summary) is SloOutcome.BROKEN


ENERGY = Energy(
    busy_j=30.0,
    idle_j=70.0,
    total_j=100.0,
    busy_j_per_request=0.3,
    idle_j_per_request=0.7,
    total_j_per_request=1.0,
    mean_power_w=10.0,
    time_s=10.0,
    requests=100,
    at_least=False,
    parts=(),
)


def test_energy_is_held_against_what_a_request_takes() -> None:
    summary = summary_of([5.0] * 40).model_copy(update={"energy": ENERGY})
    assert outcome("energy.total<1.1J", summary) is SloOutcome.KEPT
    assert outcome("energy.total<900mJ", summary) is SloOutcome.BROKEN
    assert outcome("energy.busy<=300mJ", summary) is SloOutcome.KEPT
    assert outcome("energy.idle<0.7J", summary) is SloOutcome.BROKEN
    result = evaluate(parse_slo("energy.busy<20mJ", tasks=TASKS), summary)
    assert result.reason == "energy busy is 300 mJ"


def test_a_lower_bound_of_energy_can_break_a_limit_and_not_keep_it() -> None:
    unknown = ENERGY.model_copy(update={"at_least": True})
    summary = summary_of([5.0] * 40).model_copy(update={"energy": unknown})
    assert outcome("energy.total<1.1J", summary) is SloOutcome.UNDECIDED
    assert outcome("energy.total<0.9J", summary) is SloOutcome.BROKEN
    assert outcome("energy.total>0.9J", summary) is SloOutcome.KEPT
    assert "unknown" in evaluate(parse_slo("energy.total<2J", tasks=TASKS), summary).reason


def test_a_run_without_energies_has_no_such_figure() -> None:
    with pytest.raises(ConfigError, match=r"no figure 'energy\.total'"):
        outcome("energy.total<1J", summary_of([5.0] * 40))


def test_the_bound_itself() -> None:
    summary = summary_of([10.0] * 400)
    assert outcome("e2e.p99<=10ms", summary) is SloOutcome.KEPT
    assert outcome("e2e.p99<10ms", summary) is SloOutcome.BROKEN
    assert outcome("e2e.p99>=10ms", summary) is SloOutcome.KEPT
    assert outcome("e2e.p99>10ms", summary) is SloOutcome.BROKEN


def test_too_few_requests_leave_it_undecided_and_say_how_many_it_takes() -> None:
    result = evaluate(parse_slo("e2e.p99<10ms"), summary_of([5.0] * 100))
    assert result.outcome is SloOutcome.UNDECIDED
    assert "needs 368" in result.reason


def test_comm_is_the_worse_direction() -> None:
    # Uplink 0.5 ms, downlink 1 ms.
    summary = summary_of([5.0] * 400)
    assert outcome("comm.up.p99<0.6ms", summary) is SloOutcome.KEPT
    result = evaluate(parse_slo("comm.p99<0.6ms"), summary)
    assert result.outcome is SloOutcome.BROKEN
    assert result.value == pytest.approx(1.0)


def test_an_unanswered_request_breaks_mean_and_maximum() -> None:
    summary = summary_of([5.0] * 999 + [None])
    assert outcome("e2e.mean<1s", summary) is SloOutcome.BROKEN
    assert outcome("e2e.max<1s", summary) is SloOutcome.BROKEN
    assert outcome("e2e.p99<10ms", summary) is SloOutcome.KEPT


def test_shares() -> None:
    # 10 of 1000 late: Clopper-Pearson from 98.17 % to 99.52 %.
    summary = summary_of([5.0] * 990 + [50.0] * 10)
    assert outcome("inbudget>=0.98", summary) is SloOutcome.KEPT
    assert outcome("inbudget>=99%", summary) is SloOutcome.UNDECIDED
    assert outcome("inbudget>=0.996", summary) is SloOutcome.BROKEN
    assert outcome("answered>=0.99", summary) is SloOutcome.KEPT


def test_a_percentile_that_was_not_asked_for_in_time_is_an_error() -> None:
    slo = parse_slo("e2e.p75<10ms")
    assert percentiles_of([slo, parse_slo("e2e.mean<1s")]) == (75.0,)
    with pytest.raises(ConfigError, match=r"no figure 'e2e\.p75'"):
        evaluate(slo, summary_of([5.0] * 100))
    assert evaluate(slo, summary_of([5.0] * 100, 75.0)).outcome is SloOutcome.KEPT


def test_communication_that_did_not_happen_is_an_error_not_a_pass() -> None:
    data = example_run([5.0] * 100)
    inside = replace(data, hops=data.hops.assign(direction="", link=""))
    with pytest.raises(ConfigError, match="no figure"):
        evaluate(parse_slo("comm.p99<1ms"), summarise(inside, folder="r"))


def test_exit_codes() -> None:
    summary = summary_of([float(n) for n in range(1, 1001)])
    kept, undecided, broken = (
        evaluate(parse_slo(text), summary)
        for text in ("e2e.p50<600ms", "e2e.p50<500ms", "e2e.p50<400ms")
    )
    assert exit_code([]) == 0
    assert exit_code([kept, kept]) == 0
    assert exit_code([kept, undecided]) == 98
    assert exit_code([broken, undecided, kept]) == 99


def test_nothing_measured_is_undecided() -> None:
    assert outcome("inbudget>=0.5", summary_of([])) is SloOutcome.UNDECIDED

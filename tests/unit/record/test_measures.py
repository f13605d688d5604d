"""Names of figures, and what they are in summaries made by hand."""

from __future__ import annotations

import math

import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.record.energy import Cost, Energy, EnergyPart
from edge_aibench.record.example import TASKS, example_run
from edge_aibench.record.measures import Figure, Measure, measure, parse_measure
from edge_aibench.record.slo import SloOutcome, evaluate, parse_slo
from edge_aibench.record.summary import Summary, summarise
from edge_aibench.record.usage import LinkTraffic

PARTS = ("edge", "wan", "lan")


def joules(busy_j: float, idle_j: float) -> dict[str, float]:
    """Of ten requests in 5 s."""
    return {
        "busy_j": busy_j,
        "idle_j": idle_j,
        "total_j": busy_j + idle_j,
        "busy_j_per_request": busy_j / 10,
        "idle_j_per_request": idle_j / 10,
        "total_j_per_request": (busy_j + idle_j) / 10,
        "mean_power_w": (busy_j + idle_j) / 5,
    }


PARTS_OF_ENERGY = (
    EnergyPart(kind="nodes", name="edge", count=1, **joules(20.0, 30.0)),
    EnergyPart(kind="link", name="wan", count=1, unknown=("idle-power",), **joules(1.0, 0.0)),
    EnergyPart(kind="link", name="lan", count=2, **joules(0.0, 4.0)),
)
ENERGY = Energy(time_s=5.0, requests=10, at_least=True, parts=PARTS_OF_ENERGY, **joules(21.0, 34.0))
COST = Cost(per_hour={"EUR": 2.0}, per_million_requests={"EUR": 12.5}, nodes=())
TRAFFIC = {
    "wan": LinkTraffic(
        up_bytes=500.0, down_bytes=70.0, up_bytes_per_request=50.0, down_bytes_per_request=7.0
    )
}


@pytest.fixture(scope="module")
def summary() -> Summary:
    # The first answers in 1 ms, the last in 100 ms; the budget is 10 ms.
    found = summarise(example_run([float(number) for number in range(1, 101)]), folder="")
    return found.model_copy(update={"energy": ENERGY, "cost": COST, "traffic": TRAFFIC})


def fact(value: float) -> Figure:
    return Figure(value, value, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("e2e.max", 100.0),
        ("goodput", None),
        ("energy.edge", 5.0),
        ("energy.edge.total", 5.0),
        ("energy.edge.busy", 2.0),
        ("energy.lan.idle", 0.4),
        ("bytes.wan", 57.0),
        ("bytes.wan.up", 50.0),
        ("bytes.wan.down", 7.0),
        # Nothing crossed it, and it takes part.
        ("bytes.lan", 0.0),
        ("cost.per-hour", 2.0),
        ("cost.per-hour.EUR", 2.0),
        ("cost.per-million-requests", 12.5),
        ("counts.late", 90.0),
        ("energy.mean_power_w", 11.0),
        ("cost.per_hour.EUR", 2.0),
    ],
)
def test_facts_are_both_of_their_bounds(summary: Summary, name: str, value: float | None) -> None:
    expected = 10 / summary.duration_s if value is None else value
    found = measure(summary, name)
    assert found is not None
    assert found.value == pytest.approx(expected)
    assert found.lower == found.upper == found.value


@pytest.mark.parametrize("name", ["energy.total", "energy.wan", "energy.wan.busy"])
def test_what_is_at_least_so_much_has_no_upper_bound(summary: Summary, name: str) -> None:
    found = measure(summary, name)
    assert found is not None
    assert found.lower == found.value
    assert found.upper is None


def test_a_cost_with_an_unknown_price_is_a_lower_bound(summary: Summary) -> None:
    part = summary.model_copy(update={"cost": COST.model_copy(update={"unknown": ("edge",)})})
    assert measure(part, "cost.per-hour") == Figure(2.0, 2.0, None)


def test_of_several_currencies_one_must_be_named(summary: Summary) -> None:
    both = COST.model_copy(update={"per_hour": {"EUR": 2.0, "USD": 3.0}})
    mixed = summary.model_copy(update={"cost": both})
    assert measure(mixed, "cost.per-hour") is None
    assert measure(mixed, "cost.per-hour.USD") == fact(3.0)
    assert measure(mixed, "cost.per-hour.GBP") is None


def test_estimates_keep_their_intervals(summary: Summary) -> None:
    wanted = summary.latency["e2e"].percentiles["p50"]
    found = measure(summary, "e2e.p50")
    assert found == Figure(wanted.value, wanted.lower, wanted.upper, wanted.needs)


def test_the_worse_direction_is_communication(summary: Summary) -> None:
    # The uplink is a tenth of the latency, the downlink a fifth.
    found = measure(summary, "comm.p50")
    assert found == measure(summary, "comm.down.p50")
    assert found is not None
    assert found.value == pytest.approx(10.0)


def test_shares_go_by_two_names(summary: Summary) -> None:
    found = measure(summary, "in-budget")
    assert found == measure(summary, "inbudget")
    assert found is not None
    assert found.value == 0.1


def test_what_a_run_has_not_is_none(summary: Summary) -> None:
    bare = summary.model_copy(update={"latency": {}, "energy": None, "cost": None, "traffic": {}})
    names = ("e2e.p99", "comm.p99", "e2e.p12", "energy.total", "cost.per-hour", "counts.nothing")
    assert [measure(bare, name) for name in names] == [None] * len(names)
    assert parse_measure("energy.moon", parts=["moon"]).of(summary) is None
    assert parse_measure("bytes.moon", parts=["moon"]).of(summary) is None


def test_a_mean_of_a_run_that_lost_requests_is_infinite() -> None:
    lost = summarise(example_run([1.0, 2.0, None]), folder="")
    assert measure(lost, "e2e.mean") == fact(math.inf)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("deth.p99", "did you mean death.p99"),
        ("energy.ede", "did you mean energy.edge"),
        ("energy.totl", "did you mean energy.total"),
        ("bytes.wann", "did you mean bytes.wan"),
        ("bytes.edge.sideways", "no measure of this name"),
        ("cost.per-hours", "did you mean cost.per-hour"),
        ("in-budge", "did you mean in-budget"),
        ("energy", "no measure of this name"),
        ("nonsense", "no measure of this name"),
        ("e2e", "needs a statistic"),
        ("death.median", "needs a statistic"),
        ("", "no measure of this name"),
    ],
)
def test_an_unknown_name_is_a_usage_error(name: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told) as caught:
        parse_measure(name, tasks=TASKS, parts=PARTS, where="here")
    assert caught.value.exit_code == 2
    assert str(caught.value).startswith("here")


def test_units_and_percentiles_are_told() -> None:
    names = ("e2e.p99.9", "energy.edge", "bytes.wan.up", "answered", "goodput", "cost.per-hour")
    found = [parse_measure(name, parts=PARTS) for name in names]
    assert [one.unit for one in found] == ["ms", "J", "B", "", "1/s", ""]
    assert [one.percent for one in found] == [99.9, None, None, None, None, None]
    assert found[0] == Measure("e2e.p99.9", "e2e", "p99.9", "ms")


@pytest.mark.parametrize(
    ("text", "outcome", "reason"),
    [
        ("energy.edge<6J", SloOutcome.KEPT, "energy.edge total is 5 J"),
        ("energy.edge.busy<1 J", SloOutcome.BROKEN, "energy.edge busy is 2 J"),
        ("energy.wan<1 J", SloOutcome.UNDECIDED, "energy.wan total is 100 mJ"),
        ("bytes.wan<=57 B", SloOutcome.KEPT, "bytes.wan is 57 B"),
        ("bytes.wan.up>1 kB", SloOutcome.BROKEN, "bytes.wan up is 50 B"),
        ("cost.per-hour.EUR<2.5", SloOutcome.KEPT, "cost per-hour.EUR is 2"),
        ("counts.late<=89", SloOutcome.BROKEN, "counts.late is 90"),
        ("in-budget<50%", SloOutcome.KEPT, "in-budget share is 10.00%"),
    ],
)
def test_all_of_them_can_be_objectives(
    summary: Summary, text: str, outcome: SloOutcome, reason: str
) -> None:
    result = evaluate(parse_slo(text, tasks=TASKS, parts=PARTS), summary)
    assert result.outcome is outcome
    assert result.reason.startswith(reason)


@pytest.mark.parametrize("text", ["goodput>many", "counts.late<inf", "bytes.wan<5", "e2e.p9<5B"])
def test_a_bound_of_another_kind_is_a_usage_error(text: str) -> None:
    with pytest.raises(ConfigError, match="its bound must be"):
        parse_slo(text, tasks=TASKS, parts=PARTS)

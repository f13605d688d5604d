"""Energy and cost, worked out by hand for a ward of two beds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from edge_aibench.config.values import Amount
from edge_aibench.errors import InternalError
from edge_aibench.model.experiment import Experiment
from edge_aibench.model.hardware import Hardware
from edge_aibench.model.link import Link, LinkDirection, LinkEnergy
from edge_aibench.model.placement import place
from edge_aibench.model.scenario import Scenario
from edge_aibench.model.topology import Topology
from edge_aibench.record.energy import (
    Cost,
    Energy,
    EnergyPart,
    Usage,
    cost_of,
    energy_and_cost,
    energy_of,
    pooled_cost,
    pooled_energy,
)
from edge_aibench.testing.ward import small_ward, three_tiers

HARDWARE: dict[str, dict[str, Any]] = {
    "ward": {
        "cores": 4,
        "busy_power_w": 12.0,
        "idle_power_w": 8.0,
        "price_per_hour": Amount(0.5, "EUR"),
    },
    "edge": {"busy_power_w": 200.0, "idle_power_w": 60.0, "price_per_hour": Amount(2.0, "USD")},
    "cloud": {"busy_power_w": 50.0},
}
ENERGIES: dict[str, tuple[float | None, LinkEnergy, LinkEnergy]] = {
    "access": (
        0.5,
        LinkEnergy(sending_j_per_bit=100e-9, receiving_j_per_bit=50e-9),
        LinkEnergy(receiving_j_per_bit=20e-9),
    ),
    "backhaul": (
        1.0,
        LinkEnergy(sending_j_per_bit=0.0, receiving_j_per_bit=0.0),
        LinkEnergy(sending_j_per_bit=0.0, receiving_j_per_bit=0.0),
    ),
    "wan": (None, LinkEnergy(sending_j_per_bit=1e-6, receiving_j_per_bit=0.0), LinkEnergy()),
}
USAGE = Usage(
    time_s=10.0,
    requests=20,
    busy_s={"ward": 2.0, "edge": 4.0},
    wire_bytes={("access", "up"): 1e6, ("access", "down"): 5e5, ("wan", "up"): 250e3},
)


def topology(hardware: Mapping[str, Mapping[str, Any]] = HARDWARE) -> Topology:
    plain = three_tiers()
    nodes = {
        name: group
        if group.hardware is None
        else group.model_copy(
            update={
                "hardware": Hardware(
                    name=group.hardware.name, stated_speed=1.0, **hardware.get(name, {})
                )
            }
        )
        for name, group in plain.nodes.items()
    }
    links = {
        name: Link(
            between=link.between,
            idle_power_w=ENERGIES[name][0],
            up=LinkDirection(energy=ENERGIES[name][1]),
            down=LinkDirection(energy=ENERGIES[name][2]),
        )
        for name, link in plain.links.items()
    }
    return plain.model_copy(update={"nodes": nodes, "links": links})


def experiment(
    *, asked: Topology | None = None, scenario: Scenario | None = None, choice: str = "edge"
) -> Experiment:
    asked, scenario = asked or topology(), scenario or small_ward()
    return Experiment(
        source="small-ward",
        scenario=scenario,
        topology=asked,
        placement=place(scenario, asked, choice),
        instances=2,
    )


def part(energy: Energy, name: str) -> EnergyPart:
    (found,) = (part for part in energy.parts if part.name == name)
    return found


def usage(**changes: Any) -> Usage:
    known: dict[str, Any] = {
        "time_s": USAGE.time_s,
        "requests": USAGE.requests,
        "busy_s": USAGE.busy_s,
        "wire_bytes": USAGE.wire_bytes,
    }
    return Usage(**(known | changes))


def test_a_node_takes_idle_power_always_and_the_rest_while_it_works() -> None:
    energy = energy_of(experiment(), USAGE)
    # Two beds of 8 W for 10 s; 2 s of work on one of 4 cores take a quarter of the 4 W more.
    ward = part(energy, "ward")
    assert (ward.kind, ward.count, ward.unknown) == ("nodes", 2, ())
    assert ward.idle_j == pytest.approx(160.0)
    assert ward.busy_j == pytest.approx(2.0)
    assert ward.busy_j_per_request == pytest.approx(0.1)
    assert ward.idle_j_per_request == pytest.approx(8.0)
    assert ward.total_j_per_request == pytest.approx(8.1)
    assert ward.mean_power_w == pytest.approx(16.2)
    # 60 W for 10 s, and 140 W more for 4 s.
    edge = part(energy, "edge")
    assert edge.idle_j == pytest.approx(600.0)
    assert edge.busy_j == pytest.approx(560.0)


def test_a_link_takes_idle_power_on_each_wire_and_so_much_a_bit() -> None:
    energy = energy_of(experiment(), USAGE)
    # Two wires of 0.5 W for 10 s; 8e6 bits up at 150 nJ, 4e6 bits down at 20 nJ for all we know.
    access = part(energy, "access")
    assert (access.kind, access.count) == ("link", 2)
    assert access.idle_j == pytest.approx(10.0)
    assert access.busy_j == pytest.approx(1.2 + 0.08)
    assert access.unknown == ("down sending",)
    # One wire of 1 W; nothing a bit. 2e6 bits at 1 uJ over the wide area.
    assert part(energy, "backhaul").total_j == pytest.approx(10.0)
    assert part(energy, "wan").total_j == pytest.approx(2.0)


def test_a_direction_that_carried_nothing_need_not_say_what_a_bit_costs() -> None:
    assert part(energy_of(experiment(), USAGE), "wan").unknown == ("idle-power",)
    down = usage(wire_bytes={("wan", "down"): 1.0})
    assert part(energy_of(experiment(), down), "wan").unknown == (
        "idle-power",
        "down sending",
        "down receiving",
    )


def test_parts_add_up_to_the_whole() -> None:
    energy = energy_of(experiment(), USAGE)
    assert [p.name for p in energy.parts] == ["ward", "edge", "cloud", "access", "backhaul", "wan"]
    # 160 + 600 idle on nodes, 10 + 10 on links; 2 + 560 at work, 1.28 + 2 for bits.
    assert energy.idle_j == pytest.approx(780.0)
    assert energy.busy_j == pytest.approx(565.28)
    assert energy.total_j == pytest.approx(1345.28)
    assert energy.total_j_per_request == pytest.approx(1345.28 / 20)
    assert energy.mean_power_w == pytest.approx(134.528)


def test_what_is_not_stated_is_named_and_counts_as_nothing() -> None:
    energy = energy_of(experiment(), usage(busy_s={"cloud": 3.0}))
    cloud = part(energy, "cloud")
    # Without its idle power nobody knows what 50 W are more than.
    assert (cloud.busy_j, cloud.idle_j, cloud.unknown) == (0.0, 0.0, ("idle-power",))
    assert energy.at_least
    both = topology({"ward": HARDWARE["ward"], "edge": HARDWARE["edge"]})
    asked = energy_of(experiment(asked=both), USAGE)
    assert part(asked, "cloud").unknown == ("idle-power", "busy-power")


def test_a_machine_never_takes_more_than_its_busy_power() -> None:
    # Workers of several stages did 25 s of work in 10 s on one machine: 200 W for 10 s.
    edge = part(energy_of(experiment(), usage(busy_s={"edge": 25.0})), "edge")
    assert edge.total_j == pytest.approx(2000.0)


def test_what_takes_no_part_is_left_out() -> None:
    scenario = small_ward()
    stages = {name: stage for name, stage in scenario.stages.items() if name != "archive"}
    local = scenario.model_copy(update={"stages": stages})
    asked = experiment(scenario=local)
    assert [p.name for p in energy_of(asked, USAGE).parts] == ["ward", "edge", "access", "backhaul"]
    assert [n.node for n in cost_of(asked, time_s=10.0, requests=20).nodes] == ["ward", "edge"]


def test_prices_add_up_by_currency() -> None:
    cost = cost_of(experiment(), time_s=1800.0, requests=5000)
    # Two beds of 0.50 EUR and an edge of 2 USD for half an hour, 5000 requests of a million.
    assert cost.per_hour == {"EUR": 1.0, "USD": 2.0}
    assert cost.per_million_requests == {"EUR": pytest.approx(100.0), "USD": pytest.approx(200.0)}
    assert [(n.node, n.count, n.per_hour) for n in cost.nodes] == [
        ("ward", 2, 1.0),
        ("edge", 1, 2.0),
        ("cloud", 1, None),
    ]
    assert cost.unknown == ("cloud",)


def test_both_come_from_usage_alone() -> None:
    asked = experiment()
    energy, cost = energy_and_cost(asked, USAGE)
    assert energy == energy_of(asked, USAGE)
    # 2 USD an hour for 10 s and 20 requests.
    assert cost.per_million_requests["USD"] == pytest.approx(2.0 * 10 / 3600 / 20 * 1e6)


def test_repeats_are_one_long_run() -> None:
    asked = experiment()
    more = usage(requests=30, busy_s={"edge": 1.0})
    first, second = energy_of(asked, USAGE), energy_of(asked, more)
    both = pooled_energy([first, second])
    assert both is not None
    assert (both.time_s, both.requests) == (20.0, 50)
    # 600 J idle in each; 140 W more for 4 s and for 1 s; 50 requests in 20 s.
    edge = part(both, "edge")
    assert edge.idle_j == pytest.approx(1200.0)
    assert edge.busy_j == pytest.approx(700.0)
    assert edge.total_j_per_request == pytest.approx(38.0)
    assert edge.mean_power_w == pytest.approx(95.0)
    assert both.at_least
    assert part(both, "access").unknown == ("down sending",)
    costs = [cost_of(asked, time_s=10.0, requests=count) for count in (20, 30)]
    pooled = pooled_cost(costs, [first, second])
    assert isinstance(pooled, Cost)
    # 2 USD an hour for 20 s, shared by 50 requests.
    assert pooled.per_million_requests["USD"] == pytest.approx(2.0 * 20 / 3600 / 50 * 1e6)


def test_unlike_runs_are_not_pooled() -> None:
    one = energy_of(experiment(), USAGE)
    other = one.model_copy(update={"parts": one.parts[:1]})
    assert pooled_energy([one, other]) is None
    assert pooled_energy([]) is None


def test_energies_unknown_of_any_repeat_stay_unknown() -> None:
    asked = experiment()
    silent = energy_of(asked, usage(wire_bytes={}))
    pooled = pooled_energy([silent, energy_of(asked, USAGE)])
    assert pooled is not None
    assert part(pooled, "access").unknown == ("down sending",)


WRONG: list[dict[str, Any]] = [
    {"time_s": 0.0},
    {"requests": 0},
    {"time_s": float("nan")},
    {"busy_s": {"edge": -1.0}},
    {"wire_bytes": {("access", "up"): float("inf")}},
]


@pytest.mark.parametrize("wrong", WRONG)
def test_impossible_usage_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InternalError):
        usage(**wrong)

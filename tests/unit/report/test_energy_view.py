"""How energy and cost read on the console, on the page and in words.

The run is the example of 40 requests of 5 ms in 4 seconds, in a ward of two beds.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edge_aibench.config.load import document_form
from edge_aibench.config.values import Amount
from edge_aibench.model.experiment import Experiment
from edge_aibench.model.hardware import Hardware
from edge_aibench.model.link import LinkDirection, LinkEnergy
from edge_aibench.model.placement import place
from edge_aibench.record.combine import combine
from edge_aibench.record.energy import Cost
from edge_aibench.record.example import example_run
from edge_aibench.record.summary import Summary, summarise
from edge_aibench.report.console import render_summary, to_text
from edge_aibench.report.energy import cost_line
from edge_aibench.report.html import render_report
from edge_aibench.testing.ward import small_ward, three_tiers


def experiment(*, cloud: dict[str, Any]) -> dict[str, Any]:
    scenario, topology = small_ward(), three_tiers()
    powers = {
        "ward": {"idle_power_w": 5.0, "busy_power_w": 10.0},
        "edge": {"idle_power_w": 50.0, "busy_power_w": 90.0},
        "cloud": cloud,
    }
    nodes = dict(topology.nodes)
    for name, stated in powers.items():
        box = Hardware(name="box", stated_speed=1.0, price_per_hour=Amount(1.5, "EUR"), **stated)
        nodes[name] = nodes[name].model_copy(update={"hardware": box})
    free = LinkDirection(energy=LinkEnergy(sending_j_per_bit=0.0, receiving_j_per_bit=0.0))
    known = {"up": free, "down": free, "idle_power_w": 1.0}
    links = {name: link.model_copy(update=known) for name, link in topology.links.items()}
    topology = topology.model_copy(update={"nodes": nodes, "links": links})
    return document_form(
        Experiment(
            source="small-ward",
            scenario=scenario,
            topology=topology,
            placement=place(scenario, topology, "edge"),
            instances=2,
        )
    )


def summary(*, pressure: float = 0.05, **cloud: Any) -> Summary:
    data = example_run([5.0] * 40, pressure=pressure)
    return summarise(replace(data, experiment=experiment(cloud=cloud)), folder="runs/x")


def text_of(shown: Summary, width: int = 80) -> str:
    return to_text(render_summary(shown), width=width)


def words(text: str) -> str:
    return " ".join(text.split())


def test_the_console_shows_joules_of_a_request() -> None:
    text = words(text_of(summary(idle_power_w=20.0, busy_power_w=30.0)))
    # 5 W of two beds for 4 s over 40 requests; nobody works there.
    assert "ward, 2 nodes 0 J 1 J 1 J 10 W" in text
    # Service and hold of `window`, `death` and `decompensation`: 0.9 of 5 ms, at 40 W more.
    assert "edge, 1 node 180 mJ 5 J 5.18 J 51.8 W" in text
    assert "access, 2 wires 0 J 200 mJ 200 mJ 2 W" in text
    assert "energy unknown" not in text
    # Four nodes.
    assert "cost 6 EUR an hour, 167 EUR for a million requests" in text


def test_what_is_unknown_is_named_and_makes_the_sum_at_least() -> None:
    text = words(text_of(summary(busy_power_w=30.0)))
    assert "energy unknown cloud (idle-power)" in text
    assert "cloud, 1 node 0 J 0 J at least 0 J at least 0 W" in text
    assert "all 180 mJ 6.4 J at least 6.58 J at least 65.8 W" in text


@pytest.mark.parametrize("width", [80, 120])
def test_it_fits_the_terminal(width: int) -> None:
    text = text_of(summary(), width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text


def test_an_invalid_run_shows_no_energy() -> None:
    broken = summary(pressure=0.9)
    assert not broken.validity.valid
    assert "Energy" not in text_of(broken)
    assert "Energy" not in render_report(broken, {})


def test_the_page_has_a_table_of_energies() -> None:
    page = render_report(summary(busy_power_w=30.0), {})
    assert "Energy and cost" in page
    assert "edge, 1 node" in page
    assert "Unknown and counted as nothing: cloud (idle-power)" in page
    assert "Cost: 6 EUR an hour" in page
    assert "Energy" not in render_report(summarise(example_run([5.0] * 40), folder="r"), {})


def test_repeats_show_one_long_run() -> None:
    one = summary(idle_power_w=20.0, busy_power_w=30.0)
    both = combine([one, one], repeat_command="")
    assert both.energy is not None
    assert one.energy is not None
    assert both.energy.requests == 80
    assert both.energy.total_j == pytest.approx(2 * one.energy.total_j)
    assert both.cost is not None
    assert both.cost.per_hour == {"EUR": 6.0}
    without = summarise(example_run([5.0] * 40), folder="r")
    mixed = combine([one, without], repeat_command="")
    assert (mixed.energy, mixed.cost) == (None, None)


def test_a_price_that_is_missing_is_said() -> None:
    cost = Cost(
        per_hour={"EUR": 2.0},
        per_million_requests={"EUR": 12.5},
        nodes=(),
        unknown=("edge", "cloud"),
    )
    line = cost_line(cost)
    assert line == (
        "at least 2 EUR an hour, 12.5 EUR for a million requests (no price: edge, cloud)"
    )
    assert cost_line(Cost(per_hour={}, per_million_requests={}, nodes=())) == ""

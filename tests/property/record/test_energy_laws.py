"""Laws of energy: it adds up, grows with time and work, and is never negative."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_aibench.model.experiment import Experiment
from edge_aibench.model.hardware import Hardware
from edge_aibench.model.link import Link, LinkDirection, LinkEnergy
from edge_aibench.model.placement import place
from edge_aibench.record.energy import Usage, energy_of, pooled_energy
from edge_aibench.record.offered_load import Way
from edge_aibench.testing.ward import small_ward, three_tiers

GROUPS = ("ward", "edge", "cloud")
LINKS = ("access", "backhaul", "wan")
WAYS: tuple[Way, Way] = ("up", "down")
BITS = st.none() | st.floats(min_value=0, max_value=1e-5)
WATTS = st.none() | st.floats(min_value=0, max_value=50)


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    scenario, topology = small_ward(), three_tiers()
    nodes = dict(topology.nodes)
    for name in GROUPS:
        busy_w = draw(st.none() | st.floats(min_value=50, max_value=500))
        hardware = Hardware(
            name="box",
            stated_speed=1.0,
            cores=draw(st.none() | st.integers(1, 8)),
            busy_power_w=busy_w,
            idle_power_w=draw(WATTS),
        )
        nodes[name] = nodes[name].model_copy(update={"hardware": hardware})

    def direction() -> LinkDirection:
        sides = LinkEnergy(sending_j_per_bit=draw(BITS), receiving_j_per_bit=draw(BITS))
        return LinkDirection(energy=sides)

    links = {
        name: Link(between=link.between, up=direction(), down=direction(), idle_power_w=draw(WATTS))
        for name, link in topology.links.items()
    }
    topology = topology.model_copy(update={"nodes": nodes, "links": links})
    return Experiment(
        source="small-ward",
        scenario=scenario,
        topology=topology,
        placement=place(scenario, topology, "edge"),
        instances=draw(st.integers(1, 5)),
    )


@st.composite
def usages(draw: st.DrawFn, time_s: float | None = None, most_busy_s: float = 1e4) -> Usage:
    seconds = st.floats(min_value=0, max_value=most_busy_s)
    numbers = st.floats(min_value=0, max_value=1e9)
    return Usage(
        time_s=time_s or draw(st.floats(min_value=0.1, max_value=1e4)),
        requests=draw(st.integers(1, 10_000)),
        busy_s={name: draw(seconds) for name in GROUPS},
        wire_bytes={(link, way): draw(numbers) for link in LINKS for way in WAYS},
    )


@given(experiments(), usages())
def test_parts_add_up_and_none_is_negative(experiment: Experiment, usage: Usage) -> None:
    energy = energy_of(experiment, usage)
    for part in energy.parts:
        assert part.busy_j >= 0
        assert part.idle_j >= 0
        assert part.total_j == part.busy_j + part.idle_j
    assert energy.total_j == pytest.approx(math.fsum(p.total_j for p in energy.parts))
    assert energy.total_j_per_request * usage.requests == pytest.approx(energy.total_j)
    assert energy.mean_power_w * usage.time_s == pytest.approx(energy.total_j)
    assert energy.at_least == any(part.unknown for part in energy.parts)


@given(experiments(), usages())
def test_a_machine_takes_at_most_its_busy_power(experiment: Experiment, usage: Usage) -> None:
    for part in energy_of(experiment, usage).parts:
        if part.kind == "nodes" and not part.unknown:
            hardware = experiment.topology.nodes[part.name].hardware
            assert hardware is not None
            assert hardware.busy_power_w is not None
            assert part.mean_power_w <= part.count * hardware.busy_power_w * (1 + 1e-9)


@given(
    experiments(),
    usages(time_s=100.0, most_busy_s=40.0),
    usages(time_s=100.0, most_busy_s=40.0),
)
def test_work_and_bits_add_up(experiment: Experiment, one: Usage, other: Usage) -> None:
    both = Usage(
        time_s=100.0,
        requests=one.requests + other.requests,
        busy_s={name: one.busy_s[name] + other.busy_s[name] for name in GROUPS},
        wire_bytes={key: one.wire_bytes[key] + other.wire_bytes[key] for key in one.wire_bytes},
    )
    apart = [energy_of(experiment, usage) for usage in (one, other)]
    together = energy_of(experiment, both)
    assert together.busy_j == pytest.approx(apart[0].busy_j + apart[1].busy_j)
    assert together.idle_j == apart[0].idle_j == apart[1].idle_j


@given(experiments(), usages(), st.floats(min_value=0.01, max_value=100))
def test_a_longer_run_of_the_same_kind_takes_as_much_more(
    experiment: Experiment, usage: Usage, factor: float
) -> None:
    longer = Usage(
        time_s=usage.time_s * factor,
        requests=usage.requests,
        busy_s={name: factor * busy_s for name, busy_s in usage.busy_s.items()},
        wire_bytes={key: factor * sent for key, sent in usage.wire_bytes.items()},
    )
    short, long = energy_of(experiment, usage), energy_of(experiment, longer)
    assert long.total_j == pytest.approx(factor * short.total_j)
    assert long.mean_power_w == pytest.approx(short.mean_power_w)


@given(experiments(), usages(), st.integers(1, 5))
def test_a_repeated_run_is_like_each_of_them(
    experiment: Experiment, usage: Usage, times: int
) -> None:
    once = energy_of(experiment, usage)
    pooled = pooled_energy([once] * times)
    assert pooled is not None
    assert pooled.total_j == pytest.approx(times * once.total_j)
    assert pooled.total_j_per_request == pytest.approx(once.total_j_per_request)
    assert pooled.mean_power_w == pytest.approx(once.mean_power_w)

"""Laws of scenario graphs and placements of any shape."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from edge_aibench.model.link import Link
from edge_aibench.model.placement import place
from edge_aibench.model.scenario import WITH_CONSUMERS, Instances, Scenario, Sensor, Stage
from edge_aibench.model.topology import Hardware, NodeGroup, Topology

BOX = Hardware(name="box", stated_speed=1)
TOPOLOGY = Topology(
    name="line",
    nodes={
        "bed": NodeGroup(tier="device", count="instances", hardware=BOX),
        "room": NodeGroup(tier="edge", hardware=BOX),
        "city": NodeGroup(tier="cloud", hardware=BOX),
    },
    links={"near": Link(between=("bed", "room")), "far": Link(between=("room", "city"))},
)
HOSTS = {"device": "bed", "edge": "room", "cloud": "city"}


def scenario_of(stages: dict[str, Stage], done_at: str) -> Scenario:
    return Scenario(
        name="any",
        topology="line",
        components="any:components",
        instances=Instances(name="bed"),
        sensors={"s": Sensor(node="bed", payload_bytes=1.0)},
        stages=stages,
        done_at=done_at,
    )


@st.composite
def graphs(draw: st.DrawFn) -> Scenario:
    """Stages t0, t1, ... that need the sensor or earlier ones, written in any order."""
    number = draw(st.integers(min_value=1, max_value=8))
    stages = {}
    for index in range(number):
        earlier = ["s", *(f"t{i}" for i in range(index))]
        needs = draw(st.lists(st.sampled_from(earlier), min_size=1, max_size=4, unique=True))
        place_at = draw(st.sampled_from([*HOSTS, WITH_CONSUMERS]))
        stages[f"t{index}"] = Stage(kind="fuse", needs=tuple(needs), place=place_at)
    used = {need for stage in stages.values() for need in stage.needs}
    for name in stages.keys() - used:
        stages[name] = stages[name].model_copy(update={"place": draw(st.sampled_from([*HOSTS]))})
    order = draw(st.permutations(sorted(stages)))
    return scenario_of({name: stages[name] for name in order}, f"t{number - 1}")


@given(graphs())
def test_the_order_has_every_stage_once_and_after_its_needs(scenario: Scenario) -> None:
    order = scenario.order()
    assert sorted(order) == sorted(scenario.stages)
    place_of = {name: index for index, name in enumerate(order)}
    for name, stage in scenario.stages.items():
        assert all(need == "s" or place_of[need] < place_of[name] for need in stage.needs)


@given(graphs(), st.data())
def test_a_need_that_leads_back_is_refused(scenario: Scenario, data: st.DataObject) -> None:
    order = scenario.order()
    later = data.draw(st.sampled_from(order))
    ancestors = {later}
    for name in reversed(order):
        if name in ancestors:
            ancestors |= {need for need in scenario.stages[name].needs if need != "s"}
    first = data.draw(st.sampled_from(sorted(ancestors)))
    closed = scenario.stages[first].model_copy(
        update={"needs": (*scenario.stages[first].needs, later)}
    )
    with pytest.raises(ValidationError, match="in a circle"):
        scenario_of({**scenario.stages, first: closed}, scenario.done_at)


@given(graphs())
def test_a_copy_runs_wherever_a_consumer_runs_and_nowhere_else(scenario: Scenario) -> None:
    placement = place(scenario, TOPOLOGY)
    assert list(placement.groups) == list(scenario.stages)
    for name, stage in scenario.stages.items():
        groups = placement.groups[name]
        if stage.place == WITH_CONSUMERS:
            users = scenario.consumers(name)
            assert set(groups) == {g for user in users for g in placement.groups[user]}
            assert len(groups) == len(set(groups))
        else:
            assert groups == (HOSTS[stage.place],)

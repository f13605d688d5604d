"""The ICU ward's messages, worked out by hand for each placement of its three tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge_aibench.config.load import load_scenario, load_topology
from edge_aibench.errors import ConfigError
from edge_aibench.model.placement import place
from edge_aibench.model.routing import Bridge, Flow, Routes, route
from edge_aibench.model.scenario import Channel, Scenario
from edge_aibench.testing.ward import small_ward, three_tiers

if TYPE_CHECKING:
    from tests.unit.conftest import BuildTopology

TASKS = ("heart-failure", "decompensation", "death")
ARCHIVE = Flow("monitor", "bedside", "cloud", "main", "bulk")
ALARM = Flow("alerts", "edge", "bedside", "alarm", "alarm")


def _main(output: str, source: str, target: str) -> Flow:
    return Flow(output, source, target, "main", "main")


def _icu(choice: str) -> Routes:
    scenario = load_scenario("icu").scenario
    topology = load_topology("icu-ward")
    return route(scenario, topology, place(scenario, topology, choice))


def test_inference_on_the_edge() -> None:
    routes = _icu("edge")
    assert set(routes.flows) == {
        _main("monitor", "bedside", "edge"),
        ARCHIVE,
        *(_main(task, "edge", "bedside") for task in TASKS),
        ALARM,
    }
    assert routes.bridges == (Bridge("edge", "cloud", "bulk", (ARCHIVE,)),)


def test_inference_on_the_device() -> None:
    # The window is made where it is used; only answers leave the bed, for the alerts.
    routes = _icu("device")
    assert set(routes.flows) == {
        ARCHIVE,
        *(_main(task, "bedside", "edge") for task in TASKS),
        ALARM,
    }
    assert routes.bridges == (Bridge("edge", "cloud", "bulk", (ARCHIVE,)),)


def test_inference_in_the_cloud() -> None:
    routes = _icu("cloud")
    up = _main("monitor", "bedside", "cloud")
    down = tuple(_main(task, "cloud", target) for task in TASKS for target in ("bedside", "edge"))
    # One flow to the cloud: inference waits for it, so it must not travel with the bulk.
    assert set(routes.flows) == {up, *down, ALARM}
    # Nothing that an answer waits for crosses a bridge: the cloud speaks to the ward's broker.
    assert routes.bridges == ()
    assert routes.broker_for("cloud", "main") == routes.broker_for("bedside", "main") == "edge"
    assert routes.broker_for("cloud", "bulk") == "cloud"


def test_one_task_on_the_device_and_two_on_the_edge() -> None:
    # Both make the window of their own, so the observation still goes to the edge.
    routes = _icu("death=device")
    assert set(routes.flows) == {
        _main("monitor", "bedside", "edge"),
        ARCHIVE,
        _main("heart-failure", "edge", "bedside"),
        _main("decompensation", "edge", "bedside"),
        _main("death", "bedside", "edge"),
        ALARM,
    }


def test_topics_name_connection_and_output_and_only_a_bridge_moves_them() -> None:
    routes = _icu("edge")
    local = _main("monitor", "bedside", "edge")
    assert routes.sent_to(local) == routes.arrives_at(local) == "main/monitor"
    assert routes.sent_to(ALARM) == routes.arrives_at(ALARM) == "alarm/alerts"
    # Published once, on the main connection; what goes to the archive becomes bulk there.
    assert routes.sent_to(ARCHIVE) == "main/monitor"
    assert routes.arrives_at(ARCHIVE) == "bulk/monitor"
    assert routes.crosses(ARCHIVE)
    assert not routes.crosses(local)


def test_flows_are_found_by_either_end() -> None:
    routes = _icu("edge")
    assert set(routes.leaving("bedside", "monitor")) == {
        _main("monitor", "bedside", "edge"),
        ARCHIVE,
    }
    assert routes.leaving("edge", "monitor") == ()
    assert set(routes.arriving("bedside")) == {
        *(_main(task, "edge", "bedside") for task in TASKS),
        ALARM,
    }


def test_beds_speak_to_the_broker_with_the_fewest_hops() -> None:
    assert _icu("edge").broker_of == {"bedside": "edge", "edge": "edge", "cloud": "cloud"}


def test_a_topology_without_a_broker_is_refused(build_topology: BuildTopology) -> None:
    scenario = _sensor_to_edge()
    topology = build_topology({"access": ("ward", "server")})
    with pytest.raises(ConfigError, match="no broker can be reached from 'ward'") as caught:
        route(scenario, topology, place(scenario, topology, "here=server"))
    assert "broker: true" in str(caught.value)


def test_without_anything_to_send_no_broker_is_needed(build_topology: BuildTopology) -> None:
    scenario = _sensor_to_edge()
    topology = build_topology({"access": ("ward", "server")})
    routes = route(scenario, topology, place(scenario, topology, "here=ward"))
    assert routes == Routes(flows=(), broker_of={}, bridges=())


@pytest.mark.parametrize("channel", ["main", "alarm", "bulk"])
def test_an_output_travels_on_the_channel_of_the_stage_that_makes_it(channel: Channel) -> None:
    scenario = small_ward()
    stages = dict(scenario.stages)
    stages["first"] = stages["first"].model_copy(update={"channel": channel})
    scenario = scenario.model_copy(update={"stages": stages})
    topology = three_tiers()
    routes = route(scenario, topology, place(scenario, topology, "edge"))
    (flow,) = routes.leaving("edge", "first")
    assert flow == Flow("first", "edge", "ward", channel, channel)


def _sensor_to_edge() -> Scenario:
    return Scenario.model_validate(
        {
            "name": "one-stage",
            "topology": "built",
            "components": "nowhere:nothing",
            "instances": {"name": "bed"},
            "sensors": {"monitor": {"node": "ward", "payload": 8.0}},
            "stages": {"here": {"kind": "store", "needs": ["monitor"], "place": "server"}},
            "done-at": "here",
        }
    )

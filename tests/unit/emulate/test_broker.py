from __future__ import annotations

from pathlib import Path

import pytest

from edge_aibench.emulate.broker import Broker, BrokerPlan, render_config
from edge_aibench.errors import HostError
from edge_aibench.model.routing import Bridge, Flow, Routes

UP = Flow("monitor", "ward", "cloud", "main", "bulk")
DOWN = Flow("death", "cloud", "ward", "main", "main")
BROKERS = {"ward": "edge", "edge": "edge", "cloud": "cloud"}


def _lines(plan: BrokerPlan, routes: Routes) -> list[str]:
    return render_config(plan, routes, log=Path("edge.log")).splitlines()


def test_a_broker_listens_on_its_own_addresses_and_never_delays_or_drops() -> None:
    plan = BrokerPlan(host="edge", addresses=("10.0.0.4", "10.1.0.1"), bridges=())
    lines = _lines(plan, Routes(flows=(), broker_of={}, bridges=()))
    assert [line for line in lines if line.startswith("listener")] == [
        "listener 1883 10.0.0.4",
        "listener 1883 10.1.0.1",
    ]
    # mosquitto.conf(5): no limit on what waits; without set_tcp_nodelay a hop costs 40 ms.
    for wanted in (
        "set_tcp_nodelay true",
        "max_queued_messages 0",
        "persistence false",
        "allow_anonymous true",
    ):
        assert wanted in lines
    assert not [line for line in lines if line.startswith(("connection ", "topic "))]


def test_a_bridge_carries_flows_both_ways() -> None:
    bridges = (
        Bridge("edge", "cloud", "bulk", (UP,)),
        Bridge("edge", "cloud", "main", (DOWN,)),
    )
    routes = Routes(flows=(UP, DOWN), broker_of=BROKERS, bridges=bridges)
    plan = BrokerPlan(
        host="edge",
        addresses=("10.0.0.4",),
        bridges=tuple((bridge, "10.1.0.2") for bridge in bridges),
    )
    text = render_config(plan, routes, log=Path("edge.log"))
    first, second = text.split("connection ")[1:]
    assert [bridge.name for bridge in bridges] == ["edge-cloud-bulk", "edge-cloud-main"]
    assert first.splitlines()[:2] == ["edge-cloud-bulk", "address 10.1.0.2:1883"]
    assert second.splitlines()[:2] == ["edge-cloud-main", "address 10.1.0.2:1883"]
    for section in (first, second):
        lines = section.splitlines()
        assert "bridge_protocol_version mqttv50" in lines
        assert "cleansession true" in lines
        # Its own clients learn that a bridge is up; nothing of it crosses the emulated link.
        assert "notifications_local_only true" in lines
    # topic PATTERN DIRECTION QOS LOCAL-PREFIX REMOTE-PREFIX: the archive's copy of what is
    # published here on main/monitor arrives there on bulk/monitor, and answers come back.
    assert [line for line in first.splitlines() if line.startswith("topic")] == [
        "topic # out 0 main/monitor/ bulk/monitor/"
    ]
    assert [line for line in second.splitlines() if line.startswith("topic")] == [
        "topic # in 0 main/death/ main/death/"
    ]


def test_a_bridge_that_moves_a_flow_downwards_renames_it_on_the_way_in() -> None:
    flow = Flow("model", "cloud", "ward", "main", "bulk")
    bridge = Bridge("edge", "cloud", "bulk", (flow,))
    routes = Routes(flows=(flow,), broker_of=BROKERS, bridges=(bridge,))
    plan = BrokerPlan(host="edge", addresses=("10.0.0.4",), bridges=((bridge, "10.1.0.2"),))
    assert "topic # in 0 bulk/model/ main/model/" in _lines(plan, routes)


def test_an_output_that_two_stages_beyond_need_crosses_once() -> None:
    flows = (DOWN, Flow("death", "cloud", "edge", "main", "main"))
    bridge = Bridge("edge", "cloud", "main", flows)
    routes = Routes(flows=flows, broker_of=BROKERS, bridges=(bridge,))
    plan = BrokerPlan(host="edge", addresses=("10.0.0.4",), bridges=((bridge, "10.1.0.2"),))
    topics = [line for line in _lines(plan, routes) if line.startswith("topic")]
    assert topics == ["topic # in 0 main/death/ main/death/"]


def test_the_log_goes_where_it_is_told(tmp_path: Path) -> None:
    plan = BrokerPlan(host="edge", addresses=("10.0.0.4",), bridges=())
    routes = Routes(flows=(), broker_of={}, bridges=())
    text = render_config(plan, routes, log=tmp_path / "edge.log")
    assert f"log_dest file {tmp_path / 'edge.log'}" in text.splitlines()


def test_a_machine_without_mosquitto_is_told_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda *_args, **_options: None)
    plan = BrokerPlan(host="edge", addresses=("10.0.0.4",), bridges=())
    routes = Routes(flows=(), broker_of={}, bridges=())
    with pytest.raises(HostError, match="mosquitto") as caught:
        Broker(plan, routes, network_of=1, folder=tmp_path)
    assert caught.value.mend is not None
    assert "apt-get install" in caught.value.mend

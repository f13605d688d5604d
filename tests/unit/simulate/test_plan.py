"""The ways of the four scenarios, followed by hand through their graphs and topologies."""

from __future__ import annotations

import pytest

from edge_aibench.config.load import load_scenario, load_topology
from edge_aibench.model.experiment import Experiment
from edge_aibench.model.placement import place
from edge_aibench.model.topology import Topology
from edge_aibench.simulate.plan import Carriage, SimulationPlan
from edge_aibench.testing.ward import small_ward, three_tiers


def planned(name: str, choice: str | None = None, *, topology: str | None = None) -> SimulationPlan:
    loaded = load_scenario(name)
    network = load_topology(topology or loaded.scenario.topology, near=loaded.folder)
    network = _with_speeds(network)
    return SimulationPlan.of(
        Experiment(
            source=name,
            scenario=loaded.scenario,
            topology=network,
            placement=place(loaded.scenario, network, choice),
            instances=3,
        )
    )


def _with_speeds(topology: Topology) -> Topology:
    """As if the yardstick took 20 ms here: no speed matters to a plan."""
    nodes = {
        name: group
        if group.hardware is None or group.hardware.open_yardstick is None
        else group.model_copy(update={"hardware": group.hardware.measured_here(0.02)})
        for name, group in topology.nodes.items()
    }
    return topology.model_copy(update={"nodes": nodes})


def way(carriage: Carriage) -> str:
    """`bedside>edge: access.up* backhaul.up!`: a wire for each instance *, fed in order !."""
    crossed = [
        f"{crossing.link}.{crossing.way}"
        + ("*" if crossing.each else "")
        + ("!" if crossing.in_order else "")
        for crossing in carriage.crossings
    ]
    return " ".join([f"{carriage.source}>{carriage.target}:", *crossed])


def ways(plan: SimulationPlan) -> dict[str, list[str]]:
    """By `output@group`: the way to the broker, and of each delivery bridge and last way."""
    found = {}
    for (output, source), sent in plan.publications.items():
        lines = [way(sent.first)]
        for to in sent.deliveries:
            lines += [way(to.bridge)] if to.bridge is not None else []
            lines.append(way(to.last))
        found[f"{output}@{source}"] = lines
    return found


ANSWER_UP = ["bedside>edge: access.up* backhaul.up", "edge>edge:"]
ANSWER_DOWN = ["edge>edge:", "edge>bedside: backhaul.down! access.down*!"]


def test_the_messages_of_intensive_care() -> None:
    plan = planned("icu")
    assert ways(plan) == {
        # The edge takes each reading once; the archive has it over the bridge.
        "monitor@bedside": [
            "bedside>edge: access.up* backhaul.up",
            "edge>edge:",
            "edge>cloud: wan.up!",
            "cloud>cloud:",
        ],
        "heart-failure@edge": ANSWER_DOWN,
        "decompensation@edge": ANSWER_DOWN,
        "death@edge": ANSWER_DOWN,
        "alerts@edge": ANSWER_DOWN,
    }
    assert plan.brokers == ("edge", "cloud")
    assert plan.publications["alerts", "edge"].channel == "alarm"
    (_, to_archive) = plan.publications["monitor", "bedside"].deliveries
    assert (to_archive.target, to_archive.broker) == ("cloud", "cloud")


def test_intensive_care_at_the_bedside() -> None:
    plan = planned("icu", "device")
    assert ways(plan) == {
        # Windows are made at the bed now: only the archive needs the readings.
        "monitor@bedside": [
            "bedside>edge: access.up* backhaul.up",
            "edge>cloud: wan.up!",
            "cloud>cloud:",
        ],
        "heart-failure@bedside": ANSWER_UP,
        "decompensation@bedside": ANSWER_UP,
        "death@bedside": ANSWER_UP,
        "alerts@edge": ANSWER_DOWN,
    }
    assert plan.local_sensors("bedside") == ("monitor",)
    assert plan.groups["bedside"].computes
    assert [stage.name for stage in plan.groups["bedside"].stages] == [
        "window",
        "heart-failure",
        "decompensation",
        "death",
        "bedside",
        "alarm",
    ]


def test_the_messages_of_vehicles() -> None:
    plan = planned("vehicle")
    assert ways(plan) == {
        "compress@vehicle": ["vehicle>edge: access.up* backhaul.up", "edge>edge:"],
        "decide@edge": [
            "edge>edge:",
            "edge>vehicle: backhaul.down! access.down*!",
            "edge>cloud: wan.up!",
            "cloud>cloud:",
        ],
    }
    assert plan.local_sensors("vehicle") == ("camera",)


def test_behind_a_link_that_moves_nothing_is_in_order() -> None:
    # The handovers of a moving link release what they held in a burst.
    moving = planned("vehicle", topology="vehicle-city")
    assert ways(moving)["decide@edge"][1] == "edge>vehicle: backhaul.down! access.down*"


def test_the_messages_of_cameras() -> None:
    plan = planned("camera")
    assert ways(plan) == {
        "gate@camera": ["camera>edge: access.up* backhaul.up", "edge>edge:"],
        # The alarm centre waits for it: no bridge, though the cloud has a broker.
        "events@edge": ["edge>edge:", "edge>cloud: wan.up!"],
    }
    assert plan.brokers == ("edge",)


def test_the_messages_of_homes() -> None:
    plan = planned("home")
    assert ways(plan) == {
        "thermometer@thermometer": [
            "thermometer>gateway: thermometer-radio.up*",
            "gateway>gateway:",
        ],
        "compress-sound@speaker": ["speaker>gateway: speaker-wifi.up*", "gateway>gateway:"],
        "compress-image@doorbell": ["doorbell>gateway: doorbell-wifi.up*", "gateway>gateway:"],
        "face@gateway": ["gateway>gateway:", "gateway>doorbell: doorbell-wifi.down*!"],
        "command@gateway": [
            "gateway>gateway:",
            "gateway>speaker: speaker-wifi.down*!",
            "gateway>cloud: wan.up!",
            "cloud>cloud:",
        ],
    }


@pytest.mark.parametrize(
    ("scenario", "computing"),
    [
        ("icu", {"edge"}),
        ("vehicle", {"vehicle", "edge"}),
        ("camera", {"camera", "edge"}),
        ("home", {"speaker", "doorbell", "gateway"}),
    ],
)
def test_hosts_with_work_to_do_have_a_worker(scenario: str, computing: set[str]) -> None:
    plan = planned(scenario)
    assert {name for name, group in plan.groups.items() if group.computes} == computing


def test_every_host_is_that_of_its_instance() -> None:
    plan = planned("icu")
    assert {name: group.each for name, group in plan.groups.items()} == {
        "bedside": True,
        "edge": False,
        "cloud": False,
    }
    sent = plan.publications["monitor", "bedside"]
    assert (sent.first.connection, sent.first.each) == ("bedside-edge/main", True)
    to_edge, to_archive = sent.deliveries
    assert (to_edge.last.connection, to_edge.last.each) == ("edge-edge/main", False)
    assert to_archive.bridge is not None
    assert (to_archive.bridge.connection, to_archive.bridge.each) == ("edge-cloud/bulk", False)


def test_a_wire_fed_from_two_sides_is_not_in_order() -> None:
    # The first answer is made at the edge and the second in the cloud: the broker of the edge
    # gets the second over the WAN, but hands both to the same wire, one after the other.
    ward, topology = small_ward(), three_tiers()
    placement = place(ward, topology, "first=edge,second=cloud")
    plan = SimulationPlan.of(
        Experiment(source="w", scenario=ward, topology=topology, placement=placement, instances=2)
    )
    found = ways(plan)
    assert found["second@cloud"] == [
        "cloud>edge: wan.down",
        "edge>ward: backhaul.down! access.down*!",
    ]
    assert found["monitor@ward"][0] == "ward>edge: access.up* backhaul.up"


def test_the_roles_of_stages() -> None:
    stages = {
        stage.name: stage for group in planned("icu").groups.values() for stage in group.stages
    }
    assert [name for name, stage in stages.items() if stage.is_end] == ["bedside"]
    assert {name for name, stage in stages.items() if stage.leads_to_end} == {
        "window",
        "heart-failure",
        "decompensation",
        "death",
    }
    # Others wait for each of the three: one that has nothing to say must say so.
    assert {name for name, stage in stages.items() if stage.announces} == {
        "heart-failure",
        "decompensation",
        "death",
    }
    assert {name for name, stage in stages.items() if stage.background} == {
        "alerts",
        "alarm",
        "archive",
    }
    command = next(
        s for g in planned("home").groups.values() for s in g.stages if s.name == "command"
    )
    assert (command.needs, command.within_s) == (("speech",), {"face": 2.0})


def test_loss_and_delay_of_a_way() -> None:
    sent = planned("icu", topology="icu-ward-campus").publications["monitor", "bedside"].first
    access, backhaul = (crossing.direction for crossing in sent.crossings)
    assert access.loss > 0
    assert sent.delay_s == access.delay_s + backhaul.delay_s
    assert sent.loss == pytest.approx(access.loss + backhaul.loss - access.loss * backhaul.loss)

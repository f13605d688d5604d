"""What each host of the small ward has to do, by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edge_aibench.clock import VirtualClock
from edge_aibench.emulate.agents.node_plan import Due, Incoming, NodePlan
from edge_aibench.emulate.node_plans import node_plans
from edge_aibench.messaging.memory import MemoryExchange
from edge_aibench.messaging.transport import Transport
from edge_aibench.model.experiment import Experiment
from edge_aibench.model.placement import place
from edge_aibench.model.roll import call_roll
from edge_aibench.model.routing import route
from edge_aibench.model.workload import ArrivalPlan
from edge_aibench.testing.ward import NAMES, small_ward, three_tiers


def _experiment(choice: str, *, dilation: float = 1.0) -> Experiment:
    scenario, topology = small_ward(), three_tiers(device_speed=0.25)
    return Experiment(
        source="small-ward",
        scenario=scenario,
        topology=topology,
        placement=place(scenario, topology, choice),
        instances=2,
        dilation=dilation,
    )


def _plans(
    experiment: Experiment, *, connected: list[tuple[str, str]] | None = None
) -> Sequence[NodePlan]:
    arrivals = ArrivalPlan(
        sensor="monitor",
        instants_ns=(np.array([10, 30]), np.array([5])),
        warmup_ns=0,
    )
    exchange = MemoryExchange(VirtualClock())

    def connect(node: str, channel: str) -> Transport:
        (connected if connected is not None else []).append((node, channel))
        return exchange.connect()

    routes = route(experiment.scenario, experiment.topology, experiment.placement)
    return list(node_plans(experiment, call_roll(experiment), routes, [arrivals], connect))


def _names(plan: NodePlan) -> tuple[str, ...]:
    return tuple(stage.name for stage in plan.stages)


def test_every_host_with_work_is_called_and_names_are_numbered() -> None:
    roll = call_roll(_experiment("edge"))
    assert [str(node) for node in roll.nodes] == ["ward-1", "ward-2", "edge", "cloud"]
    assert roll.group_of_node == ("ward", "ward", "edge", "cloud")
    assert roll.names == NAMES


def test_a_bed_plays_its_own_plan_and_hears_its_own_answers() -> None:
    bed = _plans(_experiment("edge"))[0]
    assert (bed.node, bed.name, bed.instances, bed.wanted) == (0, "ward-1", (0,), "0")
    assert bed.plan == (Due(10, "monitor", 0, 0), Due(30, "monitor", 0, 1))
    assert _names(bed) == ("bedside",)
    (bedside,) = bed.stages
    assert (bedside.origin, bedside.needs) == ("monitor", ("first", "second"))
    assert (bedside.is_end, bedside.leads_to_end, bedside.scored) == (True, False, False)
    assert bed.outgoing == {"monitor": ("main", "main/monitor")}
    assert set(bed.incoming) == {
        Incoming("first", "main", "main/first"),
        Incoming("second", "main", "main/second"),
    }
    assert bed.local == frozenset()
    assert not bed.computes
    assert bed.numbers == dict(zip(NAMES, range(6), strict=True))


def test_the_second_bed_has_the_second_instance() -> None:
    bed = _plans(_experiment("edge"))[1]
    assert (bed.name, bed.instances, bed.wanted) == ("ward-2", (1,), "1")
    assert bed.plan == (Due(5, "monitor", 1, 0),)


def test_the_edge_hears_all_beds_and_works_in_graph_order() -> None:
    edge = _plans(_experiment("edge"))[2]
    assert (edge.instances, edge.wanted, edge.plan) == ((0, 1), "+", ())
    assert _names(edge) == ("window", "first", "second")
    assert edge.outgoing == {"first": ("main", "main/first"), "second": ("main", "main/second")}
    assert edge.incoming == (Incoming("monitor", "main", "main/monitor"),)
    assert [stage.name for stage in edge.stages if stage.scored] == ["first", "second"]
    # Bedside waits for both: each must be told when the other is all there is.
    assert [stage.name for stage in edge.stages if stage.announces] == ["first", "second"]
    assert all(stage.leads_to_end for stage in edge.stages)
    assert edge.computes


def test_stages_that_nobody_waits_for_come_last() -> None:
    # The archive needs the observation alone, so the graph would let it go before the tasks.
    edge = _plans(_experiment("archive=edge"))[2]
    assert _names(edge) == ("window", "first", "second", "archive")


def test_the_archive_listens_where_the_bridge_puts_it() -> None:
    cloud = _plans(_experiment("edge"))[3]
    assert _names(cloud) == ("archive",)
    assert cloud.incoming == (Incoming("monitor", "bulk", "bulk/monitor"),)
    assert not cloud.computes


def test_on_the_device_the_observation_is_at_hand_and_still_leaves_for_the_archive() -> None:
    plans = _plans(_experiment("device"))
    bed = plans[0]
    assert [plan.name for plan in plans] == ["ward-1", "ward-2", "cloud"]
    assert _names(bed) == ("window", "first", "second", "bedside")
    assert bed.local == {"monitor"}
    assert bed.outgoing == {"monitor": ("main", "main/monitor")}
    assert bed.incoming == ()
    assert bed.computes


def test_both_groups_make_a_window_of_their_own() -> None:
    plans = {plan.name: plan for plan in _plans(_experiment("first=device,second=edge"))}
    assert _names(plans["ward-1"]) == ("window", "first", "bedside")
    assert _names(plans["edge"]) == ("window", "second")
    assert plans["ward-1"].incoming == (Incoming("second", "main", "main/second"),)


def test_speed_and_dilation_make_the_pace() -> None:
    bed, _, edge, _ = _plans(_experiment("edge", dilation=2.0))
    assert (bed.pace.speed, bed.pace.dilation) == (0.25, 2.0)
    assert (edge.pace.speed, edge.pace.dilation) == (1.0, 2.0)


def test_each_plan_connects_as_its_own_node() -> None:
    connected: list[tuple[str, str]] = []
    plans = _plans(_experiment("edge"), connected=connected)
    plans[1].connect("main")
    plans[3].connect("bulk")
    assert connected == [("ward-2", "main"), ("cloud", "bulk")]


def test_in_the_cloud_inference_does_not_wait_behind_the_archive() -> None:
    cloud = _plans(_experiment("cloud"))[-1]
    assert cloud.name == "cloud"
    assert cloud.incoming == (Incoming("monitor", "main", "main/monitor"),)

"""What a run will ask of links, workers and brokers, worked out on paper."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from edge_aibench.model.disturbances import BackgroundTraffic, Disturbances
from edge_aibench.model.experiment import Experiment
from edge_aibench.model.link import LinkDirection
from edge_aibench.model.scenario import Serving
from edge_aibench.model.time_law import ConstantTime, ExponentialTime, TimeLaw
from edge_aibench.model.timings import MessageTimes, Replay, StageTimes, Timings
from edge_aibench.model.topology import Topology
from edge_aibench.record.load import Load, growing, growth
from edge_aibench.simulate.expected_load import expected_loads
from edge_aibench.simulate.plan import SimulationPlan
from edge_aibench.testing.ward import small_ward, three_tiers

Ward = Callable[..., Experiment]


def loads(experiment: Experiment) -> dict[str, Load]:
    return {load.name: load for load in expected_loads(SimulationPlan.of(experiment))}


def work(passes: float = 1.0, **laws: TimeLaw) -> Timings:
    return Timings(stages={name: StageTimes(work=law, passes=passes) for name, law in laws.items()})


def rated(rate_bps: float) -> Topology:
    topology = three_tiers()
    way = LinkDirection(rate_bps=rate_bps)
    links = {
        name: link.model_copy(update={"up": way, "down": way})
        for name, link in topology.links.items()
    }
    return topology.model_copy(update={"links": links})


def test_the_stages_of_a_host_share_its_worker(ward: Ward) -> None:
    # Three beds once a second: 3 x (0.1 + 0.2) s of work a second on the edge's only worker.
    timings = work(first=ConstantTime(time_s=0.1), second=ExponentialTime(mean=0.2))
    edge = loads(ward(timings))["worker of edge"]
    assert edge.offered == pytest.approx(0.9)
    assert (edge.carries, edge.grows) == (1.0, False)


def test_a_queue_that_will_grow_is_known_before_the_run(ward: Ward) -> None:
    found = loads(ward(work(first=ConstantTime(time_s=0.4))))
    (worst,) = growing(found.values())
    assert worst.share == pytest.approx(1.2)
    assert growth(worst) == (
        "queue of worker of edge grows without bound: offered 1.2 s of work a second, carries 1 s"
    )


def test_speed_divides_work_unless_it_is_scaled(ward: Ward) -> None:
    slow = three_tiers(device_speed=0.5)
    timings = work(first=ConstantTime(time_s=0.1))
    found = loads(ward(timings, topology=slow, choice="device"))
    assert found["worker of ward"].offered == pytest.approx(0.2)
    first = timings.stages["first"].model_copy(update={"scaled": True})
    scaled = timings.model_copy(update={"stages": {"first": first}})
    found = loads(ward(scaled, topology=slow, choice="device"))
    assert found["worker of ward"].offered == pytest.approx(0.1)


def test_handling_is_work_that_no_hardware_shortens(ward: Ward) -> None:
    first = StageTimes(work=ConstantTime(time_s=0.1), handling=ConstantTime(time_s=0.05))
    slow = three_tiers(device_speed=0.5)
    found = loads(ward(Timings(stages={"first": first}), topology=slow, choice="device"))
    assert found["worker of ward"].offered == pytest.approx(0.25)


def test_handing_messages_over_is_work_of_the_same_worker(ward: Ward) -> None:
    # The edge publishes two answers of each of three beds, each for 3 + 2 ms.
    messages = MessageTimes(encode=ConstantTime(time_s=3e-3), publish=ConstantTime(time_s=2e-3))
    found = loads(ward(Timings(messages=messages)))
    assert found["worker of edge"].offered == pytest.approx(3 * 2 * 5e-3)


def test_a_stage_with_workers_of_its_own_works_in_full_batches(ward: Ward) -> None:
    scenario = small_ward()
    serving = Serving(workers=2, max_batch=4)
    first = scenario.stages["first"].model_copy(update={"serving": serving})
    scenario = scenario.model_copy(update={"stages": {**scenario.stages, "first": first}})
    # Four together take 1 + 3 / 2 = 2.5 times as long: 0.3 s x 2.5 / 4 each, three a second.
    timings = work(first=ConstantTime(time_s=0.3, marginal=0.5))
    pool = loads(ward(timings, scenario=scenario))["stage first on edge"]
    assert pool.offered == pytest.approx(3 * 0.3 * 2.5 / 4)
    assert pool.carries == 2


def test_a_silent_stage_spares_those_behind_it(ward: Ward) -> None:
    # The window passes a quarter of 3 x 200 observations on, as the run will draw it.
    timings = work(first=ConstantTime(time_s=0.1))
    window = StageTimes(work=ConstantTime(time_s=0.0), passes=0.25)
    quiet = timings.model_copy(update={"stages": {**timings.stages, "window": window}})
    share = loads(ward(quiet))["worker of edge"].offered / 0.3
    # n = 600: 99.99 % of all seeds lie within 3.9 standard deviations of 0.0177.
    assert share == pytest.approx(0.25, abs=3.9 * 0.0177)


def test_a_stage_that_says_nothing_sends_nothing(ward: Ward) -> None:
    timings = work(passes=0.0, first=ConstantTime(time_s=0.0), second=ConstantTime(time_s=0.0))
    topology = rated(1e5)
    # No answers go down; what confirms the readings stays: 3 beds x 70 bytes on the backhaul.
    quiet = loads(ward(timings, topology=topology))
    assert quiet["link backhaul down"].offered == pytest.approx(3 * 70 * 8)
    # An answer has 45 + 66 bytes, and each bed gets two.
    spoken = loads(ward(topology=topology))
    assert spoken["link backhaul down"].offered == pytest.approx(3 * (70 + 2 * 111) * 8)


def test_logged_times_count_with_their_mean(ward: Ward) -> None:
    log = Replay(rows=15, columns={"first": (0.1, 0.2, 0.3) * 5})
    found = loads(ward(Timings(replay=log)))
    assert found["worker of edge"].offered == pytest.approx(3 * 0.2)


def test_brokers_work_on_every_message_that_comes_in(ward: Ward) -> None:
    # At the edge: a reading and two answers of each of three beds; the cloud's gets readings.
    found = loads(ward(Timings(messages=MessageTimes(broker_s=0.1))))
    assert found["broker of edge"].offered == pytest.approx(3 * 3 * 0.1)
    assert found["broker of cloud"].offered == pytest.approx(3 * 0.1)
    assert "fewer or rarer messages" in found["broker of edge"].remedy
    assert not any(name.startswith("broker") for name in loads(ward()))


def test_the_traffic_of_others_is_on_the_wire_too(ward: Ward) -> None:
    topology = rated(1e5)
    alone = loads(ward(topology=topology))
    others = Disturbances(
        background=(BackgroundTraffic(link="access", up_bps=5e4, packet_bytes=100),)
    )
    together = loads(ward(topology=topology).model_copy(update={"disturbances": others}))
    # On each of the three wires, in one direction.
    before, after = alone["link access up"], together["link access up"]
    assert after.offered == pytest.approx(before.offered + 5e4)
    assert together["link access down"] == alone["link access down"]


def test_a_link_that_only_others_use_is_seen(ward: Ward) -> None:
    others = Disturbances(background=(BackgroundTraffic(link="wan", down_bps=2e5),))
    found = loads(
        ward(topology=rated(1e5), choice="device").model_copy(update={"disturbances": others})
    )
    down = found["link wan down"]
    # Besides 2e5 bit/s of others come confirmations of the readings, 3 x 70 bytes a second.
    assert down.offered == pytest.approx(2e5 + 3 * 70 * 8)
    assert down.grows


def test_a_million_instances_are_counted_on_a_sample(ward: Ward) -> None:
    timings = work(first=ConstantTime(time_s=1e-7))
    edge = loads(ward(timings, instances=100_000))["worker of edge"]
    assert edge.offered == pytest.approx(0.01)

"""Loads of links and workers, with every number worked out on paper."""

from __future__ import annotations

import numpy as np
import pytest

from edge_aibench.emulate.answer_book import AnswerBook, Recorded
from edge_aibench.emulate.foreseen_load import foreseen_loads
from edge_aibench.emulate.rehearsal import Rehearsal
from edge_aibench.model.experiment import Experiment
from edge_aibench.model.link import Link, LinkDirection
from edge_aibench.model.placement import place
from edge_aibench.model.scenario import Scenario, Serving
from edge_aibench.model.service_times import ServiceTimes
from edge_aibench.model.topology import Topology
from edge_aibench.model.workload import Workload
from edge_aibench.network.trace import LinkState, LinkTrace
from edge_aibench.record.load import Load
from edge_aibench.record.offered_load import (
    Messages,
    link_loads,
    mean_rate_bps,
    worker_loads,
)
from edge_aibench.testing.ward import small_ward, three_tiers

KBPS = 1e3

# One segment: 144 bytes of payload, 45 of MQTT, 66 of headers. Back comes a PUBACK of 4 bytes.
MONITOR_BITS = 8 * 255.0
BACK_BITS = 8 * 70.0


def rated(topology: Topology, rate_bps: float = 100 * KBPS) -> Topology:
    links = {
        name: link.model_copy(
            update={
                way: getattr(link, way).model_copy(update={"rate_bps": rate_bps})
                for way in ("up", "down")
            }
        )
        for name, link in topology.links.items()
    }
    return topology.model_copy(update={"links": links})


def experiment(
    choice: str = "edge",
    *,
    instances: int = 10,
    scenario: Scenario | None = None,
    topology: Topology | None = None,
) -> Experiment:
    scenario = scenario or small_ward()
    topology = topology or rated(three_tiers())
    return Experiment(
        source="small-ward",
        scenario=scenario,
        topology=topology,
        placement=place(scenario, topology, choice),
        instances=instances,
    )


def served(stage: str, serving: Serving) -> Scenario:
    ward = small_ward()
    changed = ward.stages[stage].model_copy(update={"serving": serving})
    return ward.model_copy(update={"stages": {**ward.stages, stage: changed}})


def named(loads: tuple[Load, ...]) -> dict[str, Load]:
    return {load.name: load for load in loads}


def sent(instances: int, payload_bytes: float, *, per_s: float = 1.0) -> Messages:
    return Messages(np.full(instances, per_s), np.full(instances, payload_bytes))


def test_one_message_a_second_from_each_of_ten_beds() -> None:
    found = named(link_loads(experiment(), {"monitor": sent(10, 144)}))
    # Up the access link of a bed; all ten on the one backhaul; once more, to the archive, the WAN.
    assert found["link access up"].offered == MONITOR_BITS
    assert found["link backhaul up"].offered == 10 * MONITOR_BITS
    assert found["link wan up"].offered == 10 * MONITOR_BITS
    assert found["link access down"].offered == BACK_BITS
    assert found["link backhaul down"].offered == 10 * BACK_BITS
    assert {load.carries for load in found.values()} == {100 * KBPS}


def test_long_messages_take_a_header_for_each_segment() -> None:
    found = named(link_loads(experiment(), {"monitor": sent(10, 3000)}))
    # 3045 bytes are three segments.
    assert found["link access up"].offered == 8 * (3045 + 3 * 66)
    assert found["link access down"].offered == BACK_BITS


def test_without_confirmation_none_comes_back() -> None:
    ward = small_ward().model_copy(update={"qos": 0})
    found = named(link_loads(experiment(scenario=ward), {"monitor": sent(10, 144)}))
    assert "link access down" not in found


def test_answers_go_down_and_the_fullest_wire_counts() -> None:
    answers = Messages(np.array([1.0, 4.0, 2.0]), np.array([144.0, 144.0, 144.0]))
    found = named(link_loads(experiment(instances=3), {"first": answers}))
    assert found["link access down"].offered == 4 * MONITOR_BITS
    assert found["link access down"].place == "access/1"
    assert found["link backhaul down"].offered == 7 * MONITOR_BITS
    assert found["link backhaul down"].place == "backhaul/0"
    assert "link wan down" not in found


def test_what_stays_on_its_host_crosses_nothing() -> None:
    assert link_loads(experiment("device"), {"first": sent(10, 144)}) == ()


def test_a_link_without_a_rate_is_never_full() -> None:
    assert link_loads(experiment(topology=three_tiers()), {"monitor": sent(10, 144)}) == ()


def test_the_stages_of_a_host_share_a_worker() -> None:
    work_s = {
        ("first", "edge"): np.full(10, 0.03),
        ("second", "edge"): np.full(10, 0.05),
        ("bedside", "ward"): np.linspace(0.1, 0.3, 10),
    }
    found = named(worker_loads(experiment(), work_s))
    assert found["worker of edge"].offered == pytest.approx(0.8)
    assert found["worker of edge"].carries == 1
    # Each bed has a host of its own: the busiest counts.
    assert found["worker of ward"].offered == pytest.approx(0.3)
    assert found["worker of ward"].place == "ward-10"


def test_a_stage_with_workers_of_its_own_is_apart() -> None:
    ward = served("second", Serving(workers=3, queue="drop-late"))
    work_s = {("first", "edge"): np.full(10, 0.03), ("second", "edge"): np.full(10, 0.45)}
    found = named(worker_loads(experiment(scenario=ward), work_s))
    assert found["worker of edge"].offered == pytest.approx(0.3)
    apart = found["stage second on edge"]
    assert apart.offered == pytest.approx(4.5)
    assert apart.carries == 3
    assert apart.own_stage
    assert apart.gives_up
    assert not apart.grows


REHEARSAL = Rehearsal(
    service_s={"window": 1e-3, "first": 20e-3, "second": 30e-3, "bedside": 0.0, "archive": 2e-3},
    passes={"first": 0.25},
)


def test_what_is_foreseen() -> None:
    found = named(foreseen_loads(experiment(), REHEARSAL))
    # 51 ms of each of ten observations a second on the edge, 2 ms in the cloud.
    assert found["worker of edge"].offered == pytest.approx(0.51)
    assert found["worker of cloud"].offered == pytest.approx(0.02)
    # `first` answers one observation in four, both without declared payload: 45 + 66 bytes.
    answers = 1.25 * 8 * 111
    assert found["link access down"].offered == pytest.approx(BACK_BITS + answers)
    assert found["link access up"].offered == pytest.approx(MONITOR_BITS + 1.25 * BACK_BITS)


def test_slower_hardware_takes_longer() -> None:
    topology = rated(three_tiers(device_speed=0.5))
    found = named(foreseen_loads(experiment("device", topology=topology), REHEARSAL))
    assert found["worker of ward"].offered == pytest.approx(0.102)


def test_batches_are_not_foreseen_unless_a_profile_knows_them() -> None:
    ward = served("first", Serving(max_batch=4))
    asked = experiment(scenario=ward)
    assert "stage first on edge" not in named(foreseen_loads(asked, REHEARSAL))
    times = ServiceTimes(
        task="first",
        preset="lite",
        runtime="onnxruntime",
        precision="float32",
        threads=1,
        measured_on="a bench",
        calls_ns={1: (50_000_000,), 4: (100_000_000, 140_000_000)},
    )
    profiled = asked.model_copy(update={"compute": "profiled", "profiles": {"first": times}})
    # Full batches of four take 120 ms: 30 ms for each of ten observations a second.
    always = {(bed, 0): Recorded(b"", 1) for bed in range(10)}
    found = named(foreseen_loads(profiled, REHEARSAL, book(always)))
    assert found["stage first on edge"].offered == pytest.approx(0.3)
    # Two of ten requests take two samples, as eight of four do: twice 120 ms for four. Two take
    # none, and the others never come.
    some = {(0, 0): Recorded(b"", 2), (1, 0): Recorded(b"", 2)}
    some |= {(2, 0): Recorded(None, 0), (3, 0): Recorded(None, 0)}
    found = named(foreseen_loads(profiled, REHEARSAL, book(some)))
    assert found["stage first on edge"].offered == pytest.approx(10 * 0.2 * 0.06)


def book(outputs: dict[tuple[int, int], Recorded]) -> AnswerBook:
    return AnswerBook({"first": outputs}, 1, REHEARSAL, {"monitor": 10})


def moving(*rates: tuple[float, float | None, str]) -> LinkTrace:
    """From each second on, the uplink has this rate and outage; the downlink 1 kbit/s."""
    down = LinkDirection(rate_bps=KBPS)
    states = [
        LinkState(up=LinkDirection.model_validate({"rate": rate, "outage": outage}), down=down)
        for _, rate, outage in rates
    ]
    return LinkTrace(tuple(at_s for at_s, _, _ in rates), tuple(states))


def test_a_moving_link_carries_what_it_does_on_the_average() -> None:
    # From 2 to 10 s: 2 s at 4 kbit/s, 1 s out, 5 s at 8 kbit/s.
    trace = moving((0, 4000.0, "none"), (4, 4000.0, "held"), (5, 8000.0, "none"))
    assert mean_rate_bps(trace, "up", from_s=2, until_s=10) == pytest.approx(48e3 / 8)
    assert mean_rate_bps(trace, "down", from_s=2, until_s=10) == KBPS


def test_a_link_that_is_ever_unlimited_is_never_full() -> None:
    trace = moving((0, 4000.0, "none"), (4, None, "none"))
    assert mean_rate_bps(trace, "up", from_s=0, until_s=8) is None
    assert mean_rate_bps(trace, "up", from_s=0, until_s=4) == 4000.0


def test_a_link_that_is_out_all_the_time_carries_next_to_nothing() -> None:
    trace = moving((0, 4000.0, "lost"))
    assert mean_rate_bps(trace, "up", from_s=0, until_s=4) == pytest.approx(0, abs=1)


def test_of_moving_wires_each_has_its_own_rate() -> None:
    # Ten beds begin evenly spread over a trace of 10 s whose last second is slow. In 3 s after no
    # warm-up the beds 7 to 9 see the slow second whole: 2 s at 10 and 1 s at 1 kbit/s.
    topology = rated(three_tiers())
    text = "time (s),up rate (kbit/s)\n0,10\n9,1\n10,repeat\n"
    access = {"between": ["ward", "switch"], "trace": text}
    links = {**topology.links, "access": Link.model_validate(access)}
    asked = experiment(topology=topology.model_copy(update={"links": links}))
    asked = asked.model_copy(update={"workload": Workload(duration_s=3.0, warmup_s=0.0)})
    found = named(link_loads(asked, {"monitor": sent(10, 144)}))["link access up"]
    assert found.place == "access/7"
    assert found.carries == pytest.approx(7e3)

"""What requests draw, against the definitions and with numbers worked out on paper."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist

import numpy as np
import pytest

from edge_aibench import rng
from edge_aibench.model.experiment import Experiment, plan_all
from edge_aibench.model.link import Jitter, LinkDirection
from edge_aibench.model.time_law import (
    ConstantTime,
    ExponentialTime,
    MeasuredTimes,
    TimeLaw,
    UniformTime,
)
from edge_aibench.model.timings import MessageTimes, Replay, SizedTime, StageTimes, Timings
from edge_aibench.model.topology import Topology
from edge_aibench.simulate.draws import Draws
from edge_aibench.simulate.plan import Carriage, PlannedStage, SimulationPlan
from edge_aibench.testing.ward import three_tiers

Ward = Callable[..., Experiment]

WHO = np.array([0, 0, 1, 2, 2], np.int64)
WHEN = np.array([0, 1, 0, 3, 2], np.int64)
SEED = 5
MS = 1e6


def stage_of(plan: SimulationPlan, name: str) -> PlannedStage:
    return next(s for group in plan.groups.values() for s in group.stages if s.name == name)


def drawn(purpose: str) -> list[float]:
    """The numbers of the requests, looked up one by one."""
    key = rng.key(SEED, purpose)
    return [float(rng.uniforms(key, int(i), int(k))) for i, k in zip(WHO, WHEN, strict=True)]


def with_work(law: TimeLaw, **said: object) -> Timings:
    return Timings(stages={"first": StageTimes(work=law).model_copy(update=said)})


def with_links(topology: Topology, **directions: LinkDirection) -> Topology:
    """The topology with these directions, `access_up` and so on, of its links."""
    links = dict(topology.links)
    for name, direction in directions.items():
        link, _, way = name.partition("_")
        links[link] = links[link].model_copy(update={way: direction})
    return topology.model_copy(update={"links": links})


class TestSizes:
    def test_a_short_message_is_one_frame(self, ward: Ward) -> None:
        # 144 bytes of payload and 45 of MQTT in one segment; 66 of headers.
        draws = Draws(SimulationPlan.of(ward()))
        assert draws.payload_bytes("monitor") == 144
        assert draws.frames("monitor") == 1
        assert draws.wire_bytes("monitor") == 144 + 45 + 66

    @pytest.mark.parametrize(
        ("payload_bytes", "frames"), [(1403, 1), (1404, 2), (2851, 2), (2852, 3), (0, 1)]
    )
    def test_a_long_message_has_headers_for_each_frame(
        self, ward: Ward, payload_bytes: float, frames: int
    ) -> None:
        # A frame holds 1448 bytes, 45 of which are MQTT's in the first one.
        timings = with_work(ConstantTime(time_s=0.0), payload_bytes=payload_bytes)
        draws = Draws(SimulationPlan.of(ward(timings)))
        assert draws.payload_bytes("first") == payload_bytes
        assert draws.frames("first") == frames
        assert draws.wire_bytes("first") == payload_bytes + 45 + 66 * frames


class TestWork:
    def test_a_constant_is_divided_by_the_speed_unless_it_is_scaled(self, ward: Ward) -> None:
        law = ConstantTime(time_s=2e-3)
        for scaled, expected_ns in ((False, 4 * MS), (True, 2 * MS)):
            slow = ward(
                with_work(law, scaled=scaled),
                topology=three_tiers(device_speed=0.5),
                choice="device",
            )
            plan = SimulationPlan.of(slow)
            draws = Draws(plan)
            work_ns = draws.service_ns(stage_of(plan, "first"), WHO, WHEN)
            assert work_ns.tolist() == [expected_ns] * 5

    def test_a_stage_without_times_takes_none(self, ward: Ward) -> None:
        plan = SimulationPlan.of(ward())
        draws = Draws(plan)
        assert draws.service_ns(stage_of(plan, "first"), WHO, WHEN).tolist() == [0.0] * 5
        assert draws.batch_factor(stage_of(plan, "first"), 7) == 1.0

    def test_a_law_is_drawn_by_stage_instance_and_sequence(self, ward: Ward) -> None:
        timings = Timings(
            stages={
                name: StageTimes(work=ExponentialTime(mean=1e-3, marginal=0.5))
                for name in ("first", "second")
            }
        )
        plan = SimulationPlan.of(ward(timings))
        draws = Draws(plan)
        for name in ("first", "second"):
            expected = [-math.log1p(-share) * MS for share in drawn(f"service/{name}")]
            found = draws.service_ns(stage_of(plan, name), WHO, WHEN)
            assert found == pytest.approx(expected, rel=1e-14)
        assert draws.batch_factor(stage_of(plan, "first"), 5) == 3.0

    def test_the_order_of_asking_and_other_requests_change_nothing(self, ward: Ward) -> None:
        timings = with_work(ExponentialTime(mean=1e-3))
        few, many = (SimulationPlan.of(ward(timings, instances=n)) for n in (3, 40))
        whole = Draws(few).service_ns(stage_of(few, "first"), WHO, WHEN)
        backwards = Draws(many).service_ns(stage_of(many, "first"), WHO[::-1], WHEN[::-1])
        assert np.array_equal(whole, backwards[::-1])
        other = Draws(SimulationPlan.of(ward(timings, seed=6)))
        assert not np.any(other.service_ns(stage_of(few, "first"), WHO, WHEN) == whole)

    def test_handling_comes_on_top_whatever_the_hardware(self, ward: Ward) -> None:
        timings = with_work(ConstantTime(time_s=2e-3), handling=ConstantTime(time_s=1e-3))
        slow = ward(timings, topology=three_tiers(device_speed=0.5), choice="device")
        plan = SimulationPlan.of(slow)
        found = Draws(plan).service_ns(stage_of(plan, "first"), WHO, WHEN)
        assert found == pytest.approx([5 * MS] * 5, rel=1e-12)

    def test_with_rows_what_was_measured_together_stays_together(self, ward: Ward) -> None:
        handling = MeasuredTimes(measured_s=(10e-3, 20e-3, 30e-3))
        timings = Timings(
            stages={
                "first": StageTimes(
                    work=MeasuredTimes(measured_s=(1e-3, 2e-3, 3e-3)), handling=handling
                ),
                "second": StageTimes(work=MeasuredTimes(measured_s=(4e-3, 5e-3, 6e-3))),
            },
            rows=True,
        )
        plan = SimulationPlan.of(ward(timings, instances=50))
        who, when = np.arange(50), np.zeros(50, np.int64)
        draws = Draws(plan)
        first = draws.service_ns(stage_of(plan, "first"), who, when) / MS
        second = draws.service_ns(stage_of(plan, "second"), who, when) / MS
        pairs = set(zip(np.rint(first).tolist(), np.rint(second).tolist(), strict=True))
        assert pairs == {(11.0, 4.0), (22.0, 5.0), (33.0, 6.0)}


class TestReplay:
    def test_rows_are_taken_in_the_order_in_which_requests_are_scheduled(self, ward: Ward) -> None:
        rows = 60
        log = Replay(rows=rows, columns={"first": tuple(row * 1e-3 for row in range(rows))})
        experiment = ward(Timings(replay=log), poisson=True)
        (arrivals,) = plan_all(experiment)
        scheduled = sorted(
            (instant_ns, instance, sequence)
            for instance, row in enumerate(arrivals.instants_ns)
            for sequence, instant_ns in enumerate(row.tolist())
        )
        assert len(scheduled) > 6
        who = np.array([instance for _, instance, _ in scheduled])
        when = np.array([sequence for _, _, sequence in scheduled])
        plan = SimulationPlan.of(experiment)
        draws = Draws(plan)
        expected = [row * MS for row in range(len(scheduled))]
        assert draws.service_ns(stage_of(plan, "first"), who, when) == pytest.approx(expected)
        # A stage without a column takes no time; a logged time is that of its hardware.
        assert not draws.service_ns(stage_of(plan, "second"), who, when).any()

    def test_a_logged_time_is_not_scaled(self, ward: Ward) -> None:
        log = Replay(rows=20, columns={"first": (3e-3,) * 20})
        slow = ward(Timings(replay=log), topology=three_tiers(device_speed=0.5), choice="device")
        plan = SimulationPlan.of(slow)
        found = Draws(plan).service_ns(stage_of(plan, "first"), WHO, WHEN)
        assert found.tolist() == [3 * MS] * 5


class TestSilence:
    def test_a_share_of_requests_is_passed_on(self, ward: Ward) -> None:
        plan = SimulationPlan.of(ward(with_work(ConstantTime(time_s=0.0), passes=0.4)))
        draws = Draws(plan)
        expected = [share < 0.4 for share in drawn("passes/first")]
        assert draws.passes(stage_of(plan, "first"), WHO, WHEN).tolist() == expected
        assert draws.passes(stage_of(plan, "second"), WHO, WHEN).tolist() == [True] * 5

    def test_a_stage_may_pass_nothing_on(self, ward: Ward) -> None:
        plan = SimulationPlan.of(ward(with_work(ConstantTime(time_s=0.0), passes=0.0)))
        assert not Draws(plan).passes(stage_of(plan, "first"), WHO, WHEN).any()


class TestMessages:
    def test_encoding_and_publishing_are_drawn_by_output(self, ward: Ward) -> None:
        messages = MessageTimes(
            encode=UniformTime(shortest_s=0.0, longest_s=1e-3), publish=ConstantTime(time_s=5e-5)
        )
        draws = Draws(SimulationPlan.of(ward(Timings(messages=messages))))
        expected = [share * MS for share in drawn("encode/first")]
        assert draws.encode_ns("first", WHO, WHEN) == pytest.approx(expected, rel=1e-14)
        assert draws.publish_ns("first", WHO, WHEN) == pytest.approx([5e4] * 5, rel=1e-14)

    def test_without_times_messages_take_none(self, ward: Ward) -> None:
        draws = Draws(SimulationPlan.of(ward()))
        assert draws.broker_ns == 0.0
        assert not draws.encode_ns("first", WHO, WHEN).any()
        assert not draws.transfer_ns("first", "ward", WHO, WHEN).any()

    @pytest.mark.parametrize(
        ("payload_bytes", "expected_ms"),
        [
            # 1 ms at 100 B and 3 ms at 1100 B; the broker's 0.25 ms are a part of it.
            (0, 0.75),
            (100, 0.75),
            (600, 1.75),
            (850, 2.25),
            (1100, 2.75),
            (10**6, 2.75),
        ],
    )
    def test_between_two_sizes_lies_what_lies_between_their_times(
        self, ward: Ward, payload_bytes: float, expected_ms: float
    ) -> None:
        messages = MessageTimes(
            transfer=(
                SizedTime(payload_bytes=100, time=ConstantTime(time_s=1e-3)),
                SizedTime(payload_bytes=1100, time=ConstantTime(time_s=3e-3)),
            ),
            broker_s=0.25e-3,
        )
        timings = with_work(ConstantTime(time_s=0.0), payload_bytes=payload_bytes)
        timings = timings.model_copy(update={"messages": messages})
        draws = Draws(SimulationPlan.of(ward(timings)))
        found = draws.transfer_ns("first", "ward", WHO, WHEN)
        assert found == pytest.approx([expected_ms * MS] * 5, rel=1e-12)

    def test_between_two_laws_lie_equal_quantiles(self, ward: Ward) -> None:
        messages = MessageTimes(
            transfer=(
                SizedTime(payload_bytes=44, time=UniformTime(shortest_s=0.0, longest_s=1e-3)),
                SizedTime(payload_bytes=244, time=UniformTime(shortest_s=0.0, longest_s=3e-3)),
            )
        )
        draws = Draws(SimulationPlan.of(ward(Timings(messages=messages))))
        # 144 bytes lie in the middle: uniform up to 2 ms, at the same share.
        expected = [share * 2 * MS for share in drawn("transfer/monitor/edge")]
        found = draws.transfer_ns("monitor", "edge", WHO, WHEN)
        assert found == pytest.approx(expected, rel=1e-12)

    def test_no_transfer_takes_less_than_nothing(self, ward: Ward) -> None:
        messages = MessageTimes(
            transfer=(SizedTime(payload_bytes=64, time=ConstantTime(time_s=1e-3)),), broker_s=2e-3
        )
        draws = Draws(SimulationPlan.of(ward(Timings(messages=messages))))
        assert draws.transfer_ns("monitor", "edge", WHO, WHEN).tolist() == [0.0] * 5
        assert draws.broker_ns == 2 * MS


def first_carriage(plan: SimulationPlan) -> Carriage:
    return plan.publications["monitor", "ward"].first


class TestLinks:
    def test_without_jitter_the_delay_is_the_same_for_all(self, ward: Ward) -> None:
        topology = with_links(three_tiers(), access_up=LinkDirection(delay_s=7e-3))
        plan = SimulationPlan.of(ward(topology=topology))
        carriage = first_carriage(plan)
        delay_ns = Draws(plan).delay_ns(carriage, carriage.crossings[0], WHO, WHEN)
        assert delay_ns.tolist() == [7 * MS] * 5

    def test_jitter_is_drawn_by_carriage_and_link(self, ward: Ward) -> None:
        jitter = Jitter(law="normal", spread_s=1e-3)
        direction = LinkDirection(delay_s=7e-3, jitter=jitter)
        topology = with_links(three_tiers(), access_up=direction, backhaul_up=direction)
        plan = SimulationPlan.of(ward(topology=topology))
        carriage = first_carriage(plan)
        law = NormalDist(7 * MS, 1 * MS)
        for crossing in carriage.crossings:
            purpose = f"delay/monitor/ward-edge/main/{crossing.link}/up"
            expected = [law.inv_cdf(share) for share in drawn(purpose)]
            found = Draws(plan).delay_ns(carriage, crossing, WHO, WHEN)
            assert found == pytest.approx(expected, rel=1e-9)

    def test_without_loss_nothing_is_late(self, ward: Ward) -> None:
        plan = SimulationPlan.of(ward())
        late_ns = Draws(plan).recovery_ns(first_carriage(plan), "monitor", WHO, WHEN)
        assert late_ns.tolist() == [0.0] * 5

    def test_a_lost_message_of_one_frame_waits_for_the_next_or_the_timeout(
        self, ward: Ward
    ) -> None:
        # Half of all packets are lost: those whose number is below one half. A single segment is
        # missed 1.25 round trips of 2 x 10 ms after the next message, which comes once a second
        # on the average, or sent again after 200 ms and a round trip. Each further loss doubles
        # that timeout.
        direction = LinkDirection(delay_s=10e-3, loss=0.5)
        plan = SimulationPlan.of(ward(topology=with_links(three_tiers(), access_up=direction)))
        who, when = np.arange(400), np.zeros(400, np.int64)
        draws = Draws(plan)
        late_ms = draws.recovery_ns(first_carriage(plan), "monitor", who, when) / MS
        lost, again, until_next = (
            rng.uniforms(rng.key(SEED, f"{what}/monitor/ward-edge/main"), who, 0)
            for what in ("loss", "loss-again", "loss-next")
        )
        timed_out = 0
        for late, first, more, following in zip(late_ms, lost, again, until_next, strict=True):
            next_ms = -1000 * math.log(1 - following)
            once_ms = min(220, next_ms + 25)
            # 440 more after a second loss, 440 + 880 after a third ...
            losses_more = math.floor(math.log2(1 / more))
            expected = once_ms + 440 * (2**losses_more - 1) if first < 0.5 else 0.0
            assert late == pytest.approx(expected, rel=1e-9)
            timed_out += first < 0.5 and once_ms == 220
        assert 0 < timed_out < np.count_nonzero(late_ms)

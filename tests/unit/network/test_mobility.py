"""A node that drives past stations: where it is, who serves it, what its link is like."""

from __future__ import annotations

import math

import numpy as np
import pytest

from edge_aibench.model.link import Jitter, LinkDirection
from edge_aibench.model.mobility import Handover, Mobility, Route, Station
from edge_aibench.network.mobility import mobility_trace, positions_m, serving_stations
from edge_aibench.network.trace import LinkTrace
from edge_aibench.rng import stream

_UP = LinkDirection(
    delay_s=0.008, jitter=Jitter(law="normal", spread_s=0.001), loss=1e-4, rate_bps=60e6
)
_DOWN = LinkDirection(delay_s=0.007, rate_bps=300e6)
_PROMPT = Handover(time_to_trigger_s=0.0)
# Two stations on a straight road of 2 km, 1 km apart; no shadowing, so that all is exact.
_ROAD = Mobility(
    route=Route(speed_m_per_s=20.0, waypoints=((0.0, 0.0), (2000.0, 0.0))),
    stations=(Station(at=(500.0, 0.0), range_m=900.0), Station(at=(1500.0, 0.0), range_m=900.0)),
    handover=_PROMPT,
    shadowing_db=0.0,
)


def _trace(mobility: Mobility, *, start_share: float = 0.0, duration_s: float = 60.0) -> LinkTrace:
    return mobility_trace(
        mobility,
        up=_UP,
        down=_DOWN,
        start_share=start_share,
        duration_s=duration_s,
        generator=stream(1, "mobility"),
    )


def test_a_route_is_driven_round_and_round() -> None:
    square = Route(
        speed_m_per_s=10.0, waypoints=((0.0, 0.0), (100.0, 0.0), (100.0, 50.0), (0.0, 50.0))
    )
    assert square.length_m == 300.0
    found = positions_m(square, start_share=0.0, instants_s=np.array([0, 5, 12, 25, 29, 30, 35]))
    assert found.tolist() == [[0, 0], [50, 0], [100, 20], [0, 50], [0, 10], [0, 0], [50, 0]]
    half = positions_m(square, start_share=0.5, instants_s=np.array([0.0, 20.0]))
    assert half.tolist() == [[100, 50], [50, 0]]


def test_two_way_points_are_a_road_there_and_back() -> None:
    found = positions_m(_ROAD.route, start_share=0.0, instants_s=np.array([50.0, 100.0, 150.0]))
    assert found.tolist() == [[1000, 0], [2000, 0], [1000, 0]]


def test_another_station_serves_only_when_it_is_better_by_the_hysteresis() -> None:
    # The node drives away from the first station: 1 dB a step in favour of the second.
    snr = np.array([[10.0 - step, 5.0] for step in range(12)])
    found = serving_stations(snr, Handover(hysteresis_db=3.0, time_to_trigger_s=0.0), step_s=0.1)
    # At step 8 it is better by exactly 3 dB, at step 9 by more.
    assert found.tolist() == [0] * 9 + [1] * 3


def test_it_must_be_better_for_the_time_to_trigger_without_a_break() -> None:
    handover = Handover(hysteresis_db=3.0, time_to_trigger_s=0.3)
    better, not_better = [0.0, 4.0], [0.0, 2.0]
    rows = [[5.0, 0.0], better, better, not_better, better, better, better, better, better]
    found = serving_stations(np.array(rows), handover, step_s=0.1)
    assert found.tolist() == [0] * 7 + [1] * 2


def test_a_new_candidate_begins_its_own_wait() -> None:
    handover = Handover(hysteresis_db=3.0, time_to_trigger_s=0.2)
    second, third = [0.0, 9.0, 0.0], [0.0, 0.0, 9.0]
    rows = [[5.0, 0.0, 0.0], second, third, third, third, third]
    found = serving_stations(np.array(rows), handover, step_s=0.1)
    assert found.tolist() == [0, 0, 0, 0, 2, 2]


def test_the_link_is_at_its_best_beside_a_station_and_keeps_its_jitter_and_loss() -> None:
    state = _trace(_ROAD).state_at(25.0)
    # 23.5 m straight below the antenna: 0.08 us of light, rounded away.
    assert state.up == _UP
    assert state.down == _DOWN


def test_the_link_weakens_with_the_distance_as_the_laws_say() -> None:
    # At 10 s the node is 300 m from the first station.
    state = _trace(_ROAD).state_at(10.0)
    far_m, edge_m = math.hypot(300, 23.5), math.hypot(900, 23.5)
    snr = 10 ** ((-10 + 39.08 * math.log10(edge_m / far_m)) / 10)
    assert state.down.rate_bps == pytest.approx(300e6 * 0.6 * math.log2(1 + snr) / 4.4, rel=0.005)
    assert state.up.rate_bps == pytest.approx(60e6 * 0.4 * math.log2(1 + snr) / 2, rel=0.005)
    assert state.up.delay_s == pytest.approx(0.008 + far_m / 299_792_458, abs=1e-6)
    assert (state.up.jitter, state.up.loss, state.up.outage) == (_UP.jitter, _UP.loss, "none")


def _outages(trace: LinkTrace, kind: str) -> list[tuple[float, float]]:
    """From when to when both directions are interrupted; what touches is one."""
    ends_s = (*trace.instants_s[1:], math.inf)
    found: list[tuple[float, float]] = []
    for begin_s, end_s, state in zip(trace.instants_s, ends_s, trace.states, strict=True):
        assert state.up.outage == state.down.outage
        if state.up.outage == kind:
            if found and found[-1][1] == begin_s:
                begin_s = found.pop()[0]  # noqa: PLW2901 - the outage goes on
            found.append((begin_s, end_s))
    return found


@pytest.mark.parametrize("kind", ["held", "lost"])
def test_a_handover_interrupts_both_directions_for_a_drawn_time(kind: str) -> None:
    handover = _PROMPT.model_copy(update={"kind": kind})
    trace = _trace(_ROAD.model_copy(update={"handover": handover}))
    ((begin_s, end_s),) = _outages(trace, kind)
    # Equal signals at 1000 m, 50 s; 3 dB apart where the distances are as 10 ** (3 / 39.08)
    # to 1, which is 1044.2 m: 52.2 s.
    assert begin_s == pytest.approx(52.3, abs=0.11)
    assert 0.05 <= end_s - begin_s <= 0.15
    assert trace.state_at(begin_s).down.outage == kind
    assert trace.state_at(end_s).up.outage == trace.state_at(end_s).down.outage == "none"
    # It leaves with the rate of the new station, 456 m away instead of 544 m.
    before = trace.state_at(begin_s - 0.001).up.rate_bps
    after = trace.state_at(end_s).up.rate_bps
    assert before is not None
    assert after is not None
    assert after > 1.2 * before


def test_interruptions_are_drawn_evenly_between_their_bounds() -> None:
    long_drive = _trace(_ROAD, duration_s=10_000.0)
    lengths_s = [end_s - begin_s for begin_s, end_s in _outages(long_drive, "held")]
    # Two changes in each round of 200 s. The mean of 100 draws from 50 to 150 ms has a standard
    # error of 100 / sqrt(12 * 100) = 2.9 ms.
    assert len(lengths_s) == pytest.approx(100, abs=2)
    assert min(lengths_s) >= 0.05 - 1e-9
    assert max(lengths_s) <= 0.15 + 1e-9
    assert np.mean(lengths_s) == pytest.approx(0.1, abs=0.01)


def test_handovers_without_interruption_leave_no_outage() -> None:
    smooth = Handover(shortest_s=0.0, longest_s=0.0, time_to_trigger_s=0.0)
    trace = _trace(_ROAD.model_copy(update={"handover": smooth}))
    assert {state.up.outage for state in trace.states} == {"none"}


def test_out_of_range_packets_are_lost_until_the_node_is_back() -> None:
    lonely = _ROAD.model_copy(update={"stations": _ROAD.stations[:1]})
    ((begin_s, end_s),) = _outages(_trace(lonely, duration_s=200.0), "lost")
    # Out beyond 500 + 900 m at 70 s, and back at 130 s.
    assert begin_s == pytest.approx(70.0, abs=0.11)
    assert end_s == pytest.approx(130.0, abs=0.11)


def test_a_handover_within_an_interruption_prolongs_it() -> None:
    # A handover at each step: the two stations take turns by strong shadowing.
    flicker = Mobility(
        route=_ROAD.route,
        stations=_ROAD.stations,
        handover=Handover(
            shortest_s=0.25, longest_s=0.25, hysteresis_db=0.0, time_to_trigger_s=0.0
        ),
        shadowing_db=20.0,
    )
    trace = _trace(flicker, duration_s=300.0)
    lengths_s = [end_s - begin_s for begin_s, end_s in _outages(trace, "held")]
    assert min(lengths_s) >= 0.05 - 1e-9
    assert max(lengths_s) > 0.25


def test_equal_neighbours_are_merged_and_a_parked_node_has_one_state() -> None:
    parked = _ROAD.model_copy(
        update={"route": _ROAD.route.model_copy(update={"speed_m_per_s": 0.0})}
    )
    trace = _trace(parked, start_share=0.1)
    assert trace.instants_s == (0.0,)


def test_one_seed_repeats_and_another_differs() -> None:
    shadowed = _ROAD.model_copy(update={"shadowing_db": 6.0})
    assert _trace(shadowed) == _trace(shadowed)
    other = mobility_trace(
        shadowed,
        up=_UP,
        down=_DOWN,
        start_share=0.0,
        duration_s=60.0,
        generator=stream(2, "mobility"),
    )
    assert other != _trace(shadowed)


def test_the_rate_never_exceeds_what_the_link_has_at_its_best() -> None:
    odd = _UP.model_copy(update={"rate_bps": 1_234_567.0})
    trace = mobility_trace(
        _ROAD,
        up=odd,
        down=odd,
        start_share=0.0,
        duration_s=100.0,
        generator=stream(1, "mobility"),
    )
    rates_bps = [state.up.rate_bps or math.inf for state in trace.states]
    assert max(rates_bps) == 1_234_567.0
    assert min(rates_bps) >= 1e3

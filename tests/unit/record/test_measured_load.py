"""The load that a run measured, from hand-made events.

The ward is monitor -> window -> first, second -> bedside, with an archive behind. Observations come
once a second; two beds of ten each are planned.
"""

from __future__ import annotations

import numpy as np
import pytest

from edge_aibench.model.experiment import Experiment
from edge_aibench.model.placement import place
from edge_aibench.model.scenario import Serving
from edge_aibench.model.topology import Topology
from edge_aibench.model.workload import ArrivalPlan
from edge_aibench.record.assemble import Timeline
from edge_aibench.record.event_table import EventTable
from edge_aibench.record.events import Kind
from edge_aibench.record.load import Load
from edge_aibench.record.measured_load import measured_loads
from edge_aibench.testing.events import EventScript
from edge_aibench.testing.ward import NAMES, small_ward, three_tiers

NODES = ("ward-1", "ward-2", "edge", "cloud")
GROUPS = ("ward", "ward", "edge", "cloud")
MS = 1_000_000
S = 1000 * MS
COUNT = 10
ORIGIN_NS = 5 * S


def rated(topology: Topology) -> Topology:
    access = topology.links["access"]
    up = access.up.model_copy(update={"rate_bps": 10e3})
    return topology.model_copy(
        update={"links": {**topology.links, "access": access.model_copy(update={"up": up})}}
    )


def experiment(*, dilation: float = 1.0, serving: Serving | None = None) -> Experiment:
    scenario, topology = small_ward(), rated(three_tiers())
    if serving is not None:
        first = scenario.stages["first"].model_copy(update={"serving": serving})
        scenario = scenario.model_copy(update={"stages": {**scenario.stages, "first": first}})
    return Experiment(
        source="small-ward",
        scenario=scenario,
        topology=topology,
        placement=place(scenario, topology, "edge"),
        instances=2,
        dilation=dilation,
    )


def plan(*, warmup: int = 0) -> ArrivalPlan:
    row = np.arange(COUNT, dtype=np.int64) * S
    return ArrivalPlan(sensor="monitor", instants_ns=(row, row), warmup_ns=warmup * S)


def measured(
    script: EventScript,
    asked: Experiment | None = None,
    *,
    warmup: int = 0,
    end_s: float = 60.0,
    cut_short: bool = False,
) -> dict[str, Load]:
    """The loads by name; the run was over *end_s* (virtual) after its origin."""
    asked, planned = asked or experiment(), plan(warmup=warmup)
    table = EventTable(script.events(), planned, names=NAMES, group_of_node=GROUPS)
    timeline = Timeline(
        origin_ns=ORIGIN_NS,
        dilation=asked.dilation,
        end_ns=ORIGIN_NS + round(end_s * S * asked.dilation),
        cut_short=cut_short,
    )
    loads = measured_loads(asked, [planned], {"monitor": table}, timeline)
    return {load.name: load for load in loads}


def every_request() -> list[tuple[int, int, int]]:
    """Bed, number and instant of each planned request."""
    return [(bed, number, number * S) for bed in (0, 1) for number in range(COUNT)]


def sent(script: EventScript, *, sizes: tuple[int, int] = (144, 144)) -> EventScript:
    """Every observation is made, handed over at once and received 20 ms later."""
    for bed, number, at_ns in every_request():
        key = (bed, number)
        ward = f"ward-{bed + 1}"
        script.add(Kind.OBSERVED, "monitor", ward, at_ns, request=key)
        script.add(Kind.SENT, "monitor", ward, at_ns, request=key, size=sizes[bed])
        script.add(Kind.RECEIVED, "monitor", "edge", at_ns + 20 * MS, request=key)
    return script


def served(
    script: EventScript,
    stage: str,
    work_ms: int,
    *,
    held_ms: int = 0,
    every: int = 1,
    before_s: int = COUNT,
) -> EventScript:
    """Stage *stage* serves each *every*-th request that is due before *before_s*."""
    for bed, number, at_ns in every_request():
        if number % every == 0 and number < before_s:
            start_ns = at_ns + 30 * MS + bed * 400 * MS
            end_ns = start_ns + work_ms * MS
            script.add(Kind.SERVED, stage, "edge", start_ns, end_ns, request=(bed, number))
            if held_ms:
                released_ns = end_ns + held_ms * MS
                script.add(Kind.HELD, stage, "edge", end_ns, released_ns, request=(bed, number))
    return script


def script(*, dilation: float = 1.0) -> EventScript:
    return EventScript(NAMES, NODES, origin_ns=ORIGIN_NS, dilation=dilation)


def test_messages_count_as_handed_over_with_their_own_sizes() -> None:
    # Bed 2 sends 1000 bytes: 8 * (1000 + 45 + 66) bit/s, though only 144 are declared.
    found = measured(sent(script(), sizes=(144, 1000)))["link access up"]
    assert found.offered == 8888.0
    assert (found.place, found.carries) == ("access/1", 10e3)


def test_what_was_never_received_was_offered_all_the_same() -> None:
    lost = script()
    for bed, number, at_ns in every_request():
        ward = f"ward-{bed + 1}"
        lost.add(Kind.OBSERVED, "monitor", ward, at_ns, request=(bed, number))
        lost.add(Kind.SENT, "monitor", ward, at_ns, request=(bed, number), size=1250)
    found = measured(lost)["link access up"]
    # 8 * (1250 + 45 + 66) = 10888 of 10000 bit/s.
    assert found.offered == 10888.0
    assert found.grows


def test_work_and_hold_of_both_beds_on_the_one_edge() -> None:
    loads = measured(served(sent(script()), "window", 100, held_ms=150))
    # 250 ms of each of two requests a second.
    assert loads["worker of edge"].offered == pytest.approx(0.5)


def test_dilation_is_taken_out() -> None:
    slow = served(sent(script(dilation=4.0)), "window", 100)
    loads = measured(slow, experiment(dilation=4.0))
    assert loads["worker of edge"].offered == pytest.approx(0.2)
    assert loads["link access up"].offered == 2040.0


def test_requests_that_still_wait_count_as_offered() -> None:
    # The window takes 600 ms for two a second, and got to those of the first five seconds.
    behind = served(sent(script()), "window", 600, before_s=5)
    found = measured(behind, end_s=5.5)["worker of edge"]
    assert found.offered == pytest.approx(1.2)
    assert found.grows
    # Had it been idle for a minute after that, nothing could have waited for it.
    assert measured(behind)["worker of edge"].offered == pytest.approx(0.6)


def test_what_a_stage_does_not_pass_on_is_not_offered_behind_it() -> None:
    both = served(served(sent(script()), "window", 100), "first", 300, every=5)
    # Of each bed's ten, numbers 0 and 5 go on: 100 ms of two and 300 ms of 0.4 a second.
    assert measured(both)["worker of edge"].offered == pytest.approx(0.2 + 0.12)


def test_filtered_requests_do_not_wait() -> None:
    both = served(served(sent(script()), "window", 100), "first", 300, every=5)
    for bed, number, at_ns in every_request():
        if number % 5:
            both.add(Kind.FILTERED, "window", "edge", at_ns + S, request=(bed, number))
    assert measured(both, end_s=10)["worker of edge"].offered == pytest.approx(0.2 + 0.12)


def test_of_silent_requests_as_many_wait_as_came_before() -> None:
    # Numbers 0, 2 and 4 went on, of those up to 4: three of five. Of the five after, 0.6 each: six
    # of both beds' twenty, beside the six that were served, and 900 ms for 1.2 a second.
    both = served(served(sent(script()), "window", 0), "first", 900, every=2, before_s=5)
    assert measured(both, end_s=6)["worker of edge"].offered == pytest.approx(0.9 * 1.2)


def test_the_warm_up_does_not_count() -> None:
    slow_at_first = sent(script())
    for bed, number, at_ns in every_request():
        work_ns = (900 if number < 4 else 100) * MS
        slow_at_first.add(
            Kind.SERVED, "window", "edge", at_ns, at_ns + work_ns, request=(bed, number)
        )
    assert measured(slow_at_first, warmup=4)["worker of edge"].offered == pytest.approx(0.2)


def test_of_a_run_cut_short_only_what_was_due_counts() -> None:
    cut = script()
    for bed, number, at_ns in every_request():
        if number < 4:
            ward = f"ward-{bed + 1}"
            cut.add(Kind.SENT, "monitor", ward, at_ns, request=(bed, number), size=144)
    assert measured(cut, end_s=4, cut_short=True)["link access up"].offered == 2040.0
    assert measured(cut)["link access up"].offered == pytest.approx(0.4 * 2040.0)


def test_full_batches_say_what_a_batching_stage_carries() -> None:
    serving = Serving(max_batch=2, workers=1)
    batched = served(sent(script()), "window", 0)
    for number in range(COUNT):
        start_ns = number * S + 50 * MS
        # The two beds' requests go together, 700 ms for both.
        for bed in (0, 1):
            batched.add(
                Kind.SERVED, "first", "edge", start_ns, start_ns + 700 * MS, request=(bed, number)
            )
    found = measured(batched, experiment(serving=serving))["stage first on edge"]
    assert found.offered == pytest.approx(0.7)
    assert found.carries == 1


def test_a_stage_that_never_filled_a_batch_is_left_out() -> None:
    alone = served(served(sent(script()), "window", 0), "first", 390)
    serving = Serving(max_batch=2)
    assert "stage first on edge" not in measured(alone, experiment(serving=serving))
    assert "stage first on edge" in measured(alone, experiment(serving=Serving()))


def test_requests_that_were_given_up_were_offered() -> None:
    serving = Serving(queue="drop-late")
    late = served(served(sent(script()), "window", 0), "first", 800, every=2)
    for bed, number, at_ns in every_request():
        if number % 2:
            late.add(Kind.DROPPED, "first", "edge", at_ns + 50 * MS, request=(bed, number))
    found = measured(late, experiment(serving=serving))["stage first on edge"]
    assert found.offered == pytest.approx(1.6)
    assert not found.grows


def test_nothing_planned_is_nothing_offered() -> None:
    empty = ArrivalPlan("monitor", (np.zeros(0, np.int64), np.zeros(0, np.int64)), 0)
    table = EventTable(script().events(), empty, names=NAMES, group_of_node=GROUPS)
    over = Timeline(origin_ns=ORIGIN_NS, dilation=1.0, end_ns=ORIGIN_NS + S, cut_short=False)
    assert measured_loads(experiment(), [empty], {"monitor": table}, over) == ()

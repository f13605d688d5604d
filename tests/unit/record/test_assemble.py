"""Requests and hops from hand-made events, worked out on paper.

The ward is monitor -> window -> first, second -> bedside, with an archive behind. Instants are
small numbers of nanoseconds; the run begins at wall instant ORIGIN_NS.
"""

from __future__ import annotations

import numpy as np
import pytest

from edge_aibench.model.components import Answer
from edge_aibench.model.placement import place
from edge_aibench.model.workload import ArrivalPlan
from edge_aibench.record.assemble import Assembled, Assembler, Timeline
from edge_aibench.record.data import check_hops, check_requests
from edge_aibench.record.event_table import MISSING, EventTable
from edge_aibench.record.events import Kind
from edge_aibench.testing.events import EventScript
from edge_aibench.testing.ward import NAMES, small_ward, three_tiers

ORIGIN_NS = 5_000_000_000
NODES = ("ward-1", "ward-2", "edge", "cloud")
GROUPS = ("ward", "ward", "edge", "cloud")
TIMEOUT_NS = 1_000_000_000

Row = tuple[str, str, bool, str, str, int, int]
"""Branch, kind, critical, stage, source>target, start, end of a hop."""


def _script(*, dilation: float = 1.0) -> EventScript:
    return EventScript(NAMES, NODES, origin_ns=ORIGIN_NS, dilation=dilation)


def _plan(*rows: list[int], warmup_ns: int = 0) -> ArrivalPlan:
    instants = tuple(np.array(row, dtype=np.int64) for row in rows)
    return ArrivalPlan(sensor="monitor", instants_ns=instants, warmup_ns=warmup_ns)


def _assemble(
    script: EventScript,
    plan: ArrivalPlan,
    choice: str,
    *,
    dilation: float = 1.0,
    cut_at_ns: int | None = None,
) -> Assembled:
    scenario, topology = small_ward(), three_tiers()
    table = EventTable(script.events(), plan, names=NAMES, group_of_node=GROUPS)
    timeline = Timeline(
        origin_ns=ORIGIN_NS,
        dilation=dilation,
        end_ns=ORIGIN_NS + (10**15 if cut_at_ns is None else round(cut_at_ns * dilation)),
        cut_short=cut_at_ns is not None,
    )
    assembled = Assembler(
        scenario, topology, place(scenario, topology, choice), plan, table, timeline
    ).assemble()
    check_requests(assembled.requests)
    check_hops(assembled.hops)
    return assembled


def _rows(assembled: Assembled, request: int = 0) -> list[Row]:
    hops = assembled.hops[assembled.hops["request"] == request]
    return [
        (
            str(hop["branch"]),
            str(hop["kind"]),
            bool(hop["critical"]),
            str(hop["stage"]),
            f"{hop['source']}>{hop['target']}",
            int(hop["start_ns"]),
            int(hop["end_ns"]),
        )
        for hop in hops.to_dict("records")
    ]


def _spans_of_the_critical_path(assembled: Assembled, request: int = 0) -> list[tuple[int, int]]:
    hops = assembled.hops
    found = hops[(hops["request"] == request) & hops["critical"]].sort_values("index")
    return list(zip(found["start_ns"].tolist(), found["end_ns"].tolist(), strict=True))


def _fills(spans: list[tuple[int, int]], start_ns: int, end_ns: int) -> bool:
    """Whether *spans* follow each other without gap or overlap from *start_ns* to *end_ns*."""
    ends = [start_ns, *(end for _, end in spans)]
    return [start for start, _ in spans] == ends[:-1] and ends[-1] == end_ns


def _edge_request(script: EventScript) -> EventScript:
    """One request of bed 1, due at 1000 and done at 1390; `second` answers last."""
    script.add(Kind.OBSERVED, "monitor", "ward-1", 1000, 1010)
    script.add(Kind.SENT, "monitor", "ward-1", 1015, 1020, size=144)
    script.add(Kind.RECEIVED, "monitor", "edge", 1100)
    script.add(Kind.SERVED, "window", "edge", 1110, 1130)
    script.add(Kind.SERVED, "first", "edge", 1130, 1180)
    script.add(Kind.SCORED, "first", "edge", 0, 0, value=0.25)
    script.add(Kind.SENT, "first", "edge", 1185, 1190, size=4)
    script.add(Kind.SERVED, "second", "edge", 1190, 1250)
    script.add(Kind.SCORED, "second", "edge", 0, 0, value=0.75)
    script.add(Kind.SENT, "second", "edge", 1255, 1260, size=8)
    script.add(Kind.RECEIVED, "first", "ward-1", 1300)
    script.add(Kind.RECEIVED, "second", "ward-1", 1380)
    return script.add(Kind.SERVED, "bedside", "ward-1", 1385, 1390)


EDGE_ROWS: list[Row] = [
    ("", "lateness", True, "monitor", "ward-1>ward-1", 1000, 1010),
    ("", "service", True, "monitor (encode)", "ward-1>ward-1", 1010, 1015),
    ("", "transfer", True, "monitor", "ward-1>edge", 1015, 1100),
    ("", "queue", True, "window", "edge>edge", 1100, 1110),
    ("", "service", True, "window", "edge>edge", 1110, 1130),
    ("first", "queue", False, "first", "edge>edge", 1130, 1130),
    ("first", "service", False, "first", "edge>edge", 1130, 1180),
    ("first", "service", False, "first (encode)", "edge>edge", 1180, 1185),
    ("first", "transfer", False, "first", "edge>ward-1", 1185, 1300),
    ("second", "queue", True, "second", "edge>edge", 1130, 1190),
    ("second", "service", True, "second", "edge>edge", 1190, 1250),
    ("second", "service", True, "second (encode)", "edge>edge", 1250, 1255),
    ("second", "transfer", True, "second", "edge>ward-1", 1255, 1380),
    ("", "queue", True, "bedside", "ward-1>ward-1", 1380, 1385),
    ("", "service", True, "bedside", "ward-1>ward-1", 1385, 1390),
]


def test_edge_placement_by_hand() -> None:
    assembled = _assemble(_edge_request(_script()), _plan([1000], []), "edge")
    (request,) = assembled.requests.to_dict("records")
    assert request == {
        "request": 0,
        "instance": 0,
        "sequence": 0,
        "sensor": "monitor",
        "scheduled_ns": 1000,
        "warmup": False,
        "status": "answered",
        "done_ns": 1390,
    }
    assert _rows(assembled) == EDGE_ROWS
    assert _fills(_spans_of_the_critical_path(assembled), 1000, 1390)
    assert (assembled.planned, assembled.repeated) == (1, 0)
    assert assembled.lateness_ns.tolist() == [10]


def test_transfers_carry_their_links_direction_and_size() -> None:
    assembled = _assemble(_edge_request(_script()), _plan([1000], []), "edge")
    transfers = assembled.hops[assembled.hops["kind"] == "transfer"]
    columns = ["stage", "link", "direction", "bytes"]
    assert transfers[columns].to_numpy().tolist() == [
        ["monitor", "access+backhaul", "up", 144],
        ["first", "backhaul+access", "down", 4],
        ["second", "backhaul+access", "down", 8],
    ]
    others = assembled.hops[assembled.hops["kind"] != "transfer"]
    assert set(others["link"]) == {""}
    assert set(others["bytes"]) == {0}


def test_answers_are_those_of_the_inference_stages() -> None:
    assembled = _assemble(_edge_request(_script()), _plan([1000], []), "edge")
    assert assembled.answers == (
        Answer(instance=0, sequence=0, stage="first", value=0.25),
        Answer(instance=0, sequence=0, stage="second", value=0.75),
    )


def test_the_hops_of_the_archive_belong_to_no_answer() -> None:
    script = _edge_request(_script())
    script.add(Kind.RECEIVED, "monitor", "cloud", 2000)
    script.add(Kind.SERVED, "archive", "cloud", 2010, 2020)
    assembled = _assemble(script, _plan([1000], []), "edge")
    assert _rows(assembled)[: len(EDGE_ROWS)] == EDGE_ROWS
    assert _rows(assembled)[len(EDGE_ROWS) :] == [
        ("background", "transfer", False, "monitor", "ward-1>cloud", 1015, 2000),
        ("background", "service", False, "archive", "cloud>cloud", 2010, 2020),
    ]
    (transfer,) = assembled.hops[assembled.hops["target"] == "cloud"].head(1).to_dict("records")
    assert (transfer["link"], transfer["direction"]) == ("access+backhaul+wan", "up")


def test_device_placement_sends_nothing() -> None:
    script = _script()
    script.add(Kind.OBSERVED, "monitor", "ward-2", 700, 703, request=(1, 0))
    script.add(Kind.SERVED, "window", "ward-2", 710, 730, request=(1, 0))
    script.add(Kind.SERVED, "first", "ward-2", 731, 780, request=(1, 0))
    script.add(Kind.SERVED, "second", "ward-2", 781, 840, request=(1, 0))
    script.add(Kind.SERVED, "bedside", "ward-2", 842, 845, request=(1, 0))
    assembled = _assemble(script, _plan([], [700]), "device")
    here = "ward-2>ward-2"
    assert _rows(assembled) == [
        ("", "lateness", True, "monitor", here, 700, 703),
        ("", "queue", True, "window", here, 703, 710),
        ("", "service", True, "window", here, 710, 730),
        ("first", "queue", False, "first", here, 730, 731),
        ("first", "service", False, "first", here, 731, 780),
        ("second", "queue", True, "second", here, 730, 781),
        ("second", "service", True, "second", here, 781, 840),
        ("", "queue", True, "bedside", here, 840, 842),
        ("", "service", True, "bedside", here, 842, 845),
    ]
    assert assembled.requests["done_ns"].tolist() == [845]


def test_mixed_placement_takes_each_copy_of_the_window_on_its_own_way() -> None:
    script = _script()
    script.add(Kind.OBSERVED, "monitor", "ward-1", 100, 104)
    script.add(Kind.SENT, "monitor", "ward-1", 106, 108, size=144)
    script.add(Kind.SERVED, "window", "ward-1", 110, 130)
    script.add(Kind.SERVED, "first", "ward-1", 130, 300)
    script.add(Kind.RECEIVED, "monitor", "edge", 150)
    script.add(Kind.SERVED, "window", "edge", 151, 160)
    script.add(Kind.SERVED, "second", "edge", 160, 170)
    script.add(Kind.SENT, "second", "edge", 172, 174, size=4)
    script.add(Kind.RECEIVED, "second", "ward-1", 200)
    script.add(Kind.SERVED, "bedside", "ward-1", 301, 303)
    assembled = _assemble(script, _plan([100], []), "first=device,second=edge")
    here, edge = "ward-1>ward-1", "edge>edge"
    assert _rows(assembled) == [
        ("", "lateness", True, "monitor", here, 100, 104),
        ("first", "queue", True, "window", here, 104, 110),
        ("first", "service", True, "window", here, 110, 130),
        ("first", "queue", True, "first", here, 130, 130),
        ("first", "service", True, "first", here, 130, 300),
        ("second", "service", False, "monitor (encode)", here, 104, 106),
        ("second", "transfer", False, "monitor", "ward-1>edge", 106, 150),
        ("second", "queue", False, "window", edge, 150, 151),
        ("second", "service", False, "window", edge, 151, 160),
        ("second", "queue", False, "second", edge, 160, 160),
        ("second", "service", False, "second", edge, 160, 170),
        ("second", "service", False, "second (encode)", edge, 170, 172),
        ("second", "transfer", False, "second", "edge>ward-1", 172, 200),
        ("", "queue", True, "bedside", here, 300, 301),
        ("", "service", True, "bedside", here, 301, 303),
    ]
    assert _fills(_spans_of_the_critical_path(assembled), 100, 303)


def test_under_dilation_everything_is_divided() -> None:
    assembled = _assemble(
        _edge_request(_script(dilation=2.5)), _plan([1000], []), "edge", dilation=2.5
    )
    # Odd instants lie between two wall nanoseconds: half of one, virtually 0.2 ns.
    for found, wanted in zip(_rows(assembled), EDGE_ROWS, strict=True):
        assert found[:5] == wanted[:5]
        assert found[5:] == pytest.approx(wanted[5:], abs=1)
    assert assembled.requests["done_ns"].tolist() == [1390]


def test_a_hold_stands_between_a_stage_and_what_follows() -> None:
    script = _script()
    script.add(Kind.OBSERVED, "monitor", "ward-1", 0, 1)
    script.add(Kind.SERVED, "window", "ward-1", 2, 12)
    script.add(Kind.HELD, "window", "ward-1", 12, 42)
    script.add(Kind.SERVED, "first", "ward-1", 43, 53)
    script.add(Kind.HELD, "first", "ward-1", 53, 83)
    script.add(Kind.SERVED, "second", "ward-1", 84, 94)
    script.add(Kind.HELD, "second", "ward-1", 94, 124)
    script.add(Kind.SERVED, "bedside", "ward-1", 125, 126)
    script.add(Kind.HELD, "bedside", "ward-1", 126, 129)
    assembled = _assemble(script, _plan([0], []), "device")
    held = [row for row in _rows(assembled) if row[1] == "hold"]
    here = "ward-1>ward-1"
    assert held == [
        ("", "hold", True, "window", here, 12, 42),
        ("first", "hold", False, "first", here, 53, 83),
        ("second", "hold", True, "second", here, 94, 124),
        ("", "hold", True, "bedside", here, 126, 129),
    ]
    # Hardware four times slower is done when its hold is over.
    assert assembled.requests["done_ns"].tolist() == [129]
    assert _fills(_spans_of_the_critical_path(assembled), 0, 129)


def test_a_stage_too_short_to_be_held_still_joins_its_neighbours() -> None:
    # Two requests: the window of the first was held, that of the second was not.
    script = _script()
    for sequence, start in ((0, 0), (1, 1000)):
        request = (0, sequence)
        script.add(Kind.OBSERVED, "monitor", "ward-1", start, start + 1, request=request)
        script.add(Kind.SERVED, "window", "ward-1", start + 2, start + 12, request=request)
        if sequence == 0:
            script.add(Kind.HELD, "window", "ward-1", start + 12, start + 42, request=request)
        script.add(Kind.SERVED, "first", "ward-1", start + 43, start + 53, request=request)
        script.add(Kind.SERVED, "second", "ward-1", start + 84, start + 94, request=request)
        script.add(Kind.SERVED, "bedside", "ward-1", start + 125, start + 126, request=request)
    assembled = _assemble(script, _plan([0, 1000], []), "device")
    assert _fills(_spans_of_the_critical_path(assembled, 0), 0, 126)
    assert _fills(_spans_of_the_critical_path(assembled, 1), 1000, 1126)


def test_a_request_that_is_never_answered_times_out_and_keeps_its_hops() -> None:
    script = _script()
    script.add(Kind.OBSERVED, "monitor", "ward-1", 1000, 1010)
    script.add(Kind.SENT, "monitor", "ward-1", 1015, 1020, size=144)
    assembled = _assemble(script, _plan([1000], [2000]), "edge")
    assert assembled.requests["status"].tolist() == ["timeout", "timeout"]
    assert assembled.requests["done_ns"].isna().all()
    assert [row[1] for row in _rows(assembled, 0)] == ["lateness", "service"]
    assert _rows(assembled, 1) == []
    assert assembled.answers == ()
    # One that was never observed is late until the end of the run, 10^15 ns here.
    assert assembled.lateness_ns.tolist() == [10, 10**15 - 2000]


@pytest.mark.parametrize(("late_ns", "status"), [(0, "answered"), (1, "timeout")])
def test_an_answer_counts_up_to_the_timeout_and_no_later(late_ns: int, status: str) -> None:
    script = _script()
    done = 500 + TIMEOUT_NS + late_ns
    script.add(Kind.OBSERVED, "monitor", "ward-1", 500, 501)
    script.add(Kind.SERVED, "bedside", "ward-1", done - 5, done)
    assembled = _assemble(script, _plan([500], []), "device")
    assert assembled.requests["status"].tolist() == [status]
    assert assembled.requests["done_ns"].isna().tolist() == [status == "timeout"]
    if status == "answered":
        assert assembled.requests["done_ns"].tolist() == [done]


def test_of_a_run_cut_short_only_what_was_due_counts() -> None:
    script = _edge_request(_script())
    plan = _plan([1000, 1200, 1500], [1499])
    assembled = _assemble(script, plan, "edge", cut_at_ns=1500)
    requests = assembled.requests
    # The one due at 1500 was not due before the end; it is no request at all.
    assert requests["scheduled_ns"].tolist() == [1000, 1200, 1499]
    assert requests["status"].tolist() == ["answered", "failed", "failed"]
    assert requests["request"].tolist() == [0, 1, 3]
    assert assembled.planned == 3
    assert len(assembled.lateness_ns) == 3
    assert set(assembled.hops["request"]) == {0}


def test_the_end_of_a_dilated_run_is_virtual_too() -> None:
    assembled = _assemble(
        _script(dilation=4.0), _plan([10, 20], [30]), "edge", dilation=4.0, cut_at_ns=25
    )
    assert assembled.requests["scheduled_ns"].tolist() == [10, 20]


def test_warm_up_is_what_is_scheduled_before_its_end() -> None:
    assembled = _assemble(_script(), _plan([9, 10, 11], [], warmup_ns=10), "edge")
    assert assembled.requests["warmup"].tolist() == [True, False, False]


def test_requests_of_two_beds_are_joined_to_their_own_events() -> None:
    script = _edge_request(_script())
    script.add(Kind.OBSERVED, "monitor", "ward-2", 50, 60, request=(1, 0))
    script.add(Kind.SENT, "monitor", "ward-2", 61, 62, request=(1, 0), size=144)
    script.add(Kind.RECEIVED, "monitor", "edge", 99, request=(1, 0))
    assembled = _assemble(script, _plan([1000], [50]), "edge")
    assert assembled.requests["instance"].tolist() == [0, 1]
    assert assembled.requests["status"].tolist() == ["answered", "timeout"]
    assert _rows(assembled, 0) == EDGE_ROWS
    assert [(row[3], row[4], row[6]) for row in _rows(assembled, 1)] == [
        ("monitor", "ward-2>ward-2", 60),
        ("monitor (encode)", "ward-2>ward-2", 61),
        ("monitor", "ward-2>edge", 99),
    ]


def test_a_message_that_came_twice_is_counted_and_changes_nothing() -> None:
    script = _edge_request(_script())
    script.add(Kind.RECEIVED, "monitor", "edge", 1900)
    assembled = _assemble(script, _plan([1000], []), "edge")
    assert assembled.repeated == 1
    assert _rows(assembled) == EDGE_ROWS


def test_nothing_planned_is_nothing_recorded() -> None:
    assembled = _assemble(_script(), _plan([], []), "edge")
    assert len(assembled.requests) == len(assembled.hops) == assembled.planned == 0


def test_missing_instants_stay_missing_in_virtual_time() -> None:
    timeline = Timeline(origin_ns=100, dilation=2.0, end_ns=0, cut_short=False)
    wall = np.array([100, 104, 90, MISSING], dtype=np.int64)
    assert timeline.virtual(wall).tolist() == [0, 2, -5, MISSING]

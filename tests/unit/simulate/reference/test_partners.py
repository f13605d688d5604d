"""Requests that wait for the observation of another sensor, by hand.

Requests of `ring` join the picture observed nearest, at most 50 ms before or after; pictures reach
the hub 10 ms after they are made.
"""

from __future__ import annotations

from edge_aibench.model.experiment import Experiment
from edge_aibench.model.time_law import ConstantTime
from edge_aibench.model.timings import StageTimes
from edge_aibench.record.events import Kind
from tests.statistical.simulate.build import build, hosts, link, meet, periodic, work

from .conftest import Scheduled


def door(
    *, passes: float = 1.0, each: tuple[str, ...] = ("host",), instances: int = 1
) -> Experiment:
    return build(
        sensors={
            "ring": periodic("host", 1.0),
            "picture": periodic("host", 1.0, done_at="look"),
        },
        stages={
            "look": work("picture", on="host"),
            "answer": meet("ring", "look", on="hub", within_s={"look": 0.05}),
        },
        nodes=hosts("host", "hub", each=each),
        links={"wire": link("host", "hub")},
        done_at="answer",
        works={
            "look": StageTimes(work=ConstantTime(time_s=0.01), passes=passes),
            "answer": ConstantTime(time_s=0.002),
        },
        instances=instances,
    )


def test_a_partner_that_is_there_is_taken_at_once(scheduled: Scheduled) -> None:
    seen = scheduled(door(), {"ring": [[30]], "picture": [[0]]})
    assert seen.spans(Kind.JOINED, "answer", "hub") == [(30, 30)]
    assert seen.sizes(Kind.JOINED, "answer", "hub") == [0]
    assert seen.spans(Kind.SERVED, "answer", "hub") == [(30, 32)]


def test_a_request_waits_for_a_partner_within_reach(scheduled: Scheduled) -> None:
    """Observed at 120, within 50 ms of the request's 100, there at 130; 0 is out of reach."""
    seen = scheduled(door(), {"ring": [[100]], "picture": [[0, 120]]})
    assert seen.spans(Kind.JOINED, "answer", "hub") == [(100, 130)]
    assert seen.spans(Kind.SERVED, "answer", "hub") == [(130, 132)]
    assert seen.data().unjoined == 0


def test_a_request_goes_on_alone_when_its_time_is_over(scheduled: Scheduled) -> None:
    seen = scheduled(door(), {"ring": [[100]], "picture": [[0, 400]]})
    assert seen.spans(Kind.JOINED, "answer", "hub") == [(100, 150)]
    assert seen.sizes(Kind.JOINED, "answer", "hub") == [1]
    assert seen.spans(Kind.SERVED, "answer", "hub") == [(150, 152)]
    data = seen.data()
    assert (data.unjoined, data.late_joins) == (1, 0)


def test_a_partner_that_comes_after_that_is_late(scheduled: Scheduled) -> None:
    """Observed at 145, within reach, but there at 155."""
    seen = scheduled(door(), {"ring": [[100]], "picture": [[145]]})
    assert seen.spans(Kind.SERVED, "answer", "hub") == [(150, 152)]
    assert seen.spans(Kind.LATE_JOIN, "answer", "hub") == [(155, 155)]
    assert (seen.data().unjoined, seen.data().late_joins) == (1, 1)


def test_a_partner_that_was_silent_does_not_count(scheduled: Scheduled) -> None:
    seen = scheduled(door(passes=0.0), {"ring": [[100]], "picture": [[95]]})
    assert seen.spans(Kind.JOINED, "answer", "hub") == [(100, 150)]
    assert seen.sizes(Kind.JOINED, "answer", "hub") == [1]


def test_partners_belong_to_one_instance(scheduled: Scheduled) -> None:
    experiment = door(instances=2)
    seen = scheduled(experiment, {"ring": [[100], [100]], "picture": [[], [110]]})
    assert seen.spans(Kind.JOINED, "answer", "hub") == [(100, 150), (100, 120)]


def test_one_partner_serves_all_requests_within_its_reach(scheduled: Scheduled) -> None:
    """One after the other, as one arrival brought them on."""
    seen = scheduled(door(), {"ring": [[100, 110, 300]], "picture": [[120]]})
    assert seen.spans(Kind.JOINED, "answer", "hub") == [(100, 130), (110, 132), (300, 350)]


def test_a_partner_s_own_request_is_answered_where_it_ends(scheduled: Scheduled) -> None:
    seen = scheduled(door(), {"ring": [[100]], "picture": [[120]]})
    assert seen.statuses() == ["answered", "answered"]
    assert seen.data().requests["done_ns"].tolist() == [132_000_000, 130_000_000]


def test_a_worker_that_is_busy_joins_when_it_is_free(scheduled: Scheduled) -> None:
    """The stage of another request has it until 170; the time was over at 150."""
    experiment = build(
        sensors={
            "ring": periodic("host", 1.0),
            "picture": periodic("host", 1.0, done_at="look"),
            "other": periodic("hub", 1.0, done_at="long"),
        },
        stages={
            "look": work("picture", on="host"),
            "long": work("other", on="hub"),
            "answer": work("ring", "look", on="hub").model_copy(
                update={"within_s": {"look": 0.05}}
            ),
        },
        nodes=hosts("host", "hub", each=("host",)),
        links={"wire": link("host", "hub")},
        done_at="answer",
        works={"long": ConstantTime(time_s=0.06), "answer": ConstantTime(time_s=0.002)},
    )
    seen = scheduled(experiment, {"ring": [[100]], "picture": [[]], "other": [[110]]})
    assert seen.spans(Kind.SERVED, "long", "hub") == [(110, 170)]
    assert seen.spans(Kind.JOINED, "answer", "hub") == [(100, 170)]
    assert seen.spans(Kind.SERVED, "answer", "hub") == [(170, 172)]


def test_parts_add_up_of_a_request_that_has_nothing_to_join(scheduled: Scheduled) -> None:
    """Of two requests one has an output for the stage, and joins; the other's gate is silent, and
    its word waits from 13 to 17 for the hub's worker.
    """
    experiment = build(
        sensors={
            "ring": periodic("host", 1.0),
            "picture": periodic("hub", 1.0, done_at="look"),
        },
        stages={
            "gate": work("ring", on="host"),
            "look": work("picture", on="hub"),
            "answer": work("gate", "look", on="hub").model_copy(update={"within_s": {"look": 0.1}}),
            "both": work("ring", "answer", on="hub"),
        },
        nodes=hosts("host", "hub", each=("host",)),
        links={"wire": link("host", "hub")},
        done_at="both",
        works={
            "gate": StageTimes(work=ConstantTime(time_s=0.003), passes=0.5),
            "look": ConstantTime(time_s=0.005),
        },
        seed=1,
    )
    seen = scheduled(experiment, {"ring": [[10, 1000]], "picture": [[12]]})
    assert seen.spans(Kind.FILTERED, "answer", "hub") == [None, None]
    hops = seen.data().hops
    silent = hops[(hops["request"] == 0) & hops["critical"]].sort_values("index")
    starts, ends = silent["start_ns"].tolist(), silent["end_ns"].tolist()
    assert starts == [10_000_000, *ends[:-1]]
    assert ends[-1] == 17_000_000
    assert "join" not in set(silent["kind"])
    assert [span is None for span in seen.spans(Kind.JOINED, "answer", "hub")] == [True, False]

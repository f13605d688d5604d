"""One host at work, by hand."""

from __future__ import annotations

import pytest

from edge_aibench.model.scenario import Stage
from edge_aibench.model.time_law import ConstantTime
from edge_aibench.model.timings import MessageTimes, Replay, StageTimes
from edge_aibench.record.events import Kind
from tests.statistical.simulate.build import build, hosts, link, meet, periodic, work

from .conftest import Scheduled


def takes(milliseconds: float) -> ConstantTime:
    return ConstantTime(time_s=milliseconds / 1e3)


def test_one_worker_does_the_stages_of_an_arrival_and_then_the_next(scheduled: Scheduled) -> None:
    experiment = build(
        sensors={"source": periodic("host", 1.0)},
        stages={"last": work("first", on="host"), "first": work("source", on="host")},
        nodes=hosts("host"),
        done_at="last",
        works={"first": takes(2), "last": takes(3)},
    )
    seen = scheduled(experiment, {"source": [[0, 1, 20]]})
    assert seen.spans(Kind.SERVED, "first", "host") == [(0, 2), (5, 7), (20, 22)]
    assert seen.spans(Kind.SERVED, "last", "host") == [(2, 5), (7, 10), (22, 25)]
    assert seen.statuses() == ["answered"] * 3


def test_background_stages_come_last(scheduled: Scheduled) -> None:
    archive = Stage(kind="preprocess", needs=("source",), place="host", background=True)
    experiment = build(
        sensors={"source": periodic("host", 1.0)},
        stages={"archive": archive, "answer": work("source", on="host")},
        nodes=hosts("host"),
        done_at="answer",
        works={"archive": takes(5), "answer": takes(2)},
    )
    seen = scheduled(experiment, {"source": [[0, 1]]})
    assert seen.spans(Kind.SERVED, "answer", "host") == [(0, 2), (7, 9)]
    assert seen.spans(Kind.SERVED, "archive", "host") == [(2, 7), (9, 14)]


def test_every_instance_has_a_worker_of_its_own_where_it_has_a_host(scheduled: Scheduled) -> None:
    experiment = build(
        sensors={"source": periodic("host", 1.0)},
        stages={"work": work("source", on="host")},
        nodes=hosts("host", each=("host",)),
        done_at="work",
        works={"work": takes(5)},
        instances=2,
    )
    seen = scheduled(experiment, {"source": [[0, 1], [2]]})
    assert seen.spans(Kind.SERVED, "work", "host") == [(0, 5), (5, 10), (2, 7)]


def test_a_shared_host_serves_all_instances_in_the_order_of_their_coming(
    scheduled: Scheduled,
) -> None:
    experiment = build(
        sensors={"source": periodic("host", 1.0)},
        stages={"work": work("source", on="hub")},
        nodes=hosts("host", "hub", each=("host",)),
        links={"wire": link("host", "hub")},
        done_at="work",
        works={"work": takes(5)},
        instances=2,
    )
    seen = scheduled(experiment, {"source": [[1, 12], [0, 3]]})
    assert seen.spans(Kind.SERVED, "work", "hub") == [(5, 10), (15, 20), (0, 5), (10, 15)]


def test_where_nothing_computes_nobody_waits(scheduled: Scheduled) -> None:
    experiment = build(
        sensors={"source": periodic("host", 1.0)},
        stages={"show": meet("source", on="host")},
        nodes=hosts("host"),
        done_at="show",
        works={"show": takes(5)},
    )
    seen = scheduled(experiment, {"source": [[0, 1]]})
    assert seen.spans(Kind.SERVED, "show", "host") == [(0, 5), (1, 6)]


def test_making_a_message_keeps_the_worker(scheduled: Scheduled) -> None:
    """3 ms of work, 1 to encode, 2 to publish; then the next request."""
    experiment = build(
        sensors={"source": periodic("host", 1.0)},
        stages={"work": work("source", on="host"), "show": meet("work", on="hub")},
        nodes=hosts("host", "hub", each=("host",)),
        links={"wire": link("host", "hub")},
        done_at="show",
        works={"work": takes(3)},
        messages=MessageTimes(encode=takes(1), publish=takes(2)),
    )
    seen = scheduled(experiment, {"source": [[0, 1]]})
    assert seen.spans(Kind.SERVED, "work", "host") == [(0, 3), (6, 9)]
    assert seen.spans(Kind.SENT, "work", "host") == [(4, 6), (10, 12)]


def test_a_message_is_made_before_the_next_stage_of_the_host_runs(scheduled: Scheduled) -> None:
    experiment = build(
        sensors={"source": periodic("host", 1.0)},
        stages={
            "work": work("source", on="host"),
            "more": work("work", on="host"),
            "show": meet("work", "more", on="hub"),
        },
        nodes=hosts("host", "hub", each=("host",)),
        links={"wire": link("host", "hub")},
        done_at="show",
        works={"work": takes(3), "more": takes(5)},
        messages=MessageTimes(encode=takes(1), publish=takes(2)),
    )
    seen = scheduled(experiment, {"source": [[0]]})
    assert seen.spans(Kind.SENT, "work", "host") == [(4, 6)]
    assert seen.spans(Kind.SERVED, "more", "host") == [(6, 11)]
    assert seen.spans(Kind.SENT, "more", "host") == [(12, 14)]


def test_a_sensor_keeps_nobody_but_its_own_host_waits_for_the_message(
    scheduled: Scheduled,
) -> None:
    """The observation goes out first, then a stage of the same host takes it."""
    experiment = build(
        sensors={"source": periodic("host", 1.0)},
        stages={
            "here": work("source", on="host"),
            "there": work("source", on="hub"),
            "show": meet("here", "there", on="hub"),
        },
        nodes=hosts("host", "hub", each=("host",)),
        links={"wire": link("host", "hub")},
        done_at="show",
        works={"here": takes(4)},
        messages=MessageTimes(encode=takes(1), publish=takes(2)),
    )
    seen = scheduled(experiment, {"source": [[0, 0.5]]})
    assert seen.spans(Kind.SENT, "source", "host") == [(1, 3), (1.5, 3.5)]
    assert seen.spans(Kind.SERVED, "here", "host") == [(3, 7), (10, 14)]


@pytest.mark.parametrize(("scaled", "took_ms"), [(False, 2.0), (True, 8.0)])
def test_hardware_divides_times_that_are_not_its_own(
    scheduled: Scheduled, scaled: bool, took_ms: float
) -> None:
    experiment = build(
        sensors={"source": periodic("host", 1.0)},
        stages={"work": work("source", on="host")},
        nodes=hosts("host", speeds={"host": 4.0}),
        done_at="work",
        works={"work": StageTimes(work=takes(8), scaled=scaled)},
    )
    seen = scheduled(experiment, {"source": [[10]]})
    assert seen.spans(Kind.SERVED, "work", "host") == [(10, 10 + took_ms)]


def test_a_log_is_replayed_row_by_row_in_the_order_of_the_schedule(scheduled: Scheduled) -> None:
    """Its times are of that hardware: a speed of 4 changes nothing."""
    experiment = build(
        sensors={"source": periodic("host", 1.0)},
        stages={"work": work("source", on="host"), "more": work("work", on="host")},
        nodes=hosts("host", each=("host",), speeds={"host": 4.0}),
        done_at="more",
        works={"work": takes(99)},
        replay=Replay(
            rows=3, columns={"work": (0.001, 0.002, 0.003), "more": (0.004, 0.005, 0.006)}
        ),
        instances=2,
    )
    seen = scheduled(experiment, {"source": [[0, 40], [20]]})
    assert seen.spans(Kind.SERVED, "work", "host") == [(0, 1), (40, 43), (20, 22)]
    assert seen.spans(Kind.SERVED, "more", "host") == [(1, 5), (43, 49), (22, 27)]


def test_a_join_runs_when_the_last_of_its_needs_is_there(scheduled: Scheduled) -> None:
    """Both parts come to the joining host over the hub, 3 and 7 ms after the observation."""
    experiment = build(
        sensors={"source": periodic("host", 1.0)},
        stages={
            "quick": work("source", on="left"),
            "slow": work("source", on="right"),
            "both": work("quick", "slow", on="hub"),
        },
        nodes=hosts("host", "left", "right", "hub", each=("host", "left", "right")),
        links={name: link(name, "hub") for name in ("host", "left", "right")},
        done_at="both",
        works={"quick": takes(3), "slow": takes(7), "both": takes(2)},
    )
    seen = scheduled(experiment, {"source": [[0, 100]]})
    assert seen.spans(Kind.SERVED, "both", "hub") == [(7, 9), (107, 109)]


def test_a_join_does_not_mix_requests(scheduled: Scheduled) -> None:
    """The slow part of the first comes after the quick part of the second."""
    experiment = build(
        sensors={"source": periodic("host", 1.0)},
        stages={
            "quick": work("source", on="left"),
            "slow": work("source", on="right"),
            "both": meet("quick", "slow", on="hub"),
        },
        nodes=hosts("host", "left", "right", "hub", each=("host", "left", "right")),
        links={name: link(name, "hub") for name in ("host", "left", "right")},
        done_at="both",
        works={"quick": takes(1), "slow": takes(10)},
    )
    seen = scheduled(experiment, {"source": [[0, 2]]})
    assert seen.ends(Kind.SERVED, "both", "hub") == [10, 20]

"""Stages with workers of their own, by hand."""

from __future__ import annotations

from edge_aibench.model.experiment import Experiment
from edge_aibench.model.scenario import Serving
from edge_aibench.model.time_law import ConstantTime
from edge_aibench.model.timings import MessageTimes, Replay
from edge_aibench.record.events import Kind
from tests.statistical.simulate.build import build, hosts, link, meet, periodic, work

from .conftest import Scheduled


def pool(
    serving: Serving, *, takes_ms: float = 10.0, marginal: float = 1.0, budget_ms: float = 1e6
) -> Experiment:
    return build(
        sensors={"source": periodic("host", 1.0)},
        stages={"work": work("source", on="host", serving=serving)},
        nodes=hosts("host"),
        done_at="work",
        works={"work": ConstantTime(time_s=takes_ms / 1e3, marginal=marginal)},
        budget_s=budget_ms / 1e3,
    )


def test_the_first_free_worker_takes_the_first_of_the_queue(scheduled: Scheduled) -> None:
    seen = scheduled(pool(Serving(workers=2)), {"source": [[0, 1, 2, 3, 50]]})
    assert seen.spans(Kind.SERVED, "work", "host") == [
        (0, 10),
        (1, 11),
        (10, 20),
        (11, 21),
        (50, 60),
    ]
    assert seen.spans(Kind.BATCHED, "work", "host") == [None] * 5


def test_a_worker_takes_all_who_wait_up_to_a_batch(scheduled: Scheduled) -> None:
    """Three together take 10 * (1 + 2 * 0.5) ms."""
    experiment = pool(Serving(max_batch=3), marginal=0.5)
    seen = scheduled(experiment, {"source": [[0, 1, 2, 3, 4]]})
    assert seen.spans(Kind.SERVED, "work", "host") == [
        (0, 10),
        (10, 30),
        (10, 30),
        (10, 30),
        (30, 40),
    ]


def test_a_worker_waits_for_a_batch_to_fill(scheduled: Scheduled) -> None:
    """Until 10 ms after it took the first, or until three are there."""
    serving = Serving(max_batch=3, max_wait_s=0.01)
    experiment = pool(serving, takes_ms=5, marginal=0.5)
    seen = scheduled(experiment, {"source": [[0, 4, 20, 21, 22, 23]]})
    assert seen.spans(Kind.BATCHED, "work", "host") == [
        (0, 10),
        (0, 10),
        (20, 22),
        (20, 22),
        (20, 22),
        (32, 42),
    ]
    assert seen.spans(Kind.SERVED, "work", "host") == [
        (10, 17.5),
        (10, 17.5),
        (22, 32),
        (22, 32),
        (22, 32),
        (42, 47),
    ]


def test_who_comes_at_the_last_instant_of_the_waiting_is_served_once(scheduled: Scheduled) -> None:
    """In this batch or in the next: both are right, between is not."""
    serving = Serving(max_batch=3, max_wait_s=0.01)
    seen = scheduled(pool(serving, takes_ms=5), {"source": [[0, 10]]})
    together = [(10, 20), (10, 20)]
    assert seen.spans(Kind.SERVED, "work", "host") in (together, [(10, 15), (25, 30)])


def test_a_batch_takes_as_long_as_its_first_request_asks(scheduled: Scheduled) -> None:
    """Times of a log: 4 ms for the first, 7 and 5 together twice 7, 6 for the last."""
    experiment = build(
        sensors={"source": periodic("host", 1.0)},
        stages={"work": work("source", on="host", serving=Serving(max_batch=2))},
        nodes=hosts("host"),
        done_at="work",
        works={"work": ConstantTime(time_s=0.001)},
        replay=Replay(rows=4, columns={"work": (0.004, 0.007, 0.005, 0.006)}),
    )
    seen = scheduled(experiment, {"source": [[0, 1, 2, 3]]})
    assert seen.spans(Kind.SERVED, "work", "host") == [(0, 4), (4, 18), (4, 18), (18, 24)]


def test_late_requests_are_given_up_when_their_turn_comes(scheduled: Scheduled) -> None:
    """Budget 20 ms: the third begins at its deadline, which is not past it; the fourth does not."""
    experiment = pool(Serving(queue="drop-late"), budget_ms=20)
    seen = scheduled(experiment, {"source": [[0, 0, 0, 0, 25]]})
    assert seen.spans(Kind.SERVED, "work", "host") == [(0, 10), (10, 20), (20, 30), None, (30, 40)]
    assert seen.ends(Kind.DROPPED, "work", "host") == [None, None, None, 30, None]
    assert seen.statuses() == ["answered", "answered", "answered", "dropped", "answered"]


def test_a_worker_publishes_before_it_takes_the_next(scheduled: Scheduled) -> None:
    experiment = build(
        sensors={"source": periodic("host", 1.0)},
        stages={
            "work": work("source", on="host", serving=Serving()),
            "show": meet("work", on="hub"),
        },
        nodes=hosts("host", "hub", each=("host",)),
        links={"wire": link("host", "hub")},
        done_at="show",
        works={"work": ConstantTime(time_s=0.01)},
        messages=MessageTimes(
            encode=ConstantTime(time_s=0.001), publish=ConstantTime(time_s=0.002)
        ),
    )
    seen = scheduled(experiment, {"source": [[0, 0]]})
    assert seen.spans(Kind.SERVED, "work", "host") == [(0, 10), (13, 23)]
    assert seen.spans(Kind.SENT, "work", "host") == [(11, 13), (24, 26)]


def test_workers_of_a_stage_and_the_worker_of_its_host_work_beside_each_other(
    scheduled: Scheduled,
) -> None:
    """What comes back from the pool waits for the host's worker like any arrival."""
    experiment = build(
        sensors={"source": periodic("host", 1.0)},
        stages={
            "pooled": work("source", on="host", serving=Serving()),
            "plain": work("source", on="host"),
            "both": work("pooled", "plain", on="host"),
        },
        nodes=hosts("host"),
        done_at="both",
        works={
            "pooled": ConstantTime(time_s=0.01),
            "plain": ConstantTime(time_s=0.004),
            "both": ConstantTime(time_s=0.001),
        },
    )
    seen = scheduled(experiment, {"source": [[0, 8]]})
    assert seen.spans(Kind.SERVED, "pooled", "host") == [(0, 10), (10, 20)]
    assert seen.spans(Kind.SERVED, "plain", "host") == [(0, 4), (8, 12)]
    assert seen.spans(Kind.SERVED, "both", "host") == [(12, 13), (20, 21)]


def test_who_joins_a_batch_that_is_gathered_waited_from_its_coming_only(
    scheduled: Scheduled,
) -> None:
    """It was picked as it came, 4 ms after the first; no part of a request is negative."""
    serving = Serving(max_batch=3, max_wait_s=0.01)
    hops = scheduled(pool(serving), {"source": [[0, 4]]}).data().hops
    second = hops[(hops["request"] == 1) & hops["critical"]].sort_values("index")
    found = zip(second["kind"], second["start_ns"], second["end_ns"], strict=True)
    assert [(str(kind), start / 1e6, end / 1e6) for kind, start, end in found] == [
        ("lateness", 4, 4),
        ("queue", 4, 4),
        ("batch", 4, 10),
        ("service", 10, 30),
    ]

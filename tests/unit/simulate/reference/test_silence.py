"""Stages that have nothing to say, by hand."""

from __future__ import annotations

import pytest

from edge_aibench.model.time_law import ConstantTime
from edge_aibench.model.timings import StageTimes
from edge_aibench.record.events import Kind
from tests.statistical.simulate.build import build, hosts, link, periodic, work

from .conftest import Scheduled

SILENT = StageTimes(work=ConstantTime(time_s=0.003), passes=0.0)
SPEAKS = ConstantTime(time_s=0.005)


def test_a_request_ends_where_a_stage_on_its_only_way_is_silent(scheduled: Scheduled) -> None:
    experiment = build(
        sensors={"source": periodic("host", 1.0)},
        stages={"gate": work("source", on="host"), "look": work("gate", on="hub")},
        nodes=hosts("host", "hub", each=("host",)),
        links={"wire": link("host", "hub")},
        done_at="look",
        works={"gate": SILENT, "look": SPEAKS},
    )
    seen = scheduled(experiment, {"source": [[0]]})
    assert seen.spans(Kind.SERVED, "gate", "host") == [(0, 3)]
    assert seen.spans(Kind.FILTERED, "gate", "host") == [(3, 3)]
    assert seen.spans(Kind.SENT, "gate", "host") == [None]
    assert seen.statuses() == ["filtered"]


def test_who_waits_for_others_as_well_is_told(scheduled: Scheduled) -> None:
    """The word that there is nothing travels, empty, and the join goes on without."""
    experiment = build(
        sensors={"source": periodic("host", 1.0)},
        stages={
            "gate": work("source", on="left"),
            "look": work("source", on="right"),
            "both": work("gate", "look", on="hub"),
        },
        nodes=hosts("host", "left", "right", "hub", each=("host", "left", "right")),
        links={name: link(name, "hub") for name in ("host", "left", "right")},
        done_at="both",
        works={"gate": SILENT, "look": SPEAKS, "both": ConstantTime(time_s=0.001)},
    )
    seen = scheduled(experiment, {"source": [[0]]})
    assert seen.ends(Kind.RECEIVED, "gate", "hub") == [3]
    assert seen.sizes(Kind.SENT, "gate", "left") == [0]
    assert seen.spans(Kind.SERVED, "both", "hub") == [(5, 6)]
    assert seen.spans(Kind.FILTERED, "gate", "left") == [None]
    assert seen.statuses() == ["answered"]


def test_a_stage_with_nothing_to_work_on_is_skipped_and_tells_it_on(scheduled: Scheduled) -> None:
    """Gate is silent, so look has no input; the join hears of it and works with the rest."""
    experiment = build(
        sensors={"source": periodic("host", 1.0)},
        stages={
            "gate": work("source", on="host"),
            "look": work("gate", on="host"),
            "count": work("source", on="host"),
            "both": work("look", "count", on="host"),
        },
        nodes=hosts("host"),
        done_at="both",
        works={"gate": SILENT, "look": SPEAKS, "count": SPEAKS, "both": SPEAKS},
    )
    seen = scheduled(experiment, {"source": [[0]]})
    assert seen.spans(Kind.SERVED, "gate", "host") == [(0, 3)]
    assert seen.spans(Kind.SERVED, "count", "host") == [(3, 8)]
    assert seen.spans(Kind.SERVED, "look", "host") == [(8, 8)]
    assert seen.spans(Kind.SERVED, "both", "host") == [(8, 13)]
    assert seen.statuses() == ["answered"]


def test_a_request_of_which_all_parts_are_silent_ends_where_they_meet(
    scheduled: Scheduled,
) -> None:
    experiment = build(
        sensors={"source": periodic("host", 1.0)},
        stages={
            "gate": work("source", on="host"),
            "door": work("source", on="host"),
            "both": work("gate", "door", on="host"),
        },
        nodes=hosts("host"),
        done_at="both",
        works={"gate": SILENT, "door": SILENT, "both": SPEAKS},
    )
    seen = scheduled(experiment, {"source": [[0]]})
    assert seen.spans(Kind.SERVED, "both", "host") == [None]
    assert seen.spans(Kind.FILTERED, "both", "host") == [(6, 6)]
    assert seen.statuses() == ["filtered"]


def test_the_end_of_a_request_may_be_silent(scheduled: Scheduled) -> None:
    """What it did is the answer, whether it passes something on or not."""
    experiment = build(
        sensors={"source": periodic("host", 1.0)},
        stages={"show": work("source", on="host")},
        nodes=hosts("host"),
        done_at="show",
        works={"show": SILENT},
    )
    seen = scheduled(experiment, {"source": [[0]]})
    assert seen.spans(Kind.SERVED, "show", "host") == [(0, 3)]
    assert seen.statuses() == ["answered"]


@pytest.mark.parametrize("share", [0.2, 0.7])
def test_a_share_of_requests_passes(scheduled: Scheduled, share: float) -> None:
    """n = 1000; binomial, five standard deviations of at most 16."""
    gate = StageTimes(work=ConstantTime(time_s=0.001), passes=share)
    experiment = build(
        sensors={"source": periodic("host", 1.0)},
        stages={"gate": work("source", on="host"), "look": work("gate", on="host")},
        nodes=hosts("host"),
        done_at="look",
        works={"gate": gate, "look": SPEAKS},
    )
    seen = scheduled(experiment, {"source": [[100.0 * k for k in range(1000)]]})
    looked = sum(span is not None for span in seen.spans(Kind.SERVED, "look", "host"))
    filtered = seen.statuses().count("filtered")
    assert looked + filtered == 1000
    assert abs(looked - 1000 * share) < 80

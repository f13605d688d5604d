"""A load in words, and which of several counts."""

from __future__ import annotations

import pytest

from edge_aibench.record.load import (
    NEAR,
    Load,
    fullest,
    fullest_of_each,
    growing,
    growth,
    nearness,
)


def link(offered_mbps: float, *, name: str = "link access up", place: str = "access/3") -> Load:
    return Load(kind="link", name=name, place=place, offered=offered_mbps * 1e6, carries=50e6)


def workers(offered: float, *, gives_up: bool = False, own_stage: bool = True) -> Load:
    name = "stage speech on gateway" if own_stage else "worker of gateway"
    return Load(
        kind="workers",
        name=name,
        place="gateway",
        offered=offered,
        carries=2,
        own_stage=own_stage,
        gives_up=gives_up,
    )


@pytest.mark.parametrize(
    ("offered_mbps", "share", "grows", "near"),
    [
        (39.9, 0.798, False, False),
        (40.0, 0.8, False, True),
        (49.9, 0.998, False, True),
        (50.0, 1.0, True, False),
        (62.0, 1.24, True, False),
    ],
)
def test_from_where_on_a_queue_is_near_and_grows(
    offered_mbps: float, share: float, grows: bool, near: bool
) -> None:
    load = link(offered_mbps)
    assert load.share == pytest.approx(share)
    assert (load.grows, load.near) == (grows, near)
    assert NEAR == 0.8


def test_where_late_requests_are_given_up_nothing_grows() -> None:
    assert workers(3.0).grows
    assert not workers(3.0, gives_up=True).grows


def test_a_link_in_words() -> None:
    assert growth(link(62.0)) == (
        "queue of link access up (access/3) grows without bound: "
        "offered 62 Mbit/s, carries 50 Mbit/s"
    )
    assert "--link access=PRESET" in link(62.0).remedy
    assert nearness(link(45.0)).startswith("link access up (access/3) is at 90% of its capacity")


def test_workers_in_words() -> None:
    assert growth(workers(2.48)) == (
        "queue of stage speech on gateway grows without bound: "
        "offered 2.48 s of work a second, carries 2 s"
    )
    assert "--set stages.speech.serving.workers=N" in workers(2.48).remedy
    assert "a stage's own" in workers(2.48, own_stage=False).remedy


def test_the_fullest() -> None:
    few, many, other = link(10.0), link(60.0, place="access/7"), workers(1.0)
    assert fullest([few, other, many]) is many
    assert fullest([]) is None
    assert fullest_of_each([few, other, many]) == (many, other)
    assert growing([few, workers(2.2), many]) == [many, workers(2.2)]

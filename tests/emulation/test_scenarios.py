"""The shipped scenarios, end to end: every request is accounted for and every answer judged.

Machines that run these tests do other things at the same time, so a run may call itself INVALID
for pressure or lateness. What is looked at here does not depend on speed.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from edge_aibench.record.folder import RunFolder
from tests.emulation.conftest import Place

pytestmark = pytest.mark.emulation

OK_OR_INVALID = (0, 4)
# What another program on the machine can spoil; all other checks must hold.
OF_THE_MACHINE = {"cpu-pressure", "generator", "relay", "links", "capacity", "link emulation"}
GENEROUS_S = "20 s"


def _run(place: Place, scenario: str, *more: str) -> dict[str, Any]:
    ended = place.run(
        "emulate",
        scenario,
        *("--instances", "2", "--duration", "6", "--warmup", "1", "--dilation", "2", "--json"),
        *("--set", f"scenario.timeout={GENEROUS_S}", "--out", str(place.out)),
        *more,
    )
    assert ended.code in OK_OR_INVALID, ended.err
    summary: dict[str, Any] = json.loads(ended.out)
    broken = {check["name"] for check in summary["validity"]["checks"] if not check["ok"]}
    assert broken <= OF_THE_MACHINE
    counts = summary["counts"]
    assert counts["timed_out"] + counts["failed"] + counts["dropped"] + counts["unaccounted"] == 0
    assert counts["in_time"] + counts["late"] > 0
    assert place.nothing_is_left(), place.snapshot()
    return summary


def _hops(place: Place) -> Any:
    hops = RunFolder.open(place.run_folder()).hops
    assert hops is not None
    return hops


def test_a_vehicle_decides_by_the_slower_of_two_branches(place: Place) -> None:
    # Past radio stations: the links move, and nothing is lost.
    summary = _run(place, "vehicle", "--topology", "vehicle-city")
    assert summary["counts"]["planned"] == 2 * 70
    hops = _hops(place)
    branches = hops[~hops["branch"].isin(["", "background"])]
    assert set(branches["branch"]) == {"lane-detection", "traffic-sign"}
    # Of each request one branch is critical: the one that was over last.
    ends = branches.groupby(["request", "branch"])["end_ns"].max().unstack()
    critical = branches[branches["critical"]].groupby("request")["branch"].unique()
    assert (critical.str.len() == 1).all()
    assert (critical.str[0] == ends.idxmax(axis=1)).all()
    moved = [link["movement"] for link in summary["links"] if link["link"] == "access"]
    assert all(movement["changes"] > 0 for movement in moved)
    assert {"lane-detection", "traffic-sign", "decide"} <= set(summary["quality"])


def test_a_camera_sends_what_moves_and_filters_the_rest(place: Place) -> None:
    summary = _run(place, "camera")
    counts = summary["counts"]
    assert counts["filtered"] > 0
    hops = _hops(place)
    sent = hops[(hops["kind"] == "transfer") & (hops["stage"] == "gate")]
    # Raw frames are 640 x 360 pixels of three bytes: what is cut out is much less.
    assert 0 < sent["bytes"].mean() < 640 * 360 * 3 / 10
    assert {"person-reid", "action", "gate"} <= set(summary["quality"])


def test_a_home_joins_voices_and_faces_in_time(place: Place) -> None:
    summary = _run(place, "home", "--duration", "20")
    hops = _hops(place)
    joins = hops[hops["kind"] == "join"]
    assert set(joins["stage"]) == {"command"}
    # Nobody waits longer than the window of 2 s after what was said.
    assert joins["end_ns"].sub(joins["start_ns"]).max() < 2.1e9
    requests = RunFolder.open(place.run_folder()).requests
    assert requests is not None
    assert set(requests["sensor"]) == {"microphone", "camera", "thermometer"}
    assert {"speech", "face", "command"} <= set(summary["quality"])


def test_networks_cut_in_two_answer_over_real_messages(place: Place) -> None:
    fronts = ("lane-detection", "traffic-sign")
    common = ("--place", "detect=device")
    cut = _run(
        place,
        "vehicle",
        *common,
        *("--split", "lane-detection=initial.out.1@device"),
        *("--split", "traffic-sign=primary_capsules@device"),
    )
    hops = _hops(place)
    for stage in fronts:
        sent = hops[(hops["kind"] == "transfer") & (hops["stage"] == f"{stage}-front")]
        assert not sent.empty
    lanes = hops[(hops["kind"] == "transfer") & (hops["stage"] == "lane-detection-front")]
    # 46 bytes of headers, and 8 x 64 x 128 numbers of 4 bytes.
    assert set(lanes["bytes"]) == {46 + 4 * 8 * 64 * 128}
    place.run_folder().rename(place.out.with_name("cut"))
    assert cut["quality"] == _run(place, "vehicle", *common)["quality"]

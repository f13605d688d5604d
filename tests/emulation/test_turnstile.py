"""Requests that are filtered, joined in time and batched, on a scenario whose answers are known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from edge_aibench.record.folder import RunFolder
from tests.emulation.conftest import Place

pytestmark = pytest.mark.emulation

TURNSTILE = Path(__file__).parent / "turnstile"
OK_OR_INVALID = (0, 4)
# What another program on the machine can spoil; all other checks must hold.
OF_THE_MACHINE = {"cpu-pressure", "generator", "relay", "links"}


def _start(place: Place, *more: str, duration_s: float) -> Any:
    times = ("--duration", f"{duration_s:g}", "--warmup", "0", "--json")
    return place.start("emulate", str(TURNSTILE), *times, "--out", str(place.out), *more)


def test_every_request_ends_as_its_way_through_the_graph_says(place: Place) -> None:
    ended = _start(place, duration_s=4).end()
    assert ended.code in OK_OR_INVALID, ended.err
    summary = json.loads(ended.out)
    broken = {check["name"] for check in summary["validity"]["checks"] if not check["ok"]}
    assert broken <= OF_THE_MACHINE
    opened = RunFolder.open(place.run_folder())
    assert opened.requests is not None
    assert opened.hops is not None
    camera = opened.requests[opened.requests["sensor"] == "camera"]
    # Two doors, a frame every 50 ms for 4 s; the odd ones end at the gate.
    assert len(camera) == 160
    assert (camera["status"] == "filtered").tolist() == (camera["sequence"] % 2 == 1).tolist()
    assert (camera["status"] != "filtered").sum() == (camera["status"] == "answered").sum() == 80
    spoken = opened.requests[opened.requests["sensor"] == "microphone"]
    assert (spoken["status"] == "answered").all()
    quality = summary["quality"]
    assert quality["event"] == quality["people"] == {"answers": 80, "right": 80}
    # Sequences 0, 8, ..., 72 of each door make a clip.
    assert quality["action"] == {"answers": 20, "right": 20}
    assert quality["command"] == {"answers": len(spoken), "right": len(spoken)}
    by_stage = opened.hops.groupby("kind")["stage"].unique()
    assert set(by_stage["join"]) == {"command"}
    assert set(by_stage["batch"]) == {"people"}


def test_a_lost_worker_comes_back_and_what_it_held_is_counted(place: Place) -> None:
    command = _start(place, duration_s=12)
    command.wait_for_events()
    command.kill("edge")
    ended = command.end()
    assert ended.code in OK_OR_INVALID, ended.err
    summary = json.loads(ended.out)
    warnings = " ".join(summary["health"]["warnings"])
    assert "the agent on edge was lost (signal 9)" in warnings
    assert "started again" in warnings
    counts = summary["counts"]
    assert counts["timed_out"] + counts["failed"] > 0
    assert counts["unaccounted"] == 0
    opened = RunFolder.open(place.run_folder())
    assert opened.requests is not None
    # The last second's requests were answered by the agent that came back.
    late = opened.requests[opened.requests["scheduled_ns"] > 11e9]
    assert set(late["status"]) == {"answered", "filtered"}
    assert place.nothing_is_left(), place.snapshot()


def test_a_worker_that_fails_by_itself_ends_the_run(place: Place, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    for file in ("scenario.yaml", "topologies/turnstile.yaml"):
        (broken / file).parent.mkdir(exist_ok=True)
        (broken / file).write_text((TURNSTILE / file).read_text())
    source = (TURNSTILE / "stages.py").read_text()
    (broken / "stages.py").write_text(
        source.replace('"people": Pass("gate")', '"people": Pass("gone")')
    )
    times = ("--duration", "3", "--out", str(place.out))
    ended = place.run("emulate", str(broken), *times)
    # The rehearsal runs every stage before anything is built, and finds it.
    assert ended.code == 5
    assert "cannot be rehearsed: KeyError" in ended.err
    assert "Traceback" not in ended.err
    assert place.nothing_is_left(), place.snapshot()

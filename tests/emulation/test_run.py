"""Whole runs, through the command line: what they leave on disk, and nothing anywhere else.

Machines that run these tests do other things at the same time, so a run may call itself INVALID
for pressure or lateness. What is looked at here does not depend on speed.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_aibench.emulate.attempt import attempt
from edge_aibench.record.folder import RunFolder
from edge_aibench.record.opened import OpenedRun
from tests.emulation.conftest import EMPTY_WARD, Place

pytestmark = pytest.mark.emulation

SMALL_WARD = Path(__file__).parent / "small_ward"
FILES = {
    "config.yaml",
    "hops.parquet",
    "links.json",
    "manifest.json",
    "report.html",
    "requests.parquet",
    "summary.json",
    "trace.json",
}
OK_OR_INVALID = (0, 4)
# What another program on the machine can spoil; all other checks must hold.
OF_THE_MACHINE = {"cpu-pressure", "generator", "relay", "links"}
MS = 1_000_000


@dataclass(frozen=True)
class Finished:
    """A run that came to its end: what it said on stdout, and its record."""

    place: Place
    code: int
    summary: dict[str, Any]
    opened: OpenedRun


@pytest.fixture(scope="module", autouse=True)
def can_emulate() -> None:
    for program in ("mosquitto", "mnexec", "ip"):
        if shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin") is None:
            pytest.skip(f"{program} is not installed")
    tried = attempt(["unshare", "--net", "--mount", "--pid", "--fork", "--", "true"])
    if os.geteuid() != 0 or not tried.ok:
        pytest.skip(f"no namespaces of one's own here: {tried.last_line}")


Run = Callable[..., Finished]


@pytest.fixture(scope="module")
def finish(tmp_path_factory: pytest.TempPathFactory, cohort_cache: Path) -> Run:
    """Run a scenario to its end, once for each set of arguments."""
    known: dict[tuple[Path, tuple[str, ...]], Finished] = {}

    def run(scenario: Path, *arguments: str) -> Finished:
        key = (scenario, arguments)
        if key not in known:
            place = Place(tmp_path_factory.mktemp("run"), cohort_cache)
            known[key] = _run_to_the_end(place, *key)
        return known[key]

    return run


def _run_to_the_end(place: Place, scenario: Path, arguments: tuple[str, ...]) -> Finished:
    where = ("--backend", "relay", "--json", "--out", str(place.out))
    ended = place.run("emulate", str(scenario), *where, *arguments)
    assert ended.code in OK_OR_INVALID, ended.err
    return Finished(place, ended.code, json.loads(ended.out), RunFolder.open(place.run_folder()))


def _empty(finish: Run) -> Finished:
    return finish(EMPTY_WARD, "--instances", "4", "--duration", "2", "--warmup", "0.5")


def _small(finish: Run, choice: str) -> Finished:
    return finish(SMALL_WARD, "--place", choice, "--duration", "1", "--warmup", "0.4")


PLACEMENTS = ("edge", "device", "cloud", "first=device,second=cloud")


def test_only_the_machine_can_spoil_a_run(finish: Run) -> None:
    ended = _empty(finish)
    failed = {check["name"] for check in ended.summary["validity"]["checks"] if not check["ok"]}
    assert failed <= OF_THE_MACHINE
    assert (ended.code == 4) == bool(failed)


def test_the_folder_is_complete_and_holds_nothing_else(finish: Run) -> None:
    opened = _empty(finish).opened
    assert {path.name for path in opened.path.iterdir()} == FILES
    assert opened.manifest.complete
    assert opened.manifest.state == "complete"
    assert set(opened.manifest.files) == FILES - {"manifest.json"}
    assert opened.manifest.scenario == "empty-ward"


def test_a_run_leaves_nothing_but_its_record(finish: Run) -> None:
    assert _empty(finish).place.nothing_is_left()


def test_stdout_is_the_summary_that_was_saved(finish: Run) -> None:
    ended = _empty(finish)
    saved = json.loads((ended.opened.path / "summary.json").read_text())
    assert {key: ended.summary[key] for key in saved} == saved


def test_every_bed_observes_as_planned(finish: Run) -> None:
    requests = _tables(_empty(finish))[0]
    # One a second from a random phase, over 2.5 s: two or three a bed.
    for _, bed in requests.groupby("instance"):
        assert bed["sequence"].tolist() == list(range(len(bed)))
        assert len(bed) in (2, 3)
        assert np.diff(bed["scheduled_ns"]).tolist() == [1000 * MS] * (len(bed) - 1)
    assert requests["instance"].nunique() == 4
    assert (requests["warmup"] == (requests["scheduled_ns"] < 500 * MS)).all()


def test_every_request_is_accounted_for_exactly_once(finish: Run) -> None:
    for ended in (_empty(finish), *(_small(finish, choice) for choice in PLACEMENTS)):
        requests, _ = _tables(ended)
        counts = ended.summary["counts"]
        assert requests["request"].tolist() == list(range(counts["planned"]))
        assert not requests.duplicated(["instance", "sequence"]).any()
        ends = ("warmup", "in_time", "late", "timed_out", "failed")
        assert counts["planned"] == sum(counts[name] for name in ends)
        assert counts["unaccounted"] == 0
        # No link loses anything, so every request is answered.
        assert set(requests["status"]) == {"answered"}


def test_the_parts_of_a_request_fill_its_time_exactly(finish: Run) -> None:
    for ended in (_empty(finish), *(_small(finish, choice) for choice in PLACEMENTS)):
        requests, hops = _tables(ended)
        critical = hops[hops["critical"]].sort_values("index")
        for request in requests.to_dict("records"):
            spans = critical[critical["request"] == request["request"]]
            instants = [request["scheduled_ns"], *spans["end_ns"].tolist()]
            assert spans["start_ns"].tolist() == instants[:-1]
            assert instants[-1] == request["done_ns"]
            assert (spans["end_ns"] >= spans["start_ns"]).all()


def test_every_link_was_checked_both_ways_and_carried_the_load(finish: Run) -> None:
    ended = _empty(finish)
    found = {(link.wire, link.direction): link for link in ended.opened.links}
    wires = [f"access/{number}" for number in range(4)] + ["backhaul/0"]
    assert set(found) == {(wire, way) for wire in wires for way in ("up", "down")}
    for link in found.values():
        assert link.achieved is not None
        assert link.achieved.sent > 0
        assert link.traffic is not None
        assert link.traffic.packets > 0
        assert link.traffic.lost == 0


@pytest.mark.parametrize("choice", PLACEMENTS)
def test_each_answer_is_that_of_its_own_observation(finish: Run, choice: str) -> None:
    # The bedside and the archive refuse what is not theirs, which would have failed the run.
    ended = _small(finish, choice)
    planned = ended.summary["counts"]["planned"]
    wanted = {"answers": planned, "right": planned}
    assert ended.summary["quality"] == {"first": wanted, "second": wanted}
    assert ended.place.nothing_is_left()


@pytest.mark.parametrize(
    ("choice", "wanted"),
    [
        # Delays one way: access 2 ms up and 1 ms down, wan 5 ms up and 4 ms down.
        ("edge", {("monitor", "up"): 2, ("first", "down"): 1, ("second", "down"): 1}),
        ("device", {}),
        ("cloud", {("monitor", "up"): 7, ("first", "down"): 5, ("second", "down"): 5}),
        ("first=device,second=cloud", {("monitor", "up"): 7, ("second", "down"): 5}),
    ],
)
def test_messages_cross_the_links_of_their_placement(
    finish: Run, choice: str, wanted: dict[tuple[str, str], int]
) -> None:
    _, hops = _tables(_small(finish, choice))
    transfers = hops[(hops["kind"] == "transfer") & (hops["branch"] != "background")]
    found = transfers.assign(took=transfers["end_ns"] - transfers["start_ns"])
    least = found.groupby(["stage", "direction"])["took"].min()
    assert set(least.index) == set(wanted)
    for key, delay_ms in wanted.items():
        # Two wall instants are cut to whole nanoseconds.
        assert least[key] >= delay_ms * MS - 2


@pytest.mark.parametrize("choice", PLACEMENTS)
def test_the_archive_gets_every_observation(finish: Run, choice: str) -> None:
    requests, hops = _tables(_small(finish, choice))
    background = hops[hops["branch"] == "background"]
    kept = background[(background["stage"] == "archive") & (background["kind"] == "service")]
    assert sorted(kept["request"]) == requests["request"].tolist()
    assert set(kept["target"]) == {"cloud"}
    assert not background["critical"].any()


def test_slow_hardware_is_held(finish: Run) -> None:
    # The bedside monitor has a quarter of this machine's speed: 0.3 ms of work take 1.2 ms.
    _, hops = _tables(_small(finish, "device"))
    for stage in ("first", "second"):
        of_stage = hops[hops["stage"] == stage]
        took = of_stage["end_ns"] - of_stage["start_ns"]
        worked = took[of_stage["kind"] == "service"].to_numpy()
        held = took[of_stage["kind"] == "hold"].to_numpy()
        assert len(worked) == len(held) > 0
        assert (worked >= 0.3 * MS).all()
        assert (held >= 3 * worked - 3).all()


def test_dilation_keeps_virtual_times(finish: Run) -> None:
    arguments = ("--duration", "0.6", "--warmup", "0.2", "--dilation", "3")
    ended = finish(SMALL_WARD, "--place", "cloud", *arguments)
    requests, hops = _tables(ended)
    assert ended.summary["dilation"] == 3.0
    assert requests["scheduled_ns"].max() < 800 * MS
    transfers = hops[(hops["kind"] == "transfer") & hops["critical"]]
    up = transfers[transfers["direction"] == "up"]
    took = up["end_ns"] - up["start_ns"]
    assert took.min() >= 7 * MS - 2
    served = hops[(hops["stage"] == "first") & hops["kind"].isin(["service", "hold"])]
    whole = (served["end_ns"] - served["start_ns"]).groupby(served["request"]).sum()
    # 0.3 ms of work, held to three times that on the wall, is 0.3 ms of virtual time again.
    assert whole.min() >= 0.3 * MS - 3
    (wan,) = [k for k in ended.opened.links if (k.wire, k.direction) == ("wan/0", "up")]
    assert wan.asked.delay_s == pytest.approx(5e-3)
    assert wan.achieved is not None
    assert wan.achieved.delay_p50_s is not None
    assert wan.achieved.delay_p50_s >= 5e-3 - 1e-6
    assert ended.place.nothing_is_left()


@pytest.mark.parametrize(
    "topology",
    ["gateway", "two-switches"],
)
def test_messages_find_their_way_through_other_topologies(finish: Run, topology: str) -> None:
    arguments = ("--duration", "0.6", "--warmup", "0.2", "--place", "first=cloud,second=cloud")
    ended = finish(SMALL_WARD, "--topology", topology, *arguments)
    planned = ended.summary["counts"]["planned"]
    wanted = {"answers": planned, "right": planned}
    assert ended.summary["quality"] == {"first": wanted, "second": wanted}


def test_a_host_that_cannot_do_it_is_told_why(place: Place) -> None:
    if attempt(["unshare", "--net", "tc", "qdisc", "add", "dev", "lo", "root", "netem"]).ok:
        pytest.skip("this kernel has netem, so nothing is missing")
    arguments = ("--instances", "1", "--backend", "netem", "--out", str(place.out))
    ended = place.run("emulate", str(EMPTY_WARD), *arguments)
    assert ended.code == 3
    assert "netem" in ended.err
    assert "--backend relay" in ended.err
    assert place.nothing_is_left()


def _tables(ended: Finished) -> tuple[Any, Any]:
    requests, hops = ended.opened.requests, ended.opened.hops
    assert requests is not None
    assert hops is not None
    return requests, hops

"""`edge-aibench compare` of simulated candidates and of recorded runs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import edge_aibench as eb

Call = Callable[..., Any]
SMALL_WARD = str(Path(__file__).parents[2] / "emulation" / "small_ward")
QUICK = ("--engine", "simulate", "--duration", "20", "--warmup", "1", "--quiet")
TIMES = ("--service", "all=constant 1 ms unscaled")


@pytest.fixture
def compare(call: Call, tmp_path: Path) -> Call:
    """Compare simulated candidates of the small ward."""

    def run(*words: str) -> Any:
        return call("compare", SMALL_WARD, *QUICK, *TIMES, "--out", str(tmp_path), *words)

    return run


def test_candidates_have_the_same_arrivals_and_are_run_in_turn_and_back(
    compare: Call, tmp_path: Path
) -> None:
    ending = compare("--place", "device,edge", "--json")
    assert ending.code == 0
    report = json.loads(ending.out)
    assert [one["label"] for one in report["candidates"]] == ["device", "edge"]
    assert report["baseline"] == "device"
    assert all(one["paired"] for one in report["candidates"])
    (folder,) = tmp_path.glob("*-compare-*")
    assert json.loads((folder / "compare.json").read_text()) == report
    runs = {one["label"]: [eb.load(path) for path in one["runs"]] for one in report["candidates"]}
    assert [run.experiment.workload.seed for run in runs["device"]] == [1, 2]
    for device, edge in zip(runs["device"], runs["edge"], strict=True):
        assert (device.requests["scheduled_ns"] == edge.requests["scheduled_ns"]).all()
    assert len(list(folder.glob("*-small-ward-*"))) == 4


def test_placements_differ_by_what_the_links_take(compare: Call) -> None:
    """On the device no answer crosses a link; with times of 0 the links are all there is."""
    report = json.loads(compare("--place", "device,edge", "--json").out)
    (found,) = [
        one for one in report["candidates"][1]["differences"] if one["measure"] == "e2e.p50"
    ]
    links = eb.simulate(SMALL_WARD, duration_s=2.0, service={"all": "constant 0 s"}, place="edge")
    expected_ms = links.summary.latency["e2e"].percentiles["p50"].value
    assert found["finding"] == "larger"
    assert found["difference"] == pytest.approx(expected_ms, rel=0.1)


def test_every_format_has_the_same_columns(compare: Call) -> None:
    as_csv = compare("--place", "device,edge", "--format", "csv").out
    rows = list(csv.DictReader(io.StringIO(as_csv)))
    head = compare("--place", "device,edge", "--format", "markdown").out.splitlines()[0]
    assert [cell.strip() for cell in head.strip("|").split("|")] == list(rows[0])
    assert {row["candidate"] for row in rows} == {"device", "edge"}


@pytest.mark.parametrize(
    ("gate", "code"),
    [
        ("e2e.p50>+5%", 99),
        ("e2e.p50>+1h", 0),
        ("in-budget<-100%", 0),
    ],
)
def test_a_gate_makes_the_exit_code(compare: Call, gate: str, code: int) -> None:
    assert compare("--place", "device,edge", "--fail-if", gate).code == code


def test_a_gate_is_undecided_on_too_few_requests(compare: Call) -> None:
    # 2 runs of 3 instances with 5 requests a second for 5 s: 150 of the 368 that a p99 needs.
    words = ("--place", "device,edge", "--duration", "5", "--fail-if", "e2e.p99>+5%")
    assert compare(*words).code == 98


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--place", "device"), "needs 2 to 32 candidates"),
        (("--place", "device,device"), "names a candidate twice"),
        (("--place", "device,egde"), "egde"),
        (("--place", "device,edge", "--baseline", "cloud"), "cloud"),
        (("--place", "device,edge", "--fail-if", "e2e.p99>5%"), "signed difference"),
        (("--place", "device,edge", "--fail-if", "e2e.p98>+5%"), "e2e.p98"),
        (("--place", "device,edge", "--dilation", "1,2"), "virtual time has none"),
        (("--place", "device,edge", "--dilation", "0"), "numbers from 1 to 1000"),
    ],
)
def test_what_is_wrong_is_said_with_exit_code_2(
    compare: Call, words: tuple[str, ...], said: str
) -> None:
    ending = compare(*words)
    assert ending.code == 2
    assert said in " ".join(ending.err.split())
    assert "Traceback" not in ending.err


def test_recorded_runs_are_compared_by_the_names_of_their_folders(
    call: Call, tmp_path: Path
) -> None:
    first, second = (
        eb.simulate(
            SMALL_WARD, duration_s=20.0, place=place, service={"all": "constant 1 ms"}
        ).save(tmp_path)
        for place in ("device", "edge")
    )
    ending = call("compare", str(first), str(second), "--json")
    report = json.loads(ending.out)
    assert report["baseline"] == first.name
    assert [one["paired"] for one in report["candidates"]] == [True, True]
    assert call("compare", str(first), str(first)).code == 2
    assert call("compare", str(first), str(second), "--place", "edge").code == 2
    assert call("compare", str(first)).code == 2


def test_other_arrivals_are_not_paired_and_it_is_said() -> None:
    runs = {
        f"seed {seed}": eb.simulate(
            SMALL_WARD, duration_s=20.0, seed=seed, service={"all": "constant 1 ms"}
        )
        for seed in (1, 2)
    }
    table = eb.compare(runs)
    assert any("not compared in pairs" in note for note in table.attrs["notes"])
    assert set(table["candidate"]) == {"seed 1", "seed 2"}
    baseline = table[table["candidate"] == "seed 1"]
    assert (baseline["finding"] == "baseline").all()
    assert baseline["difference"].isna().all()

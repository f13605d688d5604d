"""`edge-aibench sweep`, with a figure by rule instead of an engine."""

from __future__ import annotations

import importlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edge_aibench.api import timings
from edge_aibench.api.sweeps.engine import EngineRun
from edge_aibench.api.sweeps.plan import SweepPlan
from edge_aibench.api.sweeps.runs import InThisProcess, Outcome
from edge_aibench.api.sweeps.session import SweepResult
from edge_aibench.cli.sweep_view import SweepProgress, in_words, render
from edge_aibench.emulate.rehearsal import Rehearsal
from edge_aibench.record.measures import Measure
from edge_aibench.report.pieces import to_text

Call = Callable[..., Any]

HEAD = "scenario: icu\nmeasures: [e2e.mean, in-budget]\nrepeats: 2\n"


def figures(_run: EngineRun, point: Any, seed: int) -> dict[str, float | str]:
    if point["instances"] == 13:
        raise ValueError("unlucky")
    if point["instances"] == 99:
        raise KeyboardInterrupt
    validity = "INVALID" if point["instances"] == 66 else "VALID"
    mean_ms = point["instances"] + (seed % 2)
    return {"e2e.mean": mean_ms, "in-budget": 1.0, "validity": validity, "reasons": ""}


@pytest.fixture
def sweep(call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Any]:
    """Sweep over *keys* with further words, in a folder of the test's."""
    monkeypatch.setattr(EngineRun, "__call__", figures)
    monkeypatch.setattr(timings, "rehearse_here", lambda _: Rehearsal({}))
    # The package has the function of this name too.
    workers = importlib.import_module("edge_aibench.api.sweeps.workers")
    monkeypatch.setattr(
        workers, "LocalProcesses", lambda run_point, _jobs: InThisProcess(run_point)
    )

    def run(keys: str, *words: str) -> Any:
        file = tmp_path / "exp.yaml"
        file.write_text(HEAD + keys)
        return call("sweep", str(file), "--out", str(tmp_path / "out"), *words)

    return run


def test_a_sweep_prints_a_row_a_point_and_leaves_a_table(
    sweep: Callable[..., Any], tmp_path: Path
) -> None:
    ending = sweep("keys: {instances: [2, 4], place: [edge, device]}", "--jobs", "1")
    assert ending.code == 0
    rows = [line.split() for line in ending.out.splitlines() if line.startswith(("2 ", "4 "))]
    assert [row[:3] for row in rows] == [
        ["2", "edge", "2"],
        ["2", "device", "2"],
        ["4", "edge", "2"],
        ["4", "device", "2"],
    ]
    assert "icu, simulate: 4 points x 2 repeats, in 1 process" in ending.err
    assert "8 of 8 runs" in ending.err
    assert len((tmp_path / "out" / "table.csv").read_text().splitlines()) == 9


def test_json_has_the_same(sweep: Callable[..., Any]) -> None:
    ending = sweep("keys: {instances: [2]}", "--json", "--quiet")
    found = json.loads(ending.out)
    assert ending.err == ""
    assert (found["runs"], found["planned"], found["failed"]) == (2, 2, 0)
    (point,) = found["points"]
    assert point["keys"] == {"instances": 2}
    assert point["measures"]["in-budget"] == {"count": 2, "mean": 1.0, "lower": 1.0, "upper": 1.0}


@pytest.mark.parametrize(
    ("keys", "code", "told"),
    [
        ("keys: {instances: [2, 13]}", 5, "2 runs: ValueError: unlucky"),
        ("keys: {instances: [2, 66]}", 4, "2 runs, left out of the means"),
        ("keys: {instances: [2, 66, 13]}", 5, "2 runs, left out of the means"),
        ("keys: {instances: [2, 99]}", 130, "1 of 4 runs are kept: --resume goes on"),
    ],
)
def test_the_exit_code_says_how_it_went(
    sweep: Callable[..., Any], keys: str, code: int, told: str
) -> None:
    ending = sweep(keys)
    assert ending.code == code
    assert told in ending.out


def test_a_sweep_goes_on_only_if_asked_to(sweep: Callable[..., Any]) -> None:
    keys = "keys: {instances: [2]}"
    first = sweep(keys)
    again = sweep(keys)
    assert (again.code, "--resume" in again.err) == (2, True)
    resumed = sweep(keys, "--resume")
    assert (resumed.code, resumed.out) == (0, first.out)
    assert "2 of 2 runs are kept from before" in resumed.err
    other = sweep("keys: {instances: [3]}", "--resume")
    assert (other.code, "holds another sweep" in other.err) == (2, True)


def test_stages_are_rehearsed_once_and_what_they_took_is_kept(
    sweep: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    times: list[float] = []

    def rehearse(_experiment: Any) -> Rehearsal:
        times.append(len(times) / 1000)
        return Rehearsal({"death": times[-1]}, calls_s={"death": [times[-1]]})

    # After the fixture's own.
    monkeypatch.setattr(timings, "rehearse_here", rehearse)
    keys = "keys: {instances: [2, 4], place: [edge, device]}"
    assert "rehearsing the stages" in sweep(keys).err
    kept = (tmp_path / "out" / "rehearsal.json").read_bytes()
    resumed = sweep(keys, "--resume")
    assert (resumed.code, len(times)) == (0, 1)
    assert (tmp_path / "out" / "rehearsal.json").read_bytes() == kept
    # Other times make another sweep, which the kept outcomes are not of.
    (tmp_path / "out" / "rehearsal.json").unlink()
    other = sweep(keys, "--resume")
    assert (other.code, len(times)) == (2, 2)
    assert "holds another sweep" in other.err


def test_points_that_cannot_run_are_told_before(sweep: Callable[..., Any]) -> None:
    ending = sweep("keys: {instances: [2], place: [edge, moon]}")
    assert "warning: 1 of the 2 points looked at cannot run" in ending.err
    assert "the first is instances=2, place=moon" in ending.err


@pytest.mark.parametrize(
    ("keys", "words", "told"),
    [
        ("keys: {set.links.acces.delay: [1 ms]}", (), "did you mean access?"),
        ("keys: {instances: [2]}", ("--jobs", "0"), "--jobs"),
        ("keys: {instances: [2]}", ("--jobs", "2", "--ray", "auto"), "goes without --ray"),
        ("engine: emulate", ("--jobs", "2"), "goes with simulation only"),
        ("engine: emulate", ("--ray", "auto"), "goes with simulation only"),
        ("seed: one", (), "must be a whole number"),
    ],
)
def test_bad_input_is_named(
    sweep: Callable[..., Any], keys: str, words: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    ending = sweep(keys, *words)
    assert ending.code == 2
    assert told in ending.err
    assert not (tmp_path / "out").exists()


def test_a_file_that_is_not_there_is_named(call: Call) -> None:
    ending = call("sweep", "nowhere.yaml")
    assert ending.code == 2
    assert "nowhere.yaml: there is no such file" in ending.err


def test_a_terminal_shows_the_measures_that_fit_and_names_the_others(tmp_path: Path) -> None:
    measures = tuple(Measure(f"{stage}.p99", stage, "p99", "ms") for stage in "abcdef")
    plan = SweepPlan(
        source="exp.yaml",
        scenario="icu",
        engine="simulate",
        points=({"instances": 2},),
        keys=("instances",),
        repeats=1,
        seed=1,
        seeds="common",
        measures=measures,
    )
    outcome = Outcome(0, 0, 1, {measure.name: 2.5 for measure in measures})
    result = SweepResult(plan, tmp_path, (outcome,))
    narrow, wide = to_text(render(result)), to_text(render(result, wide=True), width=200)
    assert "d.p99 (ms)" in narrow
    assert "not shown  e.p99, f.p99: see the table" in narrow
    assert "f.p99 (ms)" in wide
    assert "not shown" not in wide


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def told_by(stream: io.StringIO, *, kept: int = 0) -> str:
    """Progress of ten runs, one every 2 s, the third of which fails."""
    now_s = 100.0
    progress = SweepProgress(stream, clock=lambda: now_s)
    progress.began(total=10, kept=kept)
    for index in range(10 - kept):
        now_s += 2.0
        progress.ended(Outcome(index, 0, 1, error="ValueError: bad" if index == 2 else None))
    return stream.getvalue()


def test_progress_foretells_from_the_mean_of_what_was_done() -> None:
    lines = told_by(io.StringIO()).splitlines()
    assert lines == [
        "[  2.0 s] 1 of 10 runs, about 18 s left",
        "run failed: ValueError: bad",
        "[  8.0 s] 4 of 10 runs, 1 failed, about 12 s left",
        "[ 14.0 s] 7 of 10 runs, 1 failed, about 6 s left",
        "[ 20.0 s] 10 of 10 runs, 1 failed",
    ]


def test_progress_of_a_resumed_sweep_counts_what_is_kept_and_not_its_time() -> None:
    lines = told_by(io.StringIO(), kept=5).splitlines()
    assert lines[:2] == [
        "5 of 10 runs are kept from before",
        "[  2.0 s] 6 of 10 runs, about 8 s left",
    ]


def test_on_a_terminal_one_line_changes() -> None:
    text = told_by(Terminal())
    assert text.count("\r") == 11
    assert text.count("\n") == 2  # after the failure and at the end


@pytest.mark.parametrize(
    ("duration_s", "words"),
    [(0.4, "0 s"), (89, "89 s"), (90, "2 min"), (5300, "88 min"), (11100, "3 h 5 min")],
)
def test_waiting_times_are_told_in_words(duration_s: float, words: str) -> None:
    assert in_words(duration_s) == words

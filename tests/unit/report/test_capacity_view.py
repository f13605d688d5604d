"""What the console shows of a search for a capacity."""

from __future__ import annotations

from dataclasses import replace

from edge_aibench.record.breakdown import Part
from edge_aibench.record.example import example_run
from edge_aibench.record.found_capacity import FoundCapacity, Trial
from edge_aibench.record.load import Load
from edge_aibench.record.search import TrialOutcome
from edge_aibench.record.summary import summarise
from edge_aibench.report.capacity import render_capacity, trial_line
from edge_aibench.report.console import render_summary
from edge_aibench.report.pieces import to_text
from edge_aibench.report.wording import load_line

LOAD = Load(kind="link", name="link uplink up", place="uplink/0", offered=62e6, carries=50e6)
TRIALS = (
    Trial(
        instances=8,
        outcome=TrialOutcome.FAIL,
        why="queue of link uplink up grows",
        duration_s=30,
        dilation=2,
        loads=(LOAD,),
        runs=("runs/b",),
    ),
    Trial(
        instances=4,
        outcome=TrialOutcome.PASS,
        why="every budget was kept",
        duration_s=30,
        dilation=2,
        loads=(LOAD.model_copy(update={"offered": 31e6}),),
        largest_part=Part(kind="service", label="[reid]", mean_ms=12.34),
        near_p99_ms=20,
        runs=("runs/a",),
    ),
    Trial(instances=16, outcome=TrialOutcome.INVALID, why="too many", duration_s=30, dilation=2),
)
FOUND = FoundCapacity(
    scenario="camera",
    instance="camera",
    judged_by=("end to end p99 <= 500 ms",),
    at_most=100,
    ending="found",
    largest_passed=4,
    smallest_failed=8,
    smallest_invalid=16,
    contradictions=(),
    conclusion=("4 cameras shown to meet the budget", "at 8: it is [full]"),
    trials=TRIALS,
    repeat_command="edge-aibench emulate camera --find-capacity",
)


def test_conclusion_and_every_number_in_order() -> None:
    lines = to_text(render_capacity(FOUND, place="runs/search")).splitlines()
    assert lines[0] == "camera: how many cameras fit"
    assert "4 cameras shown to meet the budget" in lines
    assert "at 8: it is [full]" in lines
    rows = [line.split() for line in lines[lines.index("Tried") :]]
    shown = [row for row in rows if row and row[0].isdigit()]
    assert [(row[0], "FAIL" in row, "PASS" in row) for row in shown] == [
        ("4", False, True),
        ("8", True, False),
        ("16", False, False),
    ]
    # Nothing ran with 16.
    assert shown[2][:3] == ["16", "-", "INVALID"]
    text = "\n".join(lines)
    assert "service [reid] 12.3" in text
    assert "124 %" in text
    assert "62 %" in text
    assert "end to end p99 <= 500 ms" in text
    assert "runs/search" in text


def test_a_run_names_its_fullest_link_and_workers() -> None:
    workers = Load(kind="workers", name="worker of edge", place="edge", offered=0.13, carries=1)
    data = replace(example_run([5.0] * 10), loads=(LOAD, workers))
    summary = summarise(data, folder="runs/x")
    assert load_line(summary) == "link uplink up (uplink/0) 124 %, worker of edge 13 %"
    text = " ".join(to_text(render_summary(summary)).split())
    assert "fullest link uplink up (uplink/0) 124 %, worker of edge 13 %" in text
    assert "Latencies are not shown" in text
    assert "fullest" not in to_text(render_summary(summarise(example_run([5.0]), folder="r")))


def test_a_search_that_measured_nothing_has_no_place() -> None:
    assert "records" not in to_text(render_capacity(FOUND))


def test_one_trial_in_a_line() -> None:
    assert trial_line(TRIALS[1], "camera") == "4 cameras: PASS (every budget was kept)"

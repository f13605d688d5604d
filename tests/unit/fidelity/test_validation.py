"""A whole validation, of runs whose times are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.fidelity.table import conclusion, markdown
from edge_aibench.fidelity.validation import Cell, ValidationReport, validate
from edge_aibench.model.experiment import Experiment
from edge_aibench.model.time_law import ConstantTime, ExponentialTime
from edge_aibench.model.timings import StageTimes, Timings
from edge_aibench.record.opened import OpenedRun

Ward = Callable[..., Experiment]
Emulated = Callable[..., OpenedRun]

TIMINGS = Timings(
    stages={
        "window": StageTimes(work=ConstantTime(time_s=1e-3)),
        "first": StageTimes(work=ExponentialTime(mean=5e-3)),
    }
)


@pytest.fixture(scope="module")
def cells(ward: Ward, emulated: Emulated) -> list[Cell]:
    """Calibrated on workers at 18 and 60 %, predicted at 36 and 72 %: 3 patients, 6 ms each."""
    runs = {
        interval_s: emulated(ward(TIMINGS, interval_s=interval_s, duration_s=10.0), f"{number}")
        for number, interval_s in enumerate((0.1, 0.03, 0.05, 0.025))
    }
    return [
        Cell(role="calibration" if seen else "held-out", place="edge", runs=(runs[interval_s],))
        for interval_s, seen in ((0.1, True), (0.03, True), (0.05, False), (0.025, False))
    ]


def judged(cells: list[Cell]) -> ValidationReport:
    return validate(cells, made_utc="2026-01-01T00:00:00Z", environment={}, command="again")[0]


@pytest.fixture(scope="module")
def report(cells: list[Cell]) -> ValidationReport:
    return judged(cells)


def test_a_run_within_the_range_is_predicted_and_one_beyond_is_marked(
    report: ValidationReport,
) -> None:
    within, beyond = report.held_out
    assert within.worker_use == pytest.approx(0.36, abs=0.03)
    assert within.extrapolated == ()
    assert beyond.extrapolated[0].startswith("fullest worker at 7")
    for name in ("mean", "p50"):
        assert abs(within.measures[name].error) < 0.15
        assert within.measures[name].error_lower < 0.05
        assert within.measures[name].error_upper > -0.05
        assert within.measures[name].target == 0.05
        # With the run's own work times hardly anything is left.
        assert abs(within.measures[name].replay_error or 0.0) < 0.02
    assert beyond.measures["mean"].target is None
    assert beyond.measures["p99"].target == 0.2


def test_theory_is_judged_by_the_same_rule(report: ValidationReport) -> None:
    cell = report.held_out[0]
    # One station: M/M/1 with 60 a second and 6 ms is 9.4 ms; links add 4 ms to the network.
    mean = cell.measures["mean"]
    assert mean.single_queue_error is not None
    assert mean.network_error is not None
    assert mean.emulated.value_ms * (1 + mean.single_queue_error) == pytest.approx(9.4, rel=0.15)
    difference = mean.network_error - mean.single_queue_error
    # 1 ms each way, and 255 and 111 bytes at 8 Mbit/s.
    assert mean.emulated.value_ms * difference == pytest.approx(2.0 + 0.255 + 0.111, abs=0.1)


def test_the_table_has_every_measure_of_every_cell(report: ValidationReport) -> None:
    table = markdown(report)
    assert table.count("\n") == 2 + 4 * 4
    assert "held out, extrapolated" in table
    assert "targets met" in conclusion(report)[0]


def test_both_kinds_of_cells_are_needed(cells: list[Cell]) -> None:
    with pytest.raises(ConfigError, match="cells to calibrate on and cells to predict"):
        judged([cell for cell in cells if cell.role == "held-out"])
    with pytest.raises(ConfigError, match="no cells"):
        judged([])


def test_an_invalid_run_calibrates_nothing_and_is_named(cells: list[Cell]) -> None:
    (run,) = cells[0].runs
    assert run.summary is not None
    validity = run.summary.validity
    broken = validity.checks[0].model_copy(update={"ok": False})
    validity = validity.model_copy(update={"checks": (broken, *validity.checks[1:])})
    bad = replace(run, summary=run.summary.model_copy(update={"validity": validity}))
    again, calibrations = validate(
        [Cell("calibration", "edge", (bad,)), *cells[1:3]],
        made_utc="2026-01-01T00:00:00Z",
        environment={},
        command="",
    )
    assert again.cells[0].invalid == (run.path.name,)
    assert calibrations["edge"].sources == ("1",)

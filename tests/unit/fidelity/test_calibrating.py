"""One calibration from several runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edge_aibench.api.calibration_file import read_calibration, write_calibration
from edge_aibench.errors import ConfigError
from edge_aibench.fidelity.calibrating import calibrate, drawn_again
from edge_aibench.fidelity.description import describe
from edge_aibench.fidelity.observations import RunObservations, observe
from edge_aibench.fidelity.prediction import predict_ms
from edge_aibench.model.calibration import Calibration
from edge_aibench.model.experiment import Experiment
from edge_aibench.model.time_law import ConstantTime, ExponentialTime, MeasuredTimes
from edge_aibench.model.timings import MessageTimes, SizedTime, StageTimes, Timings
from edge_aibench.record.opened import OpenedRun

Ward = Callable[..., Experiment]
Emulated = Callable[..., OpenedRun]

TIMINGS = Timings(
    stages={
        "window": StageTimes(work=ConstantTime(time_s=1e-3)),
        "first": StageTimes(work=ExponentialTime(mean=3e-3)),
        "second": StageTimes(work=ExponentialTime(mean=2e-3)),
    },
    messages=MessageTimes(
        encode=ConstantTime(time_s=1e-4),
        publish=ConstantTime(time_s=2e-4),
        transfer=(SizedTime(payload_bytes=0.0, time=ConstantTime(time_s=5e-4)),),
    ),
)


def pooled(*runs: RunObservations) -> Calibration:
    return calibrate(runs, made_utc="2026-01-01T00:00:00Z", environment={"cores": 2})


@pytest.fixture
def observed(ward: Ward, emulated: Emulated) -> list[RunObservations]:
    return [
        observe(emulated(ward(TIMINGS, interval_s=interval_s, seed=seed), f"run-{seed}"))
        for seed, interval_s in ((1, 0.1), (2, 0.05))
    ]


def test_the_pooled_mean_is_that_of_all_requests(observed: list[RunObservations]) -> None:
    found = pooled(*observed)
    for name in ("first", "second"):
        every = np.concatenate([run.stages[name].work_s for run in observed])
        assert found.stages[name].work.mean_s == pytest.approx(every.mean(), rel=1e-6)
    assert found.samples == sum(run.count for run in observed)
    assert found.sources == ("run-1", "run-2")
    uses = [run.worker_use for run in observed]
    assert (found.range.worker_use.least, found.range.worker_use.most) == (min(uses), max(uses))


def test_a_run_is_predicted_from_other_runs(
    ward: Ward, emulated: Emulated, observed: list[RunObservations]
) -> None:
    unseen = emulated(ward(TIMINGS, interval_s=0.07, seed=9, duration_s=60.0))
    emulated_ms = unseen.series_ns()["e2e"] / 1e6
    config = ward(interval_s=0.07, seed=9, duration_s=60.0)
    predicted_ms = np.concatenate(predict_ms([pooled(*observed)] * 4, [config]))
    assert predicted_ms.mean() == pytest.approx(emulated_ms.mean(), rel=0.05)
    # The tail of some thousand requests in a queue varies by more than its middle.
    for percent, within in ((50, 0.06), (90, 0.1), (99, 0.2)):
        expected = np.percentile(emulated_ms, percent)
        assert np.percentile(predicted_ms, percent) == pytest.approx(expected, rel=within)


def test_it_reads_back_as_it_was_written(observed: list[RunObservations], tmp_path: Path) -> None:
    found = pooled(*observed)
    write_calibration(tmp_path / "c.json", found)
    assert read_calibration(tmp_path / "c.json") == found
    assert any("first" in line for line in describe(found))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "is no JSON"),
        ("[]", "should be"),
        ('{"format": 2}', "format"),
        ('{"format": 1, "wonder": 1}', "c.json"),
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "c.json").write_text(text)
    with pytest.raises(ConfigError, match=complaint):
        read_calibration(tmp_path / "c.json")


def test_runs_that_do_not_belong_together_are_refused(
    ward: Ward, emulated: Emulated, observed: list[RunObservations]
) -> None:
    other = ward(TIMINGS).model_copy(update={"inference": "streaming"})
    with pytest.raises(ConfigError, match="the same inference"):
        pooled(*observed, observe(emulated(other, "other")))
    with pytest.raises(ConfigError, match="at least one run"):
        pooled()


def test_rows_of_one_request_stay_together_and_in_the_order_of_time(
    observed: list[RunObservations],
) -> None:
    run = observed[0]
    found = pooled(run)
    assert found.moments is not None
    assert len(found.moments.at_s) == run.count
    assert found.moments.at_s[0] == 0.0
    assert found.moments.at_s[-1] == pytest.approx(run.due_s[-1] - run.due_s[0], abs=1e-5)
    for name in ("first", "second"):
        law = found.stages[name].work
        assert isinstance(law, MeasuredTimes)
        by_request = dict(zip(run.stages[name].requests, run.stages[name].work_s, strict=True))
        assert law.measured_s == pytest.approx([by_request[r] for r in run.requests], abs=2e-9)


def test_runs_drawn_again_come_from_the_same_cells(observed: list[RunObservations]) -> None:
    first, second = observed
    found = [drawn_again([[first, second], [second], []], number) for number in range(20)]
    assert all(len(runs) == 3 and runs[2] is second for runs in found)
    drawn = {(runs[0].run, runs[1].run) for runs in found}
    assert {("run-1", "run-1"), ("run-1", "run-2"), ("run-2", "run-2")} == drawn

"""A sweep from its plan to its table, cut short in every way and gone on with."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from edge_aibench.api.sweeps.plan import SweepPlan
from edge_aibench.api.sweeps.runs import InThisProcess, Outcome, PlannedRun, attempt
from edge_aibench.api.sweeps.session import run_sweep
from edge_aibench.api.sweeps.store import STORE
from edge_aibench.errors import ConfigError, HostError

BuildPlan = Callable[..., SweepPlan]


@dataclass
class Counting:
    """Does runs with *run_point*, notes which, and raises *ending* after *most* of them."""

    run_point: Any
    most: int = 10**9
    ending: BaseException = field(default_factory=KeyboardInterrupt)
    done: list[tuple[int, int]] = field(default_factory=list)
    closed: bool = False

    def run(self, runs: Iterable[PlannedRun]) -> Generator[Outcome]:
        try:
            for run in runs:
                if len(self.done) == self.most:
                    raise self.ending
                self.done.append(run.place)
                yield attempt(self.run_point, run)
        finally:
            self.closed = True


def tables(folder: Path) -> tuple[bytes, bytes]:
    return (folder / "table.csv").read_bytes(), (folder / "table.parquet").read_bytes()


@pytest.mark.parametrize("cut", [0, 1, 3, 5])
def test_an_interrupted_sweep_goes_on_to_the_same_table(
    engines: Any, build_plan: BuildPlan, tmp_path: Path, cut: int
) -> None:
    plan = build_plan("use", 0.2, 0.5, 0.8)
    run_sweep(plan, InThisProcess(engines.queue), folder=tmp_path / "whole")
    first = Counting(engines.queue, most=cut)
    stopped = run_sweep(plan, first, folder=tmp_path / "cut")
    assert stopped.interrupted
    assert first.closed
    assert len(stopped.outcomes) == cut
    assert (tmp_path / "cut" / "table.csv").exists() == (cut > 0)
    second = Counting(engines.queue)
    result = run_sweep(plan, second, folder=tmp_path / "cut", resume=True)
    assert len(second.done) == 6 - cut
    assert not set(first.done) & set(second.done)
    assert not result.interrupted
    assert tables(tmp_path / "cut") == tables(tmp_path / "whole")


def test_a_killed_sweep_goes_on_to_the_same_table(
    engines: Any, build_plan: BuildPlan, tmp_path: Path
) -> None:
    plan = build_plan("use", 0.2, 0.5, 0.8)
    run_sweep(plan, InThisProcess(engines.queue), folder=tmp_path / "whole")
    script = f"""
import os, signal, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from pathlib import Path
from edge_aibench.record.measures import Measure
from edge_aibench.api.sweeps.plan import SweepPlan
from edge_aibench.api.sweeps.runs import InThisProcess
from edge_aibench.api.sweeps.session import run_sweep
import sweep_queue

def run_point(point, seed):
    if point["use"] == 0.8:
        os.kill(os.getpid(), signal.SIGKILL)
    return sweep_queue.queue(point, seed)

plan = SweepPlan(
    source="exp.yaml", scenario="icu", engine="simulate",
    points=({{"use": 0.2}}, {{"use": 0.5}}, {{"use": 0.8}}), keys=("use",), repeats=2,
    seed=1, seeds="common", measures=(Measure("e2e.mean", "e2e", "mean", "ms"),),
)
run_sweep(plan, InThisProcess(run_point), folder=Path({str(tmp_path / "cut")!r}))
"""
    ended = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    again = Counting(engines.queue)
    run_sweep(plan, again, folder=tmp_path / "cut", resume=True)
    assert again.done == [(2, 0), (0, 1), (1, 1), (2, 1)]
    assert tables(tmp_path / "cut") == tables(tmp_path / "whole")


def test_a_point_that_fails_is_a_row_and_is_done_again(
    engines: Any, build_plan: BuildPlan, tmp_path: Path
) -> None:
    plan = build_plan("what", "ok", "fail", "invalid", repeats=1)
    result = run_sweep(plan, InThisProcess(engines.trouble), folder=tmp_path)
    assert (result.failed, result.invalid) == (1, 1)
    assert result.table["error"].tolist() == ["", "ValueError: two lines", ""]
    again = Counting(lambda _point, _seed: {"e2e.mean": 2.0, "validity": "VALID"})
    mended = run_sweep(plan, again, folder=tmp_path, resume=True)
    assert again.done == [(1, 0)]
    assert mended.failed == 0
    assert mended.table["e2e.mean"].tolist() == [1.0, 2.0, 1.0]


def test_what_ends_the_runner_leaves_the_table_of_what_is_kept(
    engines: Any, build_plan: BuildPlan, tmp_path: Path
) -> None:
    runner = Counting(engines.queue, most=2, ending=HostError("the cluster is gone"))
    with pytest.raises(HostError, match="the cluster is gone"):
        run_sweep(build_plan("use", 0.2, 0.5), runner, folder=tmp_path)
    assert len((tmp_path / "table.csv").read_text().splitlines()) == 3


def test_a_store_of_another_sweep_is_refused(
    engines: Any, build_plan: BuildPlan, tmp_path: Path
) -> None:
    plan = build_plan("use", 0.2, 0.5)
    run_sweep(plan, InThisProcess(engines.queue), folder=tmp_path, contents="before")
    runner = Counting(engines.queue)
    for other, contents in [(replace(plan, seed=2), "before"), (plan, "after")]:
        with pytest.raises(ConfigError, match="holds another sweep"):
            run_sweep(other, runner, folder=tmp_path, contents=contents, resume=True)
    assert runner.done == []


def test_the_folder_holds_the_store_and_both_tables(
    engines: Any, build_plan: BuildPlan, tmp_path: Path
) -> None:
    run_sweep(build_plan("use", 0.2), InThisProcess(engines.queue), folder=tmp_path / "new")
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == [
        *(STORE, "table.csv", "table.parquet"),
    ]

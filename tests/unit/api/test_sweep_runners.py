"""Who does the runs makes no difference to what comes of them, and is no danger to it."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from edge_aibench import __version__
from edge_aibench.api.sweeps import ray_cluster
from edge_aibench.api.sweeps.plan import SweepPlan
from edge_aibench.api.sweeps.ray_cluster import RayCluster
from edge_aibench.api.sweeps.runs import InThisProcess, Outcome, PlannedRun, Runner
from edge_aibench.api.sweeps.workers import LocalProcesses
from edge_aibench.errors import HostError, RunError

BuildPlan = Callable[..., SweepPlan]


def told(runner: Runner, runs: Iterable[PlannedRun]) -> list[tuple[Any, ...]]:
    """All of the outcomes but the time they took, by their place."""
    outcomes = sorted(runner.run(runs), key=lambda outcome: outcome.place)
    return [(o.place, o.seed, dict(o.figures), o.error) for o in outcomes]


def test_figures_are_the_same_to_the_bit_wherever_they_come_from(
    engines: Any, build_plan: BuildPlan, fake_ray: Any
) -> None:
    plan = build_plan("use", 0.2, 0.5, 0.8)
    here = told(InThisProcess(engines.queue), plan.runs())
    assert len({figures["e2e.mean"] for _, _, figures, _ in here}) == 6
    backwards = list(plan.runs())[::-1]
    assert told(LocalProcesses(engines.queue, 1), plan.runs()) == here
    assert told(LocalProcesses(engines.queue, 3), backwards) == here
    assert told(RayCluster(engines.queue, "auto"), plan.runs()) == here


def test_a_run_that_fails_or_dies_is_one_row_and_the_others_go_on(
    engines: Any, build_plan: BuildPlan
) -> None:
    plan = build_plan("what", "ok", "fail", "die", "leave", "never", repeats=1)
    outcomes = {o.index: o for o in LocalProcesses(engines.trouble, 2).run(plan.runs())}
    assert {index: outcome.error for index, outcome in outcomes.items()} == {
        0: None,
        1: "ValueError: two lines",
        2: "the process died: SIGKILL (the machine may have been out of memory)",
        3: "the process died: exit code 7",
        4: None,
    }


def test_processes_compute_on_one_thread(engines: Any, build_plan: BuildPlan) -> None:
    (outcome,) = LocalProcesses(engines.environment, 1).run(build_plan("x", 1, repeats=1).runs())
    assert outcome.figures == {"e2e.mean": 1.0}


def test_no_runs_start_no_process(engines: Any) -> None:
    assert list(LocalProcesses(engines.queue, 2).run([])) == []


def test_a_function_that_others_cannot_import_is_said_to_be(
    engines: Any, build_plan: BuildPlan, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "here_only.py").write_text("def run(point, seed):\n    return {}\n")
    with monkeypatch.context() as patched:
        patched.syspath_prepend(str(tmp_path))
        here_only = __import__("here_only")
    (tmp_path / "here_only.py").unlink()
    runner = LocalProcesses(here_only.run, 1)
    with pytest.raises(RunError, match="ended before its first run: exit code 1"):
        list(runner.run(build_plan("x", 1).runs()))


def is_gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


def test_leaving_the_runs_ends_their_processes(
    engines: Any, build_plan: BuildPlan, tmp_path: Path
) -> None:
    told_in = tmp_path / "told"
    os.mkfifo(told_in)
    process = 0
    plan = build_plan("told", str(told_in), repeats=1)
    runner = LocalProcesses(engines.stuck, 1)

    def interrupt() -> None:
        nonlocal process
        process = int(told_in.read_text())
        os.kill(os.getpid(), signal.SIGINT)

    watcher = threading.Thread(target=interrupt, daemon=True)
    watcher.start()
    with pytest.raises(KeyboardInterrupt):
        list(runner.run(plan.runs()))
    watcher.join(30)
    assert is_gone(process)


def test_processes_end_when_the_program_is_killed(tmp_path: Path) -> None:
    told_in = tmp_path / "told"
    os.mkfifo(told_in)
    script = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from edge_aibench.api.sweeps.runs import PlannedRun
from edge_aibench.api.sweeps.workers import LocalProcesses
import sweep_queue

runs = [PlannedRun(0, 0, 1, {{"told": {str(told_in)!r}}})]
list(LocalProcesses(sweep_queue.stuck, 1).run(runs))
"""
    program = subprocess.Popen([sys.executable, "-c", script])
    process = int(told_in.read_text())
    pidfd = os.pidfd_open(process)
    try:
        program.kill()
        program.wait()
        # Readable as soon as the process has ended.
        readable, _, _ = select.select([pidfd], [], [], 30)
    finally:
        os.close(pidfd)
    assert readable


class _RayError(Exception):
    pass


class FakeRay(ModuleType):
    """Ray's task API, with tasks that run when they are waited for, the last one first."""

    def __init__(self) -> None:
        super().__init__("ray")
        self.exceptions = SimpleNamespace(RayError=_RayError)
        self.options: dict[str, Any] = {}
        self.tasks: list[tuple[Any, ...]] = []
        self.task_options: dict[str, Any] = {}
        self.most_waiting = 0
        self.shut_down = False
        self.refusal: Exception | None = None
        self.dies_at: int | None = None

    def init(self, **options: Any) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.options = options

    def remote(self, **options: Any) -> Callable[[Any], Any]:
        self.task_options = options

        def decorate(function: Any) -> Any:
            def hand_over(*arguments: Any) -> int:
                self.tasks.append((function, *arguments))
                return len(self.tasks) - 1

            return SimpleNamespace(remote=hand_over)

        return decorate

    def cluster_resources(self) -> dict[str, float]:
        return {"CPU": 2.0, "memory": 1e9}

    def wait(self, references: list[Any], *, num_returns: int) -> tuple[list[Any], list[Any]]:
        self.most_waiting = max(self.most_waiting, len(references))
        return references[-num_returns:], references[:-num_returns]

    def get(self, reference: int) -> Outcome:
        function, version, run_point, run = self.tasks[reference]
        if run.index == self.dies_at:
            raise _RayError("the worker\ndied")
        outcome: Outcome = function(version, run_point, run)
        return outcome

    def shutdown(self) -> None:
        self.shut_down = True


@pytest.fixture
def fake_ray(monkeypatch: pytest.MonkeyPatch) -> FakeRay:
    ray = FakeRay()
    monkeypatch.setitem(sys.modules, "ray", ray)
    return ray


def test_ray_is_asked_for_one_core_and_one_try_a_run(
    engines: Any, build_plan: BuildPlan, fake_ray: FakeRay
) -> None:
    plan = build_plan("use", *[number / 20 for number in range(1, 11)], repeats=1)
    outcomes = list(RayCluster(engines.queue, "10.0.0.1:6379").run(plan.runs()))
    assert sorted(outcome.index for outcome in outcomes) == list(range(10))
    assert fake_ray.options["address"] == "10.0.0.1:6379"
    assert fake_ray.options["runtime_env"]["env_vars"]["OMP_NUM_THREADS"] == "1"
    assert fake_ray.task_options == {"num_cpus": 1, "max_retries": 0}
    assert fake_ray.most_waiting == 4  # two a core
    assert fake_ray.shut_down


def test_a_run_that_ray_gives_up_is_one_row(
    engines: Any, build_plan: BuildPlan, fake_ray: FakeRay
) -> None:
    fake_ray.dies_at = 1
    outcomes = list(RayCluster(engines.queue, "auto").run(build_plan("use", 0.1, 0.2).runs()))
    errors = {outcome.place: outcome.error for outcome in outcomes}
    assert errors == {
        (0, 0): None,
        (0, 1): None,
        (1, 0): "_RayError: the worker died",
        (1, 1): "_RayError: the worker died",
    }


def test_a_node_with_another_version_is_named(
    engines: Any, build_plan: BuildPlan, fake_ray: FakeRay, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = RayCluster(engines.queue, "auto")
    outcomes = runner.run(build_plan("use", 0.1, repeats=1).runs())
    real = ray_cluster._attempt_there
    monkeypatch.setattr(ray_cluster, "_attempt_there", lambda _version, *rest: real("0.0.1", *rest))
    (outcome,) = outcomes
    assert outcome.error == (
        f"HostError: this node has edge-aibench {__version__}, the sweep is of 0.0.1"
    )


def test_without_ray_the_way_to_install_it_is_told(
    engines: Any, build_plan: BuildPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(HostError, match=r"Ray is not installed(.|\n)*edge-aibench\[ray\]"):
        list(RayCluster(engines.queue, "auto").run(build_plan("use", 0.1).runs()))


def test_a_cluster_that_does_not_answer_is_named(
    engines: Any, build_plan: BuildPlan, fake_ray: FakeRay
) -> None:
    fake_ray.refusal = ConnectionError("nobody\nthere")
    with pytest.raises(HostError, match=r"at auto cannot be reached: ConnectionError: nobody the"):
        list(RayCluster(engines.queue, "auto").run(build_plan("use", 0.1).runs()))

"""Runs of a sweep on an existing Ray cluster, through Ray's public task API.

A run there is the same call of the same function as here, so it gives the same figures to the
bit on processors and libraries that compute alike; the version of this package is checked.
"""

from __future__ import annotations

import importlib
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import Any

from edge_aibench import __version__
from edge_aibench.api.sweeps.runs import (
    Outcome,
    PlannedRun,
    RunPoint,
    attempt,
    failed,
    in_one_line,
)
from edge_aibench.api.sweeps.workers import ONE_THREAD
from edge_aibench.errors import HostError

_QUEUED_PER_CORE = 2
"""So many runs are handed over ahead, so that no core waits and Ray's queue stays short."""


@dataclass(frozen=True)
class RayCluster:
    """Does runs on the cluster at *address* (`auto`, `HOST:PORT` or `ray://HOST:PORT`)."""

    run_point: RunPoint
    address: str

    def run(self, runs: Iterable[PlannedRun]) -> Generator[Outcome]:
        """Do *runs*, one core each. One that Ray gives up is a failed run.

        Raises HostError where Ray is not installed here or the cluster cannot be reached.
        """
        ray = _load()
        try:
            ray.init(
                address=self.address,
                log_to_driver=False,
                runtime_env={"env_vars": dict.fromkeys(ONE_THREAD, "1")},
            )
        except (ConnectionError, RuntimeError, ValueError, OSError) as error:
            raise HostError(
                f"the Ray cluster at {self.address} cannot be reached: {in_one_line(error)}",
                mend=f"look at it: ray status --address {self.address}",
            ) from error
        try:
            yield from _outcomes(ray, self.run_point, runs)
        finally:
            # Leaves the cluster, which drops the runs that were handed over and not done.
            ray.shutdown()


def _outcomes(ray: Any, run_point: RunPoint, runs: Iterable[PlannedRun]) -> Generator[Outcome]:
    # A run is tried once: what kills one worker would kill the next.
    task = ray.remote(num_cpus=1, max_retries=0)(_attempt_there)
    cores = int(ray.cluster_resources().get("CPU", 1))
    waiting = iter(runs)
    handed_over: dict[Any, PlannedRun] = {}
    while True:
        while len(handed_over) < max(1, cores) * _QUEUED_PER_CORE:
            run = next(waiting, None)
            if run is None:
                break
            handed_over[task.remote(__version__, run_point, run)] = run
        if not handed_over:
            return
        done, _ = ray.wait(list(handed_over), num_returns=1)
        for reference in done:
            yield _outcome(ray, reference, handed_over.pop(reference))


def _outcome(ray: Any, reference: Any, run: PlannedRun) -> Outcome:
    try:
        outcome: Outcome = ray.get(reference)
    except ray.exceptions.RayError as error:
        return failed(run, in_one_line(error))
    return outcome


def _attempt_there(version: str, run_point: RunPoint, run: PlannedRun) -> Outcome:
    if version != __version__:
        return failed(
            run, f"HostError: this node has edge-aibench {__version__}, the sweep is of {version}"
        )
    return attempt(run_point, run)


def _load() -> Any:
    try:
        return importlib.import_module("ray")
    except ImportError as error:
        raise HostError(
            f"Ray is not installed here: {error}", mend="pip install 'edge-aibench[ray]'"
        ) from error

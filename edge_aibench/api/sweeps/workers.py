"""Runs of a sweep in processes of this machine, one run at a time in each.

`concurrent.futures` would do but for two things: when one of its processes dies, nothing tells
whose run that was and all others are lost; and when the parent is killed, its processes stay.
Here each process has a pipe of its own, and ends when its parent does.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING

from edge_aibench.api.sweeps.runs import Outcome, PlannedRun, RunPoint, attempt, failed
from edge_aibench.errors import RunError

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

ONE_THREAD = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"),
    *("NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS"),
)
"""Set to 1 in each process: a sum that is split among threads may round otherwise, and the
processes are as many as the cores already."""

_END_WITHIN_S = 5.0
_READY = "ready"


@dataclass(frozen=True)
class LocalProcesses:
    """Does runs in *jobs* processes of this machine, which do not outlive it."""

    run_point: RunPoint
    jobs: int

    def run(self, runs: Iterable[PlannedRun]) -> Generator[Outcome]:
        """Do *runs*. One whose process dies is a failed run, and a new process takes the next.

        Raises RunError where a process ends before it takes a run.
        """
        waiting = iter(runs)
        workers: list[_Worker] = []
        try:
            for run in waiting:
                workers.append(_Worker(self.run_point, run))
                if len(workers) == self.jobs:
                    break
            while workers:
                for worker in _heard_from(workers):
                    if (outcome := worker.hear()) is None:
                        continue
                    following = next(waiting, None)
                    _pass_on(worker, following, workers, self.run_point)
                    yield outcome
        finally:
            for worker in workers:
                worker.kill()


def _pass_on(
    worker: _Worker, run: PlannedRun | None, workers: list[_Worker], run_point: RunPoint
) -> None:
    """Give *worker*, or its successor if it has died, the next *run*; end it if there is none."""
    if run is not None and worker.alive:
        worker.take(run)
        return
    worker.end()
    workers.remove(worker)
    if run is not None:
        workers.append(_Worker(run_point, run))


def _heard_from(workers: list[_Worker]) -> list[_Worker]:
    ready = set(wait([worker.connection for worker in workers]))
    return [worker for worker in workers if worker.connection in ready]


class _Worker:
    """One process and the run that it is at."""

    def __init__(self, run_point: RunPoint, run: PlannedRun) -> None:
        # A fork would take along threads and locks of whatever the parent has loaded.
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process: SpawnProcess = context.Process(
            target=_work, args=(theirs, run_point), daemon=True, name="edge-aibench sweep"
        )
        self._process.start()
        # Ours alone now, so that either end sees when the other is gone.
        theirs.close()
        self.alive = True
        self._ready = False
        self._run = run
        self._began_s = time.monotonic()

    def take(self, run: PlannedRun) -> None:
        """Begin *run*; if the process has died meanwhile, `hear` tells."""
        self._run = run
        self._began_s = time.monotonic()
        with contextlib.suppress(OSError):
            self.connection.send(run)

    def hear(self) -> Outcome | None:
        """The outcome of the run; None if this only was the process's first word."""
        try:
            message = self.connection.recv()
        except (EOFError, OSError):
            return self._died()
        if message == _READY:
            self._ready = True
            self.take(self._run)
            return None
        outcome: Outcome = message
        return outcome

    def end(self) -> None:
        """Let the idle process go."""
        self.connection.close()
        self._process.join(_END_WITHIN_S)
        self.kill()

    def kill(self) -> None:
        """End the process, whatever it does."""
        self.connection.close()
        self._process.kill()
        self._process.join()

    def _died(self) -> Outcome:
        self._process.join(_END_WITHIN_S)
        self.alive = False
        if not self._ready:
            raise RunError(
                f"a process for the sweep ended before its first run: {self._ending()}",
                next_step="in a script of your own, call sweep under "
                "`if __name__ == '__main__':`; otherwise see what was printed above",
            )
        return failed(self._run, f"the process died: {self._ending()}", began_s=self._began_s)

    def _ending(self) -> str:
        code = self._process.exitcode
        if code is None:
            return "it closed its pipe"
        if code >= 0:
            return f"exit code {code}"
        name = signal.Signals(-code).name
        memory = " (the machine may have been out of memory)" if name == "SIGKILL" else ""
        return f"{name}{memory}"


def _work(connection: Connection, run_point: RunPoint) -> None:
    """What a process does: run after run, until its parent has none left or is gone."""
    # Ctrl-C reaches all processes of a terminal; what it means is the parent's to say.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # The parent may have gone, or be going.
    with contextlib.suppress(EOFError, OSError):
        connection.send(_READY)
        while True:
            connection.send(attempt(run_point, connection.recv()))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)

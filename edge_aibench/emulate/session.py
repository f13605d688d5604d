"""One emulated run from outside: journal, scratch folder, namespaces, run folder, exit code."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from edge_aibench.config.load import document_form
from edge_aibench.emulate.engine import Engine, Observer
from edge_aibench.emulate.isolation import run_isolated
from edge_aibench.emulate.journal import Entry, Journal, process_entry
from edge_aibench.errors import (
    EXIT_HOST,
    EXIT_INTERNAL,
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_RUN_FAILED,
    EXIT_USAGE,
    ConfigError,
    EdgeAIBenchError,
    HostError,
    InternalError,
    RunError,
)
from edge_aibench.record.environment import Environment, collect
from edge_aibench.record.folder import RunFolder

if TYPE_CHECKING:
    from edge_aibench.emulate.results import RenderReport
    from edge_aibench.model.components import Components
    from edge_aibench.model.experiment import Experiment

_FAILURE = "failure.json"


@dataclass(frozen=True)
class RunRequest:
    """What to run and where to leave it.

    *command* is the line that repeats it, *render* makes its report.html.
    """

    experiment: Experiment
    components: Components
    out_dir: Path
    command: str
    percentiles: tuple[float, ...] = ()
    render: RenderReport | None = None


@dataclass(frozen=True)
class RunResult:
    """Where the record is, and whether the run was interrupted."""

    folder: Path
    interrupted: bool


def emulate(request: RunRequest, observer: Observer) -> RunResult:
    """Run once. Raises what went wrong, after the partial record is written."""
    run_id = secrets.token_hex(3)
    environment = collect()
    journal = Journal.open_new(run_id)
    try:
        folder = RunFolder.create(
            request.out_dir,
            scenario=request.experiment.scenario.name,
            engine="emulate",
            now=datetime.now(UTC),
            run_id=run_id,
            seed=request.experiment.workload.seed,
            command=request.command,
            environment=environment,
        )
        journal.add(Entry(kind="run-folder", path=str(folder.path.resolve())))
        folder.write_config(document_form(request.experiment))
        scratch = Path(tempfile.gettempdir()) / f"edge-aibench-{run_id}"
        journal.add(Entry(kind="directory", path=str(scratch)))
        scratch.mkdir(mode=0o700)
        try:
            code = run_isolated(
                _inner(request, folder, scratch, environment, observer),
                on_start=lambda pid: journal.add(process_entry("process", pid)),
            )
            if code not in (EXIT_OK, EXIT_INTERRUPTED):
                raise _failure(scratch, folder)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        return RunResult(folder=folder.path, interrupted=code == EXIT_INTERRUPTED)
    finally:
        journal.close()


def _inner(
    request: RunRequest,
    folder: RunFolder,
    scratch: Path,
    environment: Environment,
    observer: Observer,
) -> Callable[[], int]:
    """What runs as process 1 of the run's namespaces."""

    def run() -> int:
        try:
            return _run_inside(request, folder, scratch, environment, observer)
        except KeyboardInterrupt:
            folder.stop("interrupted", "interrupted before the load began", now=datetime.now(UTC))
            return EXIT_INTERRUPTED
        except EdgeAIBenchError as error:
            failure = {"what": str(error), "exit_code": error.exit_code}
            (scratch / _FAILURE).write_text(json.dumps(failure))
            folder.stop("failed", str(error), now=datetime.now(UTC))
            return error.exit_code
        except Exception as error:  # noqa: BLE001 - carried to the outer process
            if os.environ.get("EDGE_AIBENCH_DEBUG") == "1":
                traceback.print_exc()
            what = f"{type(error).__name__}: {error}"
            (scratch / _FAILURE).write_text(json.dumps({"what": what, "exit_code": EXIT_INTERNAL}))
            folder.stop("failed", what, now=datetime.now(UTC))
            return EXIT_INTERNAL

    return run


def _run_inside(
    request: RunRequest,
    folder: RunFolder,
    scratch: Path,
    environment: Environment,
    observer: Observer,
) -> int:
    engine = Engine(
        request.experiment,
        request.components,
        folder=folder,
        scratch=scratch,
        observer=observer,
    )
    outcome = engine.run()
    observer.phase("record")
    from edge_aibench.emulate.results import to_run_data, write_record

    data = to_run_data(
        request.experiment,
        outcome,
        request.components,
        environment=environment,
        command=request.command,
    )
    write_record(
        folder,
        data,
        percentiles=request.percentiles,
        ended=outcome.ended,
        render=request.render,
    )
    engine.event_file.discard()
    if outcome.ended is None:
        return EXIT_OK
    if isinstance(outcome.ended, KeyboardInterrupt):
        return EXIT_INTERRUPTED
    failure = {"what": str(outcome.ended), "exit_code": EXIT_RUN_FAILED}
    (scratch / _FAILURE).write_text(json.dumps(failure))
    return EXIT_RUN_FAILED


def _failure(scratch: Path, folder: RunFolder) -> EdgeAIBenchError:
    """The error that ended the inner process, as it was raised there."""
    place = f"what was measured is in {folder.path}"
    try:
        failure = json.loads((scratch / _FAILURE).read_text())
    except (OSError, json.JSONDecodeError):
        return RunError(
            "the emulation ended without a word; this is a bug of ours", next_step=place
        )
    if failure["exit_code"] == EXIT_USAGE:
        return ConfigError(failure["what"], where="emulate")
    if failure["exit_code"] == EXIT_INTERNAL:
        return InternalError(failure["what"])
    if failure["exit_code"] == EXIT_HOST:
        return HostError(failure["what"])
    return RunError(failure["what"], next_step=place)

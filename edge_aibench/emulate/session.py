"""One emulated run from outside: journal, scratch folder, namespaces, run folder, exit code."""

from __future__ import annotations

import os
import secrets
import select
import shutil
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from edge_aibench.config.load import document_form
from edge_aibench.emulate import interrupts, preflight
from edge_aibench.emulate.carried import read_error, write_error
from edge_aibench.emulate.engine import Engine
from edge_aibench.emulate.isolation import run_isolated
from edge_aibench.emulate.journal import Entry, Journal, process_entry, scratch_folder
from edge_aibench.emulate.outcome import Observer
from edge_aibench.emulate.recovery import Cut, is_unfinished, save_partial
from edge_aibench.errors import (
    EXIT_INTERNAL,
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_RUN_FAILED,
    EdgeAIBenchError,
    HostError,
    InternalError,
    RunError,
)
from edge_aibench.record.environment import Environment, collect
from edge_aibench.record.folder import RunFolder

if TYPE_CHECKING:
    from edge_aibench.emulate.answer_book import AnswerBook
    from edge_aibench.emulate.results import RenderReport
    from edge_aibench.model.components import Components
    from edge_aibench.model.experiment import Experiment

_PROGRAMS = (("mnexec", "mininet"), ("ip", "iproute2"), ("mosquitto", "mosquitto"))
"""Programs that a run calls, each with the Debian package that holds it."""

_INTERRUPTED = Cut("interrupted", "interrupted; the record holds what was measured until then")


@dataclass(frozen=True)
class RunRequest:
    """What to run and where to leave it.

    *command* is the line that repeats it, *render* makes its report.html. *answers* are those of
    profiled mode; *expected_use* is the share of the cores that the run is expected to take.
    """

    experiment: Experiment
    components: Components
    out_dir: Path
    command: str
    percentiles: tuple[float, ...] = ()
    render: RenderReport | None = None
    answers: AnswerBook | None = None
    expected_use: float | None = None


@dataclass(frozen=True)
class RunResult:
    """Where the record is, and whether the run was interrupted."""

    folder: Path
    interrupted: bool


def emulate(request: RunRequest, observer: Observer) -> RunResult:
    """Run once. Raises what went wrong, after the partial record is written.

    Ctrl-C, SIGTERM and SIGHUP end the run early; they never raise here. Call it from the main
    thread: signals reach no other.
    """
    require_programs()
    with interrupts.noted() as note:
        journal = Journal.open_new(secrets.token_hex(3))
        try:
            return _run_journalled(request, observer, journal, note)
        finally:
            if _nothing_is_left(journal):
                journal.close()


def require_programs() -> None:
    """Raise HostError, with the command that installs it, if a program of the run is missing."""
    missing = [
        finding
        for finding in map(preflight.probe_program, *zip(*_PROGRAMS, strict=True))
        if not finding.ok
    ]
    if missing:
        raise HostError(
            f"{', '.join(finding.name for finding in missing)}: not found on this machine",
            mend="\n  -> ".join(finding.mend for finding in missing if finding.mend),
        )


class _Report:
    """A pipe on which the inner process tells the outer what went wrong.

    Not a file: the error may be that a disk is full.
    """

    def __enter__(self) -> Self:
        self._read, self._write = os.pipe()
        return self

    def __exit__(self, *_ending: object) -> None:
        os.close(self._read)
        os.close(self._write)

    def tell(self, error: BaseException) -> None:
        """Tell of *error*. Nobody reads before the end, so it must fit into the pipe."""
        os.write(self._write, write_error(error).encode())

    def error(self) -> EdgeAIBenchError:
        """The error that ended the inner process, as it was raised there."""
        if not select.select([self._read], [], [], 0)[0]:
            return InternalError("the emulation ended without a word")
        return read_error(os.read(self._read, 1 << 16).decode())


def _run_journalled(
    request: RunRequest, observer: Observer, journal: Journal, note: interrupts.Noted
) -> RunResult:
    environment = collect()
    folder = RunFolder.create(
        request.out_dir,
        scenario=request.experiment.scenario.name,
        engine="emulate",
        now=datetime.now(UTC),
        run_id=journal.run_id,
        seed=request.experiment.workload.seed,
        command=request.command,
        environment=environment,
    )
    journal.add(Entry(kind="run-folder", path=str(folder.path.resolve())))
    try:
        folder.write_config(document_form(request.experiment))
        with _scratch(journal) as scratch, _Report() as report:
            if not note.seen:
                inner = _inner(request, folder, scratch, environment, observer, report)
                note.seen |= _run_in_namespaces(inner, folder, journal, report)
        if note.seen:
            _finish(request, folder.path, _INTERRUPTED)
    except EdgeAIBenchError as error:
        _finish(request, folder.path, Cut("failed", str(error)), error)
        raise
    return RunResult(folder=folder.path, interrupted=note.seen)


def _run_in_namespaces(
    inner: Callable[[], int], folder: RunFolder, journal: Journal, report: _Report
) -> bool:
    """Run *inner*; whether it was interrupted. Raises what ended it otherwise."""
    try:
        code = run_isolated(inner, on_start=lambda pid: journal.add(process_entry("process", pid)))
        if code in (EXIT_OK, EXIT_INTERRUPTED):
            return code == EXIT_INTERRUPTED
        raise report.error()
    except RunError as error:
        place = f"what there is of a record is in {folder.path}"
        step = place if error.next_step is None else f"{error.next_step}\n  -> {place}"
        raise RunError(error.what, next_step=step) from error


@contextmanager
def _scratch(journal: Journal) -> Iterator[Path]:
    """A folder for what is of no use after the run."""
    try:
        scratch = scratch_folder(journal.run_id, within=Path(tempfile.gettempdir()))
        journal.add(Entry(kind="directory", path=str(scratch)))
        scratch.mkdir(mode=0o700)
    except OSError as error:
        raise HostError(
            f"cannot make a temporary folder: {error}",
            mend="free space there, or set TMPDIR to a folder that you may write to",
        ) from error
    try:
        yield scratch
    finally:
        # What cannot be removed stays in the journal, for `clean`, which says why.
        shutil.rmtree(scratch, ignore_errors=True)


def _finish(
    request: RunRequest, folder: Path, cut: Cut, error: EdgeAIBenchError | None = None
) -> None:
    """Have the record hold what was measured, where the engine could not see to it.

    Raises HostError that tells of *error* too if that is not possible.
    """
    try:
        save_partial(folder, lambda _: request.components, cut=cut)
    except HostError as trouble:
        raise HostError(
            f"{error.what if isinstance(error, HostError) else error or trouble.what}\n"
            f"  the record in {folder} is not finished",
            mend=f"{trouble.mend}\n  -> then `edge-aibench clean` finishes it",
        ) from trouble


def _nothing_is_left(journal: Journal) -> bool:
    """Whether all that *journal* lists is gone or, for the run folder, brought to an end."""
    return not any(
        (entry.kind == "run-folder" and is_unfinished(Path(entry.path)))
        or (entry.kind == "directory" and Path(entry.path).exists())
        for entry in journal.entries()
    )


def _inner(
    request: RunRequest,
    folder: RunFolder,
    scratch: Path,
    environment: Environment,
    observer: Observer,
    report: _Report,
) -> Callable[[], int]:
    """What runs as process 1 of the run's namespaces; *report* is told of errors.

    An ending that leaves the run folder unfinished is finished by the outer process, which the
    death of this one does not reach, from the events on disk.
    """

    def run() -> int:
        try:
            return _run_inside(request, folder, scratch, environment, observer, report)
        except KeyboardInterrupt:
            return EXIT_INTERRUPTED
        except EdgeAIBenchError as error:
            report.tell(error)
            return error.exit_code
        except Exception as error:  # noqa: BLE001 - carried to the outer process
            if os.environ.get("EDGE_AIBENCH_DEBUG") == "1":
                traceback.print_exc()
            report.tell(error)
            return EXIT_INTERNAL

    return run


def _run_inside(
    request: RunRequest,
    folder: RunFolder,
    scratch: Path,
    environment: Environment,
    observer: Observer,
    report: _Report,
) -> int:
    engine = Engine(
        request.experiment,
        request.components,
        folder=folder,
        scratch=scratch,
        observer=observer,
        answers=request.answers,
    )
    outcome = engine.run()
    # All is measured: an interrupt now ends the command, once the record is whole.
    with interrupts.noted() as note:
        observer.phase("record")
        from edge_aibench.emulate.results import to_run_data, write_record

        data = to_run_data(
            request.experiment,
            outcome,
            request.components,
            environment=environment,
            command=request.command,
            expected_use=request.expected_use,
        )
        try:
            write_record(
                folder,
                data,
                percentiles=request.percentiles,
                ended=outcome.ended,
                render=request.render,
            )
        except HostError as error:
            # A disk that was full under the load still is: what was first is what is told.
            raise (outcome.ended if isinstance(outcome.ended, HostError) else error) from None
        engine.event_file.discard()
    if outcome.ended is None:
        return EXIT_INTERRUPTED if note.seen else EXIT_OK
    if isinstance(outcome.ended, KeyboardInterrupt):
        return EXIT_INTERRUPTED
    report.tell(outcome.ended)
    return (
        outcome.ended.exit_code if isinstance(outcome.ended, EdgeAIBenchError) else EXIT_RUN_FAILED
    )

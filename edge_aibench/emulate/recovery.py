"""After a crash: take back what a run left, and make a record of what it had measured."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import ValidationError

from edge_aibench.emulate.event_file import NAME as EVENT_FILE
from edge_aibench.emulate.event_file import StoredEvents, read_event_file
from edge_aibench.emulate.journal import Journal, journals
from edge_aibench.emulate.journal import folder as journal_folder
from edge_aibench.emulate.outcome import Outcome, Readings
from edge_aibench.emulate.relay_readings import RelayReadings
from edge_aibench.errors import ConfigError, EdgeAIBenchError, RunError
from edge_aibench.model.experiment import plan_all
from edge_aibench.record.environment import collect
from edge_aibench.record.files import write_whole
from edge_aibench.record.folder import RunFolder
from edge_aibench.record.manifest import MANIFEST, FileEntry, Manifest
from edge_aibench.record.opened import OpenedRun, open_run

if TYPE_CHECKING:
    from edge_aibench.model.components import Components
    from edge_aibench.model.experiment import Experiment

LoadComponents = Callable[["Experiment"], "Components"]

_STOPS_WITHIN_S = 30.0


@dataclass(frozen=True)
class Cut:
    """How a run ended before its end, for its manifest."""

    state: Literal["interrupted", "failed"]
    reason: str

    def as_error(self) -> BaseException:
        """The ending as the engine would have met it."""
        return KeyboardInterrupt() if self.state == "interrupted" else RunError(self.reason)


KILLED = Cut("interrupted", "killed while it ran; the record holds what was measured until then")


def clean(load_components: LoadComponents, *, run_id: str | None = None) -> list[str]:
    """Undo the journals of runs whose owner is gone, or that of *run_id* even if it lives.

    Gives a line for each thing that was there. Nothing that is not in a journal is touched.
    Raises ConfigError for a *run_id* that has no journal; RunError, after all else is done, if
    some run could not be dealt with: its journal stays, and the next call tries again.
    """
    done: list[str] = []
    failed: list[str] = []
    with _one_at_a_time():
        for journal in _wanted(run_id):
            try:
                lines = _clean_one(journal, load_components, end_it=run_id is not None)
            except EdgeAIBenchError as error:
                failed.append(f"run {journal.run_id}: {error}")
            else:
                done += [f"run {journal.run_id}: {line}" for line in lines]
    if failed:
        raise RunError(
            "\n".join([*done, *failed]),
            next_step="mend this and clean again; or delete the run's folder and clean again",
        )
    return done


def save_partial(path: Path, load_components: LoadComponents, *, cut: Cut) -> list[str]:
    """Make a record of what the run in folder *path* had measured, if it did not end itself.

    Gives a line for what was done. Raises HostError if it cannot be written, ConfigError if the
    folder is damaged; the raw events stay there then.
    """
    if not path.is_dir():
        return []
    manifest = _settle(path)
    if manifest.state != "running":
        # The tables were whole before the run was marked as ended.
        (path / EVENT_FILE).unlink(missing_ok=True)
        return []
    opened = open_run(path)
    stored = read_event_file(path)
    if stored is None or opened.config is None or not len(stored.events):
        RunFolder(path, opened.manifest).stop(
            cut.state, f"{cut.reason}; nothing had been measured", now=datetime.now(UTC)
        )
        (path / EVENT_FILE).unlink(missing_ok=True)
        return [f"marked {path} as {cut.state}; nothing had been measured"]
    _write_partial(opened, stored, load_components, cut)
    (path / EVENT_FILE).unlink()
    return [f"saved what was measured in {path}"]


def is_unfinished(path: Path) -> bool:
    """Whether the run folder at *path* says that its run goes on, or cannot say anything."""
    try:
        return path.is_dir() and _read_manifest(path).state == "running"
    except ConfigError:
        return True


def _clean_one(journal: Journal, load_components: LoadComponents, *, end_it: bool) -> list[str]:
    owner = journal.owner()
    if owner is not None and not end_it:
        return ["is at work: left alone"]
    if owner is not None and owner != os.getpid():
        if journal.interrupt(wait_s=_STOPS_WITHIN_S):
            return ["was at work: interrupted, and it saved what was measured"]
        if journal.owner() is not None:
            raise RunError(
                f"it does not stop within {_STOPS_WITHIN_S:.0f} s",
                next_step=f"end process {owner} (kill -9 {owner}) and clean again",
            )
    lines = journal.take_back()
    for entry in journal.entries():
        if entry.kind == "run-folder":
            lines += save_partial(Path(entry.path), load_components, cut=KILLED)
    journal.close()
    return lines


def _wanted(run_id: str | None) -> list[Journal]:
    found = [journal for journal in journals() if run_id in (None, journal.run_id)]
    if run_id is not None and not found:
        raise ConfigError("there is no run of this id to clean", where="--run", value=run_id)
    return found


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Let a second `clean` wait for the first: both would write the same record."""
    if not journal_folder().is_dir():
        yield
        return
    descriptor = os.open(journal_folder(), os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _settle(path: Path) -> Manifest:
    """Read the manifest of a folder whose writer was killed, once it is true again.

    Half a file is removed, and a file that was replaced after the manifest was last written is
    taken off the list.
    """
    for half in path.glob(".*.partial"):
        half.unlink()
    manifest = _read_manifest(path)
    true = {name: entry for name, entry in manifest.files.items() if _matches(path / name, entry)}
    if manifest.state != "running" or true == manifest.files:
        return manifest
    settled = manifest.model_copy(update={"files": true})
    text = settled.model_dump_json(indent=2) + "\n"
    write_whole(path / MANIFEST, lambda file: file.write(text.encode()))
    return settled


def _read_manifest(path: Path) -> Manifest:
    file = path / MANIFEST
    try:
        return Manifest.model_validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise ConfigError("cannot be read: is it a run folder?", where=str(file)) from error


def _matches(file: Path, entry: FileEntry) -> bool:
    if not file.is_file() or file.stat().st_size != entry.size_bytes:
        return False
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == entry.sha256


def _write_partial(
    opened: OpenedRun, stored: StoredEvents, load_components: LoadComponents, cut: Cut
) -> None:
    from edge_aibench.config.values import FROM_DOCUMENT
    from edge_aibench.emulate.results import to_run_data, write_record
    from edge_aibench.model.experiment import Experiment

    experiment = Experiment.model_validate(opened.config, context=FROM_DOCUMENT)
    outcome = Outcome(
        plans=plan_all(experiment),
        events=stored.events,
        origin_ns=stored.origin_ns,
        end_ns=int(stored.events["end_ns"].max()),
        links=opened.links,
        before=Readings(None, None),
        after=Readings(None, None),
        relay=RelayReadings(),
        warnings=(cut.reason,),
        lost_ns=(),
        ended=cut.as_error(),
    )
    data = to_run_data(
        experiment,
        outcome,
        load_components(experiment),
        environment=opened.manifest.environment or collect(),
        command=opened.manifest.command,
    )
    folder = RunFolder(opened.path, opened.manifest)
    write_record(folder, data, percentiles=(), ended=outcome.ended, render=None)
    folder.stop(cut.state, cut.reason, now=datetime.now(UTC))

"""After a crash: take back what a run left, and make a record of what it had measured."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from edge_aibench.emulate.engine import Outcome, Readings, plan_all
from edge_aibench.emulate.event_file import NAME as EVENT_FILE
from edge_aibench.emulate.event_file import read_event_file
from edge_aibench.emulate.journal import journals
from edge_aibench.emulate.node_plans import call_roll
from edge_aibench.errors import ConfigError, RunError
from edge_aibench.record.environment import collect
from edge_aibench.record.folder import RunFolder
from edge_aibench.record.opened import open_run

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge_aibench.model.components import Components
    from edge_aibench.model.experiment import Experiment

_KILLED = "killed while it ran; the record holds what was measured until then"


def clean(
    load_components: Callable[[Experiment], Components], *, run_id: str | None = None
) -> list[str]:
    """Undo the journals of runs whose owner is gone, or that of *run_id* even if it lives.

    Gives a line for each thing that was there. Nothing that is not in a journal is touched.
    Raises ConfigError for a *run_id* that has no journal.
    """
    found = list(journals())
    if run_id is not None:
        found = [journal for journal in found if journal.run_id == run_id]
        if not found:
            raise ConfigError("there is no run of this id to clean", where="--run", value=run_id)
    done = []
    for journal in found:
        if run_id is None and journal.owner_lives():
            done.append(f"run {journal.run_id} is at work: left alone")
            continue
        folders = [Path(e.path) for e in journal.entries() if e.kind == "run-folder"]
        done += [f"run {journal.run_id}: {line}" for line in journal.undo()]
        for folder in folders:
            done += [f"run {journal.run_id}: {line}" for line in _save(folder, load_components)]
    return done


def _save(path: Path, load_components: Callable[[Experiment], Components]) -> list[str]:
    """Turn the raw events in run folder *path* into a partial record."""
    if not path.is_dir():
        return []
    opened = open_run(path)
    folder = RunFolder(path, opened.manifest)
    if opened.manifest.complete:
        return []
    stored = read_event_file(path)
    now = datetime.now(UTC)
    if stored is None or opened.config is None or not len(stored.events):
        folder.stop("interrupted", "killed before anything was measured", now=now)
        return [f"marked {path} as interrupted; nothing had been measured"]
    from edge_aibench.config.values import FROM_DOCUMENT
    from edge_aibench.emulate.results import to_run_data, write_record
    from edge_aibench.model.experiment import Experiment

    experiment = Experiment.model_validate(opened.config, context=FROM_DOCUMENT)
    outcome = Outcome(
        plans=plan_all(experiment),
        roll=call_roll(experiment),
        events=stored.events,
        origin_ns=stored.origin_ns,
        end_ns=int(stored.events["end_ns"].max()),
        links=opened.links,
        before=Readings(None, None),
        after=Readings(None, None),
        warnings=(_KILLED,),
        ended=RunError(_KILLED),
    )
    data = to_run_data(
        experiment,
        outcome,
        load_components(experiment),
        environment=opened.manifest.environment or collect(),
        command=opened.manifest.command,
    )
    write_record(folder, data, percentiles=(), ended=outcome.ended, render=None)
    (path / EVENT_FILE).unlink()
    return [f"saved what was measured in {path}"]

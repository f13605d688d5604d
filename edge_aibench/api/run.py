"""What a run left, as Python values."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge_aibench.errors import ConfigError, HostError

if TYPE_CHECKING:
    import pandas as pd

    from edge_aibench.model.experiment import Experiment
    from edge_aibench.record.data import RunData
    from edge_aibench.record.load import Load
    from edge_aibench.record.opened import OpenedRun
    from edge_aibench.record.summary import Summary
    from edge_aibench.simulate.session import SimulatedRun


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Run:
    """One run of an experiment, simulated here or read from a run folder.

    *engine* is `simpy`, `vector` or `emulate`, or `simulate` where an older folder does not tell
    which of the two; *fallback* is the feature for which the vector engine could not serve.
    *expected* is what the run was expected to ask of links and workers. *folder* is where the
    record lies, None until it is saved.
    """

    summary: Summary
    experiment: Experiment
    engine: str
    fallback: str | None = None
    expected: tuple[Load, ...] = ()
    folder: Path | None = None
    interrupted: bool = False
    data: RunData | None = None
    opened: OpenedRun | None = None

    @classmethod
    def of_simulation(
        cls, experiment: Experiment, found: SimulatedRun, expected: tuple[Load, ...] = ()
    ) -> Run:
        """The run that the engine has *found*."""
        return cls(
            summary=found.summary,
            experiment=experiment,
            engine=found.engine,
            fallback=found.fallback,
            expected=expected,
            data=found.data,
        )

    @classmethod
    def of_folder(cls, opened: OpenedRun) -> Run:
        """The run in an opened folder. Raises ConfigError if nothing was measured in it."""
        from edge_aibench.config.values import FROM_DOCUMENT
        from edge_aibench.model.experiment import Experiment

        if opened.summary is None or opened.config is None:
            raise ConfigError(
                "holds no result: the run was cut short before anything was measured",
                where=str(opened.path),
                next_step="run it again: edge-aibench replay",
            )
        return cls(
            summary=opened.summary,
            experiment=Experiment.model_validate(opened.config, context=FROM_DOCUMENT),
            engine=opened.manifest.simulated_by or opened.manifest.engine,
            folder=opened.path,
            interrupted=opened.manifest.state == "interrupted",
            opened=opened,
        )

    @property
    def requests(self) -> pd.DataFrame:
        """One row a request, warm-up included: columns of `record.data.Request`.

        Raises ConfigError where the record is a summary.
        """
        return self._table(
            None if self.data is None else self.data.requests,
            None if self.opened is None else self.opened.requests,
            "requests",
        )

    @property
    def hops(self) -> pd.DataFrame:
        """One row a step of a request: columns of `record.data.Hop`.

        Raises ConfigError where the record is a summary.
        """
        return self._table(
            None if self.data is None else self.data.hops,
            None if self.opened is None else self.opened.hops,
            "hops",
        )

    @property
    def tasks(self) -> tuple[str, ...]:
        """The inference stages, each of which has latencies of its own."""
        return self.summary.tasks

    @property
    def config(self) -> Mapping[str, Any]:
        """The resolved experiment in plain values, as it is saved."""
        from edge_aibench.config.load import document_form

        return document_form(self.experiment)

    def save(self, out: str | Path = "runs") -> Path:
        """Write the run folder into *out*, and give its path: the same files as of a command.

        A run that lies in a folder already is copied, with its name. Raises HostError where that
        is not possible.
        """
        if self.folder is not None:
            return _copied(self.folder, Path(out))
        from edge_aibench.api.run_folder import write_run

        return write_run(self, Path(out))

    def __repr__(self) -> str:
        summary = self.summary
        valid = "VALID" if summary.validity.valid else "INVALID"
        return (
            f"<Run of {summary.scenario} by {self.engine}: {summary.instances} instances, "
            f"{summary.counts.measured} requests measured, {valid}>"
        )

    def _table(
        self, made: pd.DataFrame | None, read: pd.DataFrame | None, name: str
    ) -> pd.DataFrame:
        found = read if made is None else made
        if found is None:
            raise ConfigError(
                f"the record holds no table of {name}: it is a summary, or was cut short",
                where="run" if self.folder is None else str(self.folder),
                next_step='run it with record="full" (--record full)',
            )
        return found


def _copied(folder: Path, out: Path) -> Path:
    copy = out / folder.name
    if copy.exists():
        if copy.samefile(folder):
            return folder
        raise HostError(
            f"cannot write {copy}: a file or run of this name is there already",
            mend="choose another place",
        )
    try:
        shutil.copytree(folder, copy)
    except OSError as error:
        raise HostError(
            f"cannot write {copy}: {error}", mend="free space there, or choose another place"
        ) from error
    return copy

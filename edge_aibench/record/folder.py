"""The folder that a run leaves: `runs/<utc>-<scenario>-<id>/`.

Each file is whole or absent. The manifest is there from the first moment and says `complete:
false` until the last file is written, so that a folder cut short can be told from a result.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from edge_aibench.config.document import write_document
from edge_aibench.errors import HostError, InternalError
from edge_aibench.record.data import EngineName, RunData, SimulationEngine
from edge_aibench.record.environment import Environment
from edge_aibench.record.files import cannot_write, write_whole
from edge_aibench.record.links import LinkResult
from edge_aibench.record.manifest import (
    CONFIG,
    HOPS,
    LINKS,
    MANIFEST,
    REPORT,
    REQUESTS,
    SUMMARY,
    TRACE,
    FileEntry,
    Manifest,
    State,
)
from edge_aibench.record.opened import OpenedRun, open_run
from edge_aibench.record.summary import Summary, experiment_digest
from edge_aibench.record.trace import trace_events

if TYPE_CHECKING:
    import pandas as pd

_NAME = re.compile(r"^[a-z0-9][a-z0-9-]*$")


class RunFolder:
    """A run folder being written: `create`, any of the `write_` methods, `finish` or `stop`."""

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.path = path
        self._manifest = manifest

    @property
    def manifest(self) -> Manifest:
        """The manifest as last written."""
        return self._manifest

    @classmethod
    def create(  # noqa: PLR0913 - what the manifest says
        cls,
        out_dir: Path,
        *,
        scenario: str,
        engine: EngineName,
        now: datetime,
        run_id: str,
        seed: int | None = None,
        command: str = "",
        environment: Environment | None = None,
        simulated_by: SimulationEngine | None = None,
    ) -> RunFolder:
        """Make the folder and its first manifest. *now* must carry a time zone.

        Raises HostError that names the place if it cannot be made.
        """
        if now.tzinfo is None or not _NAME.match(run_id) or not _NAME.match(scenario):
            raise InternalError(
                "a run folder needs an aware time and lower-case words: "
                f"now={now!r}, run_id={run_id!r}, scenario={scenario!r}"
            )
        utc = now.astimezone(UTC)
        path = out_dir / f"{utc:%Y%m%dT%H%M%SZ}-{scenario}-{run_id}"
        try:
            path.mkdir(parents=True)
        except FileExistsError:
            raise HostError(
                f"cannot write {path}: a file or run of this name is there already",
                mend="start the run again, or choose another place: --out",
            ) from None
        except OSError as error:
            raise cannot_write(path, error) from error
        folder = cls(
            path,
            Manifest(
                run=path.name,
                scenario=scenario,
                engine=engine,
                simulated_by=simulated_by,
                started_utc=f"{utc:%Y-%m-%dT%H:%M:%SZ}",
                seed=seed,
                command=command,
                environment=environment,
            ),
        )
        try:
            folder._write_manifest()
        except HostError:
            path.rmdir()
            raise
        return folder

    def write_config(self, experiment: Mapping[str, Any]) -> None:
        """Save the resolved configuration (plain JSON types) and its digest."""
        text = write_document(experiment)
        self._manifest = self._manifest.model_copy(
            update={"experiment_sha256": experiment_digest(experiment)}
        )
        self.write_text(CONFIG, text)

    def write_frames(self, *, requests: pd.DataFrame, hops: pd.DataFrame) -> None:
        """Save both raw tables."""
        self._write(REQUESTS, _parquet(requests))
        self._write(HOPS, _parquet(hops))

    def write_links(self, links: Sequence[LinkResult]) -> None:
        """Save what was asked of and achieved by every link."""
        self.write_json(LINKS, [link.model_dump(mode="json") for link in links])

    def write_summary(self, summary: Summary) -> None:
        """Save the summary."""
        self.write_json(SUMMARY, summary.model_dump(mode="json"))

    def write_results(
        self, data: RunData, summary: Summary | None, *, report_html: str | None = None
    ) -> None:
        """Save all that is known of a run, whole or partial; `finish` or `stop` comes next."""
        self.write_frames(requests=data.requests, hops=data.hops)
        self.write_links(data.links)
        if summary is not None:
            self.write_summary(summary)
        self.write_json(TRACE, trace_events(data), indent=None)
        if report_html is not None:
            self.write_text(REPORT, report_html)

    def write_json(self, name: str, content: object, *, indent: int | None = 2) -> None:
        """Save *content* as JSON; infinity and NaN are refused."""
        self.write_text(
            name, json.dumps(content, indent=indent, ensure_ascii=False, allow_nan=False) + "\n"
        )

    def write_text(self, name: str, text: str) -> None:
        """Save *text* as UTF-8."""
        self._write(name, lambda file: file.write(text.encode()))

    def finish(self, *, now: datetime) -> None:
        """Mark the run complete; everything must be written by now."""
        self._end("complete", None, now)

    def stop(self, state: State, reason: str, *, now: datetime) -> None:
        """Mark the run `interrupted` or `failed`; what was written so far stays."""
        if state not in ("interrupted", "failed"):
            raise InternalError(f"a run cannot stop as '{state}'")
        self._end(state, reason, now)

    def _end(self, state: State, reason: str | None, now: datetime) -> None:
        self._manifest = self._manifest.model_copy(
            update={
                "state": state,
                "complete": state == "complete",
                "reason": reason,
                "ended_utc": f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            }
        )
        self._write_manifest()

    def _write(self, name: str, write: Callable[[BinaryIO], object]) -> None:
        write_whole(self.path / name, write)
        files = {**self._manifest.files, name: _entry(self.path / name)}
        self._manifest = self._manifest.model_copy(update={"files": files})
        self._write_manifest()

    def _write_manifest(self) -> None:
        text = self._manifest.model_dump_json(indent=2) + "\n"

        def write(file: BinaryIO) -> None:
            file.write(text.encode())

        write_whole(self.path / MANIFEST, write)

    @staticmethod
    def open(path: Path) -> OpenedRun:
        """Read a folder back. Raises ConfigError if it is none, or is damaged."""
        return open_run(path)


def _parquet(frame: pd.DataFrame) -> Callable[[BinaryIO], object]:
    return lambda file: frame.to_parquet(file, index=False)


def _entry(path: Path) -> FileEntry:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return FileEntry(size_bytes=path.stat().st_size, sha256=digest)

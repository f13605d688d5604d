"""The manifest of a run folder: what the run was, how it ended, which files it left."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from edge_aibench.record.data import EngineName, SimulationEngine
from edge_aibench.record.environment import Environment
from edge_aibench.record.values import Entry

MANIFEST_VERSION: Literal[1] = 1
MANIFEST = "manifest.json"
CONFIG = "config.yaml"
REQUESTS = "requests.parquet"
HOPS = "hops.parquet"
LINKS = "links.json"
SUMMARY = "summary.json"
TRACE = "trace.json"
REPORT = "report.html"

State = Literal["running", "complete", "interrupted", "failed"]


class FileEntry(Entry):
    """A file of the folder as it was written."""

    size_bytes: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Manifest(Entry):
    """*complete* is false until everything is written; *reason* says why it stayed so.

    *simulated_by* names the simulator's engine, None of an emulation.
    *command* repeats the run; *started_utc* and *ended_utc* are ISO 8601 with seconds.
    """

    schema_version: Literal[1] = MANIFEST_VERSION
    run: str
    scenario: str
    engine: EngineName
    simulated_by: SimulationEngine | None = None
    state: State = "running"
    complete: bool = False
    reason: str | None = None
    started_utc: str
    ended_utc: str | None = None
    seed: int | None = None
    command: str = ""
    experiment_sha256: str = ""
    environment: Environment | None = None
    files: dict[str, FileEntry] = Field(default_factory=dict)

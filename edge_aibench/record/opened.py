"""Reading a run folder back, and refusing one that is damaged."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from edge_aibench.errors import ConfigError, InternalError
from edge_aibench.record.data import check_hops, check_requests
from edge_aibench.record.latency import latencies
from edge_aibench.record.links import LinkResult
from edge_aibench.record.manifest import (
    CONFIG,
    HOPS,
    LINKS,
    MANIFEST,
    REQUESTS,
    SUMMARY,
    Manifest,
)
from edge_aibench.record.summary import Summary

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

MOST_BYTES = 4_000_000_000
"""No file of a run folder is larger: what is, is not read."""

Content = TypeVar("Content")

_AGAIN = "run the experiment again; nothing is guessed from a damaged record"


@dataclass(frozen=True)
class OpenedRun:
    """A run folder as read; a part that was not written (the run was cut short) is None."""

    path: Path
    manifest: Manifest
    config: dict[str, Any] | None
    summary: Summary | None
    requests: pd.DataFrame | None
    hops: pd.DataFrame | None
    links: tuple[LinkResult, ...]

    def series_ns(self) -> dict[str, NDArray[np.float64]]:
        """Latencies from the raw tables, by name; nothing where a table is missing."""
        if self.requests is None or self.hops is None:
            return {}
        tasks = () if self.summary is None else self.summary.tasks
        return latencies(_Tables(self.requests, self.hops, tasks)).named()


@dataclass(frozen=True)
class _Tables:
    requests: pd.DataFrame
    hops: pd.DataFrame
    tasks: tuple[str, ...]


def open_run(path: Path) -> OpenedRun:
    """Read the run folder at *path*. Raises ConfigError if it is none, or is damaged."""
    manifest = _read_manifest(path)
    for name in manifest.files:
        _check_file(path / name, manifest)
    return OpenedRun(
        path=path,
        manifest=manifest,
        config=_part(path, CONFIG, manifest, _read_yaml),
        summary=_part(path, SUMMARY, manifest, _read_summary),
        requests=_part(path, REQUESTS, manifest, _table(check_requests)),
        hops=_part(path, HOPS, manifest, _table(check_hops)),
        links=_part(path, LINKS, manifest, _read_links) or (),
    )


def _read_manifest(path: Path) -> Manifest:
    file = path / MANIFEST
    try:
        text = file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise ConfigError(
            f"is no run folder: it has no {MANIFEST}",
            where=str(path),
            next_step="name a folder such as runs/<time>-<scenario>-<id>",
        ) from None
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", where=str(file)) from error
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        raise _damaged(file, error) from None


def _check_file(file: Path, manifest: Manifest) -> None:
    entry = manifest.files.get(file.name)
    if entry is None:
        # A name with a folder in it would lead out of the run.
        raise ConfigError(f"{MANIFEST} names a file outside the run folder", where=str(file))
    try:
        size = file.stat().st_size
        if size == entry.size_bytes <= MOST_BYTES:
            with file.open("rb") as stream:
                if hashlib.file_digest(stream, "sha256").hexdigest() == entry.sha256:
                    return
    except OSError as error:
        raise ConfigError(
            f"cannot be read: {error.strerror}", where=str(file), next_step=_AGAIN
        ) from error
    raise ConfigError(
        f"is not as it was written: its size or its checksum differs from {MANIFEST}",
        where=str(file),
        next_step=_AGAIN,
    )


def _part(
    path: Path, name: str, manifest: Manifest, read: Callable[[Path], Content]
) -> Content | None:
    if name not in manifest.files:
        return None
    file = path / name
    try:
        return read(file)
    except (ValueError, KeyError, InternalError, OSError) as error:
        raise _damaged(file, error) from error


def _damaged(file: Path, error: Exception) -> ConfigError:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"])) or None
        return ConfigError(
            f"is damaged or of another version: {first['msg']}",
            where=str(file),
            key=key,
            next_step=_AGAIN,
        )
    text = str(error).partition("\n")[0]
    return ConfigError(f"is damaged: {text}", where=str(file), next_step=_AGAIN)


def _read_yaml(file: Path) -> dict[str, Any]:
    import yaml

    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None
    if not isinstance(content, dict):
        raise ValueError("must be a mapping")
    return content


def _read_summary(file: Path) -> Summary:
    return Summary.model_validate_json(file.read_bytes())


def _read_links(file: Path) -> tuple[LinkResult, ...]:
    return TypeAdapter(tuple[LinkResult, ...]).validate_python(
        json.loads(file.read_text(encoding="utf-8"))
    )


def _table(check: Callable[[pd.DataFrame], None]) -> Callable[[Path], pd.DataFrame]:
    def read(file: Path) -> pd.DataFrame:
        import pandas as pd

        frame = pd.read_parquet(file)
        check(frame)
        return frame

    return read

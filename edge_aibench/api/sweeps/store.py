"""The file in which a sweep keeps its outcomes, one line each, from the moment they are known.

The first line says of which sweep they are. A line is on the disk before the next run's is
written, so that after Ctrl-C, `kill -9` or a full disk at most the last one is cut; that is
dropped when the sweep is resumed.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from edge_aibench.api.sweeps.runs import Outcome
from edge_aibench.errors import ConfigError, HostError
from edge_aibench.record.files import cannot_write, make_folder
from edge_aibench.record.values import NEVER

STORE = "runs.jsonl"
_FORMAT = "edge-aibench sweep 1"


@dataclass
class Store:
    """An open store: *outcomes* are those known by now, by their place."""

    path: Path
    outcomes: dict[tuple[int, int], Outcome]
    _file: BinaryIO
    _end: int

    def add(self, outcome: Outcome) -> None:
        """Put *outcome* on the disk. Raises HostError that names the place if that fails."""
        line = _line(_written(outcome))
        try:
            _append(self._file, line)
        except OSError as error:
            # What got through of the line goes again; where that fails, resuming drops it.
            with contextlib.suppress(OSError):
                os.ftruncate(self._file.fileno(), self._end)
            raise cannot_write(self.path, error) from error
        self._end += len(line)
        # As it will be read back, so that a sweep that was resumed has the same table.
        figures = {name: _number(_plain(figure)) for name, figure in outcome.figures.items()}
        self.outcomes[outcome.place] = replace(outcome, figures=figures)


@contextlib.contextmanager
def open_store(folder: Path, *, digest: str, resume: bool) -> Iterator[Store]:
    """Open the store in *folder* of the sweep with this *digest*: a new one, or with *resume*
    the one that is there, if any.

    Raises ConfigError for a store that is there without *resume*, is of another sweep or is
    damaged; HostError where another process has it open or the machine refuses to write.
    """
    path = folder / STORE
    if path.exists() and not resume:
        raise ConfigError(
            "holds a sweep already",
            where=str(folder),
            next_step="go on with it (--resume), or choose another place: --out",
        )
    make_folder(folder)
    try:
        file = path.open("a+b", buffering=0)
    except OSError as error:
        raise cannot_write(path, error) from error
    with file:
        _lock(file, path)
        lines, end = _whole_lines(file)
        outcomes = _outcomes(lines, path, digest) if lines else {}
        try:
            os.ftruncate(file.fileno(), end)
            if not lines:
                header = _line({"format": _FORMAT, "sweep": digest})
                _append(file, header)
                _sync_folder(folder)
                end = len(header)
        except OSError as error:
            raise cannot_write(path, error) from error
        yield Store(path, outcomes, file, end)


def _lock(file: BinaryIO, path: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise HostError(
            f"another process is at work on the sweep in {path.parent}",
            mend="wait for it, or choose another place: --out",
        ) from None


def _whole_lines(file: BinaryIO) -> tuple[list[bytes], int]:
    """The lines that are whole, and where the last of them ends."""
    file.seek(0)
    content = file.read()
    end = content.rfind(b"\n") + 1
    lines = content[:end].split(b"\n")[:-1]
    # A crash of the machine may leave the length of a line without what it held.
    if len(lines) > 1 and _mapping(lines[-1]) is None:
        end -= len(lines.pop()) + 1
    return lines, end


def _outcomes(lines: list[bytes], path: Path, digest: str) -> dict[tuple[int, int], Outcome]:
    header = _mapping(lines[0])
    if header is None or header.get("format") != _FORMAT:
        raise ConfigError(
            "is no store of a sweep",
            where=f"{path}:1",
            next_step="choose another place: --out",
        )
    if header.get("sweep") != digest:
        raise ConfigError(
            "holds another sweep: its file, the files that it names, or this program have changed",
            where=str(path),
            next_step="undo the change, or start anew in another place: --out",
        )
    outcomes = [_read(line, f"{path}:{number}") for number, line in enumerate(lines[1:], 2)]
    return {outcome.place: outcome for outcome in outcomes}


def _read(line: bytes, where: str) -> Outcome:
    try:
        entry: Any = json.loads(line)
        return Outcome(
            index=int(entry["point"]),
            repeat=int(entry["repeat"]),
            seed=int(entry["seed"]),
            figures={name: _number(figure) for name, figure in entry["figures"].items()},
            error=entry["error"],
            took_s=float(entry["took_s"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ConfigError(
            "is no outcome of a run",
            where=where,
            next_step="delete the line: its run is then done again",
        ) from None


def _written(outcome: Outcome) -> Mapping[str, Any]:
    return {
        "point": outcome.index,
        "repeat": outcome.repeat,
        "seed": outcome.seed,
        "figures": {name: _plain(figure) for name, figure in outcome.figures.items()},
        "error": outcome.error,
        "took_s": round(outcome.took_s, 3),
    }


def _plain(figure: float | str) -> float | str | None:
    if isinstance(figure, str):
        return figure
    number = float(figure)
    if math.isfinite(number):
        return number
    return NEVER if number > 0 else None


def _number(figure: float | str | None) -> float | str:
    if figure is None:
        return math.nan
    return math.inf if figure == NEVER else figure


def _mapping(line: bytes) -> Mapping[str, Any] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None


def _line(entry: Mapping[str, Any]) -> bytes:
    return (json.dumps(entry, allow_nan=False) + "\n").encode()


def _append(file: BinaryIO, line: bytes) -> None:
    written = 0
    while written < len(line):
        written += file.write(line[written:]) or 0
    os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Put the new file's name on the disk, too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""Text files of the user's, read with a limit and with errors that say where."""

from __future__ import annotations

import csv
import stat
from collections.abc import Iterator
from pathlib import Path

from edge_aibench.errors import ConfigError


def read_text(path: Path, *, source: str, most_bytes: int, kind: str) -> str:
    """Read the UTF-8 text of *path*, called *source* in errors and meant to be *kind*.

    Raises ConfigError for a file that is missing, unreadable, no file, larger than *most_bytes*
    or no text, with the line where there is one.
    """
    try:
        # A pipe or a device could block for ever or never end.
        if not stat.S_ISREG(path.stat().st_mode):
            kind = "a folder" if path.is_dir() else "no regular file"
            raise ConfigError(f"is {kind}", where=source, next_step=f"name {kind}")
        with path.open("rb") as file:
            content = file.read(most_bytes + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise ConfigError(
            "there is no such file", where=source, next_step="check the path"
        ) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigError(
            f"cannot be read: {reason}", where=source, next_step="check the path and its rights"
        ) from None
    if len(content) > most_bytes:
        raise ConfigError(
            f"must be at most {most_bytes} bytes",
            where=source,
            next_step="check that this is the file you mean",
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            f"must be UTF-8 text, but byte {error.start} is not",
            where=f"{source}:{line}",
            next_step="save the file as UTF-8",
        ) from None


def csv_rows(text: str, *, source: str) -> Iterator[tuple[int, list[str]]]:
    """Give the number and the cells of each line that is neither blank nor a comment."""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            (cells,) = csv.reader([line], strict=True)
        except csv.Error as error:
            raise ConfigError(
                f"is no line of comma-separated values: {error}",
                where=f"{source}:{number}",
                next_step="check the quotes",
            ) from None
        yield number, cells

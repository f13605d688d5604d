"""Reader of the benchmark's time series and list files, generated or real.

Everything a file can get wrong is a ConfigError that names file, row and column: a benchmark
whose input is silently misread gives nice numbers about nothing.
"""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.icu.channels import (
    CHANNEL_COUNT,
    CHANNELS,
    HOURS_COLUMN,
    SERIES_HEADER,
    Channel,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

# The longest stay of MIMIC-III, 173 days charted every few minutes, stays under 8 MiB.
EPISODE_LIMIT_BYTES = 16 * 1024**2

# The decompensation list file of the full data set (2.9 million rows) takes about 150 MB.
LISTFILE_LIMIT_BYTES = 512 * 1024**2

_RESTORE = "restore the file from its source, or write the cohort again"


@dataclass(frozen=True, kw_only=True)
class Episode:
    """The charted rows of one stay.

    *hours* float64 (n,), hours since admission, not decreasing. *values* float64 (n, 17), NaN
    where nothing was charted; categorical channels hold the index of their category.
    """

    hours: NDArray[np.float64]
    values: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class ListEntry:
    """One row of a list file: the series it is about and what is known of it.

    *period_hours* is None in the mortality list, which always means the first 48 hours.
    *labels* follow the label columns of the file's header.
    """

    series: str
    period_hours: float | None
    labels: tuple[bool, ...]


def read_episode(path: Path) -> Episode:
    """Read one `<subject>_episode<k>_timeseries.csv`.

    Raises ConfigError for a missing, unreadable or oversized file, a missing channel, a row of
    the wrong length, text where a number belongs, an unknown category, and hours that are
    negative or go back.
    """
    rows = _read_rows(path, limit_bytes=EPISODE_LIMIT_BYTES)
    _, header = next(rows, (1, []))
    columns = _channel_columns(header, path=path)
    hours: list[float] = []
    values: list[list[float]] = []
    for number, cells in rows:
        _check_length(cells, header, where=f"{path}:{number}")
        hours.append(_read_hour(cells[columns[0]], after=hours, where=f"{path}:{number}"))
        row = [math.nan] * CHANNEL_COUNT
        for index, column in enumerate(columns[1:]):
            if cells[column]:
                row[index] = _read_value(cells[column], CHANNELS[index], where=f"{path}:{number}")
        values.append(row)
    if not hours:
        raise ConfigError("must hold at least one row of values", where=str(path))
    return Episode(hours=np.array(hours), values=np.array(values))


def read_listfile(path: Path) -> tuple[tuple[str, ...], Iterator[ListEntry]]:
    """Give the label names of a list file and an iterator over its rows.

    Raises ConfigError, at once or while iterating, for a missing or oversized file, a header
    without `stay` and a label column, a period that is not a number, and a label other than
    0 or 1.
    """
    rows = _read_rows(path, limit_bytes=LISTFILE_LIMIT_BYTES)
    _, header = next(rows, (1, []))
    has_period = header[1:2] == ["period_length"]
    names = tuple(header[2:] if has_period else header[1:])
    if header[:1] != ["stay"] or not names:
        raise ConfigError(
            "must start with the columns stay[,period_length] and then labels",
            where=f"{path}:1",
            value=",".join(header),
            next_step=_RESTORE,
        )
    return names, _read_entries(rows, header, has_period=has_period, path=path)


def _read_entries(
    rows: Iterator[tuple[int, list[str]]], header: Sequence[str], *, has_period: bool, path: Path
) -> Iterator[ListEntry]:
    first_label = 2 if has_period else 1
    for number, cells in rows:
        where = f"{path}:{number}"
        _check_length(cells, header, where=where)
        yield ListEntry(
            series=cells[0],
            period_hours=_read_period(cells[1], where=where) if has_period else None,
            labels=tuple(
                _read_label(cell, where=f"{where}:{name}")
                for cell, name in zip(cells[first_label:], header[first_label:], strict=True)
            ),
        )


def _read_rows(path: Path, *, limit_bytes: int) -> Iterator[tuple[int, list[str]]]:
    """Give each row's line number and cells; unreadable files are refused at once."""
    text = _read_text(path, limit_bytes=limit_bytes)

    def rows() -> Iterator[tuple[int, list[str]]]:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        try:
            for cells in reader:
                yield reader.line_num, cells
        except csv.Error as error:
            raise _no_table(f"{path}:{reader.line_num}", error) from error

    return rows()


def _read_text(path: Path, *, limit_bytes: int) -> str:
    try:
        size = path.stat().st_size
        if size > limit_bytes:
            raise ConfigError(
                f"must not be larger than {limit_bytes} bytes",
                where=str(path),
                value=size,
                next_step="check that this is a benchmark file",
            )
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise _no_table(str(path), error) from error
    except OSError as error:
        raise ConfigError(
            "must be a readable file", where=str(path), value=error.strerror, next_step=_RESTORE
        ) from error


def _no_table(where: str, error: Exception) -> ConfigError:
    return ConfigError(
        "must be comma-separated UTF-8 text", where=where, value=str(error), next_step=_RESTORE
    )


def _channel_columns(header: Sequence[str], *, path: Path) -> list[int]:
    missing = [name for name in SERIES_HEADER if name not in header]
    if missing:
        raise ConfigError(
            f"the header must name {HOURS_COLUMN} and all {CHANNEL_COUNT} channels; "
            f"missing: {', '.join(missing)}",
            where=f"{path}:1",
            next_step=_RESTORE,
        )
    return [header.index(name) for name in SERIES_HEADER]


def _check_length(cells: Sequence[str], header: Sequence[str], *, where: str) -> None:
    if len(cells) != len(header):
        raise ConfigError(
            f"must have {len(header)} cells, like the header",
            where=where,
            value=len(cells),
            next_step=_RESTORE,
        )


def _read_hour(cell: str, *, after: Sequence[float], where: str) -> float:
    hour = _read_number(cell, where=f"{where}:{HOURS_COLUMN}")
    earliest = after[-1] if after else 0.0
    # Six decimals are written by the benchmark; a rounding apart is not a step back.
    if hour < earliest - 1e-6:
        raise ConfigError(
            f"hours must not be negative or go back (the row before has {earliest:g})",
            where=where,
            key=HOURS_COLUMN,
            value=hour,
            next_step="sort the rows by Hours",
        )
    return hour


def _read_value(cell: str, channel: Channel, *, where: str) -> float:
    if not channel.is_categorical:
        return _read_number(cell, where=f"{where}:{channel.name}")
    if cell in channel.categories:
        return float(channel.categories.index(cell))
    index = _numeric_category(cell, channel)
    if index is None:
        raise ConfigError(
            f"must be one of {', '.join(channel.categories)}",
            where=where,
            key=channel.name,
            value=cell,
            next_step="correct the text, or leave the cell blank if nothing was charted",
        )
    return float(index)


def _numeric_category(cell: str, channel: Channel) -> int | None:
    """Find a category that is the same number in another spelling, such as 15.0 for 15."""
    try:
        number = float(cell)
        return [float(category) for category in channel.categories].index(number)
    except ValueError:
        return None


def _read_number(cell: str, *, where: str) -> float:
    try:
        number = float(cell)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ConfigError(
            "must be a finite number",
            where=where,
            value=cell,
            next_step="correct the number, or leave the cell blank if nothing was charted",
        )
    return number


def _read_period(cell: str, *, where: str) -> float:
    period = _read_number(cell, where=f"{where}:period_length")
    if period <= 0:
        raise ConfigError("must be above 0 hours", where=where, key="period_length", value=cell)
    return period


def _read_label(cell: str, *, where: str) -> bool:
    if cell not in ("0", "1"):
        raise ConfigError("must be 0 or 1", where=where, value=cell, next_step=_RESTORE)
    return cell == "1"

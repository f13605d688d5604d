"""Converts the CSV files of the Irish 5G data set (Raca et al., MMSys 2020; uccmisl/5Gdataset).

One row a second, written by a phone that downloads while it is driven or stands. What is used:

- `PINGAVG` (ms), by its variation only: its floor of about 65 ms is the way to a distant server.
  Half of what lies above the smallest value of the file comes on top of a base delay of the
  user's, in both directions.
- `DL_bitrate` (kbit/s) is the rate down: what one download got, a lower bound of what the radio
  could. Seconds in which nothing was downloaded (below 1 kbit/s, or `State` I) say nothing of the
  radio: the value before them holds.
- `CellID`: where it changes there was a handover. How long it took cannot be seen at one row a
  second: the length is the user's, and packets are held.

What is not: `UL_bitrate` is acknowledgements and shows no capacity, so the link's own rate up
holds; `PINGLOSS` is of the whole way to the distant server.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from edge_aibench.config.text_file import csv_rows, read_text
from edge_aibench.errors import ConfigError, unknown_name
from edge_aibench.model.outage import Outage
from edge_aibench.model.trace_table import TraceColumns, TraceTable

MAX_BYTES = 16 * 1024 * 1024
DEFAULT_BASE_DELAY_S = 0.01
DEFAULT_HANDOVER_S = 0.1

_NEEDED = ("Timestamp", "CellID", "DL_bitrate", "PINGAVG")
_STATE = "State"
_UNKNOWN = ("-", "")
_TIME_FORMAT = "%Y.%m.%d_%H.%M.%S"
_LEAST_KBPS = 1.0


@dataclass(frozen=True)
class _Second:
    """One row: seconds since the first, and what is known of the radio."""

    instant_s: float
    cell: str | None
    down_bps: float | None
    ping_s: float | None


def read_irish5g(
    path: Path,
    *,
    base_delay_s: float = DEFAULT_BASE_DELAY_S,
    handover_s: float = DEFAULT_HANDOVER_S,
) -> TraceTable:
    """Convert the file *path*, with *base_delay_s* one way and handovers of *handover_s*.

    Raises ConfigError naming file, line and column for whatever is wrong with it.
    """
    source = str(path)
    text = read_text(path, source=source, most_bytes=MAX_BYTES, kind="a file of the data set")
    return parse_irish5g(text, source=source, base_delay_s=base_delay_s, handover_s=handover_s)


def parse_irish5g(
    text: str,
    *,
    source: str,
    base_delay_s: float = DEFAULT_BASE_DELAY_S,
    handover_s: float = DEFAULT_HANDOVER_S,
) -> TraceTable:
    """Convert the *text* of a file called *source*, as `read_irish5g` does."""
    if not 0 <= handover_s < 1:
        raise ConfigError(
            "must be below 1 s: there is a row each second",
            where="the length of a handover",
            value=f"{handover_s:g} s",
        )
    seconds = _seconds(text, source)
    delays_s = _delays_s(seconds, base_delay_s)
    rates_bps = _filled([s.down_bps for s in seconds])
    if rates_bps is None:
        raise ConfigError(
            "no row holds a rate of at least 1 kbit/s",
            where=source,
            key="DL_bitrate",
            next_step="name the file of a download",
        )
    outages = _outages(seconds, handover_s)
    rows = _row_numbers([s.instant_s for s in seconds], [instant_s for instant_s, _ in outages])
    delay_column = None if delays_s is None else tuple(delays_s[row] for row in rows)
    outage_column = tuple(outage for _, outage in outages)
    return TraceTable(
        instants_s=tuple(instant_s for instant_s, _ in outages),
        up=TraceColumns(delay_s=delay_column, outage=outage_column),
        down=TraceColumns(
            delay_s=delay_column,
            rate_bps=tuple(rates_bps[row] for row in rows),
            outage=outage_column,
        ),
    )


def _seconds(text: str, source: str) -> list[_Second]:
    rows = list(csv_rows(text, source=source))
    if len(rows) < 2:
        raise ConfigError(
            "the trace is empty", where=source, next_step="name a CSV file of the data set"
        )
    (header_line, header), *body = rows
    names = [name.strip() for name in header]
    for name in _NEEDED:
        if name not in names:
            raise unknown_name("column", name, names, where=f"{source}:{header_line}")
    seconds: list[_Second] = []
    first = None
    for line, cells in body:
        where = f"{source}:{line}"
        if len(cells) != len(names):
            raise ConfigError(
                f"must have {len(names)} values, as many as the header has columns",
                where=where,
                value=len(cells),
                next_step="add or remove values",
            )
        row = dict(zip(names, (cell.strip() for cell in cells), strict=True))
        now = _time(row["Timestamp"], where)
        first = first or now
        second = _second(row, (now - first).total_seconds(), where)
        if seconds and second.instant_s < seconds[-1].instant_s:
            raise ConfigError(
                "time must not go back",
                where=where,
                key="Timestamp",
                value=row["Timestamp"],
                next_step="sort the rows",
            )
        if seconds and second.instant_s == seconds[-1].instant_s:
            # The phone sometimes wrote two rows within a second: the later one counts.
            seconds.pop()
        seconds.append(second)
    return seconds


def _time(text: str, where: str) -> datetime:
    try:
        # Only differences are used, all from one phone.
        return datetime.strptime(text, _TIME_FORMAT)
    except ValueError:
        raise ConfigError(
            "must be a time such as 2019.12.14_10.16.30",
            where=where,
            key="Timestamp",
            value=text,
            next_step="check that this is a file of the data set",
        ) from None


def _second(row: dict[str, str], instant_s: float, where: str) -> _Second:
    kbps = _number(row, "DL_bitrate", where)
    ping_ms = _number(row, "PINGAVG", where)
    idle = kbps is None or kbps < _LEAST_KBPS or row.get(_STATE) == "I"
    return _Second(
        instant_s=instant_s,
        cell=None if row["CellID"] in _UNKNOWN else row["CellID"],
        down_bps=None if idle or kbps is None else kbps * 1e3,
        ping_s=None if ping_ms is None else ping_ms / 1e3,
    )


def _number(row: dict[str, str], name: str, where: str) -> float | None:
    text = row[name]
    if text in _UNKNOWN:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        raise ConfigError(
            "must be a number of at least 0, or '-' where nothing is known",
            where=where,
            key=name,
            value=text,
            next_step="write '-', or leave the row out",
        )
    return value


def _delays_s(seconds: Sequence[_Second], base_delay_s: float) -> list[float] | None:
    pings_s = _filled([second.ping_s for second in seconds])
    if pings_s is None:
        return None
    floor_s = min(pings_s)
    return [round(base_delay_s + (ping_s - floor_s) / 2, 7) for ping_s in pings_s]


def _filled(values: Sequence[float | None]) -> list[float] | None:
    """Fill what is unknown with the value before it, and at the beginning with the first."""
    known = next((value for value in values if value is not None), None)
    if known is None:
        return None
    filled = []
    for value in values:
        known = known if value is None else value
        filled.append(known)
    return filled


def _outages(seconds: Sequence[_Second], handover_s: float) -> list[tuple[float, Outage]]:
    """Give the instants of change with the outage that begins or ends there."""
    changes: list[tuple[float, Outage]] = []
    cell = None
    for second in seconds:
        is_handover = None not in (cell, second.cell) and cell != second.cell
        cell = second.cell or cell
        if is_handover and handover_s > 0:
            changes.append((second.instant_s, "held"))
            changes.append((round(second.instant_s + handover_s, 6), "none"))
        else:
            changes.append((second.instant_s, "none"))
    return changes


def _row_numbers(rows_s: Sequence[float], instants_s: Sequence[float]) -> list[int]:
    """Give for each instant the number of the last row that is not after it."""
    from bisect import bisect_right

    return [bisect_right(rows_s, instant_s) - 1 for instant_s in instants_s]

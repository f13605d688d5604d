"""Converts packet-delivery traces of Mahimahi (Netravali et al., USENIX ATC 2015).

Such a file has one whole number a line: a millisecond at which one packet of up to 1500 bytes
can be delivered. It may come several times and never falls; the last one is also the length of
the trace, which then begins again.

Here it becomes a rate: the deliveries within each bin of time, 1500 bytes each, over the length
of the bin. Within a bin the rate is even, so instants are off by up to a bin, and a packet
smaller than 1500 bytes takes only its share of a delivery, where Mahimahi spends a whole one. A
bin without deliveries is an outage that holds packets, as Mahimahi's queue does.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from edge_aibench.config.text_file import read_text
from edge_aibench.config.trace_header import WAYS
from edge_aibench.errors import ConfigError
from edge_aibench.model.outage import Outage
from edge_aibench.model.trace_table import TraceColumns, TraceTable

MAX_BYTES = 64 * 1024 * 1024
DELIVERY_BITS = 1500 * 8
LONGEST_BIN_S = 10.0
MOST_BINS = 1_000_000

_MILLISECOND = re.compile(r"\d{1,12}", re.ASCII)


def read_mahimahi(path: Path, *, bin_s: float = 0.1, ways: Collection[str] = WAYS) -> TraceTable:
    """Convert the file *path* at a bin of *bin_s*, for the directions *ways* (up, down).

    Raises ConfigError naming file and line for whatever is wrong with it.
    """
    source = str(path)
    text = read_text(path, source=source, most_bytes=MAX_BYTES, kind="a Mahimahi trace")
    return parse_mahimahi(text, source=source, bin_s=bin_s, ways=ways)


def parse_mahimahi(
    text: str, *, source: str, bin_s: float = 0.1, ways: Collection[str] = WAYS
) -> TraceTable:
    """Convert the *text* of a file called *source*, as `read_mahimahi` does."""
    bin_ms = _whole_milliseconds(bin_s)
    deliveries_ms = _deliveries_ms(text, source)
    length_ms = deliveries_ms[-1]
    if length_ms == 0:
        raise ConfigError(
            "the last time must be above 0: it is the length of the trace",
            where=source,
            value=0,
            next_step="check that this is a packet-delivery trace",
        )
    if length_ms > MOST_BINS * bin_ms:
        raise ConfigError(
            f"must be at most {MOST_BINS:,} bins of {bin_ms} ms long",
            where=source,
            value=f"{length_ms} ms",
            next_step="check the last line, or make the bins wider (--bin)",
        )
    counts = [0] * -(-length_ms // bin_ms)
    for instant_ms in deliveries_ms:
        # What is delivered at the end of a bin belongs to it; 0 has only the first to belong to.
        counts[max(instant_ms - 1, 0) // bin_ms] += 1
    rates_bps = _rates_bps(counts, bin_ms=bin_ms, length_ms=length_ms)
    outages: tuple[Outage, ...] = tuple("none" if number else "held" for number in counts)
    columns = TraceColumns(rate_bps=rates_bps, outage=outages if "held" in outages else None)
    return TraceTable(
        instants_s=tuple(number * bin_ms / 1000 for number in range(len(counts))),
        up=columns if "up" in ways else TraceColumns(),
        down=columns if "down" in ways else TraceColumns(),
        period_s=length_ms / 1000,
    )


def _whole_milliseconds(bin_s: float) -> int:
    bin_ms = round(bin_s * 1000)
    if abs(bin_ms - bin_s * 1000) > 1e-6 or not 1 <= bin_ms <= LONGEST_BIN_S * 1000:
        raise ConfigError(
            f"must be whole milliseconds, from 1 ms to {LONGEST_BIN_S:g} s",
            where="the bin width",
            value=f"{bin_s:g} s",
            next_step="try 100 ms",
        )
    return bin_ms


def _deliveries_ms(text: str, source: str) -> list[int]:
    deliveries_ms: list[int] = []
    for number, line in enumerate(text.splitlines(), 1):
        word = line.strip()
        if not word:
            continue
        if not _MILLISECOND.fullmatch(word):
            raise ConfigError(
                "must be one whole number of milliseconds, at least 0",
                where=f"{source}:{number}",
                value=word,
                next_step="check that this is a packet-delivery trace",
            )
        instant_ms = int(word)
        if deliveries_ms and instant_ms < deliveries_ms[-1]:
            raise ConfigError(
                f"time must not go back, but the line before says {deliveries_ms[-1]} ms",
                where=f"{source}:{number}",
                value=f"{instant_ms} ms",
                next_step="sort the lines",
            )
        deliveries_ms.append(instant_ms)
    if not deliveries_ms:
        raise ConfigError(
            "the trace is empty", where=source, next_step="name a packet-delivery trace"
        )
    return deliveries_ms


def _rates_bps(counts: list[int], *, bin_ms: int, length_ms: int) -> tuple[float, ...]:
    rates_bps: list[float] = []
    following_bps = 0.0
    # Backwards: an empty bin has the rate of the next one that has deliveries, since that is
    # what sends the packets it holds. The last bin has one at its end.
    for number in reversed(range(len(counts))):
        if counts[number]:
            width_ms = min(bin_ms, length_ms - number * bin_ms)
            following_bps = counts[number] * DELIVERY_BITS * 1000 / width_ms
        rates_bps.append(following_bps)
    return tuple(reversed(rates_bps))

"""Latencies and parts of many requests that are over, compiled."""

# Compiled, a whole number is an int64 wherever it comes from; the types of numpy tell them apart.
# mypy: disable-error-code="no-any-return,assignment,arg-type,return-value"

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from edge_aibench.simulate.vector import parts as at
from edge_aibench.simulate.vector.compiled import compiled, inlined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
    Numbers = NDArray[np.float64]

# Columns of latencies; those of tasks follow.
END_TO_END, UP, DOWN, ROUND_TRIP, TASKS = range(5)

# What became of a request.
WARMUP, ANSWERED, TIMEOUT, FILTERED, DROPPED = range(5)

# Counters: background hops, hops that end before they start, requests whose parts do not add up to
# their latency within 1 %.
BACKGROUND_HOPS, BACKWARDS, OFF = range(3)
COUNTERS = 3
_WITHIN = 0.01


class HopArrays(NamedTuple):
    """The tables of `HopTables`, and when a request is late (ns) or only warms up.

    *counted* and *spanned* are, by sensor, the instants of which `Found` counts how often they were
    noted, and from which it sums up the time to the next one (-1: none more).
    """

    hops: Integers
    paths: Integers
    sensors: Integers
    filtered: Integers
    dropped: Integers
    counted: Integers
    spanned: Integers
    limit_ns: float
    warmup_ns: float


class Found(NamedTuple):
    """By request: *latencies* (NaN: there is none), *durations* of parts on the path that finished
    last, and *status*. For all together: *counters*, the *worst* miss of the parts, work by node
    group; by sensor, *times* that an instant was noted and the *spans* from it to the next; by
    part, how long after the schedule it began (*since*) and how often.
    """

    latencies: Numbers
    durations: Numbers
    status: Integers
    counters: Integers
    worst: Numbers
    worked_ns: Numbers
    times: Integers
    spans: Numbers
    since: Numbers
    sinces: Integers
    branches: Numbers


@compiled
def measure(tables: HopArrays, noted: Numbers, sensor: Integers, found: Found) -> None:
    """Fill *found* for requests whose instants are *noted*, which are rounded here."""
    for r in range(len(noted)):
        row = noted[r]
        for i in range(len(row)):
            row[i] = np.rint(row[i])
        _count_background(tables, row, sensor[r], found)
        for i in range(found.latencies.shape[1]):
            found.latencies[r, i] = np.nan
        for i in range(found.durations.shape[1]):
            found.durations[r, i] = 0.0
        if row[0] < tables.warmup_ns:
            found.status[r] = WARMUP
            continue
        _note(tables, row, sensor[r], found)
        found.status[r] = _status(tables, row, sensor[r])
        last, arrived_ns = _last_path(tables, row, sensor[r])
        _take_apart(tables, row, sensor[r], r, last, arrived_ns, found)
        if found.status[r] == ANSWERED:
            _check(found, r)
        elif found.status[r] != FILTERED:
            for i in range(found.latencies.shape[1]):
                found.latencies[r, i] = np.inf
        else:
            for i in range(found.latencies.shape[1]):
                found.latencies[r, i] = np.nan


@inlined
def _at(row: Numbers, place: int, arrived_ns: float) -> float:
    return arrived_ns if place == at.ARRIVED else row[place]


@inlined
def _count_background(tables: HopArrays, row: Numbers, sensor: int, found: Found) -> None:
    own = tables.sensors[sensor]
    first = own[at.FIRST_BACKGROUND]
    for number in range(first, first + own[at.BACKGROUNDS]):
        hop = tables.hops[number]
        if not np.isnan(row[hop[at.END]] - row[hop[at.START]]):
            found.counters[BACKGROUND_HOPS] += 1
            if hop[at.WORKS] >= 0 and row[0] >= tables.warmup_ns:
                found.worked_ns[hop[at.WORKS]] += row[hop[at.END]] - row[hop[at.START]]


@inlined
def _note(tables: HopArrays, row: Numbers, sensor: int, found: Found) -> None:
    for i in range(tables.counted.shape[1]):
        place = tables.counted[sensor, i]
        if place >= 0 and not np.isnan(row[place]):
            found.times[sensor, place] += 1
    for i in range(tables.spanned.shape[1]):
        place = tables.spanned[sensor, i]
        if place >= 0 and not np.isnan(row[place + 1] - row[place]):
            found.spans[sensor, place] += row[place + 1] - row[place]


@inlined
def _any(row: Numbers, places: Integers) -> bool:
    found = False
    for i in range(len(places)):
        found |= places[i] >= 0 and not np.isnan(row[places[i]])
    return found


@inlined
def _status(tables: HopArrays, row: Numbers, sensor: int) -> int:
    done_ns = row[tables.sensors[sensor, at.DONE]]
    if not np.isnan(done_ns):
        return ANSWERED if done_ns - row[0] <= tables.limit_ns else TIMEOUT
    if _any(row, tables.filtered[sensor]):
        return FILTERED
    return DROPPED if _any(row, tables.dropped[sensor]) else TIMEOUT


@inlined
def _last_path(tables: HopArrays, row: Numbers, sensor: int) -> tuple[int, float]:
    """The path that arrived last, of several the one that queued least; and when."""
    first = tables.sensors[sensor, at.FIRST_PATH]
    last, latest_ns = first, -np.inf
    for number in range(first, first + tables.sensors[sensor, at.PATHS]):
        path = tables.paths[number]
        arrived_ns = row[tables.hops[path[at.FIRST_HOP] + path[at.HOPS] - 1, at.END]]
        if np.isnan(arrived_ns):
            arrived_ns = -np.inf
        if arrived_ns > latest_ns or (
            arrived_ns == latest_ns and _queued(tables, row, number) < _queued(tables, row, last)
        ):
            last, latest_ns = number, arrived_ns
    return last, (latest_ns if latest_ns > -np.inf else np.nan)


@inlined
def _queued(tables: HopArrays, row: Numbers, number: int) -> float:
    """How long a request waited on one path."""
    path = tables.paths[number]
    queued_ns = 0.0
    for h in range(path[at.FIRST_HOP], path[at.FIRST_HOP] + path[at.HOPS]):
        span_ns = row[tables.hops[h, at.END]] - row[tables.hops[h, at.START]]
        if tables.hops[h, at.QUEUES] and not np.isnan(span_ns):
            queued_ns += span_ns
    return queued_ns


@inlined
def _take_apart(
    tables: HopArrays,
    row: Numbers,
    sensor: int,
    r: int,
    last: int,
    arrived_ns: float,
    found: Found,
) -> None:
    """Go through all hops of one request."""
    own = tables.sensors[sensor]
    ways = found.branches
    ways[:, :] = np.nan
    values = found.latencies[r]
    first = own[at.FIRST_PATH]
    for number in range(first, first + own[at.PATHS]):
        path = tables.paths[number]
        for h in range(path[at.HOPS]):
            shared = h < path[at.SHARED]
            if shared and number > first:
                continue
            hop = tables.hops[path[at.FIRST_HOP] + h]
            end_ns = row[hop[at.END]]
            span_ns = end_ns - row[hop[at.START]]
            if np.isnan(span_ns):
                continue
            branch = 0 if shared else 1 + path[at.BRANCH]
            critical = shared or number == last
            _count_hop(hop, row, row[hop[at.START]], span_ns, r, branch, critical, found)
            if not shared and path[at.TASK] >= 0:
                task = TASKS + path[at.TASK]
                if not values[task] >= end_ns - row[0]:
                    values[task] = end_ns - row[0]
    for number in range(own[at.FIRST_JOINT], own[at.FIRST_JOINT] + own[at.JOINTS]):
        hop = tables.hops[number]
        start_ns = _at(row, hop[at.START], arrived_ns)
        span_ns = row[hop[at.END]] - start_ns
        if not np.isnan(span_ns):
            _count_hop(hop, row, start_ns, span_ns, r, 0, True, found)
    values[END_TO_END] = row[own[at.DONE]] - row[0]
    values[UP], values[DOWN] = _longest(ways[0]), _longest(ways[1])
    values[ROUND_TRIP] = ways[2, 0]


@inlined
def _count_hop(
    hop: Integers,
    row: Numbers,
    start_ns: float,
    span_ns: float,
    r: int,
    branch: int,
    critical: bool,
    found: Found,
) -> None:
    if span_ns < 0:
        found.counters[BACKWARDS] += 1
    if hop[at.WORKS] >= 0:
        found.worked_ns[hop[at.WORKS]] += span_ns
    way = hop[at.WAY]
    if way > 0:
        _add(found.branches, way - 1, branch, span_ns)
        if critical:
            _add(found.branches, 2, 0, span_ns)
    if critical:
        part = hop[at.PART]
        found.durations[r, part] += span_ns
        found.since[part] += start_ns - row[0]
        found.sinces[part] += 1


@inlined
def _add(ways: Numbers, way: int, branch: int, span_ns: float) -> None:
    ways[way, branch] = span_ns if np.isnan(ways[way, branch]) else (ways[way, branch] + span_ns)


@inlined
def _longest(ways: Numbers) -> float:
    """What all branches share and the longest of them; NaN where no message crossed a link."""
    longest = np.nan
    for branch in range(1, len(ways)):
        if not np.isnan(ways[branch]) and not longest >= ways[branch]:
            longest = ways[branch]
    if np.isnan(longest):
        return ways[0]
    return longest + (ways[0] if not np.isnan(ways[0]) else 0.0)


@inlined
def _check(found: Found, r: int) -> None:
    """Whether the parts add up."""
    total = 0.0
    for i in range(found.durations.shape[1]):
        total += found.durations[r, i]
    latency_ns = found.latencies[r, END_TO_END]
    error = abs(total - latency_ns) / max(latency_ns, 1.0)
    found.worst[0] = max(found.worst[0], error)
    if error > _WITHIN:
        found.counters[OFF] += 1

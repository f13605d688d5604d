"""Events from the agent's log, over the file that survives a kill, to rows by request."""

from __future__ import annotations

import math
import struct
from pathlib import Path

import numpy as np
import pytest

from edge_aibench.emulate.event_file import EventFile, read_event_file
from edge_aibench.errors import ConfigError, HostError
from edge_aibench.model.workload import ArrivalPlan
from edge_aibench.record.event_table import MISSING, EventTable
from edge_aibench.record.events import EVENT, EventLog, Kind, read_events
from edge_aibench.testing.events import EventScript

NAMES = ("monitor", "echo")
NODES = ("ward-1", "ward-2", "edge")
GROUPS = ("ward", "ward", "edge")

# kind, name, node, instance, sequence, start, end, size, value: packed, little-endian.
LAYOUT = struct.Struct("<BBHIIqqIf")


def _plan(*counts: int) -> ArrivalPlan:
    rows = tuple(np.arange(count, dtype=np.int64) for count in counts)
    return ArrivalPlan(sensor="monitor", instants_ns=rows, warmup_ns=0)


def _table(script: EventScript, *counts: int) -> EventTable:
    return EventTable(script.events(), _plan(*counts), names=NAMES, group_of_node=GROUPS)


def test_an_event_is_written_in_the_layout_that_is_read() -> None:
    log = EventLog(node=3)
    log.add(Kind.SERVED, 7, 11, 2**31, 10**18, 10**18 + 5, size=144, value=0.25)
    raw = log.take()
    assert raw == LAYOUT.pack(4, 7, 3, 11, 2**31, 10**18, 10**18 + 5, 144, 0.25)
    assert EVENT.itemsize == LAYOUT.size
    (event,) = read_events(raw)
    assert event.tolist() == (4, 7, 3, 11, 2**31, 10**18, 10**18 + 5, 144, 0.25)


def test_all_rows_that_hold_events_are_listed() -> None:
    script = EventScript(NAMES, NODES)
    script.add(Kind.SENT, "monitor", "ward-2", 3, size=9).add(Kind.SERVED, "echo", "edge", 4, 6)
    table = _table(script, 1, 1)
    assert set(table.rows) == {(Kind.SENT, "monitor", "ward"), (Kind.SERVED, "echo", "edge")}
    assert table.rows[Kind.SENT, "monitor", "ward"].size.tolist() == [9, 0]


def test_taking_gives_each_event_once_and_in_order() -> None:
    log = EventLog(node=0)
    for number in range(3):
        log.add(Kind.SENT, 0, 0, number, number, number)
    first = read_events(log.take())
    log.add(Kind.SENT, 0, 0, 9, 9, 9)
    second = read_events(log.take())
    assert first["sequence"].tolist() == [0, 1, 2]
    assert second["sequence"].tolist() == [9]
    assert log.take() == b""
    assert math.isnan(first["value"][0])


@pytest.mark.parametrize("lost", range(EVENT.itemsize))
def test_an_event_cut_short_is_left_out(lost: int) -> None:
    raw = EventScript(NAMES, NODES).add(Kind.SENT, "monitor", "ward-1", 1).raw() * 2
    assert len(read_events(raw[: len(raw) - lost])) == (2 if lost == 0 else 1)


def test_a_file_gives_back_what_was_appended(tmp_path: Path) -> None:
    script = EventScript(NAMES, NODES)
    script.add(Kind.OBSERVED, "monitor", "ward-1", 5, 6)
    script.add(Kind.SERVED, "echo", "edge", 7, 9, request=(1, 2), value=0.5)
    file = EventFile(tmp_path)
    file.begin(123456789, 2.5)
    file.append(script.raw())
    file.append(b"")
    # While the run goes on, without a close: this is what a kill leaves.
    stored = read_event_file(tmp_path)
    assert stored is not None
    assert (stored.origin_ns, stored.dilation) == (123456789, 2.5)
    assert stored.events.tobytes() == script.raw()
    file.discard()
    assert read_event_file(tmp_path) is None
    file.discard()


def test_a_file_cut_short_keeps_its_whole_events(tmp_path: Path) -> None:
    script = EventScript(NAMES, NODES)
    for instant in (1, 2, 3):
        script.add(Kind.SENT, "monitor", "ward-1", instant)
    file = EventFile(tmp_path)
    file.begin(0, 1.0)
    file.append(script.raw())
    file.close()
    whole = file.path.read_bytes()
    file.path.write_bytes(whole[:-1])
    stored = read_event_file(tmp_path)
    assert stored is not None
    assert stored.events["start_ns"].tolist() == [1, 2]


def test_a_file_cut_short_in_its_head_holds_nothing(tmp_path: Path) -> None:
    file = EventFile(tmp_path)
    file.begin(0, 1.0)
    file.close()
    file.path.write_bytes(file.path.read_bytes()[:-1])
    assert read_event_file(tmp_path) is None


def test_a_file_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "events.bin").write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(ConfigError, match="no event file of this version"):
        read_event_file(tmp_path)


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    file = EventFile(tmp_path / "missing")
    with pytest.raises(HostError, match=r"cannot write .*events\.bin") as caught:
        file.begin(0, 1.0)
    assert caught.value.mend is not None


def test_requests_are_numbered_instance_by_instance() -> None:
    table = _table(EventScript(NAMES, NODES), 2, 0, 3)
    assert table.total == 5
    assert table.instances().tolist() == [0, 0, 2, 2, 2]
    assert table.sequences().tolist() == [0, 1, 0, 1, 2]


def test_each_event_stands_at_its_request() -> None:
    script = EventScript(NAMES, NODES)
    script.add(Kind.SENT, "monitor", "ward-2", 40, 45, request=(1, 1), size=144)
    script.add(Kind.SENT, "monitor", "ward-1", 10, 15, request=(0, 0), size=140)
    row = _table(script, 1, 2).row(Kind.SENT, "monitor", "ward")
    assert row.start_ns.tolist() == [10, MISSING, 40]
    assert row.end_ns.tolist() == [15, MISSING, 45]
    assert row.size.tolist() == [140, 0, 144]
    assert row.there.tolist() == [True, False, True]


def test_kinds_names_and_groups_are_kept_apart() -> None:
    script = EventScript(NAMES, NODES)
    script.add(Kind.RECEIVED, "monitor", "edge", 20)
    script.add(Kind.RECEIVED, "monitor", "ward-1", 30)
    script.add(Kind.SERVED, "echo", "edge", 21, 25, value=0.75)
    table = _table(script, 1)
    assert table.row(Kind.RECEIVED, "monitor", "edge").start_ns.tolist() == [20]
    assert table.row(Kind.RECEIVED, "monitor", "ward").start_ns.tolist() == [30]
    assert table.row(Kind.SERVED, "echo", "edge").value.tolist() == [0.75]
    assert not table.row(Kind.SERVED, "monitor", "edge").there.any()
    assert not table.row(Kind.SERVED, "echo", "ward").there.any()
    assert table.repeated == 0


def test_of_a_message_that_came_twice_the_first_counts() -> None:
    script = EventScript(NAMES, NODES)
    script.add(Kind.RECEIVED, "monitor", "edge", 20, request=(0, 1))
    script.add(Kind.RECEIVED, "monitor", "edge", 10, request=(0, 0))
    script.add(Kind.RECEIVED, "monitor", "edge", 90, request=(0, 0))
    script.add(Kind.RECEIVED, "monitor", "edge", 95, request=(0, 0))
    table = _table(script, 2)
    assert table.row(Kind.RECEIVED, "monitor", "edge").start_ns.tolist() == [10, 20]
    assert table.repeated == 2


def test_no_events_leave_everything_missing() -> None:
    events = np.zeros(0, EVENT)
    table = EventTable(events, _plan(2), names=NAMES, group_of_node=GROUPS)
    assert table.row(Kind.SENT, "monitor", "ward").start_ns.tolist() == [MISSING, MISSING]

"""The line between engine and agent, with the socket's other end in the test's own hands."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

import pytest

from edge_aibench.emulate.agents.control import ControlLine, Frame

# Kind (one byte: 4 is events, 3 is stop), then the body's length as 32 bits, little-endian.
STOP = struct.pack("<BI", 3, 0)
EVENTS = struct.pack("<BI", 4, 6) + b"sixsix"


@pytest.fixture
def pair() -> Iterator[tuple[ControlLine, ControlLine]]:
    here, there = ControlLine.pair()
    yield here, there
    here.close()
    there.close()


@pytest.fixture
def raw() -> Iterator[tuple[ControlLine, socket.socket]]:
    here, there = socket.socketpair()
    line = ControlLine(here)
    yield line, there
    line.close()
    there.close()


def test_frames_come_whole_and_in_order(pair: tuple[ControlLine, ControlLine]) -> None:
    engine, agent = pair
    agent.send_data("ready", {"paces": True, "real_time": False})
    agent.send("events", b"\x00\xff\x00")
    agent.send("done")
    ready, events, done = engine.receive()
    assert (ready.kind, ready.data()) == ("ready", {"paces": True, "real_time": False})
    assert events == Frame("events", b"\x00\xff\x00")
    assert done == Frame("done", b"")
    assert engine.receive() == []
    assert not engine.closed


def test_both_ways_are_apart(pair: tuple[ControlLine, ControlLine]) -> None:
    engine, agent = pair
    engine.send_data("start", {"origin_ns": 2**60})
    agent.send("done")
    assert [frame.data() for frame in agent.receive()] == [{"origin_ns": 2**60}]
    assert [frame.kind for frame in engine.receive()] == ["done"]


@pytest.mark.parametrize("cut", range(1, len(STOP + EVENTS)))
def test_a_torn_frame_waits_for_its_rest(raw: tuple[ControlLine, socket.socket], cut: int) -> None:
    line, peer = raw
    stream = STOP + EVENTS
    peer.sendall(stream[:cut])
    first = line.receive()
    peer.sendall(stream[cut:])
    assert first + line.receive() == [Frame("stop", b""), Frame("events", b"sixsix")]
    assert first == ([Frame("stop", b"")] if cut >= len(STOP) else [])


def test_what_came_before_the_peer_left_is_still_read(
    raw: tuple[ControlLine, socket.socket],
) -> None:
    line, peer = raw
    peer.sendall(EVENTS + STOP[:2])
    peer.close()
    assert line.receive() == [Frame("events", b"sixsix")]
    assert line.closed
    assert line.receive() == []


def test_sending_to_a_peer_that_left_closes_the_line(
    raw: tuple[ControlLine, socket.socket],
) -> None:
    line, peer = raw
    peer.close()
    line.send("stop")
    assert line.closed


def test_an_unread_line_that_is_dropped_ends_without_an_error(
    raw: tuple[ControlLine, socket.socket],
) -> None:
    line, peer = raw
    # A peer that leaves with our frame unread resets the connection instead of ending it.
    line.send("stop")
    peer.close()
    assert line.receive() == []
    assert line.closed


def test_the_descriptor_can_be_waited_on(pair: tuple[ControlLine, ControlLine]) -> None:
    engine, agent = pair
    assert engine.fileno() != agent.fileno()
    assert engine.fileno() >= 0

"""Test frames: sent from one end of a wire, stamped by the kernel on arrival at the other.

They are Ethernet frames of the local experimental type (IEEE 802, 0x88B5) to the group address
that no bridge hands on (IEEE 802.1Q, nearest bridge), sent and received by packet sockets on
the wire's own two interfaces. So a wire is measured alone and one way, also where one end is a
port of a switch, without addresses and without disturbing any program.
"""

from __future__ import annotations

import socket
import struct
import time
from typing import NamedTuple

from edge_aibench.clock import NS_PER_S
from edge_aibench.emulate.links.backend import Endpoint
from edge_aibench.emulate.links.namespace import inside_process
from edge_aibench.errors import RunError

_NEAREST_BRIDGE = bytes.fromhex("0180c200000e")
_TYPE = 0x88B5
_SO_RCVBUFFORCE = 33
_SO_TIMESTAMPNS = 35
_BUFFER_BYTES = 8 << 20

_HEADER = struct.Struct("!6s6sH")
_BODY = struct.Struct("!QII")
_STAMP = struct.Struct("qq")

SMALLEST_FRAME_BYTES = 60
"""The shortest frame that Ethernet knows, without its check sum."""

LARGEST_FRAME_BYTES = 1514


class Received(NamedTuple):
    """One test frame: its round and number, when it was sent and when it arrived (monotonic)."""

    round_number: int
    number: int
    sent_ns: int
    arrived_ns: int


class ProbePort:
    """One interface, ready to send and receive test frames."""

    def __init__(self, end: Endpoint) -> None:
        self.name = end.name
        try:
            with inside_process(end.pid):
                self._socket = socket.socket(
                    socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0
                )
                self._socket.bind((end.name, _TYPE))
        except OSError as error:
            raise RunError(f"cannot test interface {end.name}: {error.strerror}") from error
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER_BYTES)
        except PermissionError:
            # Only the machine's own root may; this takes as much as everyone may have.
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        self._socket.setblocking(False)
        self._header = _HEADER.pack(_NEAREST_BRIDGE, self._socket.getsockname()[4], _TYPE)

    def fileno(self) -> int:
        """The descriptor to wait on."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def send(self, *, round_number: int, number: int, size_bytes: int) -> None:
        """Send one frame of *size_bytes*, stamped with the present instant.

        Raises RunError if the interface takes none.
        """
        body = _BODY.pack(time.monotonic_ns(), round_number, number)
        try:
            self._socket.send((self._header + body).ljust(size_bytes, b"\0"))
        except OSError as error:
            raise RunError(f"interface {self.name} sends nothing: {error.strerror}") from error

    def drain(self) -> list[Received]:
        """Take what has arrived; never waits."""
        received: list[Received] = []
        # Both clocks now: the kernel stamps by the wall clock.
        wall_offset_ns = _wall_offset_ns()
        while True:
            try:
                frame, ancillary, _, _ = self._socket.recvmsg(LARGEST_FRAME_BYTES, 64)
            except BlockingIOError:
                return received
            if len(frame) < _HEADER.size + _BODY.size or not ancillary:
                continue
            seconds, nanoseconds = _STAMP.unpack(ancillary[0][2])
            sent_ns, round_number, number = _BODY.unpack_from(frame, _HEADER.size)
            arrived_ns = seconds * NS_PER_S + nanoseconds - wall_offset_ns
            received.append(Received(round_number, number, sent_ns, arrived_ns))


def _wall_offset_ns() -> int:
    before_ns = time.monotonic_ns()
    wall_ns = time.time_ns()
    return wall_ns - (before_ns + time.monotonic_ns()) // 2

"""The line between the engine and an agent: a local socket pair with small framed messages.

It is made before the agent is forked and stays outside the emulated network, so that orders
and results never share a link with the traffic that is measured.
"""

from __future__ import annotations

import json
import socket
import struct
from dataclasses import dataclass
from typing import Any, Literal

FrameKind = Literal["ready", "start", "stop", "events", "done", "error", "note"]
_CODES: dict[FrameKind, int] = {
    "ready": 1,
    "start": 2,
    "stop": 3,
    "events": 4,
    "done": 5,
    "error": 6,
    "note": 7,
}
_KINDS = {code: kind for kind, code in _CODES.items()}
_HEADER = struct.Struct("<BI")


@dataclass(frozen=True)
class Frame:
    """One message: its kind and its bytes (JSON for all but events)."""

    kind: FrameKind
    body: bytes

    def data(self) -> Any:
        """The body read as JSON."""
        return json.loads(self.body)


class ControlLine:
    """One end of the line. Reading is non-blocking, writing waits."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._buffer = bytearray()
        self.closed = False

    @classmethod
    def pair(cls) -> tuple[ControlLine, ControlLine]:
        """Both ends of a new line."""
        here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        for end in (here, there):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        return cls(here), cls(there)

    def fileno(self) -> int:
        """The descriptor to wait on."""
        return self._end.fileno()

    def send(self, kind: FrameKind, body: bytes = b"") -> None:
        """Send one frame; a peer that is gone is the engine's or agent's end, not an error."""
        try:
            self._end.sendall(_HEADER.pack(_CODES[kind], len(body)) + body)
        except (BrokenPipeError, ConnectionResetError):
            self.closed = True

    def send_data(self, kind: FrameKind, data: object) -> None:
        """Send *data* as JSON."""
        self.send(kind, json.dumps(data).encode())

    def receive(self) -> list[Frame]:
        """All frames that have come in whole; sets `closed` when the peer has left."""
        while True:
            try:
                chunk = self._end.recv(1 << 20, socket.MSG_DONTWAIT)
            except BlockingIOError:
                break
            except ConnectionResetError:
                chunk = b""
            if not chunk:
                self.closed = True
                break
            self._buffer += chunk
        return self._frames()

    def close(self) -> None:
        """Close this end."""
        self._end.close()

    def _frames(self) -> list[Frame]:
        frames = []
        while len(self._buffer) >= _HEADER.size:
            code, size = _HEADER.unpack_from(self._buffer)
            if len(self._buffer) < _HEADER.size + size:
                break
            body = bytes(self._buffer[_HEADER.size : _HEADER.size + size])
            del self._buffer[: _HEADER.size + size]
            frames.append(Frame(_KINDS[code], body))
        return frames

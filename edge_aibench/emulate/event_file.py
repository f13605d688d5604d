"""The agents' events on disk while the run goes on, so that a killed run keeps what it measured."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING

from edge_aibench.errors import ConfigError, HostError
from edge_aibench.record.events import read_events

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NAME = "events.bin"
_HEADER = struct.Struct("<8sqd")
_MAGIC = b"eab-ev-1"


@dataclass(frozen=True)
class StoredEvents:
    """What a file holds: the wall instant of virtual time 0, the dilation, and the events."""

    origin_ns: int
    dilation: float
    events: NDArray[np.void]


class EventFile:
    """Appends raw events to `events.bin` in the run folder.

    A disk that is full is reported once. What comes after that is not written: the run is on
    its way to its end, and nothing may stand behind the gap.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._file: FileIO | None = None
        self._full = False

    def begin(self, origin_ns: int, dilation: float) -> None:
        """Write the header; the load starts after this."""
        self._write(_HEADER.pack(_MAGIC, origin_ns, dilation))

    def append(self, raw: bytes) -> None:
        """Add the events of one agent. Raises HostError when the disk is full."""
        self._write(raw)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def discard(self) -> None:
        """The tables hold everything now."""
        self.close()
        self.path.unlink(missing_ok=True)

    def _write(self, raw: bytes) -> None:
        if self._full:
            return
        try:
            if self._file is None:
                # Unbuffered: a buffer would keep what a full disk refused, and fail on it again.
                self._file = FileIO(self.path, "ab")
            left = memoryview(raw)
            while left:
                left = left[self._file.write(left) :]
        except OSError as error:
            self._full = True
            raise HostError(
                f"cannot write {self.path}: {error.strerror}",
                mend="free space there, or choose another place with --out",
            ) from error


def read_event_file(folder: Path) -> StoredEvents | None:
    """Read the events of a run that did not end; None where there are none.

    Raises ConfigError if the file is not ours.
    """
    path = folder / NAME
    if not path.exists():
        return None
    raw = path.read_bytes()
    if len(raw) < _HEADER.size:
        return None
    magic, origin_ns, dilation = _HEADER.unpack_from(raw)
    if magic != _MAGIC:
        raise ConfigError("is no event file of this version", where=str(path))
    return StoredEvents(origin_ns, dilation, read_events(raw[_HEADER.size :]))

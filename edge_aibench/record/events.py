"""What an agent writes down while it works: fixed-size events, appended without allocation.

Times are wall-clock CLOCK_MONOTONIC nanoseconds, the same clock on every emulated host. The
engine collects the events over a local socket (never over an emulated link), keeps them on disk
as they come, and `edge_aibench.record.assemble` joins them into requests and hops.
"""

from __future__ import annotations

import math
import struct
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Kind(IntEnum):
    """What an event tells; `start_ns` and `end_ns` mean what stands here."""

    OBSERVED = 1  # a sensor's plan came due (start) and its observation was made (end)
    SENT = 2  # a message was handed to the client (start) and the call returned (end)
    RECEIVED = 3  # a message reached the receiver's callback (both)
    SERVED = 4  # a stage worked from start to end
    HELD = 5  # the worker was held to give the stage its hardware's speed
    JOINED = 6  # a request waited for another sensor; size counts partners that never came
    BATCHED = 7  # a worker had picked the request (start) and began with its batch (end)
    FILTERED = 8  # a stage passed nothing on, and with that the request was over (both)
    DROPPED = 9  # a request past its deadline was given up (end) by a worker
    LATE_JOIN = 10  # a partner came (both) for a request that had gone on without
    SCORED = 11  # after the load: the value of a stage's output


EVENT = np.dtype(
    [
        ("kind", "u1"),
        ("name", "u1"),  # index into the run's sensor and stage names
        ("node", "u2"),  # index into the run's node names
        ("instance", "u4"),
        ("sequence", "u4"),
        ("start_ns", "i8"),
        ("end_ns", "i8"),
        ("size", "u4"),  # bytes of payload
        ("value", "f4"),  # SCORED: how the output was judged
    ]
)


_PACK = struct.Struct("<BBHIIqqIf")


class EventLog:
    """Events of one agent, in order; `take()` gives and forgets them.

    Threads may add while another takes: both sides use single list operations, which the
    interpreter does not interrupt.
    """

    def __init__(self, node: int) -> None:
        self._node = node
        self._rows: list[bytes] = []

    def add(
        self,
        kind: Kind,
        name: int,
        instance: int,
        sequence: int,
        start_ns: int,
        end_ns: int,
        *,
        size: int = 0,
        value: float = math.nan,
    ) -> None:
        """Append one event."""
        self._rows.append(
            _PACK.pack(kind, name, self._node, instance, sequence, start_ns, end_ns, size, value)
        )

    def take(self) -> bytes:
        """Raw bytes of all events that no earlier call gave."""
        count = len(self._rows)
        taken = b"".join(self._rows[:count])
        del self._rows[:count]
        return taken


def read_events(raw: bytes) -> NDArray[np.void]:
    """Read raw events back; a last event cut short by a crash is left out."""
    whole = len(raw) - len(raw) % EVENT.itemsize
    return np.frombuffer(raw[:whole], EVENT)

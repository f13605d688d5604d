"""Events of several agents, written by name instead of by number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

from edge_aibench.record.events import EventLog, Kind, read_events

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class EventScript:
    """What agents on *nodes* would have written; *names* are the sensors and stages.

    Instants are virtual nanoseconds: they are written as wall instants of a run that began at
    *origin_ns* and was *dilation* times slower.
    """

    def __init__(
        self,
        names: Sequence[str],
        nodes: Sequence[str],
        *,
        origin_ns: int = 0,
        dilation: float = 1.0,
    ) -> None:
        self._names = list(names)
        self._nodes = list(nodes)
        self._origin_ns = origin_ns
        self._dilation = dilation
        self._chunks: list[bytes] = []

    def add(
        self,
        kind: Kind,
        name: str,
        node: str,
        start_ns: int,
        end_ns: int | None = None,
        *,
        request: tuple[int, int] = (0, 0),
        size: int = 0,
        value: float = math.nan,
    ) -> Self:
        """Add an event about *name* on *node*; *request* is its instance and sequence."""
        log = EventLog(self._nodes.index(node))
        log.add(
            kind,
            self._names.index(name),
            *request,
            self._wall_ns(start_ns),
            self._wall_ns(start_ns if end_ns is None else end_ns),
            size=size,
            value=value,
        )
        self._chunks.append(log.take())
        return self

    def raw(self) -> bytes:
        """The events as agents send them."""
        return b"".join(self._chunks)

    def events(self) -> NDArray[np.void]:
        """The events as the engine reads them."""
        return read_events(self.raw())

    def _wall_ns(self, instant_ns: int) -> int:
        return self._origin_ns + round(instant_ns * self._dilation)

"""Links that change while the load runs: their traces, applied at their instants."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge_aibench.clock import NS_PER_S

if TYPE_CHECKING:
    from edge_aibench.emulate.links.backend import LinkBackend
    from edge_aibench.network.trace import LinkState, LinkTrace

_NEVER_NS = 2**63


def holds(trace: LinkTrace) -> bool:
    """Whether the link ever holds packets until an outage is over."""
    return any("held" in (state.up.outage, state.down.outage) for state in trace.states)


@dataclass(frozen=True)
class Change:
    """One wire's new state at a wall instant after the origin."""

    after_ns: int
    wire: str
    state: LinkState


class LinkMover:
    """Sets every wire of *traces* to its state as time goes on, from one thread.

    The *traces* are in virtual time, *dilation* and *duration_s* (virtual) are the run's.
    """

    def __init__(
        self,
        backend: LinkBackend,
        traces: Mapping[str, LinkTrace],
        *,
        dilation: float,
        duration_s: float,
    ) -> None:
        self._backend = backend
        changes = [
            Change(round(instant_s * NS_PER_S), wire, state)
            for wire, trace in traces.items()
            for instant_s, state in trace.dilated(dilation).changes(0.0, duration_s * dilation)
        ]
        self._changes = sorted(changes, key=lambda change: change.after_ns)
        self._position = 0
        self._origin_ns = 0
        self.latest_ns = 0

    def begin(self, origin_ns: int) -> None:
        """Set the first states; the load begins at wall instant *origin_ns*."""
        self._origin_ns = origin_ns
        while self._position < len(self._changes) and not self._changes[self._position].after_ns:
            self._apply(self._changes[self._position])

    def next_ns(self) -> int:
        """The wall instant of the next change; far away where there is none."""
        if self._position == len(self._changes):
            return _NEVER_NS
        return self._origin_ns + self._changes[self._position].after_ns

    def move(self) -> None:
        """Make all changes that are due, and note how late the latest of them was."""
        while (due_ns := self.next_ns()) <= time.monotonic_ns():
            self._apply(self._changes[self._position])
            self.latest_ns = max(self.latest_ns, time.monotonic_ns() - due_ns)

    def _apply(self, change: Change) -> None:
        self._backend.set(change.wire, up=change.state.up, down=change.state.down)
        self._position += 1

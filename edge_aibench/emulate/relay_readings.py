"""How the relay did under the load; netem, which is the kernel, tells nothing of the kind."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from edge_aibench.emulate.links.relay import RelayBackend

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.emulate.links.backend import LinkBackend

_MOST_VALUES = 200_000


@dataclass(frozen=True)
class RelayReadings:
    """Lateness of forwarded frames, frames let fall, and warnings; empty for other backends.

    *lateness* counts frames by lateness in wall nanoseconds, None where there is no relay.
    """

    lateness: Counter[int] | None = None
    missed: int = 0
    warnings: tuple[str, ...] = ()
    _start: Counter[int] = field(default_factory=Counter)
    _missed_at_start: int = 0

    @classmethod
    def start(cls, backend: LinkBackend) -> RelayReadings:
        """Read what *backend* has done before the load."""
        if not isinstance(backend, RelayBackend):
            return cls()
        health = backend.health()
        return cls(_start=backend.lateness(), _missed_at_start=health.overrun + health.oversized)

    def until_now(self, backend: LinkBackend) -> RelayReadings:
        """What *backend* has done since the start."""
        if not isinstance(backend, RelayBackend):
            return self
        health = backend.health()
        late = backend.lateness()
        late.subtract(self._start)
        warnings = () if health.realtime else ("the relay had no real-time scheduling",)
        return RelayReadings(
            lateness=late,
            missed=health.overrun + health.oversized - self._missed_at_start,
            warnings=warnings,
        )

    def lateness_ns(self, dilation: float) -> NDArray[np.int64] | None:
        """One virtual lateness a frame, thinned evenly where there were very many."""
        if self.lateness is None:
            return None
        values = np.array(sorted(self.lateness), np.int64)
        counts = np.array([self.lateness[int(value)] for value in values], np.int64)
        every = max(1, int(counts.sum()) // _MOST_VALUES)
        thinned = np.repeat(values, counts)[::every]
        virtual: NDArray[np.int64] = np.rint(thinned / dilation).astype(np.int64)
        return virtual

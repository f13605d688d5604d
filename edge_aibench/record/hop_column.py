"""Hops of all requests at once, and which of several paths of them finished last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edge_aibench.record.event_table import MISSING

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.model.paths import Step


@dataclass(frozen=True)
class HopColumn:
    """One hop of all requests: *start* and *end* are virtual instants or MISSING."""

    number: int
    kind: str
    stage: str
    source: str
    target: str
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    link: str = ""
    direction: str = ""
    size: NDArray[np.int64] | None = None

    @property
    def there(self) -> NDArray[np.bool_]:
        """Requests of which both ends are known."""
        known: NDArray[np.bool_] = (self.start != MISSING) & (self.end != MISSING)
        return known

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """Equal for the same hop on two paths."""
        return (self.kind, self.stage, self.source, self.target)


def last_path(arrivals: NDArray[np.int64], built: list[list[HopColumn]]) -> NDArray[np.int64]:
    """For each request the number of the path that arrived last.

    Paths that met before arrive at one instant. Of these it is the one that queued least: the
    others' queues hold the waiting for it.
    """
    queued = np.stack([_queued_ns(hops) for hops in built])
    latest = arrivals == arrivals.max(axis=0)
    least: NDArray[np.int64] = np.where(latest, queued, np.iinfo(np.int64).max).argmin(axis=0)
    return least


def _queued_ns(hops: list[HopColumn]) -> NDArray[np.int64]:
    total = np.zeros(len(hops[0].start), np.int64)
    for hop in hops:
        if hop.kind == "queue":
            total += np.where(hop.there, hop.end, 0) - np.where(hop.there, hop.start, 0)
    return total


def common_suffix(paths: list[tuple[Step, ...]]) -> int:
    """How many last steps all paths have in common; one for a single path."""
    if len(paths) == 1:
        return 1
    shared = 0
    for steps in zip(*(reversed(path) for path in paths), strict=False):
        if len(set(steps)) > 1:
            break
        shared += 1
    return shared


def common_prefix(paths: list[list[tuple[str, str, str, str]]]) -> int:
    """How many first hops all paths have in common."""
    shared = 0
    for hops in zip(*paths, strict=False):
        if len(set(hops)) > 1:
            break
        shared += 1
    return shared

"""A stage in profiled mode: the real network's answer from the book, a profile's time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from edge_aibench.model.service_times import ServiceTimes, shares

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from edge_aibench.emulate.answer_book import Recorded
    from edge_aibench.model.components import Call, Codec


@dataclass(frozen=True)
class ProfiledStage:
    """Stage *name* with its *outputs* by instance and sequence, and the *times* of its network.

    *counts* is how many requests each instance plans; *seed* chooses the measured calls.
    """

    name: str
    outputs: Mapping[tuple[int, int], Recorded]
    times: ServiceTimes
    counts: tuple[int, ...]
    seed: int
    _shares: dict[int, NDArray[np.float64]] = field(default_factory=dict, repr=False)

    def recalled(self, codec: Codec) -> Recalled:
        """The stage as a function that gives what the book holds."""
        return Recalled(self.outputs, codec)

    def drawn_ns(self, calls: Sequence[Call]) -> float:
        """The time (virtual) of *calls* worked on together: that of all their samples."""
        first = calls[0]
        recorded = (self.outputs.get((call.instance, call.sequence)) for call in calls)
        samples = sum(1 if found is None else found.samples for found in recorded)
        if not samples:
            return 0.0
        if first.instance not in self._shares:
            self._shares[first.instance] = shares(
                self.seed, self.name, first.instance, self.counts[first.instance]
            )
        share = float(self._shares[first.instance][first.sequence])
        return self.times.drawn_ns(samples, share)


@dataclass(frozen=True)
class Recalled:
    """Gives the output that the network gave to the same request beforehand."""

    outputs: Mapping[tuple[int, int], Recorded]
    codec: Codec

    def process(self, call: Call) -> Any:
        found = self.outputs.get((call.instance, call.sequence))
        if found is None or found.payload is None:
            return None
        return self.codec.decode(found.payload)

"""A stage in profiled mode: the real network's answer from the book, a profile's time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from edge_aibench.model.service_times import ServiceTimes, shares

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from edge_aibench.model.components import Call, Codec


@dataclass(frozen=True)
class ProfiledStage:
    """Stage *name* with its encoded *outputs* by instance and sequence, and its *times*.

    *counts* is how many requests each instance plans; *seed* chooses the measured calls.
    """

    name: str
    outputs: Mapping[tuple[int, int], bytes]
    times: ServiceTimes
    counts: tuple[int, ...]
    seed: int
    _shares: dict[int, NDArray[np.float64]] = field(default_factory=dict, repr=False)

    def recalled(self, codec: Codec) -> Recalled:
        """The stage as a function that gives what the book holds."""
        return Recalled(self.outputs, codec)

    def drawn_ns(self, calls: Sequence[Call]) -> float:
        """The time (virtual) of *calls* worked on together."""
        first = calls[0]
        if first.instance not in self._shares:
            self._shares[first.instance] = shares(
                self.seed, self.name, first.instance, self.counts[first.instance]
            )
        share = float(self._shares[first.instance][first.sequence])
        return self.times.drawn_ns(len(calls), share)


@dataclass(frozen=True)
class Recalled:
    """Gives the output that the network gave to the same request beforehand."""

    outputs: Mapping[tuple[int, int], bytes]
    codec: Codec

    def process(self, call: Call) -> Any:
        payload = self.outputs.get((call.instance, call.sequence))
        return None if payload is None else self.codec.decode(payload)

"""What travels from the front of a network to its rest: activations, and what else is needed.

The rest works on an activation wherever the whole network would work on a raw sample: a stage's own
code sees no difference, and finishes what its front began.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol, runtime_checkable

import numpy as np

from edge_aibench.tasks.codecs import PayloadReader, sized
from edge_aibench.tasks.payload import pack_array, unpack_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DIMENSION: Final = struct.Struct("<I")
_LEAST_BYTES: Final = 8


@dataclass(frozen=True, eq=False)
class Activation:
    """What the front made of one raw sample: *rows* (rows, ...) of numbers.

    *shape* is that of the sample, which some answers depend on: () for one that has none.
    """

    rows: NDArray[Any]
    shape: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Crossing:
    """All that a front passes on of one request.

    The *activations* of its samples, and what the rest must know besides: *aside*, as bytes.
    """

    activations: tuple[Activation, ...]
    aside: bytes = b""


class SampleLayout(Protocol):
    """Where the raw samples of a network lie in the input of its stage."""

    def taken(self, value: Any, /) -> tuple[Sequence[Any], bytes]:
        """The raw samples in *value*, and what else of it the stage needs, as bytes."""

    def restored(self, activations: Sequence[Activation], aside: bytes, /) -> Any:
        """An input like the one that was taken apart, with activations in place of samples.

        Raises RunError if *aside* is damaged or fits other activations.
        """


@runtime_checkable
class LaysOutSamples(Protocol):
    """Components some of whose networks take samples out of their stage's input.

    Without this method every input is one raw sample.
    """

    def sample_layout(self, stage: str, /) -> SampleLayout:
        """Where the samples of inference stage *stage* lie."""


class OneSample:
    """The input is one raw sample."""

    def taken(self, value: Any, /) -> tuple[Sequence[Any], bytes]:
        """See `SampleLayout.taken`."""
        return (value,), b""

    def restored(self, activations: Sequence[Activation], aside: bytes, /) -> Any:
        """See `SampleLayout.restored`."""
        reader = PayloadReader(aside, "nothing beside one activation")
        reader.finish()
        if len(activations) != 1:
            raise reader.damaged()
        return activations[0]


class CrossingCodec:
    """How a crossing travels, little-endian.

    What lies aside, with its length before it; the number of samples; for each of them the
    dimensions of the raw sample (their number, then four bytes each) and the activation as
    `pack_array`, with its length before it.
    """

    def encode(self, output: Crossing) -> bytes:
        """For one image: 46 bytes and the numbers of an activation (rows, c, h, w)."""
        parts = [sized(output.aside), _DIMENSION.pack(len(output.activations))]
        for activation in output.activations:
            shape = activation.shape
            parts.append(struct.pack(f"<{1 + len(shape)}I", len(shape), *shape))
            parts.append(sized(pack_array(activation.rows)))
        return b"".join(parts)

    def decode(self, payload: bytes) -> Crossing:
        """Read it back; raises RunError if it is damaged."""
        reader = PayloadReader(payload, "activations of a network")
        aside = reader.sized()
        activations = []
        for _ in range(reader.count(least=_LEAST_BYTES)):
            dimensions = reader.count(least=_DIMENSION.size)
            shape = tuple(reader.read(struct.Struct(f"<{dimensions}I")))
            rows = unpack_array(reader.sized())
            if not rows.ndim or not len(rows):
                raise reader.damaged()
            activations.append(Activation(rows, shape))
        reader.finish()
        return Crossing(tuple(activations), aside)


def shape_of(raw: Any) -> tuple[int, ...]:
    """The shape of a raw sample, () if it is no array."""
    return tuple(raw.shape) if isinstance(raw, np.ndarray) else ()

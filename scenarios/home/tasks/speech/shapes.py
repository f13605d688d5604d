"""The shapes of the DeepSpeech2 networks, without a framework.

All presets are one network: two convolutions over frames and bins, each normalised and clipped,
bidirectional GRUs with normalisation between them, and a dense layer to the characters
(Amodei et al., Deep Speech 2, ICML 2016). They differ in what the implementations differ in:

- `reference`, the TensorFlow one (tensorflow/models, research/deep_speech): kernels of 41 frames
  by 11 bins, of which four times fewer frames leave, directions concatenated, five GRUs of 800
  units that reset the state before the matrix product, a bias at the end;
- `edge-aibench`, the default of SeanNaren's deepspeech.pytorch that Edge AIBench took over:
  kernels of 11 frames by 41 bins as in the paper, twice fewer frames, directions summed, GRUs that
  reset after the product;
- `lite`: `edge-aibench` with half the bins, and kernels half as wide over them, which span the
  same band; 12 channels for 32 and two GRUs of 160 for five of 800. Three times fewer frames leave,
  between the two others: the 40 ms of `reference` can be fewer frames than a quick command has
  labels, and every frame less makes the GRUs, most of the work, cheaper.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from edge_aibench.errors import unknown_name
from edge_aibench.scenarios.home.tasks.speech.features import BINS, POOLED_BINS
from edge_aibench.tasks.task import REFERENCE

EDGE_AIBENCH: Final = "edge-aibench"
LITE: Final = "lite"

Merge = Literal["concat", "sum"]


@dataclass(frozen=True, kw_only=True)
class Convolution:
    """One convolution; *kernel* and *strides* count frames, then bins. Zeros pad both sides."""

    kernel: tuple[int, int]
    strides: tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class NetworkShape:
    """What decides a network's layers.

    *ceiling* is where the rectified convolutions are clipped; *merge* is how the directions of a
    recurrent layer become one; with *reset_after* a GRU applies its reset gate to the product of
    state and weights instead of to the state.
    """

    bins: int
    convolutions: tuple[Convolution, ...]
    channels: int
    convolution_bias: bool
    ceiling: float
    layers: int
    units: int
    merge: Merge
    reset_after: bool
    output_bias: bool

    def output_frames(self, frames: int) -> int:
        """How many frames leave the network when that many enter."""
        for convolution in self.convolutions:
            frames = _strided(frames, convolution.strides[0])
        return frames

    @property
    def recurrent_inputs(self) -> int:
        """How many values a frame has after the convolutions."""
        bins = self.bins
        for convolution in self.convolutions:
            bins = _strided(bins, convolution.strides[1])
        return bins * self.channels

    @property
    def recurrent_outputs(self) -> int:
        """How many values a frame has after a recurrent layer."""
        return self.units * (2 if self.merge == "concat" else 1)


def _strided(size: int, stride: int) -> int:
    """The places of a kernel of odd size over *size* values padded by half a kernel each side."""
    return (size - 1) // stride + 1


_PAPER_AXES: Final = (
    Convolution(kernel=(11, 41), strides=(2, 2)),
    Convolution(kernel=(11, 21), strides=(1, 2)),
)

SHAPES: Final[dict[str, NetworkShape]] = {
    REFERENCE: NetworkShape(
        bins=BINS,
        convolutions=(
            Convolution(kernel=(41, 11), strides=(2, 2)),
            Convolution(kernel=(21, 11), strides=(2, 1)),
        ),
        channels=32,
        convolution_bias=False,
        ceiling=6.0,
        layers=5,
        units=800,
        merge="concat",
        reset_after=False,
        output_bias=True,
    ),
    EDGE_AIBENCH: NetworkShape(
        bins=BINS,
        convolutions=_PAPER_AXES,
        channels=32,
        convolution_bias=True,
        ceiling=20.0,
        layers=5,
        units=800,
        merge="sum",
        reset_after=True,
        output_bias=False,
    ),
    LITE: NetworkShape(
        bins=POOLED_BINS,
        convolutions=(
            Convolution(kernel=(11, 21), strides=(3, 2)),
            Convolution(kernel=(11, 11), strides=(1, 2)),
        ),
        channels=12,
        convolution_bias=True,
        ceiling=20.0,
        layers=2,
        units=160,
        merge="sum",
        reset_after=True,
        output_bias=False,
    ),
}


def shape_of(preset: str) -> NetworkShape:
    """Give a preset's shape; raises ConfigError, with the nearest names, for another name."""
    if preset not in SHAPES:
        raise unknown_name("preset", preset, SHAPES, where="task speech")
    return SHAPES[preset]

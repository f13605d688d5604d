"""Sizes of DG-Net's networks: the published ones, and thinner ones of the same layers.

Zheng et al., Joint discriminative and generative learning for person re-identification, CVPR
2019, and the shapes of its public code. The backbone is ResNet-50 (He et al., CVPR 2016).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from edge_aibench.errors import unknown_name
from edge_aibench.scenarios.camera.tasks.person_reid.task import LITE
from edge_aibench.tasks.task import REFERENCE

PARTS: Final = 4
"""Horizontal parts of the body, each with an appearance code of its own for generation."""

BLOCKS_PER_STAGE: Final = (3, 4, 6, 3)
EXPANSION: Final = 4
"""How many times wider a bottleneck's output is than its middle."""


@dataclass(frozen=True, kw_only=True)
class EncoderShape:
    """The appearance encoder and the teacher: *widths* of the bottlenecks' middles by stage."""

    height: int
    width: int
    stem: int
    widths: tuple[int, int, int, int]
    embedding: int

    @property
    def features(self) -> int:
        """Channels of the last feature map."""
        return EXPANSION * self.widths[-1]


@dataclass(frozen=True, kw_only=True)
class GenerationShape:
    """What makes images, *height* x *width*, in training only.

    *structure* is the width of the structure encoder's first layer, *mlp* that of the hidden
    layers that turn appearance codes into normalisation parameters.
    """

    height: int
    width: int
    structure: int
    mlp: int
    discriminator: int
    discriminator_scales: int = 3


@dataclass(frozen=True, kw_only=True)
class NetworkShape:
    """All of DG-Net in one size."""

    encoder: EncoderShape
    generation: GenerationShape


SHAPES: Final = {
    REFERENCE: NetworkShape(
        encoder=EncoderShape(
            height=256, width=128, stem=64, widths=(64, 128, 256, 512), embedding=512
        ),
        generation=GenerationShape(height=256, width=128, structure=16, mlp=512, discriminator=32),
    ),
    # A quarter of the published width in the first two stages; the late stages, which hold
    # nearly all weights, are thinned more, for 2.7 MB in place of 102 MB.
    LITE: NetworkShape(
        encoder=EncoderShape(height=128, width=64, stem=16, widths=(16, 32, 48, 64), embedding=128),
        generation=GenerationShape(height=64, width=32, structure=8, mlp=64, discriminator=12),
    ),
}


def network_shape(preset: str) -> NetworkShape:
    """Give the sizes of a preset; raises ConfigError for an unknown name."""
    if preset not in SHAPES:
        raise unknown_name("preset", preset, SHAPES, where="task person-reid")
    return SHAPES[preset]

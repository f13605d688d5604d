"""Sizes of the network: plain values, so that a machine that only infers loads no PyTorch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from edge_aibench.errors import unknown_name
from edge_aibench.scenarios.camera.tasks.action.classes import GENERATED_CLASSES, UCF101_CLASSES
from edge_aibench.tasks.component import Preset, TensorSpec
from edge_aibench.tasks.task import REFERENCE

CLIP_FRAMES: Final = 16

Shortcut = Literal["A", "B"]
"""What carries a block's input past it where the shape changes: A subsamples and fills the new
channels with zeros, B is a 1x1x1 convolution with batch normalisation."""


@dataclass(frozen=True, kw_only=True)
class NetworkShape:
    """A 3D ResNet-18: *width* channels in the stem and first stage, doubled in each later one.

    It reads clips of 16 frames of *side* x *side* pixels and gives a logit for each of *classes*.
    """

    width: int
    side: int
    classes: tuple[str, ...]
    shortcut: Shortcut = "B"


SHAPES: Final[dict[str, NetworkShape]] = {
    REFERENCE: NetworkShape(width=64, side=112, classes=UCF101_CLASSES),
    "lite": NetworkShape(width=8, side=56, classes=GENERATED_CLASSES),
    "lite-ucf101": NetworkShape(width=8, side=56, classes=UCF101_CLASSES),
}
"""`reference` is the published network, `lite` has its layers at an eighth of the width and
half the side, `lite-ucf101` is `lite` with outputs for all of UCF101."""


def network_shape(preset: str) -> NetworkShape:
    """Give a preset's shape; raises ConfigError for an unknown name."""
    if preset not in SHAPES:
        raise unknown_name("preset", preset, SHAPES, where="task action")
    return SHAPES[preset]


def _preset(name: str, *, parameters: int, flops: int) -> Preset:
    shape = SHAPES[name]
    return Preset(
        parameters=parameters,
        flops=flops,
        inputs=(TensorSpec(name="clips", shape=(3, CLIP_FRAMES, shape.side, shape.side)),),
        outputs=(TensorSpec(name="logits", shape=(len(shape.classes),)),),
        flops_note="convolutions and matrix products of one clip of 16 frames",
    )


PRESETS: Final[dict[str, Preset]] = {
    REFERENCE: _preset(REFERENCE, parameters=33_255_717, flops=16_615_707_648),
    "lite": _preset("lite", parameters=527_714, flops=247_074_048),
    "lite-ucf101": _preset("lite-ucf101", parameters=533_629, flops=247_085_696),
}
"""Floating point operations counted by torch.utils.flop_counter."""

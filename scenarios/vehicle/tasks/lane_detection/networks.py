"""The networks by preset: shapes, and building them; PyTorch is imported when one is built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_aibench.errors import unknown_name
from edge_aibench.tasks.component import Preset, TensorSpec
from edge_aibench.tasks.task import REFERENCE
from edge_aibench.tasks.torch_state import import_torch, seeded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge_aibench.scenarios.vehicle.tasks.lane_detection.hnet import HNet
    from edge_aibench.scenarios.vehicle.tasks.lane_detection.lanenet import LaneNet

LITE: Final = "lite"
EMBEDDING: Final = 4


@dataclass(frozen=True, kw_only=True)
class LaneNetShape:
    """A LaneNet: its layers' widths as a *share* of ENet's, its input (height, width).

    *dropout* is ENet's 0.1; a network of a seventh of the parameters, trained for minutes, is
    far from learning its frames by heart and needs less.
    """

    share: float
    dropout: float
    size: tuple[int, int]
    parameters: int
    flops: int


@dataclass(frozen=True, kw_only=True)
class HNetShape:
    """An H-Net: channels of its first layers, units of its hidden layer, its input."""

    channels: int
    hidden: int
    size: tuple[int, int]
    parameters: int


# The published shapes come to 0.56 M parameters and 3.00 GFLOP at 256 x 512; H-Net's to 8.47 M.
SHAPES: Final[Mapping[str, LaneNetShape]] = {
    REFERENCE: LaneNetShape(
        share=1.0, dropout=0.1, size=(256, 512), parameters=560_469, flops=3_000_958_976
    ),
    LITE: LaneNetShape(
        share=0.5, dropout=0.02, size=(128, 256), parameters=144_829, flops=191_873_024
    ),
}
HNET_SHAPES: Final[Mapping[str, HNetShape]] = {
    REFERENCE: HNetShape(channels=16, hidden=1024, size=(64, 128), parameters=8_470_134),
    LITE: HNetShape(channels=8, hidden=64, size=(64, 128), parameters=281_022),
}


def get_shape(preset: str) -> LaneNetShape:
    """Give a LaneNet by preset; raises ConfigError, with the nearest names, for another."""
    if preset not in SHAPES:
        raise unknown_name("preset", preset, SHAPES, where="task lane-detection")
    return SHAPES[preset]


def build(preset: str, seed: int) -> LaneNet:
    """Build a LaneNet in evaluation mode, its weights drawn from *seed*."""
    import_torch()
    from edge_aibench.scenarios.vehicle.tasks.lane_detection.lanenet import LaneNet

    shape = get_shape(preset)
    with seeded(np.random.default_rng(seed)):
        return LaneNet(share=shape.share, embedding=EMBEDDING, dropout=shape.dropout).eval()


def build_hnet(preset: str, seed: int) -> HNet:
    """Build an H-Net in evaluation mode, its weights drawn from *seed*."""
    import_torch()
    from edge_aibench.scenarios.vehicle.tasks.lane_detection.hnet import HNet

    if preset not in HNET_SHAPES:
        raise unknown_name("preset", preset, HNET_SHAPES, where="H-Net")
    shape = HNET_SHAPES[preset]
    with seeded(np.random.default_rng(seed)):
        return HNet(channels=shape.channels, hidden=shape.hidden, size=shape.size).eval()


def presets() -> dict[str, Preset]:
    """What each LaneNet takes and gives."""
    return {
        name: Preset(
            parameters=shape.parameters,
            flops=shape.flops,
            inputs=(TensorSpec(name="image", shape=(3, *shape.size)),),
            outputs=(
                TensorSpec(name="binary_logits", shape=(2, *shape.size)),
                TensorSpec(name="embedding", shape=(EMBEDDING, *shape.size)),
            ),
        )
        for name, shape in SHAPES.items()
    }

"""ResNet-50 v1.5 in PyTorch: the network whose published times are the yardstick.

He et al., Deep Residual Learning for Image Recognition, CVPR 2016; version 1.5, which MLPerf
Inference runs, halves the maps in the 3x3 convolution of a block, not in the 1x1 before it.
25,557,032 parameters with 1000 classes.

PyTorch is imported with the module, as modules derive from its classes: import this one only
where PyTorch is in use.
"""

from __future__ import annotations

from typing import Final

import torch  # noqa: TID253  # imported only where PyTorch is in use
from torch import Tensor, nn  # noqa: TID253  # imported only where PyTorch is in use

from edge_aibench.rng import stream
from edge_aibench.tasks.torch_state import seeded

CLASSES: Final = 1000
BLOCKS_PER_STAGE: Final = (3, 4, 6, 3)
_STEM_WIDTH: Final = 64
# A block's last convolution has so many times the channels of the two before it.
_EXPANSION: Final = 4


def build_resnet50(seed: int) -> ResNet50:
    """Give the network in evaluation mode, with random weights of *seed*.

    The weights decide what it answers, not how long that takes.
    """
    with seeded(stream(seed, "yardstick/resnet-50/weights")):
        return ResNet50().eval()


class ResNet50(nn.Module):
    """Images (rows, 3, height, width), normalised, to logits (rows, 1000)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, _STEM_WIDTH, 7, stride=2, padding=3, bias=False)
        self.stem_norm = nn.BatchNorm2d(_STEM_WIDTH)
        self.pool = nn.MaxPool2d(3, stride=2, padding=1)
        blocks: list[nn.Module] = []
        entry = _STEM_WIDTH
        for stage, count in enumerate(BLOCKS_PER_STAGE):
            width = _STEM_WIDTH * 2**stage
            for index in range(count):
                stride = 2 if stage > 0 and index == 0 else 1
                blocks.append(Bottleneck(entry, width, stride=stride))
                entry = width * _EXPANSION
        self.blocks = nn.Sequential(*blocks)
        self.classifier = nn.Linear(entry, CLASSES)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images: Tensor) -> Tensor:
        """See the class."""
        maps = self.pool(torch.relu(self.stem_norm(self.stem(images))))
        logits: Tensor = self.classifier(self.blocks(maps).mean(dim=(2, 3)))
        return logits


class Bottleneck(nn.Module):
    """1x1, 3x3 and 1x1 convolutions, their input added before the last activation."""

    def __init__(self, entry: int, width: int, *, stride: int) -> None:
        super().__init__()
        exit_ = width * _EXPANSION
        self.reduce = nn.Conv2d(entry, width, 1, bias=False)
        self.reduce_norm = nn.BatchNorm2d(width)
        self.spread = nn.Conv2d(width, width, 3, stride=stride, padding=1, bias=False)
        self.spread_norm = nn.BatchNorm2d(width)
        self.expand = nn.Conv2d(width, exit_, 1, bias=False)
        self.expand_norm = nn.BatchNorm2d(exit_)
        self.shortcut: nn.Module = nn.Identity()
        if entry != exit_ or stride != 1:
            self.shortcut = nn.Sequential(
                nn.Conv2d(entry, exit_, 1, stride=stride, bias=False), nn.BatchNorm2d(exit_)
            )

    def forward(self, maps: Tensor) -> Tensor:
        """Channels *entry* to 4 *width*, each axis of the maps divided by the stride."""
        reduced = torch.relu(self.reduce_norm(self.reduce(maps)))
        spread = torch.relu(self.spread_norm(self.spread(reduced)))
        change = self.expand_norm(self.expand(spread))
        return torch.relu(change + self.shortcut(maps))

"""LaneNet on ENet; imported only where PyTorch is in use.

Neven, De Brabandere, Georgoulis, Proesmans and Van Gool, Towards end-to-end lane detection: an
instance segmentation approach, IEEE IV 2018, arXiv 1802.05591. ENet's initial block and stages
1 and 2 are shared; stage 3 and the decoder are there twice, once for what is lane line and what
is not, once for an embedding in which pixels of one line lie together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn  # noqa: TID253

from edge_aibench.scenarios.vehicle.tasks.lane_detection.enet import (
    Bottleneck,
    Down,
    Initial,
    Up,
    context_stage,
    doubling,
    widths,
)

if TYPE_CHECKING:
    from torch import Tensor

_EARLY_SHARE = 0.1
"""In stage 1 ENet drops a tenth of what it drops later."""


class Branch(nn.Module):
    """ENet's stage 3 and decoder: features at an eighth of the size to maps at full size."""

    def __init__(self, share: float, outputs: int, *, dropout: float) -> None:
        super().__init__()
        first, second, third = widths(share)
        self.stage3 = context_stage(third, dropout=dropout)
        self.up4 = Up(third, second, dropout=dropout)
        self.stage4 = nn.Sequential(
            *(Bottleneck(second, dropout=dropout, relu=True) for _ in range(2))
        )
        self.up5 = Up(second, first, dropout=dropout)
        self.stage5 = Bottleneck(first, dropout=dropout, relu=True)
        self.full = doubling(first, outputs, bias=True)

    def forward(self, features: Tensor, places1: Tensor, places2: Tensor) -> Tensor:
        features = self.stage4(self.up4(self.stage3(features), places2))
        maps: Tensor = self.full(self.stage5(self.up5(features, places1)))
        return maps


class LaneNet(nn.Module):
    """Images float32 (n, 3, h, w), sides divisible by 8, to logits (n, 2, h, w) and embeddings
    (n, *embedding*, h, w). *share* thins all layers; *dropout* is 0.1 in ENet.
    """

    def __init__(self, *, share: float, embedding: int, dropout: float) -> None:
        super().__init__()
        early = _EARLY_SHARE * dropout
        first, second, third = widths(share)
        self.initial = Initial(first)
        self.down1 = Down(first, second, dropout=early)
        self.stage1 = nn.Sequential(*(Bottleneck(second, dropout=early) for _ in range(4)))
        self.down2 = Down(second, third, dropout=dropout)
        self.stage2 = context_stage(third, dropout=dropout)
        self.binary = Branch(share, 2, dropout=dropout)
        self.instance = Branch(share, embedding, dropout=dropout)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        features, places1 = self.down1(self.initial(image))
        features, places2 = self.down2(self.stage1(features))
        shared = self.stage2(features)
        return self.binary(shared, places1, places2), self.instance(shared, places1, places2)

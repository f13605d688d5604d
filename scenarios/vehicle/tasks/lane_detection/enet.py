"""The building blocks of ENet; imported only where PyTorch is in use.

Paszke, Chaurasia, Kim and Culurciello, ENet: a deep neural network architecture for real-time
semantic segmentation, arXiv 1606.02147. No convolution has a bias, as a batch normalisation
follows each; the encoder's activations are PReLU, the decoder's ReLU.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch  # noqa: TID253
from torch import nn  # noqa: TID253
from torch.nn import functional  # noqa: TID253

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

_SQUEEZE = 4
"""Inside a bottleneck there is a quarter of the channels of its wider side."""


class Initial(nn.Module):
    """Image to the first feature maps at half size: a convolution beside a pooling."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, channels - 3, 3, stride=2, padding=1, bias=False)
        self.pool = nn.MaxPool2d(2)
        self.out = nn.Sequential(nn.BatchNorm2d(channels), nn.PReLU(channels))

    def forward(self, image: Tensor) -> Tensor:
        features: Tensor = self.out(torch.cat((self.conv(image), self.pool(image)), dim=1))
        return features


class Bottleneck(nn.Module):
    """1x1, a 3x3 or dilated or 5x1 and 1x5 convolution, 1x1, beside the identity."""

    def __init__(
        self,
        channels: int,
        *,
        dropout: float,
        dilation: int = 1,
        asymmetric: bool = False,
        relu: bool = False,
    ) -> None:
        super().__init__()
        inside = channels // _SQUEEZE
        if asymmetric:
            middle: list[nn.Module] = [
                nn.Conv2d(inside, inside, (5, 1), padding=(2, 0), bias=False),
                nn.Conv2d(inside, inside, (1, 5), padding=(0, 2), bias=False),
            ]
        else:
            middle = [nn.Conv2d(inside, inside, 3, padding=dilation, dilation=dilation, bias=False)]
        self.branch = nn.Sequential(
            nn.Conv2d(channels, inside, 1, bias=False),
            *_normalised(inside, relu=relu),
            *middle,
            *_normalised(inside, relu=relu),
            nn.Conv2d(inside, channels, 1, bias=False),
            nn.BatchNorm2d(channels),
            nn.Dropout2d(dropout),
        )
        self.out = _activation(channels, relu=relu)

    def forward(self, features: Tensor) -> Tensor:
        joined: Tensor = self.out(features + self.branch(features))
        return joined


class Down(nn.Module):
    """Halves the size: max pooling, padded with empty channels, beside a strided branch."""

    def __init__(self, entering: int, channels: int, *, dropout: float) -> None:
        super().__init__()
        inside = channels // _SQUEEZE
        self.more = channels - entering
        self.branch = nn.Sequential(
            nn.Conv2d(entering, inside, 2, stride=2, bias=False),
            *_normalised(inside, relu=False),
            nn.Conv2d(inside, inside, 3, padding=1, bias=False),
            *_normalised(inside, relu=False),
            nn.Conv2d(inside, channels, 1, bias=False),
            nn.BatchNorm2d(channels),
            nn.Dropout2d(dropout),
        )
        self.out = nn.PReLU(channels)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Give the features and where each maximum came from, for `Up`."""
        pooled, places = functional.max_pool2d_with_indices(features, (2, 2))
        padded = functional.pad(pooled, (0, 0, 0, 0, 0, self.more))
        joined: Tensor = self.out(padded + self.branch(features))
        return joined, places


class Up(nn.Module):
    """Doubles the size: max unpooling beside a transposed convolution."""

    def __init__(self, entering: int, channels: int, *, dropout: float) -> None:
        super().__init__()
        inside = entering // _SQUEEZE
        self.main = nn.Sequential(
            nn.Conv2d(entering, channels, 1, bias=False), nn.BatchNorm2d(channels)
        )
        self.branch = nn.Sequential(
            nn.Conv2d(entering, inside, 1, bias=False),
            *_normalised(inside, relu=True),
            doubling(inside, inside, bias=False),
            *_normalised(inside, relu=True),
            nn.Conv2d(inside, channels, 1, bias=False),
            nn.BatchNorm2d(channels),
            nn.Dropout2d(dropout),
        )
        self.out = nn.ReLU()

    def forward(self, features: Tensor, places: Tensor) -> Tensor:
        joined: Tensor = self.out(unpool(self.main(features), places) + self.branch(features))
        return joined


def doubling(entering: int, channels: int, *, bias: bool) -> nn.ConvTranspose2d:
    """A 3x3 transposed convolution to twice the size."""
    return nn.ConvTranspose2d(
        entering, channels, 3, stride=2, padding=1, output_padding=1, bias=bias
    )


def unpool(features: Tensor, places: Tensor) -> Tensor:
    """Undo a 2x2 max pooling: each value goes to where its maximum was, zeros elsewhere.

    *features* (n, c, h, w), *places* the flat indices of the pooling, (n, c, h, w); the result
    is (n, c, 2 h, 2 w). The numbers are those of `max_unpool2d`; a scatter exports to ONNX with a
    leading axis of any size, and repeats its numbers where that function warns that it may not.
    """
    rows, channels, height, width = features.shape
    flat = features.new_zeros((rows, channels, 4 * height * width))
    flat = flat.scatter(2, places.flatten(2), features.flatten(2))
    return flat.view(rows, channels, 2 * height, 2 * width)


def context_stage(channels: int, *, dropout: float) -> nn.Sequential:
    """Stage 2 without its downsampling, which is also stage 3: plain, dilated and asymmetric
    bottlenecks by turns, dilated by 2, 4, 8 and 16.
    """
    blocks: list[nn.Module] = []
    for near, far in ((2, 4), (8, 16)):
        blocks += [
            Bottleneck(channels, dropout=dropout),
            Bottleneck(channels, dropout=dropout, dilation=near),
            Bottleneck(channels, dropout=dropout, asymmetric=True),
            Bottleneck(channels, dropout=dropout, dilation=far),
        ]
    return nn.Sequential(*blocks)


def widths(share: float) -> Sequence[int]:
    """Channels of the initial block, stage 1 and stage 2: 16, 64 and 128 times *share*."""
    return [max(int(channels * share), 4) for channels in (16, 64, 128)]


def _normalised(channels: int, *, relu: bool) -> list[nn.Module]:
    return [nn.BatchNorm2d(channels), _activation(channels, relu=relu)]


def _activation(channels: int, *, relu: bool) -> nn.Module:
    return nn.ReLU() if relu else nn.PReLU(channels)

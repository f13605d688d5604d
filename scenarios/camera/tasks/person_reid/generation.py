"""DG-Net's generator: the structure of one image, the appearance of another.

Layers follow the public code's shapes: reflected borders (zeros in the dilated convolutions,
which may reach further than a small map is wide), leaky ReLU of slope 0.2, instance
normalisation in the encoder, adaptive one (Huang and Belongie, ICCV 2017) in the decoder.
Imported only where PyTorch is in use.
"""

from __future__ import annotations

from typing import Final

import torch  # noqa: TID253
from torch import nn  # noqa: TID253
from torch.nn import functional  # noqa: TID253

from edge_aibench.scenarios.camera.tasks.person_reid.shapes import (
    PARTS,
    EncoderShape,
    GenerationShape,
)

LEAK: Final = 0.2
_DILATIONS: Final = (3, 6, 9)


def convolution(
    inputs: int,
    outputs: int,
    kernel: int,
    *,
    stride: int = 1,
    norm: nn.Module | None = None,
    active: bool = True,
) -> nn.Sequential:
    """A convolution with reflected borders, then *norm* and a leaky ReLU."""
    layers: list[nn.Module] = [
        nn.Conv2d(
            inputs,
            outputs,
            kernel,
            stride=stride,
            padding=kernel // 2,
            padding_mode="reflect" if kernel > 1 else "zeros",
        )
    ]
    if norm is not None:
        layers.append(norm)
    if active:
        layers.append(nn.LeakyReLU(LEAK))
    return nn.Sequential(*layers)


class ResidualBlock(nn.Module):
    """Two 3 x 3 convolutions beside a shortcut; *normalised* per instance or not at all."""

    def __init__(self, channels: int, *, normalised: bool) -> None:
        super().__init__()
        first = nn.InstanceNorm2d(channels) if normalised else None
        second = nn.InstanceNorm2d(channels) if normalised else None
        self.body = nn.Sequential(
            convolution(channels, channels, 3, norm=first),
            convolution(channels, channels, 3, norm=second, active=False),
        )

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Keep the shape (n, channels, h, w)."""
        result: torch.Tensor = features + self.body(features)
        return result


class StructureEncoder(nn.Sequential):
    """Grey images (n, 1, h, w) to structure codes (n, 8 x first width, h / 4, w / 4)."""

    def __init__(self, shape: GenerationShape) -> None:
        c = shape.structure
        super().__init__(
            convolution(1, c, 3, stride=2, norm=nn.InstanceNorm2d(c)),
            convolution(c, 2 * c, 3, norm=nn.InstanceNorm2d(2 * c)),
            convolution(2 * c, 2 * c, 3, norm=nn.InstanceNorm2d(2 * c)),
            convolution(2 * c, 4 * c, 3, stride=2, norm=nn.InstanceNorm2d(4 * c)),
            *(ResidualBlock(4 * c, normalised=True) for _ in range(4)),
            DilatedPyramid(4 * c),
        )


class DilatedPyramid(nn.Module):
    """Four views of a map, three of them dilated, put together (n, 2 x channels, h, w)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        half = channels // 2
        self.near = convolution(channels, half, 1, norm=nn.InstanceNorm2d(half))
        self.far = nn.ModuleList(
            nn.Sequential(
                convolution(channels, half, 1, norm=nn.InstanceNorm2d(half)),
                nn.Conv2d(half, half, 3, padding=dilation, dilation=dilation),
                nn.LeakyReLU(LEAK),
            )
            for dilation in _DILATIONS
        )
        self.fuse = nn.Conv2d(4 * half, 2 * channels, 1)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Put the views together."""
        views = [self.near(features), *(branch(features) for branch in self.far)]
        fused: torch.Tensor = self.fuse(torch.cat(views, dim=1))
        return fused


class AdaptiveBlock(nn.Module):
    """A residual block whose two normalisations are scaled and shifted from outside."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = convolution(channels, channels, 3, active=False)
        self.second = convolution(channels, channels, 3, active=False)

    def forward(
        self, features: torch.Tensor, scales: torch.Tensor, shifts: torch.Tensor
    ) -> torch.Tensor:
        """*scales* and *shifts* are (n, 2 x channels), the first half for the first."""
        (scale_1, scale_2), (shift_1, shift_2) = scales.chunk(2, dim=1), shifts.chunk(2, dim=1)
        hidden = functional.leaky_relu(_adapt(self.first(features), scale_1, shift_1), LEAK)
        return features + _adapt(self.second(hidden), scale_2, shift_2)


class Generator(nn.Module):
    """Structure encoder, decoder, and the layers that turn appearance into normalisation."""

    def __init__(self, encoder: EncoderShape, shape: GenerationShape) -> None:
        super().__init__()
        channels = 8 * shape.structure
        self.structure = StructureEncoder(shape)
        self.blocks = nn.ModuleList(AdaptiveBlock(channels) for _ in range(PARTS))
        self.scales = _adapters(encoder.features, shape.mlp, 2 * channels)
        self.shifts = _adapters(encoder.features, shape.mlp, 2 * channels)
        self.upsampling = _upsampling(channels)

    def encode(self, grey: torch.Tensor) -> torch.Tensor:
        """Give the structure codes of grey images (n, 1, h, w)."""
        codes: torch.Tensor = self.structure(grey)
        return codes

    def decode(self, structure: torch.Tensor, parts: torch.Tensor) -> torch.Tensor:
        """Give images (n, 3, h, w) of structure codes and appearance codes (n, PARTS, ...)."""
        hidden = structure
        layers = zip(self.blocks, self.scales, self.shifts, parts.unbind(dim=1), strict=True)
        for block, scale, shift, part in layers:
            # Started around one, so that appearance only modulates at first.
            hidden = block(hidden, 1 + scale(part), shift(part))
        images: torch.Tensor = self.upsampling(hidden)
        return images


def _adapt(features: torch.Tensor, scale: torch.Tensor, shift: torch.Tensor) -> torch.Tensor:
    normal = functional.instance_norm(features)
    return normal * scale[:, :, None, None] + shift[:, :, None, None]


def _adapters(features: int, hidden: int, outputs: int) -> nn.ModuleList:
    return nn.ModuleList(
        nn.Sequential(
            nn.Linear(features, hidden),
            nn.LeakyReLU(LEAK),
            nn.Linear(hidden, hidden),
            nn.LeakyReLU(LEAK),
            nn.Linear(hidden, outputs),
        )
        for _ in range(PARTS)
    )


def _upsampling(channels: int) -> nn.Sequential:
    """Twice doubled in size and halved in channels, then three convolutions to colours."""
    layers: list[nn.Module] = []
    for _ in range(2):
        half = channels // 2
        # One group: normalised over channels and places of an image together.
        layers += [
            nn.Upsample(scale_factor=2),
            convolution(channels, half, 5, norm=nn.GroupNorm(1, half)),
        ]
        channels = half
    return nn.Sequential(
        *layers,
        convolution(channels, channels, 3),
        convolution(channels, channels, 3),
        convolution(channels, 3, 3, active=False),
    )

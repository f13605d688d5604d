"""Real or generated, judged at several scales (Wang et al., CVPR 2018).

Imported only where PyTorch is in use.
"""

from __future__ import annotations

import torch  # noqa: TID253
from torch import nn  # noqa: TID253

from edge_aibench.scenarios.camera.tasks.person_reid.generation import ResidualBlock, convolution
from edge_aibench.scenarios.camera.tasks.person_reid.shapes import GenerationShape


class Discriminator(nn.Module):
    """One network of the same shape for each scale, the image halved from one to the next."""

    def __init__(self, shape: GenerationShape) -> None:
        super().__init__()
        self.networks = nn.ModuleList(
            _one_scale(shape.discriminator) for _ in range(shape.discriminator_scales)
        )
        self.halve = nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False)

    def forward(self, images: torch.Tensor) -> list[torch.Tensor]:
        """Give a map of verdicts, near 1 for real, for each scale; images are (n, 3, h, w)."""
        verdicts = []
        for network in self.networks:
            verdicts.append(network(images))
            images = self.halve(images)
        return verdicts


def _one_scale(channels: int) -> nn.Sequential:
    return nn.Sequential(
        convolution(3, channels, 1),
        convolution(channels, channels, 3),
        convolution(channels, channels, 3, stride=2),
        convolution(channels, channels, 3),
        convolution(channels, 2 * channels, 3, stride=2),
        *(ResidualBlock(2 * channels, normalised=False) for _ in range(4)),
        nn.Conv2d(2 * channels, 1, 1),
    )

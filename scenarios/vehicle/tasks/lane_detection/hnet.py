"""H-Net: image to the perspective in which its lines are fitted; imported only where PyTorch is
in use.

Neven et al., arXiv 1802.05591, section II-B: six numbers a, b, c, d, e, f for the homography
[[a, b, c], [0, d, e], [0, f, 1]], which keeps horizontal lines horizontal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch  # noqa: TID253
from torch import nn  # noqa: TID253

from edge_aibench.scenarios.vehicle.tasks.lane_detection.perspective import fixed_perspective

if TYPE_CHECKING:
    from torch import Tensor


class HNet(nn.Module):
    """Images float32 (n, 3, h, w), sides divisible by 8, to the six numbers (n, 6), for places
    in shares of width and height.

    The last layer begins at the fixed perspective and learns how far the road's is from it:
    from numbers at random the horizon lies across the lines, where the fit is singular.
    """

    def __init__(self, *, channels: int, hidden: int, size: tuple[int, int]) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        entering = 3
        for width in (channels, 2 * channels, 4 * channels):
            for _ in range(2):
                layers += [
                    nn.Conv2d(entering, width, 3, padding=1, bias=False),
                    nn.BatchNorm2d(width),
                    nn.ReLU(),
                ]
                entering = width
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        height, width = (side // 8 for side in size)
        self.hidden = nn.Sequential(
            nn.Linear(entering * height * width, hidden), nn.BatchNorm1d(hidden), nn.ReLU()
        )
        self.out = nn.Linear(hidden, 6)
        with torch.no_grad():
            self.out.weight.mul_(0.01)
            self.out.bias.copy_(torch.tensor(fixed_perspective().numbers))

    def forward(self, image: Tensor) -> Tensor:
        numbers: Tensor = self.out(self.hidden(self.features(image).flatten(1)))
        return numbers

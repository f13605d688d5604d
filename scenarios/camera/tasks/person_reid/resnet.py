"""ResNet-50's feature extractor, with a choice of the last stage's stride.

He et al., Deep residual learning for image recognition, CVPR 2016; the stride of a bottleneck
sits on its 3 x 3 convolution, as in the common implementations. Imported only where PyTorch is
in use.
"""

from __future__ import annotations

import torch  # noqa: TID253
from torch import nn  # noqa: TID253

from edge_aibench.scenarios.camera.tasks.person_reid.shapes import (
    BLOCKS_PER_STAGE,
    EXPANSION,
    EncoderShape,
)


class Bottleneck(nn.Module):
    """1 x 1, 3 x 3 and 1 x 1 convolutions beside a shortcut."""

    def __init__(self, inputs: int, middle: int, *, stride: int) -> None:
        super().__init__()
        outputs = EXPANSION * middle
        self.body = nn.Sequential(
            nn.Conv2d(inputs, middle, 1, bias=False),
            nn.BatchNorm2d(middle),
            nn.ReLU(inplace=True),
            nn.Conv2d(middle, middle, 3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(middle),
            nn.ReLU(inplace=True),
            nn.Conv2d(middle, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False),
                nn.BatchNorm2d(outputs),
            )

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Map (n, inputs, h, w) to (n, outputs, h / stride, w / stride)."""
        combined: torch.Tensor = torch.relu(self.body(features) + self.shortcut(features))
        return combined


class Backbone(nn.Sequential):
    """Images (n, 3, h, w) to features (n, 4 x last width, h / 16, w / 16).

    With *last_stride* 2, that of plain ResNet-50, the features are half as high and wide.
    """

    def __init__(self, shape: EncoderShape, *, last_stride: int) -> None:
        stages: list[nn.Module] = []
        inputs = shape.stem
        strides = (1, 2, 2, last_stride)
        for middle, blocks, stride in zip(shape.widths, BLOCKS_PER_STAGE, strides, strict=True):
            for block in range(blocks):
                stages.append(Bottleneck(inputs, middle, stride=stride if block == 0 else 1))
                inputs = EXPANSION * middle
        super().__init__(
            nn.Conv2d(3, shape.stem, 7, stride=2, padding=3, bias=False),
            nn.BatchNorm2d(shape.stem),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=2, padding=1),
            *stages,
        )
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

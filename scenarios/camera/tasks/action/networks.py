"""The 3D ResNet-18 in PyTorch.

Hara, Kataoka and Satoh, Can Spatiotemporal 3D CNNs Retrace the History of 2D CNNs and ImageNet?,
CVPR 2018: He et al.'s residual network of 18 layers with all kernels extended over time. The
stem keeps the frame rate (stride 1 in time, 2 in space), each later stage but the first halves
time and space. 33.26 million parameters with 101 outputs and shortcuts of type B.

PyTorch is imported with the module, as modules derive from its classes: import this one only
where PyTorch is in use.
"""

from __future__ import annotations

from typing import Final

import torch  # noqa: TID253  # imported only where PyTorch is in use
from torch import Tensor, nn  # noqa: TID253  # imported only where PyTorch is in use

from edge_aibench.rng import stream
from edge_aibench.scenarios.camera.tasks.action.presets import (
    NetworkShape,
    Shortcut,
    network_shape,
)
from edge_aibench.tasks.torch_state import seeded

BLOCKS_PER_STAGE: Final = (2, 2, 2, 2)


def build(preset: str, seed: int) -> ResNet3d:
    """Give a preset's network in evaluation mode, with random weights of *seed*.

    Raises ConfigError for an unknown preset.
    """
    shape = network_shape(preset)
    with seeded(stream(seed, f"action/{preset}/weights")):
        return ResNet3d(shape).eval()


class ResNet3d(nn.Module):
    """Clips (rows, 3, frames, side, side), normalised, to logits (rows, classes)."""

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__()
        width = shape.width
        self.stem = nn.Conv3d(3, width, 7, stride=(1, 2, 2), padding=3, bias=False)
        self.stem_norm = nn.BatchNorm3d(width)
        self.pool = nn.MaxPool3d(3, stride=2, padding=1)
        stages: list[nn.Module] = []
        entry = width
        for index, blocks in enumerate(BLOCKS_PER_STAGE):
            exit_ = width * 2**index
            stages.append(
                _stage(entry, exit_, blocks, stride=1 if index == 0 else 2, kind=shape.shortcut)
            )
            entry = exit_
        self.stages = nn.Sequential(*stages)
        self.classifier = nn.Linear(entry, len(shape.classes))
        for module in self.modules():
            if isinstance(module, nn.Conv3d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, clips: Tensor) -> Tensor:
        """See the class."""
        maps = self.pool(torch.relu(self.stem_norm(self.stem(clips))))
        features = self.stages(maps).mean(dim=(2, 3, 4))
        logits: Tensor = self.classifier(features)
        return logits


class BasicBlock(nn.Module):
    """Two 3x3x3 convolutions, their input added before the last activation."""

    def __init__(self, entry: int, exit_: int, *, stride: int, kind: Shortcut) -> None:
        super().__init__()
        self.first = nn.Conv3d(entry, exit_, 3, stride=stride, padding=1, bias=False)
        self.first_norm = nn.BatchNorm3d(exit_)
        self.second = nn.Conv3d(exit_, exit_, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm3d(exit_)
        self.shortcut = _shortcut(entry, exit_, stride=stride, kind=kind)

    def forward(self, maps: Tensor) -> Tensor:
        """Channels *entry* to *exit_*, each axis of the maps divided by the stride."""
        hidden = torch.relu(self.first_norm(self.first(maps)))
        change = self.second_norm(self.second(hidden))
        return torch.relu(change + self.shortcut(maps))


class PaddedShortcut(nn.Module):
    """Shortcut A: every *stride*-th value of each axis, *added* channels of zeros behind."""

    def __init__(self, *, added: int, stride: int) -> None:
        super().__init__()
        self._added = added
        self._stride = stride

    def forward(self, maps: Tensor) -> Tensor:
        """Channels c to c + *added*, without a parameter."""
        step = self._stride
        kept = maps[:, :, ::step, ::step, ::step]
        return nn.functional.pad(kept, (0, 0, 0, 0, 0, 0, 0, self._added))


def _stage(entry: int, exit_: int, blocks: int, *, stride: int, kind: Shortcut) -> nn.Sequential:
    first = BasicBlock(entry, exit_, stride=stride, kind=kind)
    rest = (BasicBlock(exit_, exit_, stride=1, kind=kind) for _ in range(blocks - 1))
    return nn.Sequential(first, *rest)


def _shortcut(entry: int, exit_: int, *, stride: int, kind: Shortcut) -> nn.Module:
    if stride == 1 and entry == exit_:
        return nn.Identity()
    if kind == "A":
        return PaddedShortcut(added=exit_ - entry, stride=stride)
    return nn.Sequential(
        nn.Conv3d(entry, exit_, 1, stride=stride, bias=False), nn.BatchNorm3d(exit_)
    )

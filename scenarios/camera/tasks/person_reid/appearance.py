"""The appearance encoder, what is added to train it, and its teacher.

Imported only where PyTorch is in use.
"""

from __future__ import annotations

import torch  # noqa: TID253
from torch import nn  # noqa: TID253

from edge_aibench.scenarios.camera.tasks.person_reid.resnet import Backbone
from edge_aibench.scenarios.camera.tasks.person_reid.shapes import PARTS, EncoderShape


class Embedding(nn.Sequential):
    """A linear layer and batch normalisation, with no activation after them."""

    def __init__(self, features: int, size: int) -> None:
        linear, norm = nn.Linear(features, size), nn.BatchNorm1d(size)
        nn.init.kaiming_normal_(linear.weight, mode="fan_out")
        nn.init.zeros_(linear.bias)
        nn.init.normal_(norm.weight, 1.0, 0.02)
        super().__init__(linear, norm)


class AppearanceEncoder(nn.Module):
    """DG-Net's encoder: the network at inference.

    ResNet-50 whose last stage keeps its resolution, global max pooling and two embeddings: the
    primary one, taught by a teacher to tell clothes apart, and the fine-grained one, taught to
    see past them.
    """

    def __init__(self, shape: EncoderShape) -> None:
        super().__init__()
        self.backbone = Backbone(shape, last_stride=1)
        self.primary = Embedding(shape.features, shape.embedding)
        self.fine = Embedding(shape.features, shape.embedding)

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Give both embeddings, (n, embedding) each, of images (n, 3, height, width)."""
        return self._embed(self.backbone(images))

    def embed_with_parts(
        self, images: torch.Tensor
    ) -> tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor]]:
        """Give the appearance codes (n, PARTS, features) from head to foot, and the embeddings.

        No gradient flows through the codes: generation is trained on what identification sees,
        and does not pull it towards the colours of light and background.
        """
        features = self.backbone(images)
        n, channels, height, width = features.shape
        bands = features.detach().reshape(n, channels, PARTS, height // PARTS, width)
        return bands.amax(dim=(3, 4)).transpose(1, 2), self._embed(features)

    def _embed(self, features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        pooled = features.amax(dim=(2, 3))
        return self.primary(pooled), self.fine(pooled)


class IdentityClassifiers(nn.Module):
    """Dropout and a linear layer on each embedding; for training only."""

    def __init__(self, shape: EncoderShape, persons: int, dropouts: tuple[float, float]) -> None:
        super().__init__()
        self.primary = _classifier(shape.embedding, persons, dropouts[0])
        self.fine = _classifier(shape.embedding, persons, dropouts[1])

    def forward(
        self, embeddings: tuple[torch.Tensor, torch.Tensor]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Give the scores (n, persons) of both embeddings."""
        return self.primary(embeddings[0]), self.fine(embeddings[1])


class Teacher(nn.Module):
    """Plain ResNet-50, mean pooling, an embedding and a classifier.

    It is trained on real images only and says whom a generated image looks like.
    """

    def __init__(self, shape: EncoderShape, persons: int, dropout: float) -> None:
        super().__init__()
        self.backbone = Backbone(shape, last_stride=2)
        self.embedding = Embedding(shape.features, shape.embedding)
        self.classifier = _classifier(shape.embedding, persons, dropout)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Give the scores (n, persons) of images (n, 3, height, width)."""
        pooled = self.backbone(images).mean(dim=(2, 3))
        scores: torch.Tensor = self.classifier(self.embedding(pooled))
        return scores


def _classifier(features: int, persons: int, dropout: float) -> nn.Sequential:
    linear = nn.Linear(features, persons)
    nn.init.normal_(linear.weight, std=0.001)
    nn.init.zeros_(linear.bias)
    return nn.Sequential(nn.Dropout(dropout), linear)

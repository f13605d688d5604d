"""The three losses of LaneNet and H-Net; imported only where PyTorch is in use.

Neven et al., arXiv 1802.05591; the discriminative loss is De Brabandere, Neven and Van Gool,
Semantic instance segmentation with a discriminative loss function, arXiv 1708.02551; the class
weights are ENet's, arXiv 1606.02147.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch  # noqa: TID253
from torch.nn import functional  # noqa: TID253

if TYPE_CHECKING:
    from torch import Tensor

_BOUND = 1.02
"""1 / ln(1.02 + p) keeps the weight of a class between 1.4 and 50."""


def weighted_cross_entropy(logits: Tensor, lane: Tensor) -> Tensor:
    """Cross-entropy of *logits* (n, 2, h, w) with *lane*, bool (n, h, w).

    A class that holds the share p of the batch's pixels is weighted by 1 / ln(1.02 + p).
    """
    share = lane.float().mean()
    weights = 1 / torch.log(_BOUND + torch.stack((1 - share, share)))
    return functional.cross_entropy(logits, lane.long(), weight=weights)


@dataclass(frozen=True, kw_only=True)
class Discriminative:
    """Margins and weights of the discriminative loss, LaneNet's by default."""

    pull_margin: float = 0.5
    push_margin: float = 3.0
    pull: float = 1.0
    push: float = 1.0
    size: float = 0.001

    def __call__(self, embedding: Tensor, instance: Tensor) -> Tensor:
        """The loss of *embedding* (n, d, h, w); *instance* int (n, h, w), 0 where no line is.

        Pixels are pulled to within a margin of their line's mean, means of one image pushed to
        at least another apart, and all means held near the origin; distances are Euclidean. The
        mean over the images with a line; 0 if there is none.
        """
        images, dimensions = embedding.shape[:2]
        lines = int(instance.max()) if instance.numel() else 0
        if lines == 0:
            return embedding.sum() * 0
        flat = instance.flatten()
        pixels = flat.nonzero()[:, 0]
        vectors = embedding.movedim(1, 3).reshape(-1, dimensions).index_select(0, pixels)
        line = pixels // (flat.numel() // images) * lines + flat[pixels] - 1
        # Membership as numbers: sums over lines are matrix products, the same in every run.
        member = functional.one_hot(line, images * lines).to(vectors.dtype)
        counts = member.sum(0)
        means = member.T @ vectors / counts.clamp(min=1)[:, None]
        distance = torch.linalg.vector_norm(vectors - member @ means, dim=1)
        excess = functional.relu(distance - self.pull_margin) ** 2
        spread = (member.T @ excess) / counts.clamp(min=1)
        there = (counts > 0).view(images, lines)
        per_image = there.sum(1).clamp(min=1)
        pull = spread.view(images, lines).sum(1) / per_image
        push = self._push(means.view(images, lines, dimensions), there)
        lengths = torch.linalg.vector_norm(means, dim=1).view(images, lines)
        size = (lengths * there).sum(1) / per_image
        loss = self.pull * pull + self.push * push + self.size * size
        with_line = there.any(1)
        total: Tensor = (loss * with_line).sum() / with_line.sum().clamp(min=1)
        return total

    def _push(self, means: Tensor, there: Tensor) -> Tensor:
        """By image, the mean over ordered pairs of its lines."""
        lines = means.shape[1]
        apart = means[:, :, None] - means[:, None]
        other = ~torch.eye(lines, dtype=torch.bool, device=means.device)
        pairs = there[:, :, None] & there[:, None] & other
        # A distance of zero has no slope; the diagonal is moved away from it before the root.
        squared = (apart**2).sum(3) + (~pairs)
        gap = functional.relu(self.push_margin - torch.sqrt(squared + 1e-12)) ** 2
        return (gap * pairs).sum((1, 2)) / pairs.sum((1, 2)).clamp(min=1)


def reprojection_loss(
    numbers: Tensor, points: Tensor, present: Tensor, *, degree: int = 3
) -> Tensor:
    """H-Net's loss: lines are fitted in the perspective and compared back in the image.

    *numbers* (n, 6) is H-Net's output; *points* (n, lines, k, 2) are x and y in shares of width
    and height, *present* bool (n, lines, k). In the transformed plane a polynomial of *degree*
    in the coordinate along the road is fitted by its closed form, w = (Y^T Y)^-1 Y^T x'; the
    loss is the mean squared distance in x between its points, back in the image, and the given.
    """
    # Normal equations square the condition number, for which float32 is too short.
    a, b, c, d, e, f = (numbers.double()[:, place, None, None] for place in range(6))
    x, y = points[..., 0].double(), points[..., 1].double()
    divisor = f * y + 1
    # Points at the horizon or beyond, by the numbers of the moment, are left out.
    seen = present & (divisor * (f + 1) > 1e-3)
    safe = torch.where(seen, divisor, torch.ones_like(divisor))
    along = (d * y + e) / safe
    across = (a * x + b * y + c) / safe
    counted = seen.to(x.dtype)
    spread = (along.abs() * counted).amax(2, keepdim=True).clamp(min=1e-6)
    powers = torch.stack([(along / spread) ** power for power in range(degree, -1, -1)], dim=3)
    powers = powers * counted[..., None]
    square = powers.transpose(2, 3) @ powers
    # A line of too few points leaves it singular: a little weight decay decides.
    square = square + 1e-9 * torch.eye(degree + 1, device=x.device, dtype=x.dtype)
    weights = torch.linalg.solve(square, powers.transpose(2, 3) @ (across * counted)[..., None])
    fitted = (powers @ weights)[..., 0]
    back = (fitted * divisor - b * y - c) / a
    error = torch.where(seen, back - x, torch.zeros_like(x)) ** 2
    return (error.sum() / counted.sum().clamp(min=1)).float()

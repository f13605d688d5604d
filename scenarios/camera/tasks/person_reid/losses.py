"""DG-Net's losses (Zheng et al., CVPR 2019, section 3) and their weights.

Names of the terms, with the paper's: reconstruction of an image from its own codes and from the
appearance of another image of the person (L_recon^img), after there and back (cycle); identity
of a made image, that of its appearance (L_id^c); primary feature learning (L_prim), the
teacher's opinion of a made image; fine-grained feature mining (L_fine), the person whose
structure it has; adversarial (L_adv), in least squares (Mao et al., ICCV 2017). Imported only
where PyTorch is in use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch  # noqa: TID253
from torch.nn import functional  # noqa: TID253

Scores = tuple[torch.Tensor, torch.Tensor]
"""Of both embeddings, primary and fine-grained, (n, persons) each."""


@dataclass(frozen=True, kw_only=True)
class LossWeights:
    """What each term counts; the defaults are those of the public code's settings.

    There *cycle* and *primary* rise from 0 to 2 in the course of training; *fine* is relative
    to *primary*.
    """

    reconstruction: float = 5.0
    cycle: float = 2.0
    identity: float = 1.0
    made_identity: float = 0.5
    adversarial: float = 1.0
    primary: float = 2.0
    fine: float = 0.2


def identity_loss(scores: Scores, persons: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of both embeddings with the persons shown, int64 (n,)."""
    return functional.cross_entropy(scores[0], persons) + functional.cross_entropy(
        scores[1], persons
    )


def reconstruction_loss(made: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Mean absolute difference of two images, in standardised levels."""
    return functional.l1_loss(made, wanted)


def primary_loss(scores: torch.Tensor, teacher_scores: torch.Tensor) -> torch.Tensor:
    """Divergence KL(teacher || encoder) of the persons a generated image may show, mean over n."""
    return functional.kl_div(
        functional.log_softmax(scores, dim=1),
        functional.softmax(teacher_scores.detach(), dim=1),
        reduction="batchmean",
    )


def fine_loss(scores: torch.Tensor, structure_persons: torch.Tensor) -> torch.Tensor:
    """Cross-entropy with the persons that generated images have the structure of."""
    return functional.cross_entropy(scores, structure_persons)


def discriminator_loss(real: Sequence[torch.Tensor], made: Sequence[torch.Tensor]) -> torch.Tensor:
    """Least squares, 1 for real and 0 for made images, summed over the scales."""
    terms = [
        ((true - 1) ** 2).mean() + (false**2).mean() for true, false in zip(real, made, strict=True)
    ]
    return torch.stack(terms).sum()


def adversarial_loss(made: Sequence[torch.Tensor]) -> torch.Tensor:
    """Least squares of made images that should pass for real, summed over the scales."""
    return torch.stack([((verdict - 1) ** 2).mean() for verdict in made]).sum()

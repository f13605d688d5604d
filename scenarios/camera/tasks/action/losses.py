"""What training minimises; PyTorch is imported by whoever calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_aibench.tasks.torch_state import import_torch

if TYPE_CHECKING:
    from torch import Tensor


def clip_loss(logits: Tensor, targets: Tensor, *, smoothing: float = 0.0) -> Tensor:
    """Mean cross-entropy of clips: logits (rows, classes), targets int64 (rows,), a scalar.

    Each clip is held to the class of its whole video. With *smoothing* that share of the target
    is spread evenly over all classes (Szegedy et al., Rethinking the Inception Architecture,
    CVPR 2016).
    """
    functional = import_torch().nn.functional
    loss: Tensor = functional.cross_entropy(logits, targets, label_smoothing=smoothing)
    return loss

"""How each preset is trained."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from edge_aibench.scenarios.camera.tasks.person_reid.augmentation import Augmentation
from edge_aibench.scenarios.camera.tasks.person_reid.networks import Dropouts
from edge_aibench.scenarios.camera.tasks.person_reid.task import LITE
from edge_aibench.tasks.task import REFERENCE

if TYPE_CHECKING:
    from edge_aibench.scenarios.camera.tasks.person_reid.losses import LossWeights


@dataclass(frozen=True, kw_only=True)
class Rates:
    """Learning rates: *identity* of encoder, classifiers and teacher (AdamW with *weight_decay*),
    *generation* of generator and discriminator (Adam).
    """

    identity: float
    generation: float
    weight_decay: float


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a preset is trained.

    First encoder and teacher learn whom real images show. In the last *joint_share* of the
    epochs the teacher is left as it is and all else is trained jointly, *joint_steps* an epoch,
    each on *joint_batch* pairs of persons; None for the loss weights means the published ones.
    """

    epochs: int
    joint_share: float
    batch: int
    joint_batch: int
    joint_steps: int
    rates: Rates
    dropouts: Dropouts
    augmentation: Augmentation
    loss_weights: LossWeights | None = field(default=None)

    def joint_epochs(self, epochs: int) -> int:
        """How many of so many epochs are joint ones; the first one never is."""
        return min(round(self.joint_share * epochs), epochs - 1)


RECIPES: Final = {
    # Published: batches of 8, Adam at 1e-4, the encoder by SGD at 0.002, 100,000 joint steps
    # from an encoder that knows ImageNet. Here the encoder starts from nothing, so it sees the
    # training persons 60 times before images are made, and learns by AdamW: on 48 generated
    # persons the lite one reached a validation mAP of 0.47 in 144 steps, and 0.18 by SGD.
    REFERENCE: Recipe(
        epochs=100,
        joint_share=0.4,
        batch=32,
        joint_batch=4,
        joint_steps=2_500,
        rates=Rates(identity=5e-4, generation=1e-4, weight_decay=0.02),
        dropouts=Dropouts(primary=0.5, fine=0.75, teacher=0.5),
        augmentation=Augmentation(shift=0.04, light=0.0, tint=0.0, erase=0.5),
    ),
    LITE: Recipe(
        epochs=20,
        joint_share=0.2,
        batch=32,
        joint_batch=8,
        joint_steps=40,
        rates=Rates(identity=3e-3, generation=1e-3, weight_decay=0.02),
        dropouts=Dropouts(primary=0.2, fine=0.3, teacher=0.2),
        augmentation=Augmentation(shift=0.06, light=0.15, tint=0.1, erase=0.4),
    ),
}

"""How each preset is trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from edge_aibench.scenarios.home.tasks.face.presets import LITE
from edge_aibench.tasks.task import REFERENCE

Loss = Literal["softmax", "cosface", "a-softmax", "triplet"]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A training: AdamW, its rate falling by half a cosine after a warm-up of *warm_up_epochs*.

    *scale* and *margin* are CosFace's s and m, *margin* is also the triplet loss's alpha. A batch
    holds *batch_size* pictures; for triplets it takes *pictures_each* of a person.
    """

    loss: Loss
    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    warm_up_epochs: float = 1.0
    scale: float = 64.0
    margin: float = 0.35
    dropout: float = 0.0
    pictures_each: int = 4


# The published networks' losses and margins; their optimisers were SGD and RMSProp over many
# more pictures, on GPUs.
_FACENET: Final = Recipe(
    loss="triplet",
    epochs=90,
    batch_size=90,
    learning_rate=1e-3,
    weight_decay=5e-4,
    margin=0.2,
    dropout=0.2,
)
RECIPES: Final[dict[str, Recipe]] = {
    REFERENCE: _FACENET,
    "facenet-128": _FACENET,
    "sphereface": Recipe(
        loss="a-softmax", epochs=20, batch_size=128, learning_rate=1e-3, weight_decay=5e-4
    ),
    "sphereface-edge-aibench": Recipe(
        loss="cosface", epochs=20, batch_size=128, learning_rate=1e-3, weight_decay=5e-4
    ),
    # A few hundred people instead of ten thousand need a smaller scale: CosFace's bound for
    # a chance of 0.999 of the right one among 400 is 12.9 (Wang et al. 2018, eq. 6).
    LITE: Recipe(
        loss="cosface",
        epochs=18,
        batch_size=64,
        learning_rate=2e-3,
        weight_decay=0.02,
        scale=30.0,
    ),
}

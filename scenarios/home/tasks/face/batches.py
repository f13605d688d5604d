"""Which training pictures go together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.scenarios.home.tasks.face.recipes import Recipe

# Batch normalisation needs a few pictures to learn from.
_SMALLEST: Final = 4


def epoch_batches(
    labels: NDArray[np.int32], recipe: Recipe, rng: np.random.Generator
) -> list[NDArray[np.intp]]:
    """Indices of the pictures of each batch of an epoch, in an order drawn from *rng*.

    For the triplet loss a batch takes `pictures_each` pictures of each of its people, so that
    it holds pairs to compare; people with more pictures come more than once.
    """
    order = rng.permutation(len(labels))
    if recipe.loss == "triplet":
        order = _in_groups(labels, order, recipe.pictures_each, rng)
    batches = [
        order[start : start + recipe.batch_size]
        for start in range(0, len(order), recipe.batch_size)
    ]
    return [batch for batch in batches if len(batch) >= min(_SMALLEST, len(labels))]


def _in_groups(
    labels: NDArray[np.int32],
    order: NDArray[np.intp],
    size: int,
    rng: np.random.Generator,
) -> NDArray[np.intp]:
    """*order* with up to *size* pictures of a person in a row, the groups in any order."""
    by_person = order[np.argsort(labels[order], kind="stable")]
    borders = np.flatnonzero(np.diff(labels[by_person])) + 1
    groups = [
        of_one[start : start + size]
        for of_one in np.split(by_person, borders)
        for start in range(0, len(of_one), size)
    ]
    return np.concatenate([groups[place] for place in rng.permutation(len(groups))])

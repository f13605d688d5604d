"""Which lane pixels belong to one line: mean shift in the embedding space, on a histogram.

Neven et al., arXiv 1802.05591, section II-A: from a pixel that belongs to no line yet, mean
shift finds the centre of its cluster; all pixels around it are one line; so on until none is
left. Here the pixels are first gathered into cells as wide as the pull margin, and it begins
with the fullest cell that is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

_CELL: Final = 0.5
_SAMPLED_PIXELS: Final = 8192
"""More pixels than about twice this are thinned to find the centres. Lines have fewer; only a
network without training calls most of an image lane."""

_MOST_STEPS: Final = 20
_MOST_CENTRES: Final = 32
_STILL: Final = 1e-3
_NONE: Final = -1


@dataclass(frozen=True, kw_only=True)
class MeanShift:
    """Clusters of embeddings.

    *radius* of the flat kernel and of a cluster; half the push margin of the training, so that
    two lines that are as far apart as they should be share no pixel. A cluster of fewer than
    *fewest* pixels is none; of more than *most* clusters the largest are kept.
    """

    radius: float = 1.5
    fewest: int
    most: int = 5

    def labels(self, embedding: Vectors) -> NDArray[np.intp]:
        """Give the cluster, from 0 for the largest on, of each of *embedding* (n, d).

        Pixels of none have -1.
        """
        if not len(embedding):
            return np.zeros(0, dtype=np.intp)
        sampled = embedding[:: 1 + len(embedding) // (2 * _SAMPLED_PIXELS)]
        centres = self._centres(*_cells(sampled))
        nearest = _nearest(embedding, centres, self.radius)
        sizes = np.bincount(nearest[nearest != _NONE], minlength=len(centres))
        order = np.argsort(-sizes, kind="stable")[: self.most]
        kept = order[sizes[order] >= self.fewest]
        # The last place is that of no cluster, which -1 points to.
        rename = np.full(len(centres) + 1, _NONE, dtype=np.intp)
        rename[kept] = np.arange(len(kept))
        return rename[nearest]

    def _centres(self, means: Vectors, counts: Vectors) -> Vectors:
        """The centres of the clusters of cells, in the order they are found."""
        left = np.argsort(-counts, kind="stable")
        centres: list[Vectors] = []
        while len(left) and len(centres) < _MOST_CENTRES:
            centre = self._shift(means[left[0]], means[left], counts[left])
            centres.append(centre)
            around = _squared(means[left], centre[np.newaxis])[:, 0] <= self.radius**2
            # The cell it began with is done, wherever the shift has led.
            around[0] = True
            left = left[~around]
        return np.array(centres)

    def _shift(self, start: Vectors, means: Vectors, counts: Vectors) -> Vectors:
        centre = start
        for _ in range(_MOST_STEPS):
            inside = _squared(means, centre[np.newaxis])[:, 0] <= self.radius**2
            # At the start its own cell is inside; later, rounding may leave none.
            if not inside.any():
                break
            moved = counts[inside] @ means[inside] / counts[inside].sum()
            step = np.abs(moved - centre).max()
            centre = moved
            if step < _STILL:
                break
        return centre


def _cells(embedding: Vectors) -> tuple[Vectors, Vectors]:
    """The mean of the pixels in each cell, (cells, d), and their number, (cells,)."""
    place = np.floor(embedding / _CELL).astype(np.int64)
    place -= place.min(axis=0)
    extent = place.max(axis=0) + 1
    if np.prod(extent, dtype=np.float64) > np.iinfo(np.int64).max:
        # Only a network without training spreads so far: its pixels are gathered coarsely.
        place //= 1 + extent // (1 << 12)
        extent = place.max(axis=0) + 1
    key = np.ravel_multi_index(tuple(place.T), tuple(extent))
    _, inverse, counts = np.unique(key, return_inverse=True, return_counts=True)
    sums = [np.bincount(inverse, column, len(counts)) for column in embedding.T]
    means = np.stack(sums, axis=1) / counts[:, np.newaxis]
    return means.astype(np.float32), counts.astype(np.float32)


def _nearest(embedding: Vectors, centres: Vectors, radius: float) -> NDArray[np.intp]:
    """The nearest of *centres* to each of *embedding*, -1 where it is beyond *radius*."""
    squared = _squared(embedding, centres)
    nearest = squared.argmin(axis=1)
    within = np.take_along_axis(squared, nearest[:, np.newaxis], axis=1)[:, 0] <= radius**2
    return np.where(within, nearest, _NONE)


def _squared(left: Vectors, right: Vectors) -> Vectors:
    """Squared Euclidean distances, (len(left), len(right))."""
    lengths = (left**2).sum(axis=1)[:, np.newaxis] + (right**2).sum(axis=1)
    distances: Vectors = lengths - 2 * (left @ right.T)
    return distances

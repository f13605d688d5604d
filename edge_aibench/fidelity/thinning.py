"""Fewer raw times that tell the same distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

MOST_SAMPLES = 2000
"""Kept of each measured distribution: 20 of them lie above its 99th percentile."""


def even_ranks(count: int, most: int = MOST_SAMPLES) -> NDArray[np.int64]:
    """Positions in a sorted list of *count*: all of them, or *most* that lie evenly."""
    if count <= most:
        return np.arange(count)
    middles = (np.arange(most) + 0.5) * (count / most)
    positions: NDArray[np.int64] = np.floor(middles).astype(np.int64)
    return positions


def thinned(values: Numbers, most: int = MOST_SAMPLES) -> Numbers:
    """*values* in order, thinned evenly by rank: every quantile moves by at most half a rank.

    The mean is restored exactly, by a factor: the few largest carry much of it, and which of them
    are kept is chance.
    """
    ordered: Numbers = np.sort(values)
    kept = ordered[even_ranks(len(ordered), most)]
    return restored(kept, float(values.mean()) if len(values) else 0.0)


def restored(kept: Numbers, mean: float) -> Numbers:
    """*kept* times the factor that gives them the *mean*."""
    found = float(kept.mean()) if len(kept) else 0.0
    return kept * (mean / found) if found > 0 else kept

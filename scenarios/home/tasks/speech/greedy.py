"""Greedy decoding of CTC: the likeliest class of each frame, repeats and blanks removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def greedy_labels(scores: NDArray[np.floating[Any]]) -> tuple[int, ...]:
    """Decode one utterance, *scores* (frames, classes), any monotone of the probabilities.

    The last class is the blank. A class that two frames in a row agree on is one label; with a
    blank between them it is two.
    """
    best = scores.argmax(axis=-1)
    begins = np.append(True, best[1:] != best[:-1]) if len(best) else np.zeros(0, dtype=np.bool_)
    kept = best[begins & (best != scores.shape[-1] - 1)]
    return tuple(kept.tolist())

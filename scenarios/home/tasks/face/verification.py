"""How well distances tell pairs of one person from pairs of two.

The protocol is LFW's view 2 (Huang et al., 2007): pairs come in folds, and each fold is judged
with the threshold that is best on all other folds. Thresholds are those of FaceNet's published
evaluation, so that figures can be compared: squared distances of unit vectors, 0 to 4 in steps
of 0.01 for accuracy and of 0.001 for the validation rate; a pair is accepted if its distance is
below the threshold, not at it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_aibench.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]
    Numbers = NDArray[np.float64]

ACCURACY_THRESHOLDS: Final = np.arange(0, 400) * 0.01
VAL_THRESHOLDS: Final = np.arange(0, 4000) * 0.001


@dataclass(frozen=True, kw_only=True)
class JudgedPairs:
    """Pairs with their squared *distance*, float64 (n,), whether they are the *same* person,
    bool (n,), and their *fold*, int (n,).

    Raises ConfigError unless there are two folds or more, each with pairs of both kinds.
    """

    distance: Numbers
    same: Flags
    fold: NDArray[np.intp]

    def __post_init__(self) -> None:
        if np.isnan(self.distance).any():
            raise ConfigError("distances must be numbers, not NaN", where="metric")
        folds = np.unique(self.fold)
        mixed = [0 < self.same[self.fold == fold].mean() < 1 for fold in folds]
        if len(folds) < 2 or not all(mixed):
            raise ConfigError(
                "pairs must come in two folds or more, each with pairs of one person and of two",
                where="metric",
                key="pairs",
                value=f"{len(self.same)} pairs in {len(folds)} folds",
                next_step="evaluate on more samples",
            )

    def held_out(self) -> Iterator[tuple[Flags, Flags]]:
        """Each fold as (all other pairs, its own pairs)."""
        for fold in np.unique(self.fold):
            own = self.fold == fold
            yield ~own, own


def fold_accuracies(pairs: JudgedPairs) -> Numbers:
    """The accuracy of each fold at the threshold that is best on the others, the lowest if tied."""
    accepted = pairs.distance[:, np.newaxis] < ACCURACY_THRESHOLDS
    correct = accepted == pairs.same[:, np.newaxis]
    found = [
        correct[own, np.argmax(correct[others].mean(axis=0))].mean()
        for others, own in pairs.held_out()
    ]
    return np.array(found)


def validation_rate(pairs: JudgedPairs, *, false_accept_rate: float) -> tuple[float, float]:
    """The mean share accepted of one person's pairs, and of two persons', over all folds.

    Each fold's threshold is where the other folds accept *false_accept_rate* of two persons'
    pairs, interpolated linearly between the last threshold with at most that share and the next.
    """
    accepted, wrong = [], []
    for others, own in pairs.held_out():
        threshold = _threshold_at(pairs.distance[others & ~pairs.same], false_accept_rate)
        accepted.append((pairs.distance[own & pairs.same] < threshold).mean())
        wrong.append((pairs.distance[own & ~pairs.same] < threshold).mean())
    return float(np.mean(accepted)), float(np.mean(wrong))


def equal_error_rate(pairs: JudgedPairs) -> float:
    """Where the share of two persons' pairs accepted equals that of one person's refused.

    Found on the ROC of all pairs, straight between neighbouring distances.
    """
    thresholds = np.append(np.unique(pairs.distance), np.inf)
    ours = np.sort(pairs.distance[pairs.same])
    others = np.sort(pairs.distance[~pairs.same])
    refused = 1.0 - np.searchsorted(ours, thresholds, side="left") / len(ours)
    accepted = np.searchsorted(others, thresholds, side="left") / len(others)
    # From -1, nothing accepted, to 1, all accepted, never falling.
    gap = accepted - refused
    after = int(np.argmax(gap >= 0))
    if gap[after] == 0:
        return float(accepted[after])
    share = -gap[after - 1] / (gap[after] - gap[after - 1])
    return float(accepted[after - 1] + share * (accepted[after] - accepted[after - 1]))


def _threshold_at(distances: Numbers, rate: float) -> float:
    ranked = np.sort(distances)
    rates = np.searchsorted(ranked, VAL_THRESHOLDS, side="left") / len(ranked)
    last = int(np.searchsorted(rates, rate, side="right")) - 1
    if last + 1 == len(VAL_THRESHOLDS):
        return float(VAL_THRESHOLDS[last])
    share = (rate - rates[last]) / (rates[last + 1] - rates[last])
    return float(VAL_THRESHOLDS[last] + share * (VAL_THRESHOLDS[last + 1] - VAL_THRESHOLDS[last]))

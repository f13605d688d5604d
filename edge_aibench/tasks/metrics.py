"""Quality of binary predictions, as the MIMIC-III benchmark reports it.

All functions take *labels*, bool or 0/1 of shape (n,), and *scores*, floats of shape (n,), the
higher the likelier positive. Equal scores are one threshold: their order never matters.
Definitions follow mimic3-benchmarks (Harutyunyan et al., Scientific Data 6:96, 2019).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edge_aibench.errors import ConfigError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def accuracy(labels: ArrayLike, scores: ArrayLike, *, threshold: float = 0.5) -> float:
    """The share of cases on their own side of *threshold*; a score equal to it reads negative."""
    truth, score = _checked(labels, scores, both_classes=False)
    return float(((score > threshold) == truth).mean())


def auroc(labels: ArrayLike, scores: ArrayLike) -> float:
    """Area under the ROC curve: the chance that a positive case outranks a negative one.

    Ties count one half (Mann-Whitney). Raises ConfigError unless both classes are present.
    """
    truth, score = _checked(labels, scores, both_classes=True)
    true_positives, false_positives = _counts_by_threshold(truth, score)
    tpr = np.concatenate(([0.0], true_positives / true_positives[-1]))
    fpr = np.concatenate(([0.0], false_positives / false_positives[-1]))
    return float(np.trapezoid(tpr, fpr))


def auprc(labels: ArrayLike, scores: ArrayLike) -> float:
    """Area under the precision-recall curve by the trapezoid rule, as the benchmark takes it.

    The curve starts at recall 0 with precision 1. Linear interpolation is a little optimistic
    (Davis and Goadrich, ICML 2006); it is kept so that numbers can be compared. Raises
    ConfigError unless both classes are present.
    """
    truth, score = _checked(labels, scores, both_classes=True)
    precision, recall = _precision_recall(truth, score)
    return float(np.trapezoid(np.append(1.0, precision), np.append(0.0, recall)))


def min_precision_sensitivity(labels: ArrayLike, scores: ArrayLike) -> float:
    """The best min(precision, sensitivity) over all thresholds, the benchmark's min(+P, Se).

    Raises ConfigError unless both classes are present.
    """
    truth, score = _checked(labels, scores, both_classes=True)
    precision, recall = _precision_recall(truth, score)
    return float(np.minimum(precision, recall).max())


def _precision_recall(
    truth: NDArray[np.bool_], score: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Precision and recall at each threshold, recall ascending."""
    true_positives, false_positives = _counts_by_threshold(truth, score)
    precision = true_positives / (true_positives + false_positives)
    return precision, true_positives / true_positives[-1]


def _counts_by_threshold(
    truth: NDArray[np.bool_], score: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """True and false positives when all cases from the highest score down to each are called."""
    order = np.argsort(-score, kind="stable")
    ranked = score[order]
    last_of_tie = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    true_positives = np.cumsum(truth[order])[last_of_tie]
    return true_positives, last_of_tie + 1 - true_positives


def _checked(
    labels: ArrayLike, scores: ArrayLike, *, both_classes: bool
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    given = np.asarray(labels)
    truth = given.astype(np.bool_)
    score = np.asarray(scores, dtype=np.float64)
    if truth.ndim != 1 or truth.shape != score.shape or not len(truth):
        raise ConfigError(
            "labels and scores must be two equally long lists of at least one case",
            where="metric",
            value=(truth.shape, score.shape),
        )
    if not np.isin(given, (0, 1)).all():
        raise ConfigError("labels must be 0 or 1", where="metric", key="labels")
    if np.isnan(score).any():
        raise ConfigError("scores must be numbers, not NaN", where="metric", key="scores")
    if both_classes and (truth.all() or not truth.any()):
        raise ConfigError(
            "is undefined unless positive and negative cases are present",
            where="metric",
            key="labels",
            next_step="evaluate on more cases",
        )
    return truth, score

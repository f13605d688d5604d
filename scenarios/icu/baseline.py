"""Logistic regression on the last values, the bar that a recurrent network has to clear."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Enough to keep columns that never vary from making the system singular, too little to matter
# elsewhere (the benchmark's own baseline uses C = 0.001 on 714 features; this one has 76).
_RIDGE = 1.0
_STEPS = 25
_TOLERANCE = 1e-6
_HALVINGS = 20


@dataclass(frozen=True, kw_only=True)
class LogisticModel:
    """Coefficients float64 (76,) and intercept."""

    coefficients: NDArray[np.float64]
    intercept: float

    def predict(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """Chances, float64 (n,), for features (n, 76)."""
        return _logistic(features @ self.coefficients + self.intercept)


def fit_logistic(features: NDArray[np.float32], labels: NDArray[np.bool_]) -> LogisticModel:
    """Maximise the likelihood with a small ridge by Newton's method."""
    design = np.column_stack((features.astype(np.float64), np.ones(len(features))))
    ridge = np.full(design.shape[1], _RIDGE)
    ridge[-1] = 0.0
    weights = np.zeros(design.shape[1])
    prevalence = np.clip(labels.mean(), 1e-6, 1 - 1e-6)
    weights[-1] = np.log(prevalence / (1 - prevalence))
    for _ in range(_STEPS):
        chance = _logistic(design @ weights)
        gradient = design.T @ (chance - labels) + ridge * weights
        curvature = (design.T * (chance * (1 - chance))) @ design + np.diag(ridge + 1e-9)
        step = np.linalg.solve(curvature, gradient).astype(np.float64)
        weights = _descend(design, labels, ridge, weights, step)
        if np.abs(step).max() < _TOLERANCE:
            break
    return LogisticModel(coefficients=weights[:-1], intercept=float(weights[-1]))


def _descend(
    design: NDArray[np.float64],
    labels: NDArray[np.bool_],
    ridge: NDArray[np.float64],
    weights: NDArray[np.float64],
    step: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Go along a Newton step, halved until the loss does not grow.

    Full steps overshoot where classes are rare: one in fifty hours is positive.
    """

    def loss(at: NDArray[np.float64]) -> float:
        margin = design @ at
        return float(np.logaddexp(0, margin).sum() - margin[labels].sum() + ridge @ at**2 / 2)

    before = loss(weights)
    for _ in range(_HALVINGS):
        if loss(weights - step) <= before:
            return weights - step
        step = step / 2
    return weights


def _logistic(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1.0 / (1.0 + np.exp(-np.clip(x, -500, 500)))

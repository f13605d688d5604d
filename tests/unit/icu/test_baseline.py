from __future__ import annotations

import numpy as np

from edge_aibench.scenarios.icu.baseline import fit_logistic


def test_two_groups_by_hand() -> None:
    """One binary column: the chances are the groups' shares, but for the small ridge."""
    features = np.array([[0.0]] * 1000 + [[1.0]] * 1000, dtype=np.float32)
    labels = np.zeros(2000, dtype=np.bool_)
    labels[:100] = True
    labels[1000:1800] = True
    model = fit_logistic(features, labels)
    low, high = model.predict(np.array([[0.0], [1.0]], dtype=np.float32))
    assert abs(low - 0.1) < 5e-3
    assert abs(high - 0.8) < 5e-3


def test_rare_classes_and_separable_columns_do_not_overshoot() -> None:
    """Full Newton steps diverge here; the fit must agree with a general optimiser."""
    from scipy.optimize import minimize

    rng = np.random.default_rng(0)
    features = rng.normal(size=(4000, 6)).astype(np.float32) * np.array([1, 1, 5, 0.1, 1, 1])
    features[:, 5] = 0.0
    features[:3, 5] = 1.0
    margin = 3 * features[:, 0] - 6
    labels = rng.random(4000) < 1 / (1 + np.exp(-margin))
    labels[:3] = True
    features = features.astype(np.float32)

    def loss(weights: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
        at = features.astype(np.float64) @ weights[:-1] + weights[-1]
        penalty = 0.5 * float(weights[:-1] @ weights[:-1])
        return float(np.logaddexp(0, at).sum() - at[labels].sum()) + penalty

    model = fit_logistic(features, labels)
    best = minimize(loss, np.zeros(7), method="BFGS", options={"gtol": 1e-4})
    ours = loss(np.append(model.coefficients, model.intercept))
    assert ours <= best.fun + 1e-6

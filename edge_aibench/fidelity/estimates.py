"""Errors of predicted latencies, with intervals of both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edge_aibench.record.resampling import Sampled, middle

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]


def error(predicted: Sampled, observed: Sampled, measure: int) -> tuple[float, float, float]:
    """Signed error of a prediction as a share of what was observed, with its interval.

    Both sides vary: each resample of the one is set against one of the other.
    """
    ratios = relative(predicted.resamples[:, measure], observed.resamples[:, measure])
    value = relative(
        predicted.values[measure : measure + 1], observed.values[measure : measure + 1]
    )
    return (float(value[0]), *middle(ratios))


def relative(predicted: Numbers, observed: Numbers) -> Numbers:
    """How much larger *predicted* is than *observed*, as a share; 0 where both never end."""
    both = np.isinf(predicted) & np.isinf(observed)
    with np.errstate(invalid="ignore"):
        found: Numbers = np.where(both, 0.0, predicted / observed - 1.0)
    return found

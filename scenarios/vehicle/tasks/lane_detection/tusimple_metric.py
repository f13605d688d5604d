"""TuSimple's official metric: point accuracy, false positives and false negatives.

Rules as in the benchmark's `evaluate/lane.py`: a point is right if its column is within 20
pixels, divided by the cosine of the line's angle, of the label's; where both are absent it is
right as well. A label counts with the most points that one answered line has right, and is
matched if that is 85 % of them. Two labels may be matched by one line, so that false positives
can be fewer than none: that is the official rule, and is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_aibench.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Values = NDArray[np.float64]

OFFICIAL_RUN_TIME_LIMIT_MS: Final = 200.0

_TOLERANCE_PX: Final = 20.0
_MATCHED: Final = 0.85
_COUNTED_LABELS: Final = 4
_MOST_EXTRA_LINES: Final = 2
# Absent points are moved here, where they are near each other and far from all others.
_NOWHERE: Final = -100.0


@dataclass(frozen=True, kw_only=True)
class TuSimpleScore:
    """Of one frame, or the mean over frames."""

    accuracy: float
    false_positives: float
    false_negatives: float


def score_frame(
    answered: Values,
    labelled: Values,
    rows: Values,
    *,
    run_time_ms: float | None = None,
    run_time_limit_ms: float | None = None,
) -> TuSimpleScore:
    """Score one frame; *answered* and *labelled* are columns (lines, rows), below 0 if absent.

    A frame that took longer than *run_time_limit_ms* (`OFFICIAL_RUN_TIME_LIMIT_MS` in the
    challenge, None for no limit), or with more than two lines too many, scores nothing. Raises
    ConfigError unless both have a column for each of *rows*.
    """
    if answered.shape[1:] != rows.shape or labelled.shape[1:] != rows.shape:
        raise ConfigError(
            f"answers and labels must have a column for each of the {len(rows)} rows",
            where="metric",
            value=(answered.shape, labelled.shape),
        )
    late = (
        run_time_limit_ms is not None
        and run_time_ms is not None
        and run_time_ms > run_time_limit_ms
    )
    if late or len(answered) > len(labelled) + _MOST_EXTRA_LINES:
        return TuSimpleScore(accuracy=0.0, false_positives=0.0, false_negatives=1.0)
    best = _best_shares(answered, labelled, rows)
    matched = int((best >= _MATCHED).sum())
    missed = len(labelled) - matched
    total = float(best.sum())
    if len(labelled) > _COUNTED_LABELS:
        # Of five labels the worst one is let off.
        missed -= int(missed > 0)
        total -= float(best.min())
    counted = max(min(_COUNTED_LABELS, len(labelled)), 1)
    return TuSimpleScore(
        accuracy=total / counted,
        false_positives=(len(answered) - matched) / len(answered) if len(answered) else 0.0,
        false_negatives=missed / counted,
    )


def mean_score(scores: Iterable[TuSimpleScore]) -> TuSimpleScore:
    """The mean over frames; raises ConfigError if there is none."""
    values = np.array([(s.accuracy, s.false_positives, s.false_negatives) for s in scores])
    if not len(values):
        raise ConfigError("must be of at least one frame", where="metric")
    accuracy, false_positives, false_negatives = values.mean(axis=0)
    return TuSimpleScore(
        accuracy=float(accuracy),
        false_positives=float(false_positives),
        false_negatives=float(false_negatives),
    )


def _best_shares(answered: Values, labelled: Values, rows: Values) -> Values:
    """For each label the largest share of points that one answered line has right."""
    if not len(answered) or not len(labelled):
        return np.zeros(len(labelled))
    given = np.where(answered >= 0, answered, _NOWHERE)
    wanted = np.where(labelled >= 0, labelled, _NOWHERE)
    tolerance = np.array([_TOLERANCE_PX / np.cos(_angle(line, rows)) for line in labelled])
    right = np.abs(given - wanted[:, np.newaxis]) < tolerance[:, np.newaxis, np.newaxis]
    best: Values = right.mean(axis=2).max(axis=1)
    return best


def _angle(columns: Values, rows: Values) -> float:
    """A line's angle from the vertical, of a straight line through its points."""
    present = columns >= 0
    if present.sum() < 2:
        return 0.0
    y = rows[present] - rows[present].mean()
    return float(np.arctan((y * columns[present]).sum() / (y**2).sum()))

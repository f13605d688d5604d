"""Judging answers by TuSimple's and CULane's rules, and what a fixed guess would get."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.scenarios.vehicle.tasks.lane_detection.culane_metric import (
    CULaneCounts,
    count_frame,
)
from edge_aibench.scenarios.vehicle.tasks.lane_detection.lanes import (
    ABSENT,
    Lanes,
    answer_rows,
    rank_lines,
)
from edge_aibench.scenarios.vehicle.tasks.lane_detection.tusimple_metric import (
    mean_score,
    score_frame,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from edge_aibench.tasks.component import Metrics
    from edge_aibench.tasks.sample import Sample, Samples

    Values = NDArray[np.float64]

HEADLINE: Final = "accuracy"
MEAN_LANES: Final = "mean-lanes"
_COMMON: Final = 0.5


def judge(
    _split: Samples[Any, Any],
    pairs: Sequence[tuple[Sample[Any, Lanes], Lanes]],
    *,
    run_times_ms: Sequence[float] | None = None,
    run_time_limit_ms: float | None = None,
) -> Metrics:
    """Judge answers by TuSimple's official metric.

    With *run_times_ms*, one a pair, and a *run_time_limit_ms* (200 in the challenge), a frame
    that took longer scores nothing; by default time does not count. Raises ConfigError if there
    is no pair.
    """
    times = run_times_ms if run_times_ms is not None else [None] * len(pairs)
    score = mean_score(
        score_frame(
            answer.at_rows(sample.label.rows),
            sample.label.columns,
            sample.label.rows,
            run_time_ms=time_ms,
            run_time_limit_ms=run_time_limit_ms,
        )
        for (sample, answer), time_ms in zip(pairs, times, strict=True)
    )
    return {
        HEADLINE: score.accuracy,
        "false_positive_rate": score.false_positives,
        "false_negative_rate": score.false_negatives,
    }


def judge_culane(
    _split: Samples[Any, Any], pairs: Sequence[tuple[Sample[Any, Any], Lanes]]
) -> Metrics:
    """Judge answers on samples of `CULane` by its official metric."""
    counts = CULaneCounts(true_positives=0, false_positives=0, false_negatives=0)
    for sample, answer in pairs:
        size = sample.raw.shape[:2]
        counts += count_frame(answer.polylines(), sample.label, size=size)
    return {"f1": counts.f1, "precision": counts.precision, "recall": counts.recall}


def controls(train: Samples[Any, Any], test: Samples[Any, Any]) -> Mapping[str, Metrics]:
    """The quality of always answering the mean lines of the training split."""
    answer = mean_lanes(train)
    pairs = [(sample, answer) for sample in (test[place] for place in range(len(test)))]
    return {MEAN_LANES: judge(test, pairs)}


def mean_lanes(train: Samples[Any, Lanes]) -> Lanes:
    """The mean lines of a split, at the rows of its images' answers.

    Lines are told apart by their rank from the middle of the image, to the left and to the
    right, at the bottom. A line is answered if half the frames have it, from the row on in which
    half of those cross it.
    """
    lines: dict[tuple[bool, int], list[Values]] = {}
    rows = answer_rows(0)
    for place in range(len(train)):
        sample = train[place]
        height, width = sample.raw.shape[:2]
        rows = answer_rows(height)
        columns = sample.label.at_rows(rows)
        for slot, line in rank_lines(columns, rows, width=width, height=height):
            lines.setdefault(slot, []).append(line)
    common = [np.array(found) for found in lines.values() if len(found) >= _COMMON * len(train)]
    means = [_mean_line(found) for found in common]
    return Lanes(rows=rows, columns=np.array(means).reshape(len(means), len(rows)))


def _mean_line(found: Values) -> Values:
    present = found >= 0
    counts = present.sum(axis=0)
    sums = np.where(present, found, 0).sum(axis=0)
    crossed = counts >= _COMMON * len(found)
    return np.where(crossed, sums / np.maximum(counts, 1), ABSENT)

"""The metrics against their definitions, counted pair by pair and threshold by threshold."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_aibench.errors import ConfigError
from edge_aibench.tasks.metrics import accuracy, auprc, auroc, min_precision_sensitivity

Scored = list[tuple[bool, float]]

# Few distinct scores, so that ties are common.
scored = st.lists(
    st.tuples(st.booleans(), st.integers(0, 6).map(lambda i: i / 6)), min_size=2, max_size=40
).filter(lambda rows: len({label for label, _ in rows}) == 2)


def columns(rows: Scored) -> tuple[list[bool], list[float]]:
    return [label for label, _ in rows], [score for _, score in rows]


def curve(rows: Scored) -> list[tuple[float, float]]:
    """(recall, precision) for each threshold from the strictest on, by counting."""
    positives = sum(label for label, _ in rows)
    points = []
    for threshold in sorted({score for _, score in rows}, reverse=True):
        called = [label for label, score in rows if score >= threshold]
        points.append((sum(called) / positives, sum(called) / len(called)))
    return points


@given(scored)
def test_auroc_is_the_share_of_pairs_in_the_right_order(rows: Scored) -> None:
    wins = [
        1.0 if high > low else 0.5 if high == low else 0.0
        for (_, high), (_, low) in itertools.product(
            [row for row in rows if row[0]], [row for row in rows if not row[0]]
        )
    ]
    assert auroc(*columns(rows)) == pytest.approx(sum(wins) / len(wins))


@given(scored)
def test_auprc_is_the_area_under_the_counted_curve(rows: Scored) -> None:
    points = [(0.0, 1.0), *curve(rows)]
    area = sum(
        (right - left) * (upper + lower) / 2
        for (left, upper), (right, lower) in itertools.pairwise(points)
    )
    assert auprc(*columns(rows)) == pytest.approx(area)


@given(scored)
def test_min_precision_sensitivity_is_the_best_threshold(rows: Scored) -> None:
    best = max(min(point) for point in curve(rows))
    assert min_precision_sensitivity(*columns(rows)) == pytest.approx(best)


@given(scored)
def test_only_the_order_of_scores_matters(rows: Scored) -> None:
    labels, scores = columns(rows)
    stretched = np.exp(3 * np.array(scores)) - 7
    for metric in (auroc, auprc, min_precision_sensitivity):
        assert metric(labels, stretched) == pytest.approx(metric(labels, scores))


@given(scored)
def test_turning_scores_around_turns_auroc_around(rows: Scored) -> None:
    labels, scores = columns(rows)
    assert auroc(labels, [-s for s in scores]) == pytest.approx(1 - auroc(labels, scores))


@given(scored, st.integers(0, 6))
def test_accuracy_counts_cases_on_their_side(rows: Scored, sixths: int) -> None:
    threshold = sixths / 6
    right = sum(label == (score > threshold) for label, score in rows)
    assert accuracy(*columns(rows), threshold=threshold) == pytest.approx(right / len(rows))


def test_by_hand() -> None:
    labels, scores = [1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1]
    assert auroc(labels, scores) == 0.75
    # Points (recall, precision): (0, 1), (1/2, 1), (1/2, 1/2), (1, 2/3), (1, 1/2).
    assert auprc(labels, scores) == pytest.approx(0.5 + 0.5 * (0.5 + 2 / 3) / 2)
    assert min_precision_sensitivity(labels, scores) == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("labels", "scores"),
    [([], []), ([0, 1], [0.5]), ([0, 2], [0.1, 0.2]), ([0, 1], [0.1, float("nan")])],
)
def test_what_is_no_scored_list_is_refused(labels: list[int], scores: list[float]) -> None:
    for metric in (auroc, auprc, min_precision_sensitivity, accuracy):
        with pytest.raises(ConfigError):
            metric(labels, scores)


@pytest.mark.parametrize("labels", [[0, 0], [1, 1]])
def test_one_class_alone_has_no_curve(labels: list[int]) -> None:
    for metric in (auroc, auprc, min_precision_sensitivity):
        with pytest.raises(ConfigError, match="positive and negative"):
            metric(labels, [0.1, 0.2])
    assert accuracy(labels, [0.1, 0.2]) in (0.0, 1.0)

"""CTC against sums that can be done by hand, and against all alignments one by one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from edge_aibench.scenarios.home.tasks.speech.losses import ctc_loss

A, B, BLANK = 0, 1, 2


def loss(probabilities: object, labels: list[int]) -> float:
    logits = np.log(np.array(probabilities, dtype=np.float32))[np.newaxis]
    frames = np.array([logits.shape[1]], dtype=np.int32)
    padded = np.array([[*labels, 0]], dtype=np.int32)
    return float(ctc_loss(logits, frames, padded, np.array([len(labels)], dtype=np.int32))[0])


@pytest.mark.parametrize(
    ("labels", "probability"),
    [
        # Two frames, each a 0.5, b 0.2, blank 0.3. "a": aa, a-, -a.
        ([A], 0.5 * 0.5 + 0.5 * 0.3 + 0.3 * 0.5),
        ([A, B], 0.5 * 0.2),
        ([B], 0.2 * 0.2 + 0.2 * 0.3 + 0.3 * 0.2),
    ],
)
def test_two_frames_by_hand(labels: list[int], probability: float) -> None:
    assert loss([[0.5, 0.2, 0.3]] * 2, labels) == pytest.approx(-np.log(probability), rel=1e-5)


def test_a_double_letter_needs_a_blank_between() -> None:
    # Of three frames only a-a spells "aa".
    assert loss([[0.5, 0.2, 0.3]] * 3, [A, A]) == pytest.approx(-np.log(0.5 * 0.3 * 0.5), rel=1e-5)


def test_all_alignments_one_by_one() -> None:
    rng = np.random.default_rng(8)
    probabilities = rng.dirichlet(np.ones(3), size=5)
    labels = [B, A, A]
    total = 0.0
    for path in itertools.product(range(3), repeat=5):
        spelled = [c for c, _ in itertools.groupby(path) if c != BLANK]
        if spelled == labels:
            total += float(np.prod([probabilities[t, c] for t, c in enumerate(path)]))
    assert loss(probabilities, labels) == pytest.approx(-np.log(total), rel=1e-5)


def test_rows_of_different_lengths_do_not_disturb_each_other() -> None:
    rng = np.random.default_rng(9)
    logits = rng.normal(size=(2, 6, 4)).astype(np.float32)
    labels = np.array([[1, 2, 0], [2, 0, 0]], dtype=np.int32)
    frames = np.array([6, 3], dtype=np.int32)
    counts = np.array([3, 1], dtype=np.int32)
    both = ctc_loss(logits, frames, labels, counts).numpy()
    short = ctc_loss(logits[1:, :3], frames[1:], labels[1:, :1], counts[1:]).numpy()
    assert both[1] == pytest.approx(short[0], rel=1e-5)


def test_a_row_too_short_for_its_labels_does_not_count() -> None:
    assert loss([[0.5, 0.2, 0.3]] * 2, [A, A]) == 0.0

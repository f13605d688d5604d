"""LFW's protocol on cases worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.home.tasks.face.verification import (
    JudgedPairs,
    equal_error_rate,
    fold_accuracies,
    validation_rate,
)


def judged(*folds: tuple[list[float], list[float]]) -> JudgedPairs:
    """Folds as (distances of pairs of one person, distances of pairs of two)."""
    distance, same, fold = [], [], []
    for number, (ours, others) in enumerate(folds):
        distance += [*ours, *others]
        same += [True] * len(ours) + [False] * len(others)
        fold += [number] * (len(ours) + len(others))
    return JudgedPairs(distance=np.array(distance), same=np.array(same), fold=np.array(fold))


def test_each_fold_is_judged_with_the_others_threshold() -> None:
    # Fold 1 parts at any threshold above 1.0: the first of the grid is 1.01. At it, fold 0
    # accepts 0.5 and refuses 1.305, right, but accepts 0.995, wrong: 3 of 4. Fold 0 is best from
    # 0.51 on, with 3 of 4 up to 0.99 (all but 1.2, refused) and again later; the first is taken.
    # There fold 1 accepts neither 0.6 nor 1.0: 2 of 4.
    pairs = judged(([0.505, 1.2], [0.995, 1.305]), ([0.6, 1.0], [1.5, 1.6]))
    assert fold_accuracies(pairs).tolist() == [0.5, 0.5]


def test_a_pair_at_the_threshold_is_refused() -> None:
    # Fold 1 is parted from 0.51 on; 0.51 itself is not below 0.51.
    exact = judged(([0.51], [1.0]), ([0.505], [0.8]))
    assert fold_accuracies(exact)[0] == 0.5
    below = judged(([0.5099], [1.0]), ([0.505], [0.8]))
    assert fold_accuracies(below)[0] == 1.0


def test_perfect_and_reversed_distances() -> None:
    perfect = judged(([0.2, 0.305], [1.5, 1.6]), ([0.25, 0.305], [1.4, 1.7]))
    assert fold_accuracies(perfect).tolist() == [1.0, 1.0]
    assert equal_error_rate(perfect) == 0.0
    # The best of thresholds that are all wrong refuses everybody: half is right.
    wrong = judged(([1.5, 1.6], [0.2, 0.3]), ([1.4, 1.7], [0.25, 0.35]))
    assert fold_accuracies(wrong).tolist() == [0.5, 0.5]
    assert equal_error_rate(wrong) == 1.0


def test_the_validation_rate_interpolates_between_thresholds() -> None:
    # Fold 1's two pairs of two people lie at 1.0005 and 2.0005: their share is 0 up to 1.000 and
    # a half at 1.001. A false accept rate of 0.1 is a fifth of the way: the threshold is 1.0002.
    # Fold 0 the same at 1.5005: 1.5002.
    pairs = judged(
        ([1.0001, 1.0003], [1.5005, 2.5005]),
        ([1.5001, 1.5003, 0.3, 0.3], [1.0005, 2.0005]),
    )
    rate, false_accepts = validation_rate(pairs, false_accept_rate=0.1)
    # Fold 0 accepts 1 of 2 and none of two people's; fold 1 accepts 3 of 4, and 1.0005 of 2.
    assert rate == pytest.approx((0.5 + 0.75) / 2)
    assert false_accepts == pytest.approx((0.0 + 0.5) / 2)


def test_all_are_accepted_where_the_rate_is_never_reached() -> None:
    # Distances of 4, the largest, are not below any threshold.
    pairs = judged(([3.9], [4.0]), ([3.8], [4.0]))
    assert validation_rate(pairs, false_accept_rate=0.001) == (1.0, 0.0)


def test_the_equal_error_rate_by_hand() -> None:
    # Sorted: 1 s, 2 s, 3 d, 4 s, 5 d, 6 d. Just above 2, a third of the same are refused and no
    # others accepted; just above 3, a third of both.
    pairs = judged(([0.1, 0.2], [0.3, 0.5]), ([0.4], [0.6]))
    assert equal_error_rate(pairs) == pytest.approx(1 / 3)


def test_the_equal_error_rate_lies_between_two_steps() -> None:
    # One of one person's at 0.1, one at 0.3; of two people's two at 0.2 and three farther. Below
    # 0.2: refused 1/2, accepted 0; above: refused 1/2, accepted 2/5; at 0.4 and above, refused
    # 0, accepted 2/5. The line from (2/5, 1/2) to (2/5, 0) meets equality at 2/5.
    pairs = judged(([0.1], [0.2, 0.2]), ([0.3], [0.5, 0.6, 0.7]))
    assert equal_error_rate(pairs) == pytest.approx(0.4)
    # Equal distances of all: from (0, 1) straight to (1, 0).
    tied = judged(([0.5], [0.5]), ([0.5], [0.5]))
    assert equal_error_rate(tied) == pytest.approx(0.5)


@pytest.mark.parametrize(
    "folds",
    [
        [([0.1], [0.2])],
        [([0.1], [0.2]), ([0.1], [])],
        [([0.1], [0.2]), ([], [0.3])],
    ],
)
def test_every_fold_needs_both_kinds(folds: list[tuple[list[float], list[float]]]) -> None:
    with pytest.raises(ConfigError, match="two folds or more"):
        judged(*folds)


def test_distances_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(ConfigError, match="not NaN"):
        judged(([float("nan")], [0.2]), ([0.1], [0.2]))

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge_aibench.scenarios.vehicle.tasks.lane_detection.clustering import MeanShift

sizes = st.lists(st.integers(20, 80), min_size=1, max_size=5)
seeds = st.integers(0, 2**32 - 1)


@given(sizes=sizes, seed=seeds)
def test_lines_within_the_margins_are_told_apart(sizes: list[int], seed: int) -> None:
    """Pixels within 0.5 of means that are 3 or more apart: what the loss trains for."""
    rng = np.random.default_rng(seed)
    centres = np.zeros((len(sizes), 4))
    for place in range(1, len(sizes)):
        direction = rng.normal(size=4)
        # Each is 3.1 beyond the farthest before it, along a direction at random.
        direction /= np.linalg.norm(direction)
        reach = (centres[:place] @ direction).max()
        centres[place] = direction * (reach + 3.1)
    truth = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    aside = rng.normal(size=(len(truth), 4))
    aside *= 0.5 * rng.random((len(truth), 1)) / np.linalg.norm(aside, axis=1, keepdims=True)
    labels = MeanShift(fewest=20).labels((centres[truth] + aside).astype(np.float32))
    pairs = set(zip(truth.tolist(), labels.tolist(), strict=True))
    assert len(pairs) == len(sizes)
    assert {label for _, label in pairs} == set(range(len(sizes)))


@given(seed=seeds, count=st.integers(0, 200))
def test_clusters_are_numbered_by_size(seed: int, count: int) -> None:
    vectors = np.random.default_rng(seed).uniform(-4, 4, (count, 4)).astype(np.float32)
    labels = MeanShift(fewest=3).labels(vectors)
    found = np.bincount(labels[labels >= 0])
    assert len(found) <= 5
    assert (found >= 3).all()
    assert (np.diff(found) <= 0).all()

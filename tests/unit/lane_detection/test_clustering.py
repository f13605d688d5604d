from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_aibench.scenarios.vehicle.tasks.lane_detection.clustering import MeanShift


def blobs(*sizes: int, spread: float = 0.2) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Clusters 4 apart, with their numbers, in a shuffled order."""
    rng = np.random.default_rng(3)
    truth = np.repeat(np.arange(len(sizes)), sizes)
    rng.shuffle(truth)
    centres = 4 * np.eye(4)[np.arange(len(sizes)) % 4] * (1 + np.arange(len(sizes)) // 4)[:, None]
    vectors = centres[truth] + spread * rng.normal(size=(len(truth), 4))
    return vectors.astype(np.float32), truth


def test_clusters_are_numbered_from_the_largest_on() -> None:
    vectors, truth = blobs(60, 300, 150)
    labels = MeanShift(fewest=20).labels(vectors)
    assert np.array_equal(labels, np.array([2, 0, 1])[truth])


def test_small_clusters_are_none() -> None:
    vectors, truth = blobs(100, 19)
    labels = MeanShift(fewest=20).labels(vectors)
    assert np.array_equal(labels, np.where(truth == 0, 0, -1))


def test_the_largest_are_kept() -> None:
    vectors, truth = blobs(50, 60, 70, 80, 90, 100)
    labels = MeanShift(fewest=20, most=5).labels(vectors)
    assert np.array_equal(labels, np.array([-1, 4, 3, 2, 1, 0])[truth])


def test_pixels_far_from_all_are_none() -> None:
    vectors, _ = blobs(100, 100)
    stray = np.full((1, 4), 40, dtype=np.float32)
    labels = MeanShift(fewest=20).labels(np.vstack((vectors, stray)))
    assert labels[-1] == -1
    assert set(labels[:-1]) == {0, 1}


@pytest.mark.parametrize("vectors", [np.zeros((0, 4)), np.zeros((3, 4))])
def test_too_few_pixels_are_no_cluster(vectors: NDArray[np.float64]) -> None:
    labels = MeanShift(fewest=20).labels(vectors.astype(np.float32))
    assert len(labels) == len(vectors)
    assert (labels == -1).all()


def test_huge_spreads_still_end() -> None:
    rng = np.random.default_rng(0)
    vectors = (1e6 * rng.normal(size=(500, 4))).astype(np.float32)
    assert (MeanShift(fewest=20).labels(vectors) == -1).all()

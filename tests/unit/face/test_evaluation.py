"""The judge and its controls on data of a few people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.home.tasks.face.data import FaceLayout, FaceSamples
from edge_aibench.scenarios.home.tasks.face.data.samples import Pair
from edge_aibench.scenarios.home.tasks.face.evaluation import (
    _principal_components,
    controls,
    judge,
)
from edge_aibench.tasks.sample import Sample


def four_people() -> FaceSamples:
    """Two pictures each of a, b, c, d; two folds, with a and b in the first."""
    people = ("a", "a", "b", "b", "c", "c", "d", "d")
    pairs = [(0, 1, 0), (2, 3, 0), (0, 2, 0), (1, 3, 0), (4, 5, 1), (6, 7, 1), (4, 6, 1), (5, 7, 1)]
    return FaceSamples(
        root=Path("nowhere"),
        names=tuple(f"{place}.jpg" for place in range(8)),
        identities=people,
        pairs=tuple(
            Pair(first=one, second=two, same=people[one] == people[two], fold=fold)
            for one, two, fold in pairs
        ),
    )


def answers(samples: FaceSamples, degrees: list[float]) -> list[tuple[Sample[Any, Any], Any]]:
    radians = np.radians(degrees)
    vectors = np.column_stack((np.cos(radians), np.sin(radians))).astype(np.float32)
    return [
        (Sample(name=name, raw=None, label=person), vector)
        for name, person, vector in zip(samples.names, samples.identities, vectors, strict=True)
    ]


def test_people_far_apart_are_told_apart() -> None:
    samples = four_people()
    figures = judge(samples, answers(samples, [0, 10, 90, 100, 0, 10, 90, 100]))
    assert figures["accuracy"] == figures["auc"] == figures["val_at_far_0.001"] == 1.0
    assert figures["eer"] == figures["far"] == figures["accuracy_std"] == 0.0
    assert figures["pairs"] == 8


def test_one_picture_among_the_wrong_people() -> None:
    # b's second picture looks like a's: 3 is 5 degrees from 1 and 85 from 2. Fold 1's best
    # threshold is the first above the distance of 10 degrees, which refuses (2, 3) and accepts
    # (1, 3): half of fold 0 is right. Fold 0's best are those that accept (0, 1) and not
    # (0, 2), or more: fold 1 is all right at the first of them.
    samples = four_people()
    figures = judge(samples, answers(samples, [0, 10, 90, 5, 0, 10, 90, 100]))
    assert figures["accuracy"] == pytest.approx(0.75)
    assert figures["accuracy_std"] == pytest.approx(0.25)
    # Of 16 (same, different) couples, those with (2, 3) as the same lose to (1, 3), 5 degrees,
    # and win over three of 90; the three others, 10 degrees, lose to (1, 3) only.
    assert figures["auc"] == pytest.approx(12 / 16)


def test_the_length_of_an_embedding_does_not_count() -> None:
    samples = four_people()
    given = answers(samples, [0, 10, 90, 5, 0, 10, 90, 100])
    longer = [(sample, (3 + place) * vector) for place, (sample, vector) in enumerate(given)]
    assert judge(samples, longer) == pytest.approx(judge(samples, given))


def test_pairs_of_an_unread_picture_are_left_out() -> None:
    samples = four_people()
    given = answers(samples, [0, 10, 90, 100, 0, 10, 90, 100])
    assert judge(samples, given[1:])["pairs"] == 6
    with pytest.raises(ConfigError, match="no pair has both its pictures"):
        judge(samples, given[:1])


def test_the_controls_are_judged_on_the_same_pairs(face_root: Path) -> None:
    layout = FaceLayout()
    train, test = layout.open(face_root, split="train"), layout.open(face_root, split="test")
    found = controls(train, test)
    assert set(found) == {"pixel-pca", "pixel-pca-whitened"}
    assert all(figures["pairs"] == len(test.pairs) for figures in found.values())
    assert all(0.3 < figures["auc"] <= 1 for figures in found.values())


def test_the_principal_components_are_those_of_a_singular_value_decomposition() -> None:
    values = np.random.default_rng(0).standard_normal((9, 30)) * np.linspace(1, 3, 30)
    mean, directions, deviations = _principal_components(values)
    _, singular, right = np.linalg.svd(values - values.mean(axis=0), full_matrices=False)
    # Nine centred pictures span eight dimensions.
    assert directions.shape == (8, 30)
    assert np.abs((directions * right[:8]).sum(axis=1)) == pytest.approx(np.ones(8))
    assert deviations == pytest.approx(singular[:8] / 3)
    assert mean == pytest.approx(values.mean(axis=0))


def test_samples_of_another_task_are_refused() -> None:
    others: Any = [Sample(name="1.jpg", raw=None, label="a")]
    with pytest.raises(ConfigError, match="must be a split of faces"):
        judge(others, [])

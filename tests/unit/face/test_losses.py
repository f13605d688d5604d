"""The losses against loops over their published definitions."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

from edge_aibench.inference.tensorflow import import_tensorflow
from edge_aibench.scenarios.home.tasks.face import losses


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def floats(values: Any) -> Any:
    return np.array(values, dtype=np.float32)


def integers(values: Any) -> Any:
    return np.array(values, dtype=np.int32)


def tensors(*arrays: Any) -> list[Any]:
    tf = import_tensorflow()
    return [tf.constant(array) for array in arrays]


def angle(left: Any, right: Any) -> float:
    cosine = float(left @ right) / math.sqrt(float(left @ left) * float(right @ right))
    return math.acos(cosine)


def test_softmax_is_the_scalar_product() -> None:
    embeddings, weights = tensors(floats([[1, 2]]), floats([[3, 0], [1, -1]]))
    assert losses.softmax_logits(embeddings, weights).numpy().tolist() == [[5.0, -2.0]]


def test_cross_entropy_by_hand() -> None:
    # Even logits give each of two a half; log 3 against log 1 gives three quarters.
    logits, labels = tensors(floats([[0, 0], [math.log(3), 0]]), integers([0, 0]))
    expected = -(math.log(0.5) + math.log(0.75)) / 2
    assert float(losses.cross_entropy(logits, labels)) == pytest.approx(expected, rel=1e-6)


def test_cosface_takes_the_margin_from_the_right_cosine_only(rng: np.random.Generator) -> None:
    embeddings = rng.standard_normal((4, 5)).astype(np.float32)
    weights = rng.standard_normal((5, 3)).astype(np.float32)
    labels = integers([0, 2, 1, 2])
    given = tensors(embeddings, weights, labels)
    logits = losses.cosface_logits(*given, scale=64.0, margin=0.35).numpy()
    for row, column in itertools.product(range(4), range(3)):
        cosine = math.cos(angle(embeddings[row], weights[:, column]))
        expected = 64 * (cosine - 0.35 * (labels[row] == column))
        assert logits[row, column] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("degrees", [5, 40, 50, 80, 100, 130, 140, 175])
@pytest.mark.parametrize("annealing", [0.0, 5.0])
def test_a_softmax_follows_psi_in_all_four_quarters(degrees: float, annealing: float) -> None:
    t = math.radians(degrees)
    embedding = floats([[3 * math.cos(t), 3 * math.sin(t)]])
    weights = floats([[1, 0], [0, 2]])
    logits = losses.a_softmax_logits(
        *tensors(embedding, weights, integers([0])), annealing=annealing
    )
    k = math.floor(4 * t / math.pi)
    psi = (-1) ** k * math.cos(4 * t) - 2 * k
    mixed = (annealing * math.cos(t) + psi) / (1 + annealing)
    assert logits.numpy()[0] == pytest.approx([3 * mixed, 3 * math.sin(t)], abs=1e-4)


def test_the_annealing_goes_from_1000_to_5() -> None:
    values = [float(losses.a_softmax_annealing(step)) for step in (0, 100, 10_000)]
    assert values == pytest.approx([1000.0, 1000 / 13, 5.0])


def triplet_loss_by_loops(embeddings: Any, labels: Any, margin: float) -> float:
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    terms = []
    for a, p in itertools.permutations(range(len(labels)), 2):
        others = [n for n in range(len(labels)) if labels[n] != labels[a]]
        if labels[a] != labels[p] or not others:
            continue
        positive = float(((unit[a] - unit[p]) ** 2).sum())
        negatives = [float(((unit[a] - unit[n]) ** 2).sum()) for n in others]
        farther = [negative for negative in negatives if negative > positive]
        chosen = min(farther) if farther else max(negatives)
        terms.append(max(0.0, positive - chosen + margin))
    return sum(terms) / len(terms)


def test_triplets_take_the_nearest_negative_beyond_the_positive(rng: np.random.Generator) -> None:
    embeddings = rng.standard_normal((12, 3)).astype(np.float32)
    labels = integers([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 4])
    loss = losses.semi_hard_triplet_loss(*tensors(embeddings, labels), margin=0.2)
    expected = triplet_loss_by_loops(embeddings.astype(np.float64), labels, 0.2)
    assert expected > 0.05
    assert float(loss) == pytest.approx(expected, abs=1e-5)


def test_a_triplet_by_hand() -> None:
    # Anchor (1, 0), positive at 90 degrees: squared distance 2. Of the negatives, at 60 degrees
    # (1) and at 180 degrees (4), the second is the nearest beyond: max(0, 2 - 4 + 0.2) = 0. From
    # the positive, negatives lie at 30 degrees (2 - sqrt 3) and 90 degrees (2): none beyond 2, so
    # the farthest, 2, counts: 2 - 2 + 0.2. Mean of both anchors: 0.1.
    degrees = np.radians([0, 90, 60, 180])
    embeddings = np.column_stack((np.cos(degrees), np.sin(degrees))).astype(np.float32)
    labels = integers([0, 0, 1, 2])
    loss = losses.semi_hard_triplet_loss(*tensors(5 * embeddings, labels), margin=0.2)
    assert float(loss) == pytest.approx(0.1, abs=1e-5)


@pytest.mark.parametrize("labels", [[0, 0, 0], [0, 1, 2]])
def test_a_batch_without_triplets_has_no_loss(labels: list[int]) -> None:
    embeddings, people = tensors(np.eye(3, dtype=np.float32), integers(labels))
    assert float(losses.semi_hard_triplet_loss(embeddings, people, margin=0.2)) == 0.0

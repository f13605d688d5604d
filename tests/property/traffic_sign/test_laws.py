"""Laws of squashing, routing, measures and annotation files."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from edge_aibench.scenarios.vehicle.tasks.traffic_sign.capsules import route, squash
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.data.annotations import (
    Annotation,
    annotation_text,
    read_annotations,
)
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.evaluation import measure

values = st.floats(-4, 4, width=32)
votes_of_an_image = arrays(np.float32, (2, 4, 5, 3), elements=values)


@given(arrays(np.float32, (6, 4), elements=st.floats(-1e3, 1e3, width=32)))
def test_squashing_keeps_the_direction_and_shortens_below_one(
    vectors: NDArray[np.float32],
) -> None:
    squashed = np.array(squash(tf.constant(vectors)), dtype=np.float64)
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1)
    expected = lengths**2 / (1 + lengths**2)
    assert np.linalg.norm(squashed, axis=1) == pytest.approx(expected, abs=1e-4)
    dots = (squashed * vectors).sum(axis=1)
    assert dots == pytest.approx(np.linalg.norm(squashed, axis=1) * lengths, rel=1e-3, abs=1e-4)


@settings(max_examples=40, deadline=None)
@given(votes_of_an_image, st.integers(1, 4), st.permutations(range(5)))
def test_the_order_of_primary_capsules_does_not_matter(
    votes: NDArray[np.float32], iterations: int, order: list[int]
) -> None:
    one = np.array(route(tf.constant(votes), iterations=iterations))
    other = np.array(route(tf.constant(votes[:, :, order]), iterations=iterations))
    assert one == pytest.approx(other, abs=1e-3)
    assert np.linalg.norm(one, axis=-1).max() < 1


@settings(max_examples=40, deadline=None)
@given(votes_of_an_image, st.integers(1, 4), st.permutations(range(4)))
def test_classes_are_treated_alike(
    votes: NDArray[np.float32], iterations: int, order: list[int]
) -> None:
    one = np.array(route(tf.constant(votes), iterations=iterations))
    other = np.array(route(tf.constant(votes[:, order]), iterations=iterations))
    assert one[:, order] == pytest.approx(other, abs=1e-3)


@given(
    st.lists(
        st.tuples(st.sampled_from([0, 1, 5, 8, 14, 42]), st.integers(0, 42)),
        min_size=1,
        max_size=60,
    )
)
def test_measures_are_what_counting_gives(pairs: list[tuple[int, int]]) -> None:
    labels, answers = (np.array(column) for column in zip(*pairs, strict=True))
    found = measure(labels, answers)
    counted = Counter(pairs)
    asked = Counter(label for label, _ in pairs)
    assert found["top1"] == pytest.approx(
        sum(label == answer for label, answer in pairs) / len(pairs)
    )
    for label, times in asked.items():
        assert found[f"recall_{label:02d}"] == pytest.approx(counted[label, label] / times)
    for label, limit in ((0, 20), (1, 30), (5, 80), (8, 120)):
        if asked[label]:
            among = [found[f"speed_limit_{limit}_as_{other}"] for other in (20, 30, 80, 120)]
            expected = [counted[label, other] / asked[label] for other in (0, 1, 5, 8)]
            assert among == pytest.approx(expected)
    assert {name for name in found if name.startswith("recall_")} == {
        f"recall_{label:02d}" for label in asked
    }


@st.composite
def one_annotation(draw: st.DrawFn) -> Annotation:
    width, height = draw(st.integers(15, 250)), draw(st.integers(15, 250))
    left, top = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    return Annotation(
        filename=f"{draw(st.integers(0, 99_999)):05d}.ppm",
        width=width,
        height=height,
        left=left,
        top=top,
        right=draw(st.integers(left + 1, width)),
        bottom=draw(st.integers(top + 1, height)),
        class_id=draw(st.integers(0, 42)),
    )


@given(st.lists(one_annotation(), min_size=1, max_size=8))
def test_annotations_come_back(rows: list[Annotation]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "GT.csv"
        path.write_bytes(annotation_text(rows).encode())
        assert read_annotations(path) == tuple(rows)

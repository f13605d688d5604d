from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.data import GtsrbLayout
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.evaluation import (
    controls,
    judge,
    measure,
    nearest_neighbours,
)
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.images import Images
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.processing import SignAnswer
from edge_aibench.tasks.sample import Sample


def test_measures_by_hand() -> None:
    # Limit 20 (class 0) three times: right, taken for 30 (class 1), taken for a stop sign.
    # Limit 120 (class 8) once, right. The stop sign (class 14) twice, right once.
    labels = np.array([0, 0, 0, 8, 14, 14])
    answers = np.array([0, 1, 14, 8, 14, 0])
    found = measure(labels, answers)
    assert found["top1"] == pytest.approx(3 / 6)
    assert found["recall_00"] == pytest.approx(1 / 3)
    assert found["recall_08"] == 1
    assert found["recall_14"] == pytest.approx(1 / 2)
    assert found["mean_recall"] == pytest.approx((1 / 3 + 1 + 1 / 2) / 3)
    assert found["speed_limit_top1"] == pytest.approx(2 / 4)
    assert found["speed_limit_20_as_20"] == pytest.approx(1 / 3)
    assert found["speed_limit_20_as_30"] == pytest.approx(1 / 3)
    assert found["speed_limit_20_as_120"] == 0
    assert found["speed_limit_120_as_120"] == 1


def test_classes_that_do_not_occur_are_left_out() -> None:
    found = measure(np.array([14]), np.array([1]))
    assert found == {"top1": 0.0, "mean_recall": 0.0, "recall_14": 0.0}


def test_the_end_of_a_limit_is_no_speed_limit() -> None:
    assert "speed_limit_top1" not in measure(np.array([6]), np.array([6]))


def test_judging_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match="at least one answer"):
        measure(np.array([], dtype=np.int64), np.array([], dtype=np.int64))


def test_the_judge_compares_answers_with_labels(signs_root: Path) -> None:
    split = GtsrbLayout().open(signs_root, split="test")
    pairs = []
    for index, answer in enumerate((2, 2, 3)):
        sample = Sample(name=str(index), raw=np.zeros((1, 1, 3), np.uint8), label=2)
        pairs.append((sample, SignAnswer(class_id=answer, lengths=np.zeros(43, np.float32))))
    assert judge(split, pairs)["top1"] == pytest.approx(2 / 3)


def test_the_nearest_neighbour_is_the_nearest() -> None:
    rng = np.random.default_rng(0)
    known = rng.integers(0, 256, (40, 32, 32, 3), dtype=np.uint8)
    chosen = rng.integers(0, 40, 70)
    noise = rng.integers(-6, 7, (70, 32, 32, 3))
    asked = np.clip(known[chosen].astype(np.int64) + noise, 0, 255).astype(np.uint8)
    labels = rng.permutation(40).astype(np.int32)
    answers = nearest_neighbours(
        Images(pixels=known, labels=labels),
        Images(pixels=asked, labels=np.zeros(70, dtype=np.int32)),
    )
    assert np.array_equal(answers, labels[chosen])


def test_the_nearest_neighbour_does_not_mind_brightness_and_contrast() -> None:
    rng = np.random.default_rng(1)
    known = rng.integers(0, 100, (5, 32, 32, 3), dtype=np.uint8)
    brighter = (known * 2 + 30).astype(np.uint8)
    labels = np.arange(5, dtype=np.int32)
    answers = nearest_neighbours(
        Images(pixels=known, labels=labels), Images(pixels=brighter, labels=labels)
    )
    assert np.array_equal(answers, labels)


def test_an_image_of_one_colour_has_a_neighbour() -> None:
    flat = np.full((1, 32, 32, 3), 90, dtype=np.uint8)
    label = np.array([4], dtype=np.int32)
    one = Images(pixels=flat, labels=label)
    assert nearest_neighbours(one, one).tolist() == [4]


def test_controls_name_their_methods(signs_root: Path) -> None:
    layout = GtsrbLayout()
    train, test = (layout.open(signs_root, split=split) for split in ("train", "test"))
    found = controls(train, test)
    assert set(found) == {"pixel_nearest_neighbour", "most_frequent_class"}
    # One test track of as many images for each of the 43 classes.
    assert found["most_frequent_class"]["top1"] == pytest.approx(1 / 43)
    # Asked about what it knows, the nearest neighbour is always right.
    assert controls(train, train)["pixel_nearest_neighbour"]["top1"] == 1

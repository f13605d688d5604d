from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_aibench.scenarios.vehicle.tasks.traffic_sign.augmentation import Augmentation, augment

STILL = Augmentation(rotation_deg=0, shift=0, shear=0, gain=(1, 1), mirror=False)


def gradient(count: int) -> NDArray[np.float32]:
    """Images that grow brighter to the right, from 0.2 to 0.82."""
    row = 0.2 + 0.02 * np.arange(32, dtype=np.float32)
    return np.broadcast_to(row[None, None, :, None], (count, 32, 32, 3)).copy()


def labels(count: int, number: int) -> NDArray[np.int32]:
    return np.full(count, number, dtype=np.int32)


def test_without_any_change_images_stay() -> None:
    images = np.random.default_rng(0).random((5, 32, 32, 3), dtype=np.float32)
    same, classes = augment(images, labels(5, 3), STILL, np.random.default_rng(1))
    assert same == pytest.approx(images, abs=1e-6)
    assert classes.tolist() == [3] * 5


def test_the_given_images_are_left_as_they_are() -> None:
    images = gradient(8)
    augment(images, labels(8, 12), Augmentation(), np.random.default_rng(0))
    assert np.array_equal(images, gradient(8))


@pytest.mark.parametrize(("number", "mirrored_to"), [(12, 12), (33, 34), (39, 38)])
def test_mirrored_signs_take_the_class_of_their_mirror_image(number: int, mirrored_to: int) -> None:
    mirroring = Augmentation(rotation_deg=0, shift=0, shear=0, gain=(1, 1))
    images, classes = augment(gradient(60), labels(60, number), mirroring, np.random.default_rng(0))
    falls = images[:, 0, 0, 0] > images[:, 0, -1, 0]
    assert 15 < falls.sum() < 45
    assert classes.tolist() == [mirrored_to if fall else number for fall in falls]


@pytest.mark.parametrize("number", [0, 5, 14, 23, 40, 42])
def test_signs_without_a_mirror_image_are_never_mirrored(number: int) -> None:
    mirroring = Augmentation(rotation_deg=0, shift=0, shear=0, gain=(1, 1))
    images, classes = augment(gradient(60), labels(60, number), mirroring, np.random.default_rng(0))
    assert images == pytest.approx(gradient(60), abs=1e-6)
    assert set(classes.tolist()) == {number}


def test_shifts_stay_within_their_share() -> None:
    shifting = Augmentation(rotation_deg=0, shift=0.25, shear=0, gain=(1, 1), mirror=False)
    images, _ = augment(gradient(200), labels(200, 0), shifting, np.random.default_rng(0))
    # In the middle of the gradient a shift of one pixel is 0.02.
    moved = (images[:, 16, 16, 0] - (0.2 + 0.02 * 16)) / 0.02
    assert np.abs(moved).max() <= 8 + 1e-3
    assert moved.max() > 7
    assert moved.min() < -7


def test_rotation_is_about_the_middle_by_at_most_the_angle() -> None:
    turning = Augmentation(rotation_deg=30, shift=0, shear=0, gain=(1, 1), mirror=False)
    images, _ = augment(gradient(200), labels(200, 0), turning, np.random.default_rng(0))
    middle = images[:, 15:17, 15:17, 0].mean(axis=(1, 2))
    assert middle == pytest.approx(np.full(200, 0.2 + 0.02 * 15.5), abs=1e-3)
    # The slope along x becomes a slope along y in proportion to the sine of the angle.
    slope = (images[:, 20, 16, 0] - images[:, 12, 16, 0]) / 8 / 0.02
    assert np.abs(slope).max() <= 0.5 + 0.01
    assert np.abs(slope).max() > 0.4


def test_brightness_and_contrast_by_hand() -> None:
    image = np.full((1, 32, 32, 3), 0.2, dtype=np.float32)
    image[:, :16] = 0.4
    doubled = Augmentation(rotation_deg=0, shift=0, shear=0, gain=(1.5, 1.5), mirror=False)
    (lit,), _ = augment(image, labels(1, 0), doubled, np.random.default_rng(0))
    # Brightness: 0.3 and 0.6, mean 0.45. Contrast: 0.45 -/+ 1.5 * 0.15.
    assert lit[0, 0, 0] == pytest.approx(0.675, abs=1e-6)
    assert lit[31, 0, 0] == pytest.approx(0.225, abs=1e-6)


def test_images_stay_in_range_and_follow_the_generator() -> None:
    images = np.random.default_rng(0).random((30, 32, 32, 3), dtype=np.float32)
    numbers = np.arange(30, dtype=np.int32)
    once = augment(images, numbers, Augmentation(), np.random.default_rng(5))
    again = augment(images, numbers, Augmentation(), np.random.default_rng(5))
    other = augment(images, numbers, Augmentation(), np.random.default_rng(6))
    assert np.array_equal(once[0], again[0])
    assert np.array_equal(once[1], again[1])
    assert not np.array_equal(once[0], other[0])
    assert once[0].dtype == np.float32
    assert once[0].min() >= 0
    assert once[0].max() <= 1

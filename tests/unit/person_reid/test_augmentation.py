from __future__ import annotations

import numpy as np

from edge_aibench.scenarios.camera.tasks.person_reid.augmentation import (
    Augmentation,
    augment,
    mirrored,
)
from edge_aibench.scenarios.camera.tasks.person_reid.processing import normalised

NOTHING = Augmentation(shift=0.0, light=0.0, tint=0.0, erase=0.0)


def images(n: int = 40) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (n, 32, 16, 3)).astype(np.uint8)


def test_without_changes_images_are_only_mirrored_half_of_the_time() -> None:
    given = images()
    plain = normalised(given)
    for rows in (
        augment(given, np.random.default_rng(1), NOTHING),
        mirrored(given, np.random.default_rng(1)),
    ):
        kept = [np.array_equal(row, same) for row, same in zip(rows, plain, strict=True)]
        turned = [
            np.array_equal(row, same[:, :, ::-1]) for row, same in zip(rows, plain, strict=True)
        ]
        assert all(a != b for a, b in zip(kept, turned, strict=True))
        assert 10 < sum(turned) < 30


def test_erasing_covers_a_rectangle_of_a_share_of_the_images() -> None:
    by = Augmentation(shift=0.0, light=0.0, tint=0.0, erase=0.5)
    rows = augment(images(200), np.random.default_rng(2), by)
    covered = (rows == 0).all(axis=1)
    erased = covered.any(axis=(1, 2))
    assert 70 < erased.sum() < 130
    for mask in covered[erased]:
        ys, xs = np.nonzero(mask)
        assert mask[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1].all()
        assert mask.mean() < 0.3


def test_shifting_moves_what_is_seen() -> None:
    given = np.zeros((50, 32, 16, 3), dtype=np.uint8)
    given[:, 16, 8] = 255
    by = Augmentation(shift=0.125, light=0.0, tint=0.0, erase=0.0)
    rows = augment(given, np.random.default_rng(3), by)
    places = np.array([np.unravel_index(row[0].argmax(), row[0].shape) for row in rows])
    assert set(places[:, 0]) <= set(range(12, 21))  # an eighth of 32 is 4
    assert len(set(places[:, 0])) > 4
    assert len(set(places[:, 1])) > 3


def test_light_changes_all_channels_alike_and_tint_does_not() -> None:
    given = np.full((30, 32, 16, 3), 100, dtype=np.uint8)
    neutral = Augmentation(shift=0.0, light=0.3, tint=0.0, erase=0.0)
    levels = _levels(augment(given, np.random.default_rng(4), neutral))
    assert np.ptp(levels, axis=1).max() <= 1
    assert np.ptp(levels[:, 0]) > 30
    coloured = Augmentation(shift=0.0, light=0.0, tint=0.3, erase=0.0)
    levels = _levels(augment(given, np.random.default_rng(4), coloured))
    assert np.ptp(levels, axis=1).mean() > 10


def _levels(
    rows: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    mean, deviation = np.array((0.485, 0.456, 0.406)), np.array((0.229, 0.224, 0.225))
    return np.asarray(np.rint(255 * (rows[:, :, 0, 0] * deviation + mean)))

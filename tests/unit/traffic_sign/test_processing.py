from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.processing import SignProcessing

PROCESSING = SignProcessing()


def test_an_image_of_the_right_size_is_divided_by_255() -> None:
    image = np.arange(32 * 32 * 3, dtype=np.uint32).reshape(32, 32, 3).astype(np.uint8)
    (row,) = PROCESSING.preprocess(image)
    assert row.dtype == np.float32
    assert row.shape == (1, 32, 32, 3)
    assert row[0] == pytest.approx(image / 255, abs=1e-7)


def test_shrinking_averages() -> None:
    # Squares of 2 x 2 pixels, each of 0, 20, 40 and 60: their mean is 30.
    image = np.tile(np.array([[0, 20], [40, 60]], dtype=np.uint8)[..., None], (32, 32, 3))
    (row,) = PROCESSING.preprocess(image)
    assert row == pytest.approx(np.full((1, 32, 32, 3), 30 / 255), abs=1e-6)


@pytest.mark.parametrize("shape", [(1, 1, 3), (15, 20, 3), (31, 90, 3), (250, 240, 3)])
def test_any_size_goes_in(shape: tuple[int, int, int]) -> None:
    (row,) = PROCESSING.preprocess(np.full(shape, 200, dtype=np.uint8))
    assert row == pytest.approx(np.full((1, 32, 32, 3), 200 / 255), abs=1e-6)


def test_a_part_of_a_larger_image_goes_in() -> None:
    image = np.random.default_rng(0).integers(0, 255, (80, 90, 3), dtype=np.uint8)
    (part,) = PROCESSING.preprocess(image[10:50, 20:60])
    (copy,) = PROCESSING.preprocess(image[10:50, 20:60].copy())
    assert np.array_equal(part, copy)


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (np.zeros((32, 32, 3), dtype=np.float32), "float32"),
        (np.zeros((32, 32), dtype=np.uint8), r"\(32, 32\)"),
        (np.zeros((32, 32, 4), dtype=np.uint8), r"\(32, 32, 4\)"),
        (np.zeros((0, 32, 3), dtype=np.uint8), r"\(0, 32, 3\)"),
        ("image.ppm", "str"),
    ],
)
def test_what_is_no_rgb_image_is_refused(raw: Any, found: str) -> None:
    with pytest.raises(ConfigError, match=found):
        PROCESSING.preprocess(raw)


def test_the_longest_capsule_wins() -> None:
    lengths = np.full((1, 43), 0.1, dtype=np.float32)
    lengths[0, 14] = 0.93
    answer = PROCESSING.postprocess((lengths,), None)
    assert answer.class_id == 14
    assert PROCESSING.describe(answer) == {
        "class_id": 14,
        "sign": "stop",
        "capsule_length": 0.93,
    }


@pytest.mark.parametrize("shape", [(2, 43), (1, 42), (43,)])
def test_outputs_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ConfigError, match="capsule lengths"):
        PROCESSING.postprocess((np.zeros(shape, dtype=np.float32),), None)

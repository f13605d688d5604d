from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.rng import stream
from edge_aibench.scenarios.camera.tasks.person_reid.processing import ReidProcessing

LITE = ReidProcessing.of_preset("lite")


def test_colours_are_standardised_by_channel() -> None:
    image = np.zeros((128, 64, 3), dtype=np.uint8)
    image[..., 0], image[..., 2] = 255, 51
    (rows,) = LITE.preprocess(image)
    assert rows.shape == (2, 3, 128, 64)
    assert rows.dtype == np.float32
    # (1 - 0.485) / 0.229, (0 - 0.456) / 0.224, (0.2 - 0.406) / 0.225
    expected = [2.248908, -2.035714, -0.915556]
    assert np.allclose(rows, np.reshape(expected, (1, 3, 1, 1)), atol=1e-5)


def test_second_row_is_the_mirror_image() -> None:
    image = stream(0, "image").integers(0, 256, (128, 64, 3)).astype(np.uint8)
    (rows,) = LITE.preprocess(image)
    assert np.array_equal(rows[1], rows[0, :, :, ::-1])
    (mirrored,) = LITE.preprocess(image[:, ::-1])
    assert np.array_equal(mirrored[0], rows[1])


@pytest.mark.parametrize(("preset", "size"), [("lite", (128, 64)), ("reference", (256, 128))])
def test_images_of_any_size_are_brought_to_the_networks(preset: str, size: tuple[int, int]) -> None:
    (rows,) = ReidProcessing.of_preset(preset).preprocess(np.full((37, 90, 3), 128, dtype=np.uint8))
    assert rows.shape == (2, 3, *size)
    assert np.allclose(rows[:, 0], (128 / 255 - 0.485) / 0.229, atol=1e-5)


@pytest.mark.parametrize(
    "raw",
    [
        np.zeros((128, 64, 3)),
        np.zeros((128, 64), dtype=np.uint8),
        np.zeros((128, 64, 4), dtype=np.uint8),
        np.zeros((0, 64, 3), dtype=np.uint8),
        "image.jpg",
    ],
)
def test_anything_but_an_image_is_refused(raw: Any) -> None:
    with pytest.raises(ConfigError, match=r"uint8 of shape \(height, width, 3\)") as caught:
        LITE.preprocess(raw)
    assert caught.value.next_step


def test_embeddings_of_image_and_mirror_are_put_together() -> None:
    primary = np.array([[3.0, 4.0], [0.0, 2.0]], dtype=np.float32)
    fine = np.array([[0.0, -7.0], [0.0, -1.0]], dtype=np.float32)
    vector = LITE.postprocess((primary, fine), None)
    # (0.6, 0.8) + (0, 1) = (0.6, 1.8), of length sqrt(3.6); (0, -1) + (0, -1) = (0, -2)
    assert np.allclose(vector, [0.6 / np.sqrt(3.6), 1.8 / np.sqrt(3.6), 0, -1])
    assert vector.dtype == np.float32


def test_an_embedding_of_zeros_stays_finite() -> None:
    vector = LITE.postprocess((np.zeros((2, 3), np.float32), np.ones((2, 3), np.float32)), None)
    assert np.isfinite(vector).all()


def test_an_answer_can_be_sent_as_json() -> None:
    described = LITE.describe(np.array([0.25, -1.0], dtype=np.float32))
    assert json.loads(json.dumps(described)) == {"embedding": [0.25, -1.0]}


def test_an_unknown_preset_is_refused() -> None:
    with pytest.raises(ConfigError, match="no preset of this name"):
        ReidProcessing.of_preset("light")

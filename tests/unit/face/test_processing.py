"""What reaches the network, and what comes of its embeddings."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.home.tasks.face.presets import SHAPES, FaceInput
from edge_aibench.scenarios.home.tasks.face.processing import (
    crop_face,
    processing,
    standardise,
    unit_length,
)


def picture(side: int = 250) -> Any:
    """Columns count up from 0, so that each pixel says where it was."""
    return np.broadcast_to(
        np.arange(side, dtype=np.uint8)[np.newaxis, :, np.newaxis], (side, side, 3)
    )


@pytest.mark.parametrize("preset", SHAPES)
def test_rows_have_the_shape_of_the_networks_input(preset: str) -> None:
    shape = SHAPES[preset].picture
    (rows,) = processing(preset).preprocess(picture())
    assert rows.shape == (1 + shape.mirrored, shape.height, shape.width, 3)
    assert rows.dtype == np.float32


def test_the_second_row_is_the_mirror_image() -> None:
    (rows,) = processing("lite").preprocess(picture())
    assert np.array_equal(rows[1], rows[0][:, ::-1])
    assert not np.array_equal(rows[0], rows[1])


def test_the_crop_is_the_middle() -> None:
    whole = FaceInput(height=150, width=150, standardisation="fixed", mirrored=False)
    assert crop_face(picture(), whole)[7, :, 1].tolist() == list(range(50, 200))
    # 112 x 96: the longer side, the height, takes 150 pixels, the width 150 * 96 / 112 = 129.
    narrow = FaceInput(height=112, width=96, standardisation="fixed", mirrored=False)
    columns = crop_face(picture(), narrow)[0, :, 0]
    assert columns.shape == (96,)
    assert abs(int(columns[0]) - 61) <= 1
    assert abs(int(columns[-1]) - 189) <= 1


def test_a_margin_keeps_the_face_at_its_size() -> None:
    lite = SHAPES["lite"].picture
    face, wider = crop_face(picture(), lite), crop_face(picture(), lite, margin=1.25)
    assert wider.shape == (80, 80, 3)
    # An eighth more on each side, the middle the same to a grey level or two.
    difference = wider[8:72, 8:72].astype(int) - face.astype(int)
    assert np.abs(difference).max() <= 2


def test_the_fixed_standardisation() -> None:
    faces = np.array([[[[0, 255, 128]]]], dtype=np.uint8)
    shape = FaceInput(height=1, width=1, standardisation="fixed", mirrored=False)
    assert standardise(faces, shape).tolist() == [[[[-127.5 / 128, 127.5 / 128, 0.5 / 128]]]]


def test_prewhitening_takes_each_pictures_own_mean_and_deviation() -> None:
    shape = FaceInput(height=1, width=2, standardisation="prewhiten", mirrored=False)
    faces = np.array([[[[10, 10, 10], [30, 30, 30]]], [[[7, 7, 7], [7, 7, 7]]]], dtype=np.uint8)
    first, even = standardise(faces, shape)
    assert first.tolist() == [[[-1, -1, -1], [1, 1, 1]]]
    assert even.tolist() == [[[0, 0, 0], [0, 0, 0]]]


def test_the_answer_sums_both_rows_and_has_unit_length() -> None:
    outputs = np.array([[1.0, 2.0], [2.0, 2.0]], dtype=np.float32)
    answer = processing("lite").postprocess((outputs,), picture())
    assert answer == pytest.approx([0.6, 0.8])
    assert answer.dtype == np.float32


def test_zeros_stay_zeros() -> None:
    assert unit_length(np.zeros((2, 3), dtype=np.float32)).tolist() == [[0.0] * 3] * 2


def test_the_description_is_json() -> None:
    described = processing("lite").describe(np.array([0.6, 0.8], dtype=np.float32))
    assert json.loads(json.dumps(described)) == {"embedding": [0.6, 0.8]}


@pytest.mark.parametrize(
    "raw",
    [
        b"JPEG",
        None,
        np.zeros((250, 250), dtype=np.uint8),
        np.zeros((250, 250, 4), dtype=np.uint8),
        np.zeros((250, 250, 3), dtype=np.float32),
        np.zeros((31, 250, 3), dtype=np.uint8),
    ],
)
def test_anything_but_a_picture_is_refused(raw: object) -> None:
    with pytest.raises(ConfigError, match="RGB picture, uint8") as caught:
        processing("lite").preprocess(raw)
    assert caught.value.next_step is not None

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.vehicle.tasks.lane_detection.data import TuSimple
from edge_aibench.scenarios.vehicle.tasks.lane_detection.evaluation import judge
from edge_aibench.scenarios.vehicle.tasks.lane_detection.lanes import Lanes
from edge_aibench.scenarios.vehicle.tasks.lane_detection.perspective import (
    Perspective,
    fixed_perspective,
)
from edge_aibench.scenarios.vehicle.tasks.lane_detection.processing import (
    CurveFit,
    LaneProcessing,
)
from edge_aibench.scenarios.vehicle.tasks.lane_detection.training_frames import (
    TrainingFrames,
    draw_lines,
)

Outputs = tuple[NDArray[np.float32], NDArray[np.float32]]
PROCESSING = LaneProcessing(size=(128, 256))


def perfect_outputs(instance: NDArray[np.uint8]) -> Outputs:
    """What a network without fault would say: line k at 5 k along the first dimension."""
    lane = instance > 0
    logits = 5 * np.stack((~lane, lane)).astype(np.float32)[None]
    embedding = np.zeros((1, 4, *instance.shape), np.float32)
    embedding[0, 0] = 5.0 * instance
    return logits, embedding


def test_an_image_becomes_one_row_of_the_network_s_input() -> None:
    image = np.zeros((720, 1280, 3), np.uint8)
    image[..., 0] = 255
    image[360:, :, 1] = 51
    (row,) = PROCESSING.preprocess(image)
    assert row.shape == (1, 3, 128, 256)
    assert row.dtype == np.float32
    assert (row[0, 0] == 1).all()
    assert row[0, 1, :64] == pytest.approx(-1)
    assert row[0, 1, 64:] == pytest.approx(51 / 127.5 - 1)
    assert (row[0, 2] == -1).all()


def test_pixels_are_averaged() -> None:
    image = np.zeros((256, 512, 3), np.uint8)
    image[::2, ::2] = 200
    (row,) = PROCESSING.preprocess(image)
    assert row == pytest.approx(50 / 127.5 - 1, abs=1e-6)


@pytest.mark.parametrize(
    "raw",
    [
        np.zeros((720, 1280), np.uint8),
        np.zeros((720, 1280, 4), np.uint8),
        np.zeros((720, 1280, 3), np.float32),
        np.zeros((8, 1280, 3), np.uint8),
        "image",
    ],
)
def test_what_is_no_image_is_refused(raw: object) -> None:
    with pytest.raises(ConfigError, match="must be an image"):
        PROCESSING.preprocess(raw)


@pytest.mark.parametrize(("curve_fit", "accuracy"), [("perspective", 0.98), ("polynomial", 0.97)])
def test_faultless_outputs_give_the_labels_back(
    tusimple: Path, curve_fit: CurveFit, accuracy: float
) -> None:
    samples = TuSimple().open(tusimple, split="test")
    frames = TrainingFrames(samples, PROCESSING.size)
    processing = replace(PROCESSING, curve_fit=curve_fit)
    pairs = []
    for place in range(len(samples)):
        instance = draw_lines(frames[place].lines, PROCESSING.size, thickness=2)
        sample = samples[place]
        pairs.append((sample, processing.postprocess(perfect_outputs(instance), sample.raw)))
    quality = judge(samples, pairs)
    assert quality["accuracy"] > accuracy


def test_a_straight_line_by_hand() -> None:
    instance = np.zeros((128, 256), np.uint8)
    instance[64:128, 100] = 1
    raw = np.zeros((720, 1280, 3), np.uint8)
    answer = PROCESSING.postprocess(perfect_outputs(instance), raw)
    # Column 100 of 256 is centred at 100.5 / 256 of the width: pixel 502 of 1280. The line
    # begins at the middle of row 64 of 128, pixel 362.3 of 720.
    assert len(answer) == 1
    assert answer.present[0].tolist() == (answer.rows > 362).tolist()
    assert answer.columns[0][answer.present[0]] == pytest.approx(502.0)


def test_a_line_ends_where_it_leaves_the_image() -> None:
    instance = np.zeros((128, 256), np.uint8)
    places = np.arange(48, 80)
    instance[places, 40 - (places - 48)] = 1
    instance[places, 41 - (places - 48)] = 1
    raw = np.zeros((720, 1280, 3), np.uint8)
    (columns,) = PROCESSING.postprocess(perfect_outputs(instance), raw).columns
    # Pixel by pixel to the left: it would cross the edge at row 48 + 40 of 128.
    rows = np.arange(160, 720, 10)
    assert (columns[rows > 720 * 90 / 128] == -2).all()
    assert (columns[(rows > 720 * 49 / 128) & (rows < 720 * 87 / 128)] > 0).all()


def test_no_lane_pixel_and_specks_are_no_line() -> None:
    instance = np.zeros((128, 256), np.uint8)
    raw = np.zeros((590, 1640, 3), np.uint8)
    assert PROCESSING.postprocess(perfect_outputs(instance), raw).columns.shape == (0, 46)
    instance[100, 100:105] = 1
    instance[60:66, 0:256] = 2
    assert len(PROCESSING.postprocess(perfect_outputs(instance), raw)) == 0


def test_a_pixel_is_lane_only_by_the_margin() -> None:
    instance = np.zeros((128, 256), np.uint8)
    instance[64:, 100:103] = 1
    logits, embedding = perfect_outputs(instance)
    raw = np.zeros((720, 1280, 3), np.uint8)
    for margin, lines in ((4.9, 1), (5.1, 0)):
        processing = replace(PROCESSING, margin=margin)
        assert len(processing.postprocess((logits, embedding), raw)) == lines


def test_the_perspective_is_asked_for_the_image() -> None:
    asked = []

    def look(raw: object) -> Perspective:
        asked.append(raw)
        return fixed_perspective(0.3)

    instance = np.zeros((128, 256), np.uint8)
    instance[64:, 100:102] = 1
    raw = np.zeros((720, 1280, 3), np.uint8)
    processing = replace(PROCESSING, perspective=look)
    assert len(processing.postprocess(perfect_outputs(instance), raw)) == 1
    assert len(asked) == 1
    replace(processing, curve_fit="polynomial").postprocess(perfect_outputs(instance), raw)
    assert len(asked) == 1


def test_answers_are_described_as_tusimple_writes_them() -> None:
    answer = Lanes(rows=np.array([10.0, 20.0]), columns=np.array([[-2.0, 30.6]]))
    described = PROCESSING.describe(answer)
    assert json.loads(json.dumps(described)) == {"lanes": [[-2, 31]], "h_samples": [10, 20]}

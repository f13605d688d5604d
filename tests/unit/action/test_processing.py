"""From a video to clips, and from their logits to an answer."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.camera.tasks.action.classes import (
    DIRECTED_CLASSES,
    GENERATED_CLASSES,
    UCF101_CLASSES,
)
from edge_aibench.scenarios.camera.tasks.action.clips import clip_frames, crop_centre, normalise
from edge_aibench.scenarios.camera.tasks.action.processing import processing

NO_VIDEO: NDArray[np.uint8] = np.zeros((1, 1, 1, 3), dtype=np.uint8)


def grey(values: list[int], *, height: int = 8, width: int = 8) -> NDArray[np.uint8]:
    """A video whose frames are evenly grey, each of the value given."""
    frames = np.array(values, dtype=np.uint8)[:, np.newaxis, np.newaxis, np.newaxis]
    return np.tile(frames, (1, height, width, 3))


def test_class_names() -> None:
    assert len(set(UCF101_CLASSES)) == 101
    assert UCF101_CLASSES[0] == "ApplyEyeMakeup"
    assert UCF101_CLASSES[-1] == "YoYo"
    assert set(GENERATED_CLASSES) < set(UCF101_CLASSES)
    assert len(GENERATED_CLASSES) == 10
    assert set(GENERATED_CLASSES) > DIRECTED_CLASSES


def test_the_last_clip_loops() -> None:
    """A video of 21 frames: frames 0 to 15, then 16 to 20 three times and 16 once more."""
    tail = [16, 17, 18, 19, 20]
    assert clip_frames(21).tolist() == [list(range(16)), [*tail, *tail, *tail, 16]]


def test_a_video_of_whole_clips_is_not_padded() -> None:
    assert clip_frames(32).tolist() == [list(range(16)), list(range(16, 32))]


def test_a_single_frame_fills_a_clip() -> None:
    assert clip_frames(1).tolist() == [[0] * 16]


def test_the_input_is_clips_by_channel_and_time() -> None:
    (clips,) = processing("lite").preprocess(grey(list(range(20)), height=60, width=80))
    assert clips.shape == (2, 3, 16, 56, 56)
    assert clips.dtype == np.float32
    assert clips.flags.c_contiguous
    # Frame 5 of the first clip is grey 5, and frame 4 of the second one starts its loop again.
    for channel, (mean, std) in enumerate([(0.4345, 0.2768), (0.4051, 0.2713), (0.3775, 0.2737)]):
        assert clips[0, channel, 5] == pytest.approx((5 / 255 - mean) / std, abs=1e-5)
        assert clips[1, channel, 4] == pytest.approx((16 / 255 - mean) / std, abs=1e-5)


def test_the_reference_reads_112_pixels() -> None:
    (clips,) = processing("reference").preprocess(grey([0, 1], height=24, width=32))
    assert clips.shape == (1, 3, 16, 112, 112)


def test_colours_keep_their_order() -> None:
    clips = np.zeros((1, 16, 2, 2, 3), dtype=np.uint8)
    clips[..., 0] = 255
    red, green, blue = normalise(clips)[0, :, 0, 0, 0]
    assert red == pytest.approx((1 - 0.4345) / 0.2768, abs=1e-5)
    assert green == pytest.approx(-0.4051 / 0.2713, abs=1e-5)
    assert blue == pytest.approx(-0.3775 / 0.2737, abs=1e-5)


def test_the_middle_square_is_taken() -> None:
    video = np.zeros((1, 4, 8, 3), dtype=np.uint8)
    video[:, :, 2:6] = 9
    assert crop_centre(video).shape == (1, 4, 4, 3)
    assert (crop_centre(video) == 9).all()
    upright = video.transpose(0, 2, 1, 3)
    assert crop_centre(upright).shape == (1, 4, 4, 3)
    assert (crop_centre(upright) == 9).all()


def test_scores_are_the_mean_of_the_clips_softmax() -> None:
    # Softmax of (ln 1, ln 3, 0 x 8) over 10 classes: 1/12, 3/12, 1/12 each of the others.
    first = np.log([1.0, 3.0] + [1.0] * 8)
    second = np.log([11.0] + [1.0] * 9)
    logits = np.stack([first, second]).astype(np.float32)
    answer = processing("lite").postprocess((logits,), NO_VIDEO)
    assert answer.clips == 2
    assert answer.scores[0] == pytest.approx((1 / 12 + 11 / 20) / 2)
    assert answer.scores[1] == pytest.approx((3 / 12 + 1 / 20) / 2)
    assert answer.label == GENERATED_CLASSES[0]


def test_probabilities_decide_and_not_logits() -> None:
    """One clip that is very sure counts one vote: two others outvote it."""
    logits = np.zeros((3, 10), dtype=np.float32)
    logits[0, 4] = 100.0
    logits[1:, 6] = 5.0
    assert processing("lite").postprocess((logits,), NO_VIDEO).label == GENERATED_CLASSES[6]


def test_huge_logits_stay_numbers() -> None:
    logits = np.array([[1e4] + [-1e4] * 9], dtype=np.float32)
    answer = processing("lite").postprocess((logits,), NO_VIDEO)
    assert answer.scores.tolist() == [1.0] + [0.0] * 9


def test_the_description_names_the_five_best() -> None:
    logits = np.arange(10, dtype=np.float32)[np.newaxis]
    component = processing("lite")
    described = component.describe(component.postprocess((logits,), NO_VIDEO))
    assert described["action"] == GENERATED_CLASSES[9]
    assert list(described["scores"]) == [GENERATED_CLASSES[place] for place in (9, 8, 7, 6, 5)]
    assert described["clips"] == 1
    assert all(type(score) is float for score in described["scores"].values())


@pytest.mark.parametrize(
    "raw",
    [
        np.zeros((0, 8, 8, 3), dtype=np.uint8),
        np.zeros((4, 8, 8, 3), dtype=np.float32),
        np.zeros((8, 8, 3), dtype=np.uint8),
        np.zeros((4, 8, 8, 1), dtype=np.uint8),
        np.zeros((4, 0, 8, 3), dtype=np.uint8),
        "video.avi",
    ],
)
def test_what_is_no_video_is_refused(raw: object) -> None:
    with pytest.raises(ConfigError, match=r"uint8 \(frames, height, width, 3\) RGB"):
        processing("lite").preprocess(raw)

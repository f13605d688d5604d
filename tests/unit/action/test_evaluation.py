"""Judge and controls on cases counted by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.camera.tasks.action.evaluation import (
    controls,
    judge,
    measure,
    repeated_frame,
)
from edge_aibench.scenarios.camera.tasks.action.processing import Recognition

if TYPE_CHECKING:
    from tests.unit.action.conftest import MakeVideos

CLASSES = ("TaiChi", "Lunges", "HulaHoop")


def answer(label: str) -> Recognition:
    scores = np.array([float(name == label) for name in CLASSES])
    return Recognition(classes=CLASSES, scores=scores, clips=1)


def flat(values: list[int]) -> NDArray[np.uint8]:
    frames = np.array(values, dtype=np.uint8)[:, np.newaxis, np.newaxis, np.newaxis]
    return np.tile(frames, (1, 16, 16, 3))


def test_top1_counts_videos_and_the_class_mean_counts_classes(make_videos: MakeVideos) -> None:
    """Three of four TaiChi and none of one Lunges: 3/5 of videos, (3/4 + 0)/2 of classes."""
    labels = ["TaiChi"] * 4 + ["Lunges"]
    named = ["TaiChi", "TaiChi", "Lunges", "TaiChi", "HulaHoop"]
    samples = make_videos([(label, flat([0])) for label in labels])
    pairs = [(samples[place], answer(name)) for place, name in enumerate(named)]
    assert judge(samples, pairs) == {"top1": 0.6, "mean_class_top1": 0.375}


def test_the_first_of_equal_scores_is_the_answer() -> None:
    even = Recognition(classes=CLASSES, scores=np.full(3, 1 / 3), clips=1)
    assert even.label == "TaiChi"


def test_no_video_has_no_quality(make_videos: MakeVideos) -> None:
    with pytest.raises(ConfigError, match="at least one video"):
        judge(make_videos([]), [])


def test_a_class_without_an_output_is_named(make_videos: MakeVideos) -> None:
    samples = make_videos([("Lunge", flat([0]))])
    with pytest.raises(ConfigError, match="did you mean Lunges"):
        judge(samples, [(samples[0], answer("TaiChi"))])


def test_measure_of_all_right() -> None:
    assert measure(["TaiChi"], ["TaiChi"]) == {"top1": 1.0, "mean_class_top1": 1.0}


def test_controls_find_the_neighbour_that_each_looks_for(make_videos: MakeVideos) -> None:
    """Middle frames, mean frames and mean differences, each nearest to another video."""
    train = make_videos(
        [
            ("TaiChi", flat([100, 100, 100])),  # middle 100, mean 100, difference 0
            ("Lunges", flat([0, 90, 0])),  # middle 90, mean 30, difference 90
            ("HulaHoop", flat([0, 40, 80])),  # middle 40, mean 40, difference 40
            ("TaiChi", flat([250, 250, 250])),
        ]
    )
    test = make_videos([("HulaHoop", flat([36, 97, 65]))])  # middle 97, mean 66, difference 46.5
    result = controls(train, test)
    assert {name: quality["top1"] for name, quality in result.items()} == {
        "commonest_class": 0.0,  # TaiChi
        "one_frame_nearest_neighbour": 0.0,  # TaiChi, 3 away
        "mean_frame_nearest_neighbour": 1.0,  # HulaHoop, 26 away
        "mean_difference_nearest_neighbour": 1.0,  # HulaHoop, 6.5 away
    }


def test_a_repeated_frame_is_the_middle_one_sixteen_times(make_videos: MakeVideos) -> None:
    still = repeated_frame(make_videos([("TaiChi", flat([1, 2, 3, 4, 5]))]))
    assert len(still) == 1
    assert still[0].label == "TaiChi"
    assert still[0].raw.shape == (16, 16, 16, 3)
    assert (still[0].raw == 3).all()

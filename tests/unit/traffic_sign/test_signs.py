from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge_aibench.scenarios.vehicle.tasks.traffic_sign.classes import (
    MIRROR_IMAGES,
    SIGN_NAMES,
    SPEED_LIMITS,
)
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.data.signs import draw_sign


@pytest.fixture(scope="module")
def drawn() -> list[NDArray[np.float32]]:
    return [draw_sign(class_id, 32) for class_id in range(43)]


def difference(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    return float(np.abs(one - other).mean())


def test_classes_are_numbered_as_in_the_data_set() -> None:
    assert len(SIGN_NAMES) == 43
    assert len(set(SIGN_NAMES)) == 43
    assert {SIGN_NAMES[number] for number in (14, 40)} == {"stop", "roundabout"}
    for number, limit in SPEED_LIMITS.items():
        assert SIGN_NAMES[number] == f"speed limit {limit}"
    assert len(SPEED_LIMITS) == 8


def test_signs_are_opaque_in_the_middle_and_clear_in_the_corners(
    drawn: list[NDArray[np.float32]],
) -> None:
    for picture in drawn:
        assert picture.min() >= 0
        assert picture.max() <= 1
        assert picture[16, 16, 3] == 1
        assert picture[-1, -1, 3] < 1 or picture[0, 0, 3] < 1


def test_all_signs_differ_at_the_size_the_network_sees(drawn: list[NDArray[np.float32]]) -> None:
    for one, other in itertools.combinations(range(43), 2):
        assert difference(drawn[one], drawn[other]) > 0.008, (one, other)


def test_mirror_images_are_the_signs_they_are_said_to_be(
    drawn: list[NDArray[np.float32]],
) -> None:
    for number, partner in MIRROR_IMAGES.items():
        assert difference(drawn[number][:, ::-1], drawn[partner]) < 0.005, (number, partner)


def test_the_other_signs_mirrored_are_no_sign(drawn: list[NDArray[np.float32]]) -> None:
    for number in set(range(43)) - set(MIRROR_IMAGES):
        nearest = min(difference(drawn[number][:, ::-1], picture) for picture in drawn)
        assert nearest > 0.008, number


def test_signs_have_their_colours(drawn: list[NDArray[np.float32]]) -> None:
    hues = {}
    for number in (12, 14, 35):
        opaque = (drawn[number][..., :3] * 255).astype(np.uint8)
        hsv = cv2.cvtColor(opaque, cv2.COLOR_RGB2HSV)
        vivid = hsv[hsv[..., 1] > 128]
        hues[number] = float(np.median(vivid[:, 0])) * 2
    assert 35 < hues[12] < 60  # yellow
    assert hues[14] > 340 or hues[14] < 15  # red
    assert 200 < hues[35] < 230  # blue

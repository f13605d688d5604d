"""Clean signs on plain ground are found where they are; what is no sign is not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.vehicle.detection import SignFinder, overlap
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.data.signs import draw_sign

GREY = 120
PLACE = (200, 60)


def plain(*, colour: tuple[int, int, int] = (GREY, GREY, GREY)) -> np.ndarray:
    return np.full((360, 640, 3), colour, np.uint8)


def with_sign(class_id: int, side: int, *, top: int = PLACE[1]) -> np.ndarray:
    image = plain()
    picture = draw_sign(class_id, side)
    left = PLACE[0]
    part = image[top : top + side, left : left + side]
    part[:] = part * (1 - picture[..., 3:]) + 255 * picture[..., :3]
    return image


@pytest.mark.parametrize("side", [20, 32, 60])
@pytest.mark.parametrize(
    "class_id",
    [2, 9, 13, 14, 18, 17, 35, 40, 12],
    ids=[
        *("limit", "no-overtaking", "give-way", "stop", "danger", "no-entry"),
        *("ahead", "roundabout", "priority"),
    ],
)
def test_signs_are_found_where_they_are(class_id: int, side: int) -> None:
    found = SignFinder().find(with_sign(class_id, side))
    assert len(found.boxes) == 1
    left, top = PLACE
    assert overlap(found.boxes[0], (left, top, left + side, top + side)) > 0.7


@pytest.mark.parametrize("colour", [(GREY,) * 3, (96, 148, 214), (78, 102, 58), (168, 150, 116)])
def test_plain_ground_holds_no_sign(colour: tuple[int, int, int]) -> None:
    found = SignFinder().find(plain(colour=colour))
    assert found.boxes.shape == (0, 4)
    assert found.crops == ()


@pytest.mark.parametrize("size", [(24, 24), (30, 20), (60, 12)])
def test_a_red_rectangle_is_no_sign(size: tuple[int, int]) -> None:
    image = plain()
    image[50 : 50 + size[1], 100 : 100 + size[0]] = (190, 30, 28)
    assert len(SignFinder().find(image).boxes) == 0


def test_signs_below_the_horizon_are_not_looked_for() -> None:
    assert len(SignFinder().find(with_sign(2, 40, top=200)).boxes) == 0


def test_a_sign_smaller_than_asked_for_is_left_out() -> None:
    image = with_sign(2, 20)
    assert len(SignFinder(smallest_px=12).find(image).boxes) == 1
    assert len(SignFinder(smallest_px=30).find(image).boxes) == 0


def test_regions_are_cut_out_of_the_frame() -> None:
    image = with_sign(14, 40)
    found = SignFinder().find(image)
    left, top, right, bottom = found.boxes[0].tolist()
    assert (found.crops[0] == image[top:bottom, left:right]).all()
    assert found.boxes.dtype == np.int32


def test_two_signs_are_two_regions() -> None:
    image = with_sign(14, 40)
    image[:, 400:500] = with_sign(2, 40)[:, 160:260]
    boxes = SignFinder().find(image).boxes
    assert len(boxes) == 2
    assert overlap(*boxes) == 0


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((360, 640), np.uint8),
        np.zeros((360, 640, 3), np.float32),
        np.zeros((0, 640, 3), np.uint8),
        None,
    ],
)
def test_what_is_no_image_is_refused(image: object) -> None:
    with pytest.raises(ConfigError, match="must be an image"):
        SignFinder().find(image)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((0, 0, 10, 10), (0, 0, 10, 10), 1.0),
        ((0, 0, 10, 10), (5, 0, 15, 10), 50 / 150),
        ((0, 0, 10, 10), (10, 0, 20, 10), 0.0),
        ((0, 0, 10, 10), (2, 2, 6, 6), 16 / 100),
    ],
)
def test_overlap_by_hand(one: tuple[int, ...], other: tuple[int, ...], expected: float) -> None:
    assert overlap(one, other) == pytest.approx(expected)


box = st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(1, 50), st.integers(1, 50)).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)


@given(box, box)
def test_overlap_is_a_share_and_the_same_either_way(
    one: tuple[int, ...], other: tuple[int, ...]
) -> None:
    assert 0 <= overlap(one, other) <= 1
    assert overlap(one, other) == overlap(other, one)

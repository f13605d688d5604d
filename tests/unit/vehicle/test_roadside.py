"""Where a sign is drawn, by hand: a level camera 1.5 m high over a straight flat road."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from edge_aibench.scenarios.vehicle.drives.frames import drive_frames
from edge_aibench.scenarios.vehicle.drives.roadside import RoadsideSign, draw_sign_at
from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.geometry import Camera, Road
from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.scene import Light, Scene

CAMERA = Camera(width=640, height=360, focal_px=500.0, height_m=1.5, horizon=130.0)
ROAD = Road(offset_m=0.0, heading=0.0, curvature=0.0, curvature_rate=0.0, climb=0.0)


@pytest.fixture
def scene() -> Scene:
    light = Light(gain=1, tint=(1, 1, 1), haze=0, blur_px=0, noise=0, quality=90)
    return Scene(
        camera=CAMERA,
        road=ROAD,
        lines=(),
        labelled=np.array((-1.75, 1.75)),
        edges_m=(-2.0, 2.0),
        rails_m=(),
        seams_m=(),
        vehicles=(),
        shadows=(),
        light=light,
        texture=0,
    )


def white_square(*, offset_m: float = 4.0) -> RoadsideSign:
    picture = np.ones((192, 192, 4), np.float32)
    return RoadsideSign(
        class_id=1,
        along_m=0.0,
        offset_m=offset_m,
        middle_m=2.5,
        foot_m=0.0,
        side_m=0.8,
        levels=(picture,),
        turn_rad=0.0,
        yaw_rad=0.0,
        gain=1.0,
    )


def test_a_sign_is_where_the_camera_sees_it(scene: Scene) -> None:
    image = np.zeros((360, 640, 3), np.uint8)
    drawn = draw_sign_at(image, scene, white_square(), 20.0)
    assert drawn is not None
    (left, top, right, bottom), whole = drawn
    # 320 + 500 * (4 -+ 0.4) / 20 and 130 + 500 * (1.5 - 2.5 -+ 0.4) / 20.
    assert [left, right] == pytest.approx([410, 430], abs=1)
    assert [top, bottom] == pytest.approx([95, 115], abs=1)
    assert whole
    assert (image[top + 2 : bottom - 2, left + 2 : right - 2] == 255).all()


def test_only_plate_and_post_are_drawn(scene: Scene) -> None:
    image = np.zeros((360, 640, 3), np.uint8)
    drawn = draw_sign_at(image, scene, white_square(), 20.0)
    assert drawn is not None
    left, top, right, bottom = drawn[0]
    rows, columns = np.nonzero(image.any(axis=2))
    assert top - 1 <= rows.min()
    assert columns.min() >= left - 1
    assert columns.max() <= right
    below = columns[rows > bottom]
    # The post, 0.07 m wide, stands below the middle and reaches the ground 1.5 m below the camera.
    assert below.min() >= 418
    assert below.max() <= 422
    assert rows.max() == pytest.approx(130 + 500 * 1.5 / 20, abs=2)


def test_a_sign_half_out_of_the_image_is_not_whole(scene: Scene) -> None:
    image = np.zeros((360, 640, 3), np.uint8)
    # Its middle is at column 320 + 500 * 6.4 / 10 = 640.
    drawn = draw_sign_at(image, scene, white_square(offset_m=6.4), 10.0)
    assert drawn is not None
    (left, _, right, _), whole = drawn
    assert not whole
    assert right == 640
    assert left == pytest.approx(620, abs=1)


@pytest.mark.parametrize("ahead_m", [1.0, 99.0])
def test_what_is_passed_or_far_away_is_not_drawn(scene: Scene, ahead_m: float) -> None:
    image = np.zeros((360, 640, 3), np.uint8)
    assert draw_sign_at(image, scene, white_square(), ahead_m) is None
    assert not image.any()


def test_a_sign_beside_the_image_is_not_in_it(scene: Scene) -> None:
    image = np.zeros((360, 640, 3), np.uint8)
    assert draw_sign_at(image, scene, white_square(offset_m=9.0), 10.0) is None


def test_signs_grow_from_frame_to_frame() -> None:
    heights: dict[int, list[int]] = {}
    for frame in drive_frames(3, 0, frames=6):
        for sign in frame.truth.signs or ():
            if sign.clear:
                heights.setdefault(sign.class_id, []).append(sign.height_px)
    assert heights
    for grown in heights.values():
        # A pixel's edge may fall either way.
        assert all(after >= before - 1 for before, after in pairwise(grown))


def test_frames_are_the_same_for_the_same_seed() -> None:
    one, other = (next(drive_frames(3, 1)).image for _ in range(2))
    another = next(drive_frames(4, 1)).image
    assert (one == other).all()
    assert (one != another).any()

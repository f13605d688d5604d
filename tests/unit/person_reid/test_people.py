from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from edge_aibench.rng import stream
from edge_aibench.scenarios.camera.tasks.person_reid.data.cameras import (
    CAMERAS,
    Framing,
    draw_framing,
    photograph,
)
from edge_aibench.scenarios.camera.tasks.person_reid.data.drawing import (
    VIEWS,
    Pose,
    View,
    arrangement,
    draw_person,
)
from edge_aibench.scenarios.camera.tasks.person_reid.data.people import (
    LOOKALIKES,
    PATTERNS,
    Appearance,
    Hair,
    Pattern,
    draw_people,
)

FITTING = Framing(zoom=1.0, shift_x=0.0, shift_y=0.0)


@pytest.fixture
def person() -> Appearance:
    (drawn,) = draw_people(stream(0, "one person"), 1)
    return drawn


def test_lookalikes_share_colours_and_differ_in_pattern() -> None:
    people = draw_people(stream(1, "people"), 4 * LOOKALIKES)
    groups = [people[start : start + LOOKALIKES] for start in range(0, len(people), LOOKALIKES)]
    for group in groups:
        assert len({member.palette for member in group}) == 1
        assert len({member.pattern for member in group}) == LOOKALIKES
    assert len({group[0].palette for group in groups}) == len(groups)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_patterns_give_each_colour_about_half_of_the_garment(
    person: Appearance, pattern: Pattern
) -> None:
    across, down = np.meshgrid(np.linspace(-1, 1, 401), np.linspace(0, 1, 401))
    worn = replace(person, pattern=pattern, inverted=False, stripe=0.5)
    first = arrangement(worn, across, down)
    assert 0.4 <= first.mean() <= 0.6
    inverted = arrangement(replace(worn, inverted=True), across, down)
    assert np.array_equal(inverted, ~first)


def test_a_person_fills_the_height_of_the_canvas(person: Appearance) -> None:
    for view in VIEWS:
        sprite = draw_person(person, Pose(view=view, phase=0.4, stride=0.4))
        rows = np.flatnonzero(sprite.mask.any(axis=1))
        assert rows[0] < 0.15 * len(sprite.mask)
        assert rows[-1] > 0.9 * len(sprite.mask)
        assert not sprite.colours[sprite.mask == 0].any()


def test_clothes_show_in_their_colours(person: Appearance) -> None:
    sprite = draw_person(person, Pose(view="front", phase=0.0, stride=0.3))
    shown = {tuple(int(v) for v in colour) for colour in sprite.colours[sprite.mask > 0]}
    palette = person.palette
    assert {palette.top, palette.accent, palette.bottom, palette.shoes, person.skin} <= shown


@pytest.mark.parametrize("hair", get_args(Hair))
def test_views_look_different(person: Appearance, hair: Hair) -> None:
    worn = replace(person, hair=hair, bag="backpack")
    sprites = [draw_person(worn, Pose(view=view, phase=0.7, stride=0.4)) for view in VIEWS]
    for index, sprite in enumerate(sprites):
        for other in sprites[index + 1 :]:
            assert not np.array_equal(sprite.colours, other.colours)


def test_left_side_is_mirrored_unless_something_is_carried(person: Appearance) -> None:
    worn = replace(person, bag="none")
    pose: dict[View, Pose] = {
        view: Pose(view=view, phase=0.7, stride=0.4) for view in ("left", "right")
    }
    left, right = (draw_person(worn, pose[view]) for view in ("left", "right"))
    assert np.array_equal(left.colours[:, ::-1], right.colours)


def test_a_step_moves_the_legs(person: Appearance) -> None:
    wide = draw_person(person, Pose(view="right", phase=np.pi / 2, stride=0.5))
    closed = draw_person(person, Pose(view="right", phase=0.0, stride=0.5))
    feet = slice(-24, -8)
    width = [np.flatnonzero(s.mask[feet].any(axis=0)) for s in (wide, closed)]
    assert np.ptp(width[0]) > 1.5 * np.ptp(width[1])


def test_a_dark_camera_sees_darker_and_each_sees_another_tint(person: Appearance) -> None:
    sprite = draw_person(person, Pose(view="front", phase=0.0, stride=0.3))
    seen = [
        photograph(sprite, camera, stream(0, "photograph"), framing=FITTING) for camera in CAMERAS
    ]
    assert all(image.shape == (128, 64, 3) and image.dtype == np.uint8 for image in seen)
    brightness = [image.mean() for image in seen]
    assert int(np.argmin(brightness)) == 3  # camera 4 has the smallest gains
    tints = {tuple(np.round(image.mean(axis=(0, 1)) / image.mean(), 2)) for image in seen}
    assert len(tints) == len(CAMERAS)


def test_a_scene_without_a_person_is_the_background(person: Appearance) -> None:
    sprite = draw_person(person, Pose(view="front", phase=0.0, stride=0.3))
    with_person = photograph(sprite, CAMERAS[0], stream(0, "same"), framing=FITTING)
    without = photograph(None, CAMERAS[0], stream(0, "same"), framing=FITTING)
    assert without.shape == with_person.shape
    assert not np.array_equal(with_person, without)


def test_bad_boxes_lie_beside_the_person() -> None:
    rng = stream(0, "framing")
    for _ in range(50):
        assert abs(draw_framing(rng, bad=True).shift_x) >= 0.25
    assert abs(np.mean([draw_framing(rng).shift_x for _ in range(50)])) < 0.03

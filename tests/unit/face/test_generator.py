"""Generated faces: what depends on the person, and what on the picture."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from edge_aibench.rng import stream
from edge_aibench.scenarios.home.tasks.face.data.conditions import Conditions, draw_conditions
from edge_aibench.scenarios.home.tasks.face.data.geometry import make_view, smooth
from edge_aibench.scenarios.home.tasks.face.data.identity import Identity, draw_identity
from edge_aibench.scenarios.home.tasks.face.data.picture import encode, take_picture


@pytest.fixture
def person() -> Identity:
    return draw_identity(stream(1, "person"))


@pytest.fixture
def plain() -> Conditions:
    """Straight ahead, in even white light, with a camera that adds nothing."""
    drawn = draw_conditions(stream(1, "conditions"))
    return replace(
        drawn,
        pose=replace(drawn.pose, yaw=0.0, pitch=0.0, roll=0.0, pixels=62.0, centre=(125.0, 125.0)),
        worn=replace(drawn.worn, glasses=None, hat=None),
        light=replace(drawn.light, strength=0.0, ambient=1.0, colour=np.ones(3)),
        camera=replace(drawn.camera, blur=0.0, noise=0.0, gamma=1.0),
    )


def taken(person: Identity, conditions: Conditions) -> Any:
    return take_picture(person, conditions, stream(1, "noise")).astype(int)


def test_a_face_in_even_light_has_the_persons_skin(person: Identity, plain: Conditions) -> None:
    picture = taken(replace(person, beard=0.0, moustache=0.0, freckles=0.0, moles=np.empty((0, 2)),
                            blush=0.0), plain)  # fmt: skip
    # Beside the nose, a third of the face's half height below its middle.
    cheek = picture[125 + 22, 125 + 30]
    assert cheek == pytest.approx(person.skin * 255, abs=3)
    # The frame's corner is background, whoever is on the picture.
    corner = picture[0, 0]
    assert corner == pytest.approx(plain.background[0, 0] * 255, abs=3)


def test_another_person_is_another_picture(person: Identity, plain: Conditions) -> None:
    other = draw_identity(stream(2, "person"))
    assert np.abs(taken(person, plain) - taken(other, plain)).mean() > 5


def test_light_from_a_side_lights_that_side(person: Identity, plain: Conditions) -> None:
    bald = replace(person, hair=replace(person.hair, bald=True), beard=0.0)
    right = replace(
        plain,
        light=replace(plain.light, ambient=0.4, strength=0.6, direction=np.array([1.0, 0.0, 0.0])),
    )
    picture = taken(bald, right)
    assert picture[:, 125:180].mean() > picture[:, 70:125].mean() + 15


def test_a_turned_head_moves_the_nose_more_than_the_outline(plain: Conditions) -> None:
    straight = make_view(plain.pose, factor=1)
    turned = make_view(replace(plain.pose, yaw=0.4), factor=1)
    nose, ear = np.array([[0.0, 0.3]]), np.array([[0.75, 0.0]])
    nose_shift = turned.on_face(nose, raised=0.2) - straight.on_face(nose, raised=0.2)
    ear_shift = turned.outline(ear, jaw=False) - straight.outline(ear, jaw=False)
    # The nose lies 0.93 in front of the axis: sin(0.4) of that, times 62 pixels.
    depth = 0.75 * np.sqrt(1 - (0.3 / 1.25) ** 2) + 0.2
    assert nose_shift[0] == pytest.approx([np.sin(0.4) * depth * 62, 0.0])
    assert np.abs(ear_shift).max() < 1e-9


def test_a_smooth_curve_goes_through_its_points() -> None:
    points = np.array([[0.0, 0.0], [1.0, 0.5], [2.0, 0.0], [1.0, -0.5]])
    assert smooth(points)[::6] == pytest.approx(points)
    line = np.column_stack((np.arange(5.0), 2 * np.arange(5.0)))
    opened = smooth(line, closed=False)
    assert opened[:, 1] == pytest.approx(2 * opened[:, 0])
    assert opened[-1].tolist() == [4.0, 8.0]


def test_jpeg_keeps_the_colours(person: Identity, plain: Conditions) -> None:
    cv2 = pytest.importorskip("cv2")
    picture = take_picture(person, plain, stream(1, "noise"))
    content = np.frombuffer(encode(picture, quality=95), dtype=np.uint8)
    decoded = cv2.imdecode(content, cv2.IMREAD_COLOR)[:, :, ::-1]
    assert np.abs(decoded.astype(int) - picture).mean() < 3

"""Drawing a face part by part, the farthest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_aibench.scenarios.home.tasks.face.data.canvas import Canvas, mix
from edge_aibench.scenarios.home.tasks.face.data.geometry import ellipse, mirrored, smooth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.scenarios.home.tasks.face.data.conditions import Conditions
    from edge_aibench.scenarios.home.tasks.face.data.geometry import View
    from edge_aibench.scenarios.home.tasks.face.data.identity import Identity

    Points = NDArray[np.float64]

_BLACK: Final = np.array([0.05, 0.04, 0.04])
_WHITE: Final = np.array([0.93, 0.92, 0.90])
_RED: Final = np.array([0.75, 0.22, 0.24])


@dataclass(frozen=True, kw_only=True)
class Sitting:
    """A person under the conditions of one picture, seen by *view*, drawn on *canvas*."""

    canvas: Canvas
    view: View
    person: Identity
    conditions: Conditions


def draw_person(sitting: Sitting) -> None:
    """Draw hair, shoulders, head, face and what is worn."""
    _back_hair(sitting)
    _shoulders(sitting)
    _head(sitting)
    _skin_marks(sitting)
    _facial_hair(sitting)
    _nose(sitting)
    _mouth(sitting)
    for side in (-1.0, 1.0):
        _eye(sitting, side)
        _brow(sitting, side)
    _front_hair(sitting)
    _hat(sitting)
    _glasses(sitting)


def _head_outline(person: Identity) -> Points:
    head = person.head
    right = [
        (0.55 * head.cranium, -0.92),
        (head.cranium, -0.45),
        (head.cheek, 0.12),
        (head.jaw, 0.60),
        (head.chin, 0.93 * head.chin_y),
    ]
    left = [(-x, y) for x, y in reversed(right)]
    return smooth([(0.0, -1.0), *right, (0.0, head.chin_y), *left])


def _hair_shape(sitting: Sitting) -> tuple[float, float, float]:
    """Volume, length and fringe as they are today."""
    hair, change = sitting.person.hair, sitting.conditions.worn.hair_change
    return max(hair.volume + change[0], 0.02), hair.length + change[1], hair.fringe + change[2]


def _back_hair(sitting: Sitting) -> None:
    person = sitting.person
    volume, length, _ = _hair_shape(sitting)
    if person.hair.bald or length < 0.2:
        return
    half = person.head.cranium + 0.8 * volume
    wave = person.hair.waves
    right = [
        (half, -0.4),
        (half + wave, 0.3 * length),
        (half - wave, 0.7 * length),
        (0.85 * half, length),
    ]
    left = [(-x, y) for x, y in reversed(right)]
    outline = smooth([(0.0, -1.0 - 0.6 * volume), *right, *left])
    sitting.canvas.fill(
        sitting.view.outline(outline, jaw=False), mix(person.hair.colour, _BLACK, 0.25)
    )


def _shoulders(sitting: Sitting) -> None:
    person, canvas, view = sitting.person, sitting.canvas, sitting.view
    neck = 0.62 * person.head.jaw + 0.08
    # The body does not turn with the head: straight below it, whatever the pose.
    scale, middle = view.pixels, view.outline(np.array([[0.0, 0.75]]))[0]
    below = np.array([[-neck, 0.0], [neck, 0.0], [neck, 1.0], [-neck, 1.0]])
    canvas.fill(below * scale + middle, mix(person.skin, _BLACK, 0.30))
    clothes = [(-2.0, 2.5), (-1.6, 0.75), (-neck, 0.48), (neck, 0.48), (1.6, 0.75), (2.0, 2.5)]
    canvas.fill(np.array(clothes) * scale + middle, sitting.conditions.worn.clothes)


def _head(sitting: Sitting) -> None:
    person, canvas, view = sitting.person, sitting.canvas, sitting.view
    head = person.head
    for side in (-1.0, 1.0):
        ear = ellipse((side * (head.cheek + 0.03), head.ear_y), 0.09, head.ear_height)
        canvas.fill(view.outline(ear, jaw=False), mix(person.skin, _RED, 0.12))
        inner = ellipse((side * (head.cheek + 0.04), head.ear_y), 0.045, 0.6 * head.ear_height)
        canvas.fill(view.outline(inner, jaw=False), mix(person.skin, _BLACK, 0.25))
    canvas.fill(view.outline(_head_outline(person)), person.skin)


def _skin_marks(sitting: Sitting) -> None:
    person, canvas, view = sitting.person, sitting.canvas, sitting.view
    blush = mix(person.skin, _RED, 0.5 * person.blush)
    for side in (-1.0, 1.0):
        canvas.fill(view.on_face(ellipse((side * 0.40, 0.27), 0.17, 0.12)), blush)
    if person.freckles:
        brown = mix(person.skin, np.array([0.45, 0.25, 0.12]), 0.7 * person.freckles)
        for x, y in _FRECKLES:
            canvas.fill(view.on_face(ellipse((x, y), 0.012, 0.012)), brown)
    for x, y in person.moles:
        canvas.fill(view.on_face(ellipse((x, y), 0.022, 0.022)), mix(person.skin, _BLACK, 0.75))


def _facial_hair(sitting: Sitting) -> None:
    person, canvas, view = sitting.person, sitting.canvas, sitting.view
    head, lower = person.head, person.nose_and_mouth
    if person.beard:
        right = [
            (0.97 * head.cheek, 0.22),
            (0.99 * head.jaw, 0.60),
            (head.chin, 0.93 * head.chin_y),
        ]
        left = [(-x, y) for x, y in reversed(right)]
        # Along the cheeks down to the mouth, and up again.
        upper = [(-0.62 * head.jaw, 0.42), (0.0, 0.47), (0.62 * head.jaw, 0.42)]
        outline = smooth([*right, (0.0, 1.02 * head.chin_y), *left, *upper])
        colour = mix(person.skin, person.hair.colour, person.beard)
        canvas.fill(view.outline(outline), colour)
    if person.moustache:
        y = person.eyes.y + lower.nose_length + 0.55 * lower.mouth_gap
        half = 0.95 * lower.mouth_half_width
        outline = smooth(
            [(-half, y + 0.07), (-0.4 * half, y - 0.04), (0.4 * half, y - 0.04), (half, y + 0.07),
             (0.0, y + 0.05)]
        )  # fmt: skip
        canvas.fill(view.on_face(outline), mix(person.skin, person.hair.colour, person.moustache))


def _nose(sitting: Sitting) -> None:
    person, canvas, view = sitting.person, sitting.canvas, sitting.view
    shape, eyes = person.nose_and_mouth, person.eyes
    tip = eyes.y + shape.nose_length
    light = sitting.conditions.light.direction[0]
    dark, bright = mix(person.skin, _BLACK, 0.22), mix(person.skin, _WHITE, 0.25)
    half, bridge = shape.nose_half_width, shape.bridge_half_width
    base = view.on_face(np.array([[-half, tip], [half, tip]]))
    ridge = view.on_face(np.array([[0.0, eyes.y - 0.02]]), raised=0.06)
    point = view.on_face(np.array([[0.0, tip - 0.06]]), raised=shape.protrusion)
    # The flank away from the lamp lies in the dark.
    away = base[:1] if light > 0 else base[1:]
    canvas.fill(np.concatenate((ridge, point, away)), dark)
    wing = ellipse((0.0, tip - 0.03), half, 0.065)
    canvas.fill(view.on_face(wing, raised=0.3 * shape.protrusion), mix(person.skin, dark, 0.5))
    ball = ellipse((0.0, tip - 0.05), 0.6 * half, 0.075)
    canvas.fill(view.on_face(ball, raised=0.9 * shape.protrusion), person.skin)
    for side in (-1.0, 1.0):
        nostril = ellipse((side * 0.5 * half, tip + 0.005), 0.26 * half, 0.022)
        canvas.fill(
            view.on_face(nostril, raised=0.5 * shape.protrusion), mix(person.skin, _BLACK, 0.65)
        )
    shine = ellipse((0.0, eyes.y + 0.45 * shape.nose_length), 0.5 * bridge, 0.10)
    canvas.fill(view.on_face(shine, raised=0.5 * shape.protrusion), bright)


def _mouth(sitting: Sitting) -> None:
    person, canvas, view = sitting.person, sitting.canvas, sitting.view
    shape, expression = person.nose_and_mouth, sitting.conditions.expression
    y = person.eyes.y + shape.nose_length + shape.mouth_gap
    half = shape.mouth_half_width * (1 + 0.16 * expression.smile)
    corner = y - 0.055 * expression.smile + shape.mouth_curve
    opened = expression.mouth_open
    lip = mix(mix(person.skin, _BLACK, 0.12), _RED, shape.lip_redness)
    upper, lower = shape.upper_lip, shape.lower_lip
    upper_lip = smooth(
        [(-half, corner), (-0.3 * half, y - upper), (0.0, y - 0.7 * upper), (0.3 * half, y - upper),
         (half, corner), (0.0, y + 0.012)]
    )  # fmt: skip
    lower_lip = smooth(
        [(-half, corner), (0.0, y + opened), (half, corner), (0.45 * half, y + opened + lower),
         (-0.45 * half, y + opened + lower)]
    )  # fmt: skip
    if opened > 0.01:
        inside = smooth([(-0.92 * half, corner), (0.0, y), (0.92 * half, corner),
                         (0.0, y + opened + 0.02)])  # fmt: skip
        canvas.fill(view.on_face(inside), np.array([0.25, 0.06, 0.07]))
        teeth = ellipse((0.0, y + 0.25 * opened), 0.6 * half, 0.25 * opened)
        canvas.fill(view.on_face(teeth), _WHITE)
    canvas.fill(view.on_face(lower_lip, raised=0.04), mix(lip, _WHITE, 0.12))
    canvas.fill(view.on_face(upper_lip, raised=0.03), lip)
    line = smooth([(-half, corner), (0.0, y + 0.008), (half, corner)], closed=False)
    canvas.stroke(view.on_face(line, raised=0.03), mix(lip, _BLACK, 0.6), 0.014 * view.pixels)


def _eye(sitting: Sitting, side: float) -> None:
    person, canvas, view = sitting.person, sitting.canvas, sitting.view
    eyes, expression = person.eyes, sitting.conditions.expression
    half, height = eyes.half_width, eyes.half_height * expression.eye_open
    x, rise = eyes.spacing, half * np.sin(eyes.tilt)
    almond = smooth(
        [(x - half, eyes.y + rise), (x - 0.1 * half, eyes.y - height), (x + half, eyes.y - rise),
         (x, eyes.y + 0.8 * height)]
    )  # fmt: skip
    socket = ellipse((x, eyes.y), 1.25 * half, 1.9 * eyes.half_height)
    bag = ellipse((x, eyes.y + 1.9 * eyes.half_height), 0.9 * half, 0.035)
    lid = almond[: len(almond) // 2 + 1]
    if side < 0:
        almond, socket, bag, lid = (mirrored(part) for part in (almond, socket, bag, lid))
    canvas.fill(view.on_face(socket), mix(person.skin, _BLACK, 0.35 * eyes.lid_shade))
    canvas.fill(view.on_face(bag), mix(person.skin, _BLACK, 0.5 * eyes.bags))
    canvas.fill(view.on_face(almond), _WHITE)
    # Lids cover what of the iris lies outside the almond.
    radius = eyes.iris_radius
    gaze_x, gaze_y = expression.gaze
    centre = (side * x + gaze_x, eyes.y + gaze_y)
    flat = min(1.0, 0.95 * height / radius)
    canvas.fill(view.on_face(ellipse(centre, radius, radius * flat)), eyes.iris)
    canvas.fill(view.on_face(ellipse(centre, 0.45 * radius, 0.45 * radius * flat)), _BLACK)
    glint = ellipse((centre[0] + 0.02, centre[1] - 0.3 * radius), 0.010, 0.010)
    canvas.fill(view.on_face(glint), _WHITE)
    canvas.stroke(
        view.on_face(lid), mix(person.skin, _BLACK, 0.55 + 0.4 * eyes.lid_shade),
        0.022 * view.pixels,
    )  # fmt: skip


def _brow(sitting: Sitting, side: float) -> None:
    person, canvas, view = sitting.person, sitting.canvas, sitting.view
    eyes = person.eyes
    y = eyes.y - eyes.brow_gap - sitting.conditions.expression.brow_raise
    half, thick = eyes.brow_half_length, eyes.brow_thickness
    rise = half * np.sin(eyes.brow_tilt)
    x, top = eyes.spacing, y - eyes.brow_arch
    outline = smooth(
        [(x - half, y + rise - thick), (x, top - thick), (x + half, y - rise),
         (x, top + thick), (x - half, y + rise + thick)]
    )  # fmt: skip
    if side < 0:
        outline = mirrored(outline)
    dark = mix(person.hair.colour, _BLACK, 0.35)
    canvas.fill(view.on_face(outline), mix(person.skin, dark, 0.85))


def _front_hair(sitting: Sitting) -> None:
    person = sitting.person
    hair, head = person.hair, person.head
    if hair.bald:
        return
    volume, length, fringe = _hair_shape(sitting)
    half, crown = head.cranium + 0.55 * volume, -1.0 - volume
    # Sideburns end by the ear, or go on into what hangs behind.
    end = min(max(length, -0.25), 0.25)
    line = hair.hairline
    outline = smooth(
        [
            (0.0, crown),
            (0.7 * half, crown + 0.16),
            (half, -0.45),
            (head.cheek + 0.05, end),
            (0.93 * head.cranium, end - 0.1),
            (0.80 * head.cranium, line + 0.12),
            (hair.parting + 0.15, line + fringe),
            (hair.parting, line),
            (hair.parting - 0.15, line + 0.8 * fringe),
            (-0.80 * head.cranium, line + 0.12),
            (-0.93 * head.cranium, end - 0.1),
            (-head.cheek - 0.05, end),
            (-half, -0.45),
            (-0.7 * half, crown + 0.16),
        ]
    )
    sitting.canvas.fill(sitting.view.outline(outline, jaw=False), hair.colour)
    streak = smooth([(hair.parting, line), (0.5 * hair.parting, crown + 0.15)], closed=False)
    sitting.canvas.stroke(
        sitting.view.outline(streak, jaw=False),
        mix(hair.colour, _BLACK, 0.4),
        0.02 * sitting.view.pixels,
    )


def _hat(sitting: Sitting) -> None:
    colour = sitting.conditions.worn.hat
    if colour is None:
        return
    half = sitting.person.head.cranium + 0.08
    cap = smooth(
        [(-half, -0.48), (-0.9 * half, -1.0), (0.0, -1.3), (0.9 * half, -1.0), (half, -0.48),
         (0.0, -0.58)]
    )  # fmt: skip
    view = sitting.view
    sitting.canvas.fill(view.outline(cap, jaw=False), colour)
    brim = smooth([(-half, -0.48), (0.0, -0.57), (half, -0.48)], closed=False)
    sitting.canvas.stroke(
        view.outline(brim, jaw=False), mix(colour, _BLACK, 0.4), 0.07 * view.pixels
    )


def _glasses(sitting: Sitting) -> None:
    worn, view, eyes = sitting.conditions.worn, sitting.view, sitting.person.eyes
    if worn.glasses is None:
        return
    width = 0.035 * view.pixels
    for side in (-1.0, 1.0):
        lens = view.on_face(ellipse((side * eyes.spacing, eyes.y + 0.03), 0.22, 0.16), raised=0.14)
        if worn.dark_glasses:
            sitting.canvas.fill(lens, mix(worn.glasses, _BLACK, 0.6))
        sitting.canvas.stroke(lens, worn.glasses, width, closed=True)
    inner = eyes.spacing - 0.22
    bridge = view.on_face(np.array([[-inner, eyes.y], [inner, eyes.y]]), raised=0.16)
    sitting.canvas.stroke(bridge, worn.glasses, width)


# Where freckles lie, the same on all who have them.
_FRECKLES: Final = tuple(
    (side * x, y)
    for side in (-1.0, 1.0)
    for x, y in ((0.2, 0.2), (0.3, 0.14), (0.3, 0.26), (0.4, 0.2), (0.46, 0.3), (0.24, 0.32))
)

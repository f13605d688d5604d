"""Drawing a person from the front, the back or a side, walking.

Points are (x, y) in shares of the body's height: x to the right of the body's middle, y up from
the ground.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.scenarios.camera.tasks.person_reid.data.people import Appearance, Colour

    Floats = NDArray[np.float64]
    Point = tuple[float, float]

# Twice the size of the images, which are reduced at the end: edges come out smooth.
CANVAS_HEIGHT: Final = 256
CANVAS_WIDTH: Final = 160
_BODY_PX: Final = 236
_GROUND_PX: Final = 248

View = Literal["front", "back", "left", "right"]
VIEWS: Final[tuple[View, ...]] = ("front", "back", "left", "right")

SHOULDER: Final = 0.82
_SIDE_BREADTH: Final = 0.68


@dataclass(frozen=True, kw_only=True)
class Pose:
    """What is seen of the body (its left or right side, ...) and the *phase* of the step,
    radians; *stride* is the largest swing of the legs, radians.
    """

    view: View
    phase: float
    stride: float


@dataclass(frozen=True, kw_only=True)
class Sprite:
    """Colours uint8 (height, width, 3) RGB and where they count, uint8 (height, width) 0 or 255."""

    colours: NDArray[np.uint8]
    mask: NDArray[np.uint8]


def draw_person(person: Appearance, pose: Pose) -> Sprite:
    """Draw a person on an empty canvas."""
    pen = _Pen()
    if pose.view in ("front", "back"):
        _draw_facing(pen, person, pose)
    else:
        _draw_side(pen, person, pose)
    colours, mask = pen.colours, pen.mask
    if pose.view == "left":
        colours, mask = colours[:, ::-1].copy(), mask[:, ::-1].copy()
    return Sprite(colours=colours, mask=mask)


class _Pen:
    """A canvas and the ways to mark it."""

    def __init__(self) -> None:
        self.colours = np.zeros((CANVAS_HEIGHT, CANVAS_WIDTH, 3), dtype=np.uint8)
        self.mask = np.zeros((CANVAS_HEIGHT, CANVAS_WIDTH), dtype=np.uint8)

    def limb(self, points: Sequence[Point], width: float, colour: Colour) -> None:
        """Draw a bent tube through *points*."""
        import cv2

        thickness = max(2, round(width * _BODY_PX))
        for start, end in pairwise(points):
            for canvas, value in ((self.colours, colour), (self.mask, 255)):
                cv2.line(canvas, _pixel(start), _pixel(end), value, thickness)

    def polygon(self, points: Sequence[Point], colour: Colour) -> None:
        """Fill a polygon."""
        import cv2

        corners = np.array([_pixel(point) for point in points], dtype=np.int32)
        cv2.fillPoly(self.colours, [corners], colour)
        cv2.fillPoly(self.mask, [corners], 255)

    def garment(
        self,
        points: Sequence[Point],
        colours: tuple[Colour, Colour],
        is_first: Callable[[Floats, Floats], NDArray[np.bool_]],
    ) -> None:
        """Fill a polygon in two colours: *is_first* says where, given x and y of each pixel."""
        import cv2

        corners = np.array([_pixel(point) for point in points], dtype=np.int32)
        area = np.zeros_like(self.mask)
        cv2.fillPoly(area, [corners], 255)
        rows, columns = np.nonzero(area)
        first = is_first(*_body(rows, columns))
        self.colours[rows, columns] = np.where(first[:, np.newaxis], colours[0], colours[1])
        self.mask[rows, columns] = 255

    def ellipse(self, centre: Point, radii: Point, colour: Colour) -> None:
        """Fill an ellipse of radii (across, up)."""
        import cv2

        axes = (max(1, round(radii[0] * _BODY_PX)), max(1, round(radii[1] * _BODY_PX)))
        for canvas, value in ((self.colours, colour), (self.mask, 255)):
            cv2.ellipse(canvas, _pixel(centre), axes, 0, 0, 360, value, -1)


def _draw_facing(pen: _Pen, person: Appearance, pose: Pose) -> None:
    build, front = person.build, pose.view == "front"
    swing = pose.stride * np.sin(pose.phase)
    for side, lift in ((-1, max(swing, 0.0)), (1, max(-swing, 0.0))):
        hip = (side * 0.55 * build.hip, build.crotch + 0.02)
        # A leg swung to the viewer or away looks a little shorter.
        foot = (side * 0.6 * build.hip, 0.03 + 0.06 * lift)
        knee = (side * 0.62 * build.hip, 0.27 + 0.03 * lift)
        _draw_leg(pen, person, (hip, knee, foot), toe=(foot[0] + side * 0.012, foot[1]))
    _draw_lower_garment(pen, person, build.hip)
    if front and person.bag == "backpack":
        pen.ellipse((0.0, 0.68), (0.95 * build.shoulder, 0.13), person.bag_colour)
    _draw_upper_garment(pen, person, 1.0)
    for side in (-1, 1):
        shoulder = (side * build.shoulder, SHOULDER - 0.025)
        elbow = (side * (build.shoulder + 0.022), 0.64)
        hand = (side * (build.shoulder + 0.018), 0.48 + 0.05 * side * swing)
        _draw_arm(pen, person, (shoulder, elbow, hand))
        if side == (1 if front else -1):
            _draw_handbag(pen, person, hand)
    _draw_head(pen, person, "front" if front else "back")
    _draw_facing_bag(pen, person, front=front)


def _draw_side(pen: _Pen, person: Appearance, pose: Pose) -> None:
    """Draw the right side, walking to the right; the left side is its mirror image."""
    build = person.build
    swing = pose.stride * np.sin(pose.phase)
    near_is_right = pose.view == "right"
    _draw_side_arm(pen, person, swing, carries=not near_is_right)
    for angle in (-swing, swing):
        hip = (0.0, build.crotch + 0.02)
        knee = (0.24 * np.sin(angle), 0.25)
        foot = (0.46 * np.sin(angle) * 0.95, 0.03 + 0.04 * max(-angle, 0.0))
        _draw_leg(pen, person, (hip, knee, foot), toe=(foot[0] + 0.05, foot[1] - 0.005))
    _draw_lower_garment(pen, person, _SIDE_BREADTH * build.hip)
    if person.bag == "backpack":
        pen.ellipse((-0.09 - 0.35 * build.shoulder, 0.68), (0.065, 0.125), person.bag_colour)
    _draw_upper_garment(pen, person, _SIDE_BREADTH)
    _draw_head(pen, person, "side")
    if person.bag == "shoulder bag":
        pen.limb(((0.02, SHOULDER - 0.01), (-0.01, 0.52)), 0.018, person.bag_colour)
        if near_is_right:
            pen.ellipse((-0.01, 0.47), (0.075, 0.06), person.bag_colour)
    _draw_side_arm(pen, person, -swing, carries=near_is_right)


def _draw_side_arm(pen: _Pen, person: Appearance, angle: float, *, carries: bool) -> None:
    elbow = (0.17 * np.sin(angle), SHOULDER - 0.18)
    hand = (0.3 * np.sin(angle) + 0.02, SHOULDER - 0.33)
    _draw_arm(pen, person, ((0.0, SHOULDER - 0.03), elbow, hand))
    if carries:
        _draw_handbag(pen, person, hand)


def _draw_leg(
    pen: _Pen, person: Appearance, joints: tuple[Point, Point, Point], *, toe: Point
) -> None:
    hip, knee, foot = joints
    width = 1.35 * person.build.limb
    pen.limb((hip, knee, foot), 0.8 * width, person.skin)
    if person.bottom == "trousers":
        pen.limb((hip, knee, foot), width, person.palette.bottom)
    elif person.bottom == "shorts":
        pen.limb((hip, knee), 1.15 * width, person.palette.bottom)
    pen.limb((foot, toe), 0.8 * width, person.palette.shoes)


def _draw_lower_garment(pen: _Pen, person: Appearance, hip: float) -> None:
    hem, flare = (0.28, 1.25) if person.bottom == "skirt" else (person.build.crotch - 0.01, 1.0)
    top = person.build.crotch + 0.1
    outline = ((-hip, top), (hip, top), (flare * hip, hem), (-flare * hip, hem))
    pen.polygon(outline, person.palette.bottom)


def _draw_upper_garment(pen: _Pen, person: Appearance, breadth: float) -> None:
    build = person.build
    neck, hem = SHOULDER + 0.025, build.crotch + 0.06
    shoulder, waist, hip = (breadth * half for half in (build.shoulder, build.waist, build.hip))
    right = (
        (0.35 * shoulder, neck),
        (shoulder, SHOULDER - 0.01),
        (0.95 * shoulder, SHOULDER - 0.1),
        (waist, 0.6),
        (hip, hem),
    )
    left = tuple((-x, y) for x, y in reversed(right))

    def is_first(x: Floats, y: Floats) -> NDArray[np.bool_]:
        return arrangement(person, x / shoulder, (neck - y) / (neck - hem))

    pen.garment((*right, *left), (person.palette.top, person.palette.accent), is_first)


def arrangement(person: Appearance, across: Floats, down: Floats) -> NDArray[np.bool_]:
    """Where the upper garment has its first colour.

    *across* runs from -1 to 1 between the shoulders, *down* from 0 at the neck to 1 at the hem.
    """
    stripe = person.stripe
    rings = np.mod(down, stripe) < stripe / 2
    pinstripes = np.mod(across + 1, 2 * stripe) < stripe
    first = {
        "rings": rings,
        "pinstripes": pinstripes,
        "checks": rings ^ pinstripes,
        "yoke": down < 0.5,
        "panel": np.abs(across) < 0.42,
        "sash": across / 2 + 0.5 < down,
    }[person.pattern]
    return first ^ person.inverted


def _draw_arm(pen: _Pen, person: Appearance, joints: tuple[Point, Point, Point]) -> None:
    shoulder, elbow, hand = joints
    width = person.build.limb
    sleeve = person.palette.accent if person.inverted else person.palette.top
    pen.limb((shoulder, elbow, hand), 0.8 * width, person.skin)
    covered = (shoulder, elbow, hand) if person.sleeves == "long" else (shoulder, elbow)
    pen.limb(covered, width, sleeve)
    pen.ellipse(hand, (0.45 * width, 0.55 * width), person.skin)


def _draw_handbag(pen: _Pen, person: Appearance, hand: Point) -> None:
    if person.bag == "handbag":
        pen.ellipse((hand[0], hand[1] - 0.075), (0.06, 0.055), person.bag_colour)


def _draw_facing_bag(pen: _Pen, person: Appearance, *, front: bool) -> None:
    shoulder, side = person.build.shoulder, 1 if front else -1
    if person.bag == "backpack" and front:
        for strap in (-1, 1):
            ends = ((strap * 0.6 * shoulder, SHOULDER), (strap * 0.7 * shoulder, 0.63))
            pen.limb(ends, 0.022, person.bag_colour)
    elif person.bag == "backpack":
        pen.ellipse((0.0, 0.68), (0.85 * shoulder, 0.135), person.bag_colour)
    elif person.bag == "shoulder bag":
        hip = (side * (person.build.hip + 0.015), 0.48)
        pen.limb(((-side * 0.6 * shoulder, SHOULDER), hip), 0.02, person.bag_colour)
        pen.ellipse(hip, (0.05, 0.065), person.bag_colour)


def _draw_head(pen: _Pen, person: Appearance, seen: Literal["front", "back", "side"]) -> None:
    head = person.build.head
    centre_y = SHOULDER + 0.03 + 1.25 * head
    pen.limb(((0.0, SHOULDER), (0.0, centre_y)), 0.9 * head, person.skin)
    if person.hair == "long":
        back = 0.0 if seen != "side" else -0.35 * head
        pen.ellipse((back, centre_y - 0.5 * head), (1.15 * head, 1.7 * head), person.hair_colour)
    pen.ellipse((0.0, centre_y), (0.85 * head, 1.15 * head), person.skin)
    if person.hair != "bald":
        _draw_hair(pen, person, seen, centre_y)


def _draw_hair(
    pen: _Pen, person: Appearance, seen: Literal["front", "back", "side"], centre_y: float
) -> None:
    head, colour = person.build.head, person.hair_colour
    if person.hair == "cap":
        colour = person.palette.accent
        if seen != "back":
            brim = 0.0 if seen == "front" else 0.9 * head
            pen.ellipse((brim, centre_y + 0.35 * head), (0.95 * head, 0.2 * head), colour)
    if person.hair == "bun":
        place = 0.0 if seen != "side" else -0.7 * head
        pen.ellipse((place, centre_y + 1.25 * head), (0.45 * head, 0.45 * head), colour)
    if seen == "back":
        pen.ellipse((0.0, centre_y + 0.15 * head), (0.9 * head, 1.05 * head), colour)
    else:
        back = 0.0 if seen == "front" else -0.25 * head
        pen.ellipse((back, centre_y + 0.7 * head), (0.85 * head, 0.55 * head), colour)


def _pixel(point: Point) -> tuple[int, int]:
    x, y = point
    return round(CANVAS_WIDTH / 2 + x * _BODY_PX), round(_GROUND_PX - y * _BODY_PX)


def _body(rows: NDArray[np.intp], columns: NDArray[np.intp]) -> tuple[Floats, Floats]:
    x = (columns - CANVAS_WIDTH / 2) / _BODY_PX
    y = (_GROUND_PX - rows) / _BODY_PX
    return x, y

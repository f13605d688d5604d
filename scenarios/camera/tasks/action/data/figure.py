"""The person in the videos: from five phases to the places of its limbs, and those drawn.

Lengths are in body heights, x to the right, y upwards from the ground between the feet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_aibench.scenarios.camera.tasks.action.data.motions import JOINTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Points = NDArray[np.float64]
    """(..., 2), in body heights."""
    Colour = tuple[int, int, int]

_THIGH = _SHIN = 0.25
_UPPER_ARM = _FOREARM = 0.18
_TORSO = 0.31
_NECK = 0.09
_HEAD_RADIUS = 0.065
_HALF_HIPS = 0.05
_HALF_SHOULDERS = 0.10

_HIP_HEIGHT, _HIP_DIP = 0.37, 0.085
_FOOT, _FOOT_SPREAD = 0.15, 0.09
_SWAY = 0.075
_ARM_ANGLE, _ARM_SWING = np.radians(95.0), np.radians(65.0)
_ELBOW_BEND = np.radians(25.0)
_BALL_CENTRE = np.array([0.0, 0.58])
_BALL_ORBIT = np.array([0.42, 0.34])
_BALL_RADIUS = 0.05

_SUBPIXEL_BITS: Final = 4


@dataclass(frozen=True, kw_only=True)
class Outfit:
    """Colours, RGB, and how stout the figure is: the width of its limbs in body heights."""

    skin: Colour
    shirt: Colour
    trousers: Colour
    ball: Colour
    limb_width: float


@dataclass(frozen=True, kw_only=True)
class Posture:
    """Chains of points of one moment: (points, 2) each."""

    legs: tuple[Points, Points]
    torso: Points
    arms: tuple[Points, Points]
    head: Points
    wire: Points


def posture(phases: NDArray[np.float64]) -> Posture:
    """Place the limbs for the phases of one frame, (joints,) in radians."""
    phase = dict(zip(JOINTS, phases, strict=True))
    hips = np.array(
        [_SWAY * np.cos(phase["sway"]), _HIP_HEIGHT + _HIP_DIP * np.cos(phase["height"])]
    )
    # The shoulders stay above the feet, so that swinging hips bend the body.
    shoulders = np.array([0.3 * hips[0], hips[1] + _TORSO])
    feet = _FOOT + _FOOT_SPREAD * np.cos(phase["legs"])
    angle = _ARM_ANGLE + _ARM_SWING * np.cos(phase["arms"])
    turn = phase["ball"]
    ball = _BALL_CENTRE + _BALL_ORBIT * np.array([np.cos(turn), np.sin(turn)])
    return Posture(
        legs=(_leg(hips, side=-1, foot=feet), _leg(hips, side=1, foot=feet)),
        torso=np.stack([hips, shoulders]),
        arms=(_arm(shoulders, side=-1, angle=angle), _arm(shoulders, side=1, angle=angle)),
        head=shoulders + np.array([0.0, _NECK]),
        wire=np.stack([_BALL_CENTRE, ball]),
    )


def draw(
    image: NDArray[np.uint8],
    body: Posture,
    outfit: Outfit,
    *,
    to_pixels: Callable[[Points], Points],
    pixels_per_height: float,
) -> None:
    """Draw a figure on *image* in place; *to_pixels* maps body heights to (x, y) in pixels."""
    limb = pixels_per_height * outfit.limb_width
    for leg in body.legs:
        _line(image, to_pixels(leg), outfit.trousers, width=1.15 * limb)
    _line(image, to_pixels(body.torso), outfit.shirt, width=2.4 * limb)
    for arm in body.arms:
        _line(image, to_pixels(arm), outfit.shirt, width=limb)
        _disc(image, to_pixels(arm[-1]), outfit.skin, radius=0.6 * limb)
    _disc(image, to_pixels(body.head), outfit.skin, radius=pixels_per_height * _HEAD_RADIUS)
    _line(image, to_pixels(body.wire), outfit.ball, width=1.0)
    _disc(image, to_pixels(body.wire[1]), outfit.ball, radius=pixels_per_height * _BALL_RADIUS)


def _leg(hips: Points, *, side: int, foot: float) -> Points:
    """Hip, knee and foot; the knee bends outwards."""
    hip = hips + np.array([side * _HALF_HIPS, 0.0])
    ankle = np.array([side * foot, 0.0])
    reach = ankle - hip
    distance = float(np.hypot(reach[0], reach[1]))
    bend = np.sqrt(max(_THIGH**2 - (distance / 2) ** 2, 0.0))
    outwards = side * np.array([-reach[1], reach[0]]) / distance
    return np.stack([hip, (hip + ankle) / 2 + bend * outwards, ankle])


def _arm(shoulders: Points, *, side: int, angle: float) -> Points:
    """Shoulder, elbow and hand; *angle* from hanging down, sidewards and up."""
    shoulder = shoulders + np.array([side * _HALF_SHOULDERS, 0.0])
    elbow = shoulder + _UPPER_ARM * np.array([side * np.sin(angle), -np.cos(angle)])
    lower = angle + _ELBOW_BEND
    hand = elbow + _FOREARM * np.array([side * np.sin(lower), -np.cos(lower)])
    return np.stack([shoulder, elbow, hand])


def _line(image: NDArray[np.uint8], pixels: Points, colour: Colour, *, width: float) -> None:
    import cv2

    points = np.rint(pixels * 2**_SUBPIXEL_BITS).astype(np.int32)
    thickness = max(1, round(width))
    cv2.polylines(image, [points], False, colour, thickness, cv2.LINE_AA, shift=_SUBPIXEL_BITS)


def _disc(image: NDArray[np.uint8], pixel: Points, colour: Colour, *, radius: float) -> None:
    import cv2

    x, y = (round(float(value) * 2**_SUBPIXEL_BITS) for value in pixel)
    cv2.circle(
        image,
        (x, y),
        max(1, round(radius * 2**_SUBPIXEL_BITS)),
        colour,
        cv2.FILLED,
        cv2.LINE_AA,
        shift=_SUBPIXEL_BITS,
    )

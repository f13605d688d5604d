"""Photographs of a sign: how it looks as the car comes nearer, in its place and its light.

A `PhysicalSign` is what stays the same over a track (wear, tilt, light, what is behind it), a
frame is one photograph of it. Lengths are in pixels of the photograph or in shares of the sign.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Picture = NDArray[np.float32]

SIGN_SIDE: Final = 192
SMALLEST_SIDE: Final = 17
LARGEST_SIDE: Final = 210
"""In pixels; with the border on both sides this keeps within the data set's 250."""

_BACKGROUND_SIDE: Final = 192
# Means of RGB in [0, 1]: clear and grey sky, walls, leaves, shade.
_SURROUNDINGS: Final = (
    (0.55, 0.68, 0.85),
    (0.78, 0.8, 0.82),
    (0.55, 0.48, 0.42),
    (0.3, 0.4, 0.22),
    (0.2, 0.21, 0.2),
)


@dataclass(frozen=True, kw_only=True, eq=False)
class PhysicalSign:
    """One sign by a road.

    *levels* is its picture (side, side, 4) at sides 192, 96, 48 and 24, so that a small
    photograph averages instead of skipping. *background* (192, 192, 3) is what is behind it.
    *turn_deg* in its plane, *yaw* and *pitch* as the relative difference of opposite sides.
    *gain* is the light, *tint* (3,) its colour, *blur* a deviation in pixels.
    """

    levels: tuple[Picture, ...]
    background: Picture
    turn_deg: float
    yaw: float
    pitch: float
    gain: float
    haze: float
    tint: Picture
    blur: float
    noise: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Photograph:
    """*image* uint8 RGB (height, width, 3) and the box of the sign in it, as annotated."""

    image: NDArray[np.uint8]
    left: int
    top: int
    right: int
    bottom: int


def put_up_sign(picture: Picture, rng: np.random.Generator) -> PhysicalSign:
    """Draw the circumstances of a sign of which *picture* (192, 192, 4) is the clean one."""
    worn = _shaded(_dirty(_faded(picture, rng), rng), rng)
    gain = float(np.exp(rng.uniform(math.log(0.28), math.log(1.15))))
    return PhysicalSign(
        levels=_levels(worn),
        background=_background(rng),
        turn_deg=float(rng.normal(0, 4)),
        yaw=float(rng.normal(0, 0.07)),
        pitch=float(rng.normal(0, 0.04)),
        gain=gain,
        haze=float(rng.uniform(0, 0.22)) * min(gain, 1.0),
        tint=(1 + rng.normal(0, 0.06, 3)).astype(np.float32),
        blur=float(rng.uniform(0.25, 0.85)),
        noise=float(rng.uniform(0.006, 0.028)),
    )


def track_sides(frames: int, rng: np.random.Generator) -> list[float]:
    """The sign's side in pixels, frame by frame: it grows as the car comes nearer."""
    last = math.exp(rng.uniform(math.log(40), math.log(LARGEST_SIDE)))
    first = max(float(SMALLEST_SIDE), last / rng.uniform(1.6, 5.0))
    nearness = np.linspace(0, 1, frames) if frames > 1 else np.ones(1)
    # At even speed the distance shrinks evenly, and the side is one over it.
    return [1 / float(1 / first + (1 / last - 1 / first) * near) for near in nearness]


def photograph(sign: PhysicalSign, side: float, rng: np.random.Generator) -> Photograph:
    """Take one photograph in which the sign is about *side* pixels high."""
    border = max(5, round(0.1 * side))
    width = max(SMALLEST_SIDE, round(side * rng.uniform(0.9, 1.0)))
    height = round(side)
    full_size = (width + 2 * border, height + 2 * border)
    seen, opacity = _projected(sign, full_size, (width, height), border, rng)
    scene = seen + (1 - opacity) * _behind(sign, full_size, rng)
    image = _exposed(_blurred(scene, sign, side, rng), sign, rng)
    left, top, right, bottom = _box(opacity[..., 0], rng)
    return Photograph(image=image, left=left, top=top, right=right, bottom=bottom)


def _faded(picture: Picture, rng: np.random.Generator) -> Picture:
    """Mix the colours with their grey, as years in the sun do."""
    share = rng.uniform(0, 0.45)
    colours, opacity = picture[..., :3], picture[..., 3:]
    grey = colours.mean(axis=2, keepdims=True)
    pale = (1 - share) * colours + share * (0.75 * grey + 0.25 * 0.6 * opacity)
    return np.concatenate((pale, opacity), axis=2).astype(np.float32)


def _dirty(picture: Picture, rng: np.random.Generator) -> Picture:
    """Spots of dirt, and on one sign of six something that hides a part of its edge."""
    import cv2

    worn = picture.copy()
    opacity = picture[..., 3:]
    for _ in range(rng.poisson(2)):
        centre = rng.integers(0, SIGN_SIDE, 2)
        radius = int(rng.integers(3, 20))
        spot = np.zeros((SIGN_SIDE, SIGN_SIDE), dtype=np.float32)
        cv2.circle(spot, (int(centre[0]), int(centre[1])), radius, 1.0, cv2.FILLED)
        soft = cv2.GaussianBlur(spot, (0, 0), radius / 3)[..., None] * rng.uniform(0.1, 0.5)
        tone = rng.uniform(0.1, 0.5)
        worn[..., :3] = (1 - soft) * worn[..., :3] + soft * tone * opacity
    if rng.random() < 1 / 6:
        angle = rng.uniform(0, 2 * math.pi)
        middle = SIGN_SIDE / 2 * (1 + 0.95 * np.array((math.cos(angle), math.sin(angle))))
        axes = rng.integers(15, 45, 2)
        hidden = np.zeros((SIGN_SIDE, SIGN_SIDE), dtype=np.uint8)
        cv2.ellipse(
            hidden,
            (int(middle[0]), int(middle[1])),
            (int(axes[0]), int(axes[1])),
            float(rng.uniform(0, 180)),
            0,
            360,
            1,
            cv2.FILLED,
        )
        # See-through: what is behind the sign is seen in its place.
        worn[hidden > 0] = 0
    return worn


def _shaded(picture: Picture, rng: np.random.Generator) -> Picture:
    """Light that falls off over the sign, and on one sign of four the edge of a shadow."""
    x, y = np.meshgrid(*(np.linspace(-1, 1, SIGN_SIDE, dtype=np.float32),) * 2)
    angle = rng.uniform(0, 2 * math.pi)
    along = math.cos(angle) * x + math.sin(angle) * y
    light = 1 + rng.uniform(0, 0.25) * along
    if rng.random() < 0.25:
        edge = _soft_edge(along, rng.uniform(-0.5, 0.5), rng.uniform(0.02, 0.15))
        light *= 1 - rng.uniform(0.25, 0.6) * edge
    shaded = picture.copy()
    shaded[..., :3] *= light[..., None]
    return shaded


def _soft_edge(position: Picture, place: float, softness: float) -> Picture:
    """From zero to one at *place*, over about four times *softness*."""
    return _float32(0.5 + 0.5 * np.tanh((position - place) / (2 * softness)))


def _levels(picture: Picture) -> tuple[Picture, ...]:
    import cv2

    sides = (SIGN_SIDE, SIGN_SIDE // 2, SIGN_SIDE // 4, SIGN_SIDE // 8)
    return tuple(
        _float32(cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)) for side in sides
    )


def _background(rng: np.random.Generator) -> Picture:
    """Two surroundings, one above the other or side by side, with clutter of all sizes."""
    import cv2

    first, second = rng.choice(len(_SURROUNDINGS), 2)
    position = np.linspace(-1, 1, _BACKGROUND_SIDE, dtype=np.float32)
    edge = _soft_edge(position, rng.uniform(-0.8, 0.8), rng.uniform(0.01, 0.4))
    mixed = edge[:, None, None] if rng.random() < 0.6 else edge[None, :, None]
    tones = np.array(_SURROUNDINGS, dtype=np.float32)
    picture = (1 - mixed) * tones[first] + mixed * tones[second]
    picture = np.broadcast_to(picture, (_BACKGROUND_SIDE, _BACKGROUND_SIDE, 3)).copy()
    for cells in (3, 8, 24, 64):
        clutter = rng.normal(0, 1, (cells, cells, 1)) + 0.3 * rng.normal(0, 1, (cells, cells, 3))
        spread = cv2.resize(
            clutter.astype(np.float32),
            (_BACKGROUND_SIDE, _BACKGROUND_SIDE),
            interpolation=cv2.INTER_CUBIC,
        )
        picture += rng.uniform(0, 0.12) * spread
    return _float32(np.clip(picture, 0, 1.1))


def _projected(
    sign: PhysicalSign,
    full_size: tuple[int, int],
    size: tuple[int, int],
    border: int,
    rng: np.random.Generator,
) -> tuple[Picture, Picture]:
    """The sign in perspective: its light (height, width, 3) and its opacity (height, width, 1)."""
    import cv2

    level = next((p for p in reversed(sign.levels) if len(p) >= size[1]), sign.levels[0])
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], dtype=np.float64)
    yaw = sign.yaw + rng.normal(0, 0.015)
    pitch = sign.pitch + rng.normal(0, 0.015)
    # Points farther away come nearer to the middle.
    corners *= (1 + yaw * corners[:, :1]) * (1 + pitch * corners[:, 1:])
    angle = math.radians(sign.turn_deg + rng.normal(0, 0.8))
    turn = np.array([(math.cos(angle), -math.sin(angle)), (math.sin(angle), math.cos(angle))])
    half = np.array(size) / 2
    target = (corners @ turn.T) * half + half + border - 0.5
    source = (np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) * len(level)) - 0.5
    transform = cv2.getPerspectiveTransform(source.astype(np.float32), target.astype(np.float32))
    warped = _float32(cv2.warpPerspective(level, transform, full_size, flags=cv2.INTER_LINEAR))
    return warped[..., :3], warped[..., 3:]


def _behind(sign: PhysicalSign, full_size: tuple[int, int], rng: np.random.Generator) -> Picture:
    import cv2

    share = rng.uniform(0.5, 0.8)
    seen = round(share * _BACKGROUND_SIDE)
    left, top = rng.integers(0, _BACKGROUND_SIDE - seen + 1, 2)
    part = sign.background[top : top + seen, left : left + seen]
    return _float32(cv2.resize(part, full_size, interpolation=cv2.INTER_AREA))


def _blurred(scene: Picture, sign: PhysicalSign, side: float, rng: np.random.Generator) -> Picture:
    """Out of focus by some pixels, and smeared by the car's movement on one frame of three."""
    import cv2

    # A larger sign is nearer, where the same lens resolves more of it.
    deviation = sign.blur * rng.uniform(0.8, 1.3) * (side / 40) ** 0.35
    blurred = cv2.GaussianBlur(scene, (0, 0), max(deviation, 0.2), borderType=cv2.BORDER_REPLICATE)
    length = round(side * rng.uniform(0.02, 0.1))
    if length > 1 and rng.random() < 1 / 3:
        kernel = np.full((1, length), 1 / length, dtype=np.float32)
        smear = kernel if rng.random() < 0.7 else kernel.T
        blurred = cv2.filter2D(blurred, -1, smear, borderType=cv2.BORDER_REPLICATE)
    return _float32(blurred)


def _exposed(scene: Picture, sign: PhysicalSign, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Light, haze and the sensor's noise, in 8 bits."""
    lit = scene * (sign.gain * rng.uniform(0.92, 1.08) * sign.tint)
    veiled = lit * (1 - sign.haze) + sign.haze * 0.8
    noisy = veiled + sign.noise * rng.standard_normal(scene.shape, dtype=np.float32)
    return (np.clip(noisy, 0, 1) * 255).astype(np.uint8)


def _box(opacity: Picture, rng: np.random.Generator) -> tuple[int, int, int, int]:
    """The sign's box, as a person would mark it: now and then a pixel off."""
    height, width = opacity.shape
    rows = np.flatnonzero(opacity.max(axis=1) > 0.5)
    columns = np.flatnonzero(opacity.max(axis=0) > 0.5)
    off = rng.choice((-1, 0, 0, 0, 1), 4)
    left, top = columns[0] + off[0], rows[0] + off[1]
    right, bottom = columns[-1] + 1 + off[2], rows[-1] + 1 + off[3]
    return (
        int(np.clip(left, 0, width - 2)),
        int(np.clip(top, 0, height - 2)),
        int(np.clip(right, 1, width)),
        int(np.clip(bottom, 1, height)),
    )


def _float32(values: Any) -> Picture:
    """The values as float32, without a copy where they are so already."""
    return np.asarray(values, dtype=np.float32)

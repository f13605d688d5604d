"""What differs from picture to picture of one person: pose, face, light, scene, camera."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Colour = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Pose:
    """Angles in radians; *pixels* is the half height of the face, *centre* its place (x, y)."""

    yaw: float
    pitch: float
    roll: float
    pixels: float
    centre: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Expression:
    """*smile* from -1 to 1, *mouth_open* and *brow_raise* in half heights of the face, *eye_open*
    a share of the person's own, *gaze* a shift of the irises.
    """

    smile: float
    mouth_open: float
    brow_raise: float
    eye_open: float
    gaze: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Worn:
    """What covers parts of the face; None where there is none of it."""

    glasses: Colour | None
    dark_glasses: bool
    hat: Colour | None
    clothes: Colour
    hair_change: tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class Light:
    """A *direction* (x, y, z) of unit length to the lamp, its *strength* beside the *ambient*
    light, and their *colour*.
    """

    direction: NDArray[np.float64]
    strength: float
    ambient: float
    colour: Colour


@dataclass(frozen=True, kw_only=True)
class Camera:
    """*blur* in pixels, *noise* in grey levels of 255, *gamma*, and JPEG *quality*."""

    blur: float
    noise: float
    gamma: float
    quality: int


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """All that is not the person; *background* holds colours at the corners of a coarse grid."""

    pose: Pose
    expression: Expression
    worn: Worn
    light: Light
    camera: Camera
    background: NDArray[np.float64]


def draw_conditions(rng: np.random.Generator) -> Conditions:
    """Draw the conditions of one picture."""
    return Conditions(
        pose=Pose(
            yaw=float(np.clip(rng.normal(0, 0.30), -0.62, 0.62)),
            pitch=float(np.clip(rng.normal(0, 0.13), -0.28, 0.28)),
            roll=float(rng.normal(0, 0.10)),
            pixels=float(62 * np.clip(rng.normal(1, 0.06), 0.85, 1.15)),
            centre=(125 + float(rng.normal(0, 4)), 127 + float(rng.normal(0, 4))),
        ),
        expression=Expression(
            smile=rng.uniform(-0.4, 1.0),
            mouth_open=max(rng.uniform(-0.14, 0.13), 0.0),
            brow_raise=rng.uniform(-0.03, 0.06),
            eye_open=rng.uniform(0.45, 1.15),
            gaze=(rng.uniform(-0.05, 0.05), rng.uniform(-0.015, 0.02)),
        ),
        worn=_draw_worn(rng),
        light=_draw_light(rng),
        camera=Camera(
            blur=rng.uniform(0.0, 1.5),
            noise=rng.uniform(1.0, 9.0),
            gamma=rng.uniform(0.75, 1.35),
            quality=int(rng.integers(55, 96)),
        ),
        background=rng.uniform(0.05, 0.95, (int(rng.integers(2, 7)), int(rng.integers(2, 7)), 3)),
    )


def _draw_worn(rng: np.random.Generator) -> Worn:
    return Worn(
        glasses=rng.uniform(0.05, 0.6, 3) if rng.random() < 0.18 else None,
        dark_glasses=rng.random() < 0.2,
        hat=rng.uniform(0.05, 0.9, 3) if rng.random() < 0.12 else None,
        clothes=rng.uniform(0.05, 0.95, 3),
        hair_change=(rng.normal(0, 0.025), rng.normal(0, 0.06), rng.normal(0, 0.03)),
    )


def _draw_light(rng: np.random.Generator) -> Light:
    aside, above = rng.uniform(-1.3, 1.3), rng.uniform(-0.5, 1.0)
    direction = np.array(
        [np.sin(aside) * np.cos(above), -np.sin(above), np.cos(aside) * np.cos(above)]
    )
    ambient = rng.uniform(0.35, 0.80)
    warmth = rng.normal(0, 0.11)
    tint = rng.normal(0, 0.03)
    return Light(
        direction=direction,
        strength=rng.uniform(0.35, 1.25) * (1.1 - ambient),
        ambient=ambient,
        colour=np.clip(np.array([1 + warmth, 1 + tint, 1 - warmth]), 0.6, 1.4),
    )

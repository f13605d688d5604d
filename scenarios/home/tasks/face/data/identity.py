"""Who a generated face belongs to: what stays the same on all pictures of a person.

Lengths are in half heights of the face, crown to chin, with the origin in its middle, x to the
picture's right and y down. Colours are RGB from 0 to 1, as they look in even white light.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Colour = NDArray[np.float64]

# Chosen by eye, from pale to dark and from black to grey; a person's colour lies between two.
_SKIN: Final = np.array([[0.97, 0.85, 0.77], [0.82, 0.62, 0.48], [0.42, 0.27, 0.19]])
_HAIR: Final = np.array(
    [
        [0.08, 0.07, 0.07],
        [0.27, 0.17, 0.11],
        [0.47, 0.31, 0.19],
        [0.80, 0.66, 0.42],
        [0.55, 0.25, 0.12],
        [0.68, 0.68, 0.68],
    ]
)
_IRIS: Final = np.array(
    [[0.20, 0.12, 0.07], [0.40, 0.26, 0.12], [0.36, 0.45, 0.25], [0.32, 0.50, 0.66]]
)


@dataclass(frozen=True, kw_only=True)
class Head:
    """Half widths of the outline at cranium, cheeks, jaw and chin; the chin's height; ears."""

    cranium: float
    cheek: float
    jaw: float
    chin: float
    chin_y: float
    ear_y: float
    ear_height: float


@dataclass(frozen=True, kw_only=True)
class Eyes:
    """Centres at (+-spacing, y); half width and half height; angles in radians, up outside."""

    y: float
    spacing: float
    half_width: float
    half_height: float
    tilt: float
    iris_radius: float
    iris: Colour
    lid_shade: float
    brow_gap: float
    brow_half_length: float
    brow_thickness: float
    brow_tilt: float
    brow_arch: float
    bags: float


@dataclass(frozen=True, kw_only=True)
class NoseAndMouth:
    """*nose_length* from the eyes down, *protrusion* toward the viewer, the rest as named."""

    nose_length: float
    nose_half_width: float
    bridge_half_width: float
    protrusion: float
    mouth_gap: float
    mouth_half_width: float
    upper_lip: float
    lower_lip: float
    lip_redness: float
    mouth_curve: float


@dataclass(frozen=True, kw_only=True)
class Hair:
    """*volume* beyond the skull, *length* is how far down (y) it hangs, *hairline* where it
    begins on the forehead, *parting* where (x) the fringe is cut, *fringe* how deep it hangs.
    """

    colour: Colour
    bald: bool
    volume: float
    length: float
    hairline: float
    parting: float
    fringe: float
    waves: float


@dataclass(frozen=True, kw_only=True)
class Identity:
    """A person. *beard* and *moustache* are densities from 0 to 1; *moles* (n, 2) are places."""

    skin: Colour
    head: Head
    eyes: Eyes
    nose_and_mouth: NoseAndMouth
    hair: Hair
    beard: float
    moustache: float
    moles: NDArray[np.float64]
    freckles: float
    blush: float


def draw_identity(rng: np.random.Generator) -> Identity:
    """Draw a person."""
    hairy = rng.random() < 0.35
    return Identity(
        skin=_between(_SKIN, rng, deviation=0.025),
        head=Head(
            cranium=rng.uniform(0.66, 0.80),
            cheek=rng.uniform(0.62, 0.80),
            jaw=rng.uniform(0.46, 0.70),
            chin=rng.uniform(0.15, 0.36),
            chin_y=rng.uniform(0.90, 1.10),
            ear_y=rng.uniform(-0.06, 0.14),
            ear_height=rng.uniform(0.14, 0.26),
        ),
        eyes=_draw_eyes(rng),
        nose_and_mouth=NoseAndMouth(
            nose_length=rng.uniform(0.30, 0.46),
            nose_half_width=rng.uniform(0.085, 0.19),
            bridge_half_width=rng.uniform(0.025, 0.07),
            protrusion=rng.uniform(0.12, 0.32),
            mouth_gap=rng.uniform(0.16, 0.28),
            mouth_half_width=rng.uniform(0.18, 0.33),
            upper_lip=rng.uniform(0.02, 0.065),
            lower_lip=rng.uniform(0.03, 0.085),
            lip_redness=rng.uniform(0.1, 0.8),
            mouth_curve=rng.uniform(-0.035, 0.03),
        ),
        hair=Hair(
            colour=_between(_HAIR, rng, deviation=0.03),
            bald=rng.random() < 0.08,
            volume=rng.uniform(0.04, 0.30),
            length=rng.choice([rng.uniform(-0.25, 0.2), rng.uniform(0.5, 1.5)]),
            hairline=rng.uniform(-0.78, -0.46),
            parting=rng.uniform(-0.45, 0.45),
            fringe=max(rng.uniform(-0.25, 0.30), 0.0),
            waves=max(rng.uniform(-0.05, 0.05), 0.0),
        ),
        beard=rng.uniform(0.25, 0.9) if hairy and rng.random() < 0.7 else 0.0,
        moustache=rng.uniform(0.3, 0.95) if hairy and rng.random() < 0.7 else 0.0,
        moles=rng.uniform((-0.45, -0.35), (0.45, 0.75), (rng.integers(0, 3), 2)),
        freckles=max(rng.uniform(-1.2, 0.5), 0.0),
        blush=rng.uniform(0.0, 0.35),
    )


def _draw_eyes(rng: np.random.Generator) -> Eyes:
    return Eyes(
        y=rng.uniform(-0.16, 0.0),
        spacing=rng.uniform(0.25, 0.36),
        half_width=rng.uniform(0.11, 0.17),
        half_height=rng.uniform(0.04, 0.085),
        tilt=rng.uniform(-0.25, 0.28),
        iris_radius=rng.uniform(0.045, 0.065),
        iris=_between(_IRIS, rng, deviation=0.02),
        lid_shade=rng.uniform(0.1, 0.6),
        brow_gap=rng.uniform(0.12, 0.22),
        brow_half_length=rng.uniform(0.13, 0.23),
        brow_thickness=rng.uniform(0.012, 0.05),
        brow_tilt=rng.uniform(-0.3, 0.3),
        brow_arch=rng.uniform(0.0, 0.07),
        bags=rng.uniform(0.0, 0.35),
    )


def _between(palette: Colour, rng: np.random.Generator, *, deviation: float) -> Colour:
    """A colour between two neighbours of *palette*, and a little off them."""
    place = rng.uniform(0, len(palette) - 1)
    low = int(place)
    mixed = palette[low] + (place - low) * (palette[low + 1] - palette[low])
    colour: Colour = np.clip(mixed + rng.normal(0, deviation, 3), 0.02, 1.0)
    return colour

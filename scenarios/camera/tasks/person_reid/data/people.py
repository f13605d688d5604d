"""Who the generated persons are: clothes, build, hair and what they carry.

Persons come in groups of lookalikes that wear the same four colours. Within a group the colours
are arranged otherwise (stripes, checks, panels, of about equal area) and builds, hair and bags
differ, so that colours alone do not tell them apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    import numpy as np

Colour = tuple[int, int, int]
"""RGB, 0 to 255."""

LOOKALIKES: Final = 4

Pattern = Literal["rings", "pinstripes", "checks", "yoke", "panel", "sash"]
"""How the two colours of the upper garment are arranged, each about half of it: horizontal and
vertical stripes, checks, upper and lower half, a broad panel down the middle, a diagonal cut."""

PATTERNS: Final[tuple[Pattern, ...]] = ("rings", "pinstripes", "checks", "yoke", "panel", "sash")

Sleeves = Literal["short", "long"]
Bottom = Literal["trousers", "shorts", "skirt"]
Hair = Literal["short", "long", "bun", "bald", "cap"]
Bag = Literal["none", "backpack", "shoulder bag", "handbag"]

_GARMENTS: Final[tuple[Colour, ...]] = (
    (30, 30, 34),
    (84, 86, 90),
    (150, 152, 156),
    (232, 232, 228),
    (206, 186, 148),
    (110, 74, 44),
    (32, 44, 92),
    (48, 92, 176),
    (132, 180, 222),
    (42, 112, 62),
    (112, 124, 60),
    (188, 40, 44),
    (116, 26, 48),
    (226, 128, 40),
    (232, 204, 66),
    (226, 144, 170),
    (108, 58, 140),
    (40, 140, 144),
)
_SKINS: Final[tuple[Colour, ...]] = (
    (240, 206, 182),
    (224, 178, 146),
    (188, 138, 104),
    (132, 90, 62),
    (86, 58, 42),
)
_HAIRS: Final[tuple[Colour, ...]] = (
    (24, 20, 20),
    (62, 42, 28),
    (120, 84, 50),
    (196, 164, 98),
    (150, 150, 150),
)
_BAGS: Final[tuple[Colour, ...]] = (
    (28, 28, 32),
    (96, 66, 42),
    (170, 36, 40),
    (44, 70, 130),
    (150, 146, 134),
    (60, 96, 62),
)


@dataclass(frozen=True, kw_only=True)
class Palette:
    """The colours of a group of lookalikes: upper garment (two), lower garment, shoes."""

    top: Colour
    accent: Colour
    bottom: Colour
    shoes: Colour


@dataclass(frozen=True, kw_only=True)
class Build:
    """Half widths and lengths as shares of the body's height."""

    shoulder: float
    waist: float
    hip: float
    limb: float
    crotch: float
    head: float


@dataclass(frozen=True, kw_only=True)
class Appearance:
    """One person. *stripe* is the period of the pattern as a share of the garment's length."""

    palette: Palette
    pattern: Pattern
    inverted: bool
    stripe: float
    sleeves: Sleeves
    bottom: Bottom
    hair: Hair
    hair_colour: Colour
    skin: Colour
    bag: Bag
    bag_colour: Colour
    build: Build


def draw_people(rng: np.random.Generator, count: int) -> list[Appearance]:
    """Draw *count* persons, group by group of LOOKALIKES."""
    people: list[Appearance] = []
    while len(people) < count:
        palette = _draw_palette(rng)
        patterns = rng.permutation(len(PATTERNS))[:LOOKALIKES]
        people += [_draw_person(rng, palette, PATTERNS[index]) for index in patterns]
    return people[:count]


def _draw_palette(rng: np.random.Generator) -> Palette:
    top, accent = rng.choice(len(_GARMENTS), size=2, replace=False)
    bottom, shoes = rng.choice(len(_GARMENTS), size=2)
    return Palette(
        top=_GARMENTS[top],
        accent=_GARMENTS[accent],
        bottom=_GARMENTS[bottom],
        shoes=_GARMENTS[shoes],
    )


def _draw_person(rng: np.random.Generator, palette: Palette, pattern: Pattern) -> Appearance:
    sleeves: tuple[Sleeves, ...] = ("short", "long")
    bottoms: tuple[Bottom, ...] = ("trousers", "shorts", "skirt")
    hairs: tuple[Hair, ...] = ("short", "long", "bun", "bald", "cap")
    bags: tuple[Bag, ...] = ("none", "backpack", "shoulder bag", "handbag")
    return Appearance(
        palette=palette,
        pattern=pattern,
        inverted=bool(rng.random() < 0.5),
        stripe=float(rng.choice((0.24, 0.36, 0.5))),
        sleeves=sleeves[rng.integers(len(sleeves))],
        bottom=bottoms[rng.choice(len(bottoms), p=(0.55, 0.25, 0.2))],
        hair=hairs[rng.choice(len(hairs), p=(0.35, 0.25, 0.15, 0.1, 0.15))],
        hair_colour=_HAIRS[rng.integers(len(_HAIRS))],
        skin=_SKINS[rng.integers(len(_SKINS))],
        bag=bags[rng.choice(len(bags), p=(0.3, 0.3, 0.2, 0.2))],
        bag_colour=_BAGS[rng.integers(len(_BAGS))],
        build=_draw_build(rng),
    )


def _draw_build(rng: np.random.Generator) -> Build:
    breadth = rng.uniform(0.85, 1.3)
    return Build(
        shoulder=breadth * rng.uniform(0.105, 0.125),
        waist=breadth * rng.uniform(0.08, 0.105),
        hip=breadth * rng.uniform(0.085, 0.105),
        limb=(0.5 + 0.5 * breadth) * rng.uniform(0.055, 0.07),
        crotch=rng.uniform(0.43, 0.49),
        head=rng.uniform(0.058, 0.07),
    )

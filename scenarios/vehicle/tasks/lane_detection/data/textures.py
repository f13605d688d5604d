"""Surfaces that cannot be told apart by their place: road, roadside and sky, by number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.rng import stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Tile = NDArray[np.uint8]
    Colour = tuple[float, float, float]

TILE_PX: Final = 512
_NOISE_PX: Final = 256

# Red, green and blue of grass, dry grass, sand, gravel and wet earth.
_ROADSIDES: Final = (
    (78, 102, 58),
    (128, 122, 78),
    (168, 150, 116),
    (126, 122, 114),
    (92, 80, 66),
)


@dataclass(frozen=True, kw_only=True)
class Texture:
    """How a place looks.

    *asphalt* and *roadside* are tiles uint8 (512, 512), 128 where the surface has its colour,
    seamless at their edges; *sky* goes from the zenith's colour to the horizon's.
    """

    asphalt: Tile
    asphalt_colour: Colour
    roadside: Tile
    roadside_colour: Colour
    sky: tuple[Colour, Colour]
    skyline: NDArray[np.float64]


def make_texture(seed: int, number: int) -> Texture:
    """Make texture *number* of a data set; the same for the same arguments."""
    rng = stream(seed, f"lane-detection/texture/{number}")
    level = rng.uniform(62, 158)
    warmth = rng.uniform(-8, 10)
    base = np.array(_ROADSIDES[int(rng.integers(len(_ROADSIDES)))])
    roadside = base * rng.uniform(0.75, 1.15) + rng.uniform(-10, 10, 3)
    cloudy = rng.uniform(0, 1)
    zenith = (1 - cloudy) * np.array((96, 148, 214)) + cloudy * np.array((178, 182, 190))
    brightness = rng.uniform(0.8, 1.12)
    return Texture(
        asphalt=_surface(rng, grain=rng.uniform(6, 20), blotches=rng.uniform(4, 16)),
        asphalt_colour=(level + warmth, level, level - warmth),
        roadside=_surface(rng, grain=rng.uniform(14, 34), blotches=rng.uniform(10, 34)),
        roadside_colour=_colour(roadside),
        sky=(_colour(zenith * brightness), _colour((zenith * 0.4 + 140) * brightness)),
        skyline=_skyline(rng),
    )


def make_noise(seed: int) -> NDArray[np.int16]:
    """Sensor noise of standard deviation 32, int16 (256, 256), seamless."""
    rng = stream(seed, "lane-detection/noise")
    noise: NDArray[np.int16] = np.rint(32 * rng.standard_normal((_NOISE_PX, _NOISE_PX))).astype(
        np.int16
    )
    return noise


def smooth_noise(rng: np.random.Generator, shape: tuple[int, int], period_px: int) -> Any:
    """Seamless noise of about unit variance, float32 of *shape*, that varies over *period_px*."""
    import cv2

    rows, columns = (max(side // period_px, 2) for side in shape)
    coarse = rng.standard_normal((rows, columns)).astype(np.float32)
    # One more cell on each side, wrapped, so that opposite edges meet.
    wrapped = np.pad(coarse, 2, mode="wrap")
    margin_y, margin_x = 2 * shape[0] // rows, 2 * shape[1] // columns
    size = (shape[1] + 2 * margin_x, shape[0] + 2 * margin_y)
    fine = cv2.resize(wrapped, size, interpolation=cv2.INTER_CUBIC)
    return fine[margin_y : margin_y + shape[0], margin_x : margin_x + shape[1]]


def _surface(rng: np.random.Generator, *, grain: float, blotches: float) -> Tile:
    shape = (TILE_PX, TILE_PX)
    tile = 128 + grain * rng.standard_normal(shape, dtype=np.float32)
    tile += grain * smooth_noise(rng, shape, 4)
    tile += blotches * (smooth_noise(rng, shape, 32) + smooth_noise(rng, shape, 128)) / 2
    surface: Tile = np.clip(tile, 0, 255).astype(np.uint8)
    return surface


def _skyline(rng: np.random.Generator) -> NDArray[np.float64]:
    """Heights of hills and trees above the horizon at 65 places, as shares of the image."""
    hills = rng.uniform(0, 0.07) * (1 + np.sin(np.linspace(0, rng.uniform(2, 9), 65))) / 2
    trees = rng.uniform(0, 0.08) * rng.random(65) ** 2
    heights: NDArray[np.float64] = hills + trees
    return heights


def _colour(values: NDArray[np.float64]) -> Colour:
    red, green, blue = values
    return float(red), float(green), float(blue)

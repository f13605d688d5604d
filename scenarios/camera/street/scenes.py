"""What a generated camera sees: the empty street, people on it, somebody in its yard.

People, the six cameras' tint, exposure, blur and noise are those of the task person-reid;
figures, their motions and the yard's surroundings are those of the task action.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_aibench.scenarios.camera.street.layout import (
    BASE_HEIGHT,
    BASE_WIDTH,
    HORIZON,
    SPRITE_HEIGHT,
    SPRITE_WIDTH,
    STREET_WIDTH,
    YARD,
    Box,
)
from edge_aibench.scenarios.camera.tasks.action.data.figure import draw, posture
from edge_aibench.scenarios.camera.tasks.action.data.scenery import look
from edge_aibench.scenarios.camera.tasks.person_reid.data.drawing import Pose, draw_person

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.scenarios.camera.street.timeline import Walk
    from edge_aibench.scenarios.camera.tasks.action.data.figure import Outfit
    from edge_aibench.scenarios.camera.tasks.action.data.scenery import Scene
    from edge_aibench.scenarios.camera.tasks.person_reid.data.cameras import Camera
    from edge_aibench.scenarios.camera.tasks.person_reid.data.people import Appearance

    Image = NDArray[np.uint8]
    Floats = NDArray[np.float32]

# What is blurred reaches this far beyond a patch.
_MARGIN: Final = 4


@dataclass(frozen=True, kw_only=True)
class Patch:
    """A part of a frame, uint8 (height, width, 3) RGB, with noise, and where it belongs."""

    pixels: Image
    place: Box


def draw_street(rng: np.random.Generator, camera: Camera) -> Floats:
    """Draw the empty street in full light, float32 (height, width, 3) RGB of 0 to 255."""
    import cv2

    street = np.empty((BASE_HEIGHT, BASE_WIDTH, 3), dtype=np.float32)
    street[:HORIZON], street[HORIZON:] = camera.wall, camera.ground
    for _ in range(60):
        x, y = (int(v) for v in rng.integers((0, 0), (BASE_WIDTH, BASE_HEIGHT)))
        wide, high = (int(v) for v in rng.integers((8, 20), (70, 130)))
        base = np.asarray(camera.wall if y < HORIZON else camera.ground)
        shade = np.clip(base + rng.normal(0, 26) + rng.normal(0, 12, 3), 0, 255)
        if y >= HORIZON:
            high //= 5
        cv2.rectangle(street, (x, y), (x + wide, y + high), [float(v) for v in shade], -1)
    coarse = rng.normal(0, 10, (BASE_HEIGHT // 8, BASE_WIDTH // 8)).astype(np.float32)
    grain = cv2.resize(coarse, (BASE_WIDTH, BASE_HEIGHT), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(street + grain[..., np.newaxis], 0, 255), dtype=np.float32)


def place_yard(street: Floats, scene: Scene) -> None:
    """Put the yard, empty, into its corner of *street*."""
    street[_slices(YARD)] = look(scene, np.zeros(2))


def expose(scene: Floats, camera: Camera) -> Floats:
    """What reaches *camera*'s sensor, float32 of 0 to 255: its exposure, tint and blur."""
    import cv2

    bent = 255 * np.clip(scene / 255, 0, 1) ** camera.gamma
    tinted = (bent * np.array(camera.gains)).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(tinted, (0, 0), camera.blur_px), dtype=np.float32)


def add_noise(exposed: Floats, camera: Camera, rng: np.random.Generator) -> Image:
    """What the sensor gives: uint8 with its noise."""
    noise = rng.standard_normal(exposed.shape, dtype=np.float32) * np.float32(camera.noise)
    return np.clip(exposed + noise, 0, 255).astype(np.uint8)


@dataclass(frozen=True, kw_only=True)
class Walker:
    """A person in the light of one walk; *shading* float32 (height, width, 1) are factors."""

    appearance: Appearance
    shading: Floats


def draw_walker(rng: np.random.Generator, appearance: Appearance) -> Walker:
    """Draw light from one side and folds of the cloth for a walk."""
    import cv2

    across = np.linspace(-1, 1, SPRITE_WIDTH) * rng.uniform(-0.25, 0.25)
    coarse = rng.normal(0, 0.07, (16, 8))
    folds = cv2.resize(coarse, (SPRITE_WIDTH, SPRITE_HEIGHT), interpolation=cv2.INTER_CUBIC)
    shading = (1 + across[np.newaxis] + folds)[..., np.newaxis].astype(np.float32)
    return Walker(appearance=appearance, shading=shading)


def draw_walk(
    street: Floats,
    camera: Camera,
    walk: Walk,
    walker: Walker,
    *,
    frame: int,
    rng: np.random.Generator,
) -> tuple[Patch, Box] | None:
    """Draw a person in one frame of a walk: the patch, and the box around all of the person.

    The box may reach beyond the street: what is there is hidden. None where nothing shows.
    """
    pose = Pose(view=walk.view, phase=walk.phase_at(frame), stride=walk.stride)
    sprite = draw_person(walker.appearance, pose)
    colours, cover = _shrunk(sprite.colours, sprite.mask)
    left = round(walk.x_at(frame) - SPRITE_WIDTH / 2)
    # The sprite's ground is 8 of its 256 rows above its lower edge.
    top = round(walk.feet - SPRITE_HEIGHT * 248 / 256)
    first, last = max(left, 0), min(left + SPRITE_WIDTH, STREET_WIDTH)
    if last <= first:
        return None
    around = Box(x=first, y=top, width=last - first, height=SPRITE_HEIGHT)
    scene, inner = _surroundings(street, around)
    shown = np.s_[:, first - left : last - left]
    behind = scene[inner]
    scene[inner] = behind * (1 - cover[shown]) + (colours * walker.shading * cover)[shown]
    pixels = add_noise(expose(scene, camera)[inner], camera, rng)
    rows, columns = np.nonzero(cover[..., 0] > 0.5)
    body = Box(
        x=left + int(columns.min()),
        y=top + int(rows.min()),
        width=int(np.ptp(columns)) + 1,
        height=int(np.ptp(rows)) + 1,
    )
    return Patch(pixels=pixels, place=around), body


def draw_act(
    scene: Scene,
    outfit: Outfit,
    phases: NDArray[np.float64],
    camera: Camera,
    rng: np.random.Generator,
) -> Patch:
    """Draw the yard with a figure whose joints have *phases*, (joints,) in radians."""
    yard = look(scene, np.zeros(2))
    feet = np.array([YARD.width / 2, scene.ground])
    scale = np.array([scene.figure_height, -scene.figure_height])
    draw(
        yard,
        posture(phases),
        outfit,
        to_pixels=lambda points: feet + points * scale,
        pixels_per_height=scene.figure_height,
    )
    exposed = expose(yard.astype(np.float32), camera)
    return Patch(pixels=add_noise(exposed, camera, rng), place=YARD)


def _shrunk(colours: Image, mask: Image) -> tuple[Floats, Floats]:
    """Halve a sprite: colours, and cover of 0 to 1, float32 (height, width, 3) and (..., 1)."""
    import cv2

    size = (SPRITE_WIDTH, SPRITE_HEIGHT)
    covered = (colours * (mask > 0)[..., np.newaxis]).astype(np.float32)
    cover = cv2.resize(mask.astype(np.float32) / 255, size, interpolation=cv2.INTER_AREA)
    weighted = cv2.resize(covered, size, interpolation=cv2.INTER_AREA)
    shown = weighted / np.maximum(cover, 1e-3)[..., np.newaxis]
    return np.asarray(shown, dtype=np.float32), np.asarray(cover[..., np.newaxis], np.float32)


def _surroundings(street: Floats, box: Box) -> tuple[Floats, tuple[slice, slice]]:
    """A copy of *box* with a margin for the blur, and where the box is in it."""
    top, left = max(box.y - _MARGIN, 0), max(box.x - _MARGIN, 0)
    bottom, right = box.y + box.height + _MARGIN, box.x + box.width + _MARGIN
    inner = (
        slice(box.y - top, box.y - top + box.height),
        slice(box.x - left, box.x - left + box.width),
    )
    return street[top:bottom, left:right].copy(), inner


def _slices(box: Box) -> tuple[slice, slice]:
    return slice(box.y, box.y + box.height), slice(box.x, box.x + box.width)

"""The six cameras of the generated site, and what one of them makes of a person.

The cameras are the same in every generated data set, as those of a real site are; who walks
past them is decided by the seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_aibench.rng import stream
from edge_aibench.scenarios.camera.tasks.person_reid.data.drawing import CANVAS_WIDTH

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.scenarios.camera.tasks.person_reid.data.drawing import Sprite
    from edge_aibench.scenarios.camera.tasks.person_reid.data.people import Colour

    Image = NDArray[np.uint8]
    Floats = NDArray[np.float64]

IMAGE_HEIGHT: Final = 128
IMAGE_WIDTH: Final = 64

_SCENE_HEIGHT: Final = 320
_SCENE_WIDTH: Final = 480


@dataclass(frozen=True, kw_only=True)
class Camera:
    """How a camera sees.

    *gains* multiply red, green and blue; *gamma* bends the brightness; *blur_px* is the
    deviation of its blur and *noise* that of its sensor, in levels of 255. *views* are the
    chances of front, back, left and right.
    """

    number: int
    gains: tuple[float, float, float]
    gamma: float
    blur_px: float
    noise: float
    wall: Colour
    ground: Colour
    views: tuple[float, float, float, float]


CAMERAS: Final = (
    Camera(
        number=1,
        gains=(1.0, 1.0, 1.0),
        gamma=1.0,
        blur_px=0.4,
        noise=3.0,
        wall=(128, 132, 120),
        ground=(150, 146, 138),
        views=(0.5, 0.2, 0.15, 0.15),
    ),
    Camera(
        number=2,
        gains=(1.1, 1.0, 0.84),
        gamma=1.05,
        blur_px=0.6,
        noise=4.0,
        wall=(150, 116, 92),
        ground=(120, 108, 96),
        views=(0.15, 0.55, 0.15, 0.15),
    ),
    Camera(
        number=3,
        gains=(0.86, 0.97, 1.12),
        gamma=0.95,
        blur_px=0.5,
        noise=5.0,
        wall=(92, 120, 96),
        ground=(132, 138, 128),
        views=(0.1, 0.1, 0.4, 0.4),
    ),
    Camera(
        number=4,
        gains=(0.74, 0.74, 0.79),
        gamma=1.15,
        blur_px=0.8,
        noise=7.0,
        wall=(84, 84, 92),
        ground=(96, 96, 96),
        views=(0.35, 0.35, 0.15, 0.15),
    ),
    Camera(
        number=5,
        gains=(1.16, 1.16, 1.1),
        gamma=0.88,
        blur_px=0.5,
        noise=3.0,
        wall=(196, 190, 176),
        ground=(176, 172, 160),
        views=(0.2, 0.2, 0.3, 0.3),
    ),
    Camera(
        number=6,
        gains=(0.93, 1.08, 0.93),
        gamma=1.0,
        blur_px=1.1,
        noise=6.0,
        wall=(108, 132, 88),
        ground=(116, 126, 104),
        views=(0.25, 0.25, 0.25, 0.25),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Framing:
    """How a detector's box lies: *zoom* 1 fits the person, shifts are shares of the box."""

    zoom: float
    shift_x: float
    shift_y: float


def draw_framing(rng: np.random.Generator, *, bad: bool = False) -> Framing:
    """Draw a detector's box; a *bad* one holds a part of the person only."""
    if bad:
        across, down = rng.choice((-1, 1), size=2) * rng.uniform((0.25, 0.2), (0.6, 0.5))
        return Framing(zoom=rng.uniform(0.7, 1.6), shift_x=float(across), shift_y=float(down))
    return Framing(
        zoom=rng.uniform(0.9, 1.08),
        shift_x=rng.normal(0, 0.04),
        shift_y=rng.normal(0, 0.025),
    )


def photograph(
    sprite: Sprite | None,
    camera: Camera,
    rng: np.random.Generator,
    *,
    framing: Framing,
    light: float = 1.0,
) -> Image:
    """Give what *camera* records, uint8 (128, 64, 3) RGB; without *sprite* the bare scene."""
    import cv2

    image = _background(camera, rng).astype(np.float64)
    if sprite is not None:
        colours, cover = _framed(sprite, framing)
        image = image * (1 - cover) + colours * _shading(rng) * cover
    if rng.random() < 0.08:
        _occlude(image, rng)
    image = 255 * np.clip(image * light / 255, 0, 1) ** camera.gamma
    blurred = cv2.GaussianBlur(image * np.array(camera.gains), (0, 0), camera.blur_px)
    noisy = blurred + rng.normal(0, camera.noise, image.shape)
    return np.asarray(np.clip(noisy, 0, 255), dtype=np.uint8)


def _background(camera: Camera, rng: np.random.Generator) -> Image:
    scene = _scene(camera)
    # Persons walk within a band of the scene, so that the horizon moves a little only.
    top = int(rng.integers(60, 120))
    left = int(rng.integers(0, _SCENE_WIDTH - IMAGE_WIDTH))
    return scene[top : top + IMAGE_HEIGHT, left : left + IMAGE_WIDTH]


@cache
def _scene(camera: Camera) -> Image:
    """Wall above ground with doors, posts and patches, the same for a camera at all times."""
    import cv2

    rng = stream(0, f"person-reid/scene/{camera.number}")
    scene = np.empty((_SCENE_HEIGHT, _SCENE_WIDTH, 3), dtype=np.uint8)
    horizon = 140
    scene[:horizon], scene[horizon:] = camera.wall, camera.ground
    for _ in range(40):
        x, y = (int(v) for v in rng.integers((0, 0), (_SCENE_WIDTH, _SCENE_HEIGHT)))
        wide, high = (int(v) for v in rng.integers((8, 20), (70, 130)))
        base = np.asarray(camera.wall if y < horizon else camera.ground)
        shade = base + rng.normal(0, 26) + rng.normal(0, 12, 3)
        colour = tuple(int(v) for v in np.clip(shade, 0, 255))
        if y >= horizon:
            high //= 5
        cv2.rectangle(scene, (x, y), (x + wide, y + high), colour, -1)
    coarse = rng.normal(0, 10, (_SCENE_HEIGHT // 8, _SCENE_WIDTH // 8))
    grain = cv2.resize(coarse, (_SCENE_WIDTH, _SCENE_HEIGHT), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(scene + grain[..., np.newaxis], 0, 255), dtype=np.uint8)


def _framed(sprite: Sprite, framing: Framing) -> tuple[Floats, Floats]:
    """Bring a sprite to the size of an image: its colours, and its cover from 0 to 1."""
    import cv2

    scale = 0.5 * framing.zoom
    shift_x = IMAGE_WIDTH / 2 - scale * CANVAS_WIDTH / 2 + framing.shift_x * IMAGE_WIDTH
    shift_y = IMAGE_HEIGHT * (0.5 - 0.5 * framing.zoom) + framing.shift_y * IMAGE_HEIGHT
    move = np.array([[scale, 0, shift_x], [0, scale, shift_y]], dtype=np.float32)
    size = (IMAGE_WIDTH, IMAGE_HEIGHT)
    # Blurred first, as two pixels of the canvas fall on one of the image.
    cover = cv2.warpAffine(cv2.blur(sprite.mask, (2, 2)), move, size).astype(np.float64) / 255
    covered = sprite.colours * (sprite.mask > 0)[..., np.newaxis]
    weighted = cv2.warpAffine(cv2.blur(covered, (2, 2)), move, size).astype(np.float64)
    colours = weighted / np.maximum(cover, 1e-3)[..., np.newaxis]
    return np.minimum(colours, 255), cover[..., np.newaxis]


def _shading(rng: np.random.Generator) -> Floats:
    """Light from one side and folds of the cloth, as factors of shape (height, width, 1)."""
    import cv2

    across = np.linspace(-1, 1, IMAGE_WIDTH) * rng.uniform(-0.25, 0.25)
    coarse = rng.normal(0, 0.07, (16, 8))
    folds = cv2.resize(coarse, (IMAGE_WIDTH, IMAGE_HEIGHT), interpolation=cv2.INTER_CUBIC)
    return np.asarray(1 + (across[np.newaxis] + folds)[..., np.newaxis])


def _occlude(image: Floats, rng: np.random.Generator) -> None:
    """Put a post or a low wall before the person."""
    colour = rng.uniform(40, 200, 3)
    if rng.random() < 0.5:
        left = int(rng.integers(0, IMAGE_WIDTH - 10))
        image[:, left : left + int(rng.integers(4, 10))] = colour
    else:
        image[IMAGE_HEIGHT - int(rng.integers(16, 44)) :] = colour

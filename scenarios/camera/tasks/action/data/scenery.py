"""Where a video is taken: place and person of a group, clothes of a clip, and the camera.

All of it is drawn without regard to the class. Moreover the same person does all actions at the
same place, so that nothing that stands still can be learned by heart as a sign of a class.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_aibench.scenarios.camera.tasks.action.data.figure import Outfit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.scenarios.camera.tasks.action.data.figure import Colour

FRAME_WIDTH: Final = 160
FRAME_HEIGHT: Final = 120
"""Half the side of UCF101's frames. The networks look at 112 or 56 pixels, and a data set of
this size is written in a quarter of the time."""

FRAMES_PER_S: Final = 25.0

_MARGIN = 24
"""How far the background reaches beyond the frame on each side, in pixels."""

_SKINS: Final = np.array([[236, 205, 180], [206, 160, 126], [150, 104, 74], [98, 66, 46]])


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What the videos of a group share, whatever their class.

    *background* is uint8 (height, width, 3) RGB, larger than a frame by the camera's margin;
    *figure_height* is in pixels, *ground* is where the feet stand in the frame, from the top;
    *limb_width* is in body heights.
    """

    background: NDArray[np.uint8]
    skin: Colour
    limb_width: float
    figure_height: float
    ground: float
    tempo: float


@dataclass(frozen=True, kw_only=True)
class Camera:
    """Where the camera looks in each frame, and its light.

    *offsets* float64 (frames, 2), in pixels from the middle of the background; *x* is where the
    figure stands from the middle of the frame; *gain* multiplies all colours.
    """

    offsets: NDArray[np.float64]
    x: float
    gain: float
    noise: float


def draw_scene(rng: np.random.Generator, *, tempo: tuple[float, float]) -> Scene:
    """Draw a group's scene; its tempo evenly from *tempo*."""
    return Scene(
        background=_background(rng, horizon=float(rng.uniform(0.5, 0.8))),
        skin=_colour(rng.choice(_SKINS) * rng.uniform(0.9, 1.05)),
        limb_width=float(rng.uniform(0.055, 0.08)),
        figure_height=float(rng.uniform(80.0, 92.0)),
        ground=float(rng.uniform(108.0, 114.0)),
        tempo=float(rng.uniform(*tempo)),
    )


def draw_outfit(scene: Scene, rng: np.random.Generator) -> Outfit:
    """Draw the clothes and the ball of a clip."""
    return Outfit(
        skin=scene.skin,
        shirt=_colour(rng.uniform(10, 245, 3)),
        trousers=_colour(rng.uniform(10, 245, 3)),
        ball=_colour(rng.uniform(10, 245, 3)),
        limb_width=scene.limb_width,
    )


def draw_camera(rng: np.random.Generator, *, frames: int) -> Camera:
    """Draw a clip's camera: a steady drift, a slow sway of the hand, and a tremor."""
    seconds = np.arange(frames) / FRAMES_PER_S
    drift = rng.uniform(-4.0, 4.0, 2) * np.array([1.0, 0.4])
    sway = rng.uniform(0.0, 1.0) * np.sin(
        2 * np.pi * rng.uniform(0.2, 0.6, 2) * seconds[:, np.newaxis] + rng.uniform(0, 6.3, 2)
    )
    tremor = rng.normal(0.0, 0.05, (frames, 2))
    standpoint = rng.uniform(-12.0, 12.0, 2) * np.array([1.0, 0.25])
    moved = (seconds - seconds.mean())[:, np.newaxis] * drift
    offsets = standpoint + moved + sway + tremor
    return Camera(
        offsets=np.clip(offsets, -_MARGIN, _MARGIN),
        x=float(rng.uniform(-8.0, 8.0)),
        gain=float(rng.uniform(0.75, 1.2)),
        noise=float(rng.uniform(0.0, 2.5)),
    )


def look(scene: Scene, offset: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Cut a frame out of the background, *offset* pixels from its middle."""
    import cv2

    corner = _MARGIN + offset
    to_background = np.array([[1.0, 0.0, corner[0]], [0.0, 1.0, corner[1]]])
    frame = cv2.warpAffine(
        scene.background,
        to_background,
        (FRAME_WIDTH, FRAME_HEIGHT),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(frame, dtype=np.uint8)


def _background(rng: np.random.Generator, *, horizon: float) -> NDArray[np.uint8]:
    """A wall above a floor, both of uneven colour, with furniture and blots on them."""
    import cv2

    width, height = FRAME_WIDTH + 2 * _MARGIN, FRAME_HEIGHT + 2 * _MARGIN
    image = np.empty((height, width, 3), dtype=np.float32)
    floor = round(_MARGIN + horizon * FRAME_HEIGHT)
    image[:floor] = rng.uniform(60, 230, 3)
    image[floor:] = rng.uniform(40, 200, 3)
    coarse = rng.normal(0.0, 1.0, (6, 8)).astype(np.float32)
    light = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    image += rng.uniform(5, 22) * light[..., np.newaxis]
    for _ in range(int(rng.integers(3, 9))):
        corner = rng.uniform((0, 0), (width, height))
        size = rng.uniform((8, 10), (44, 60))
        start, end = np.rint(corner - size / 2), np.rint(corner + size / 2)
        colour = tuple(float(value) for value in rng.uniform(20, 240, 3))
        cv2.rectangle(image, _pixel(start), _pixel(end), colour, cv2.FILLED)
    fine = rng.normal(0.0, rng.uniform(1, 4), (height // 2, width // 2)).astype(np.float32)
    image += cv2.resize(fine, (width, height))[..., np.newaxis]
    return np.clip(image, 0, 255).astype(np.uint8)


def _colour(values: NDArray[np.float64]) -> Colour:
    red, green, blue = (int(value) for value in np.clip(values, 0, 255))
    return red, green, blue


def _pixel(values: NDArray[np.float64]) -> tuple[int, int]:
    return int(values[0]), int(values[1])

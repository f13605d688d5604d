"""The frames of a drive: what the camera takes, and what is true of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_aibench.rng import stream
from edge_aibench.scenarios.vehicle.drives.road import FRAMES, SIZE, STEP_M, draw_drive
from edge_aibench.scenarios.vehicle.drives.roadside import draw_sign_at
from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.geometry import (
    Camera,
    label_columns,
)
from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.render import render
from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.scene import Light
from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.textures import (
    make_noise,
    make_texture,
)
from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.traffic import draw_vehicles
from edge_aibench.scenarios.vehicle.tasks.lane_detection.lanes import Lanes, answer_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from edge_aibench.scenarios.vehicle.drives.road import Drive
    from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.scene import Scene
    from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.textures import Texture

    Image = NDArray[np.uint8]

LABEL_SCALE: Final = 2
"""Lines are labelled in pixels of 1280 x 720, as TuSimple's are: its metric has a tolerance in
pixels."""

_TILE_PX_PER_M: Final = 40.0
_HIDDEN_SHARE: Final = 0.1
_HAZE_COLOUR: Final = 205
# As it is: the exposure comes after the signs.
_EVEN: Final = Light(gain=1.0, tint=(1.0, 1.0, 1.0), haze=0.0, blur_px=0.0, noise=0.0, quality=95)


@dataclass(frozen=True, kw_only=True)
class VisibleSign:
    """A sign in a frame: its *box* (left, top, right, bottom; the last two not included) and
    whether it is *clear*: wholly in the image and at most a tenth hidden.
    """

    class_id: int
    box: tuple[int, int, int, int]
    clear: bool

    @property
    def height_px(self) -> int:
        """How high it is in the image."""
        return self.box[3] - self.box[1]


@dataclass(frozen=True, kw_only=True, eq=False)
class FrameTruth:
    """What is true of a frame.

    *lanes* in pixels of 1280 x 720; *offset_share* is how far the car is right of the middle of
    its lane, in widths of it, and *signs* those in sight; both None where nobody knows.
    """

    lanes: Lanes
    offset_share: float | None
    signs: tuple[VisibleSign, ...] | None


@dataclass(frozen=True, kw_only=True, eq=False)
class DriveFrame:
    """*image* uint8 (360, 640, 3) RGB."""

    image: Image
    truth: FrameTruth


def drive_frames(seed: int, number: int, *, frames: int = FRAMES) -> Iterator[DriveFrame]:
    """Render the first *frames* of drive *number*, whose loop has `FRAMES`."""
    drive = draw_drive(seed, number)
    texture, noise = make_texture(seed, drive.scene.texture), make_noise(seed)
    for frame in range(frames):
        scene = drive.scene_at(frame)
        # One stream for all frames: it places the surfaces, which the car's way then moves.
        rng = stream(seed, f"vehicle/surface/{number}")
        moved = _moved(texture, frame, drive)
        image = render(replace(scene, light=_EVEN), moved, noise, rng)
        signs = _draw_signs(image, scene, drive, frame)
        grain = _grain(noise, stream(seed, f"vehicle/noise/{number}/{frame}"))
        truth = FrameTruth(lanes=_label(scene), offset_share=_offset_share(scene), signs=signs)
        yield DriveFrame(image=_exposed(image, scene, grain), truth=truth)


def _moved(texture: Texture, frame: int, drive: Drive) -> Texture:
    """The surfaces nearer by the way driven; the skyline turned as the car has."""
    rows = -round(frame * STEP_M * _TILE_PX_PER_M)
    camera = drive.scene.camera
    places = len(texture.skyline) - 1
    turned = drive.turned_rad(frame) * camera.focal_px / camera.width * places
    return replace(
        texture,
        asphalt=np.roll(texture.asphalt, rows, axis=0),
        roadside=np.roll(texture.roadside, rows, axis=0),
        skyline=np.interp(
            np.arange(places + 1) + turned, np.arange(places), texture.skyline[:-1], period=places
        ),
    )


def _draw_signs(image: Image, scene: Scene, drive: Drive, frame: int) -> tuple[VisibleSign, ...]:
    """Draw the signs, the farthest first, each with the vehicles in front of it."""
    seen = []
    ahead = drive.ahead_m(frame)
    for ahead_m, sign in sorted(zip(ahead, drive.signs, strict=True), key=lambda pair: -pair[0]):
        drawn = draw_sign_at(image, scene, sign, ahead_m)
        if drawn is None:
            continue
        box, whole = drawn
        left, top, right, bottom = box
        before = image[top:bottom, left:right].copy()
        nearer = tuple(v for v in scene.vehicles if v.distance_m < ahead_m)
        draw_vehicles(image, replace(scene, vehicles=nearer))
        hidden = (before != image[top:bottom, left:right]).any(axis=2).mean()
        clear = whole and bool(hidden <= _HIDDEN_SHARE)
        seen.append(VisibleSign(class_id=sign.class_id, box=box, clear=clear))
    return tuple(seen)


def _label(scene: Scene) -> Lanes:
    small = scene.camera
    camera = Camera(
        width=LABEL_SCALE * small.width,
        height=LABEL_SCALE * small.height,
        focal_px=LABEL_SCALE * small.focal_px,
        height_m=small.height_m,
        horizon=LABEL_SCALE * small.horizon,
    )
    rows = LABEL_SCALE * answer_rows(SIZE[1])
    return Lanes(rows=rows, columns=label_columns(camera, scene.road, scene.labelled, rows))


def _offset_share(scene: Scene) -> float:
    """The lane's middle is the road's centre line, which *offset_m* right of the car."""
    lane_m = float(scene.labelled[1] - scene.labelled[0])
    return -scene.road.offset_m / lane_m


def _grain(noise: NDArray[np.int16], rng: np.random.Generator) -> NDArray[np.float32]:
    """Noise of unit deviation, (height, width)."""
    moved = np.roll(noise, rng.integers(noise.shape[0], size=2), axis=(0, 1))
    width, height = SIZE
    repeats = [-(-side // tile) for side, tile in zip((height, width), noise.shape, strict=True)]
    grain: NDArray[np.float32] = np.tile(moved, repeats)[:height, :width].astype(np.float32)
    return grain / np.float32(32)


def _exposed(image: Image, scene: Scene, grain: NDArray[np.float32]) -> Image:
    """Haze towards the horizon, exposure, blur and noise, as the lane data's frames have them."""
    import cv2

    light, camera = scene.light, scene.camera
    from_horizon = np.abs(np.arange(camera.height) - camera.horizon) / camera.height
    haze = (light.haze * np.exp(-from_horizon / 0.06))[:, np.newaxis, np.newaxis]
    tint = np.array(light.tint)
    lit = light.gain * ((1 - haze) * tint * image + haze * _HAZE_COLOUR)
    if light.blur_px > 0.15:
        lit = cv2.GaussianBlur(lit, (0, 0), light.blur_px)
    taken: Image = np.clip(lit + light.noise * grain[..., np.newaxis], 0, 255).astype(np.uint8)
    return taken

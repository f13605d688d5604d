"""From a scene to a frame: surfaces through the ground's homography, the rest as polygons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.drawing import fill
from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.textures import TILE_PX
from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.traffic import draw_vehicles

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.geometry import Camera
    from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.scene import (
        Light,
        Line,
        Scene,
        Shadow,
    )
    from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.textures import Texture

    Image = NDArray[np.uint8]

PAINTED_M: Final = 100.0
_NEAREST_M: Final = 2.5
_FARTHEST_M: Final = 150.0
_TILE_PX_PER_M: Final = 40.0


def render(
    scene: Scene, texture: Texture, noise: NDArray[np.int16], rng: np.random.Generator
) -> Image:
    """Render a frame, uint8 (height, width, 3) RGB; *rng* moves textures and noise only."""
    image = _sky(scene.camera, texture)
    top = _ground_top(scene.camera)
    ground = _ground(scene, texture, top, rng)
    _paint_marks(ground, scene, texture, top, rng)
    _darken(ground, scene, top)
    image[top:] = ground
    _draw_rails(image, scene)
    draw_vehicles(image, scene)
    return _expose(image, scene.light, scene.camera, noise, rng)


def _sky(camera: Camera, texture: Texture) -> Image:
    zenith, horizon = (np.array(colour) for colour in texture.sky)
    share = np.clip(np.arange(camera.height) / camera.horizon, 0, 1)[:, np.newaxis]
    column = np.clip((1 - share) * zenith + share * horizon, 0, 255)
    image = np.repeat(column[:, np.newaxis].astype(np.uint8), camera.width, axis=1)
    places = np.linspace(0, camera.width, len(texture.skyline))
    tops = camera.horizon - texture.skyline * camera.height
    outline = np.column_stack((places, tops))
    corners = [[camera.width, camera.height], [0, camera.height]]
    tone = 0.55 * np.array(texture.roadside_colour) + 0.25 * horizon
    fill(image, [np.vstack((outline, corners))], tone.tolist())
    return image


def _ground_top(camera: Camera) -> int:
    """The first row of the ground: a little below the horizon, where a row is 150 m away."""
    return int(camera.horizon + camera.focal_px * camera.height_m / _FARTHEST_M)


def _ground(scene: Scene, texture: Texture, top: int, rng: np.random.Generator) -> Image:
    """Roadside and road from row *top* down, with tracks and seams."""
    camera, road = scene.camera, scene.road
    asphalt = _through_camera(texture.asphalt, camera, top, rng).astype(np.int16)
    roadside = _through_camera(texture.roadside, camera, top, rng).astype(np.int16)
    z = _distances(_NEAREST_M, _FARTHEST_M)
    mask = np.zeros(asphalt.shape, np.uint8)
    fill(mask, [_strip(scene, scene.edges_m, z, top)], 255)
    tracks = np.zeros(asphalt.shape, np.uint8)
    lanes = (scene.labelled[:-1] + scene.labelled[1:]) / 2
    for middle in lanes:
        for side in (-0.8, 0.8):
            band = (middle + side - 0.25, middle + side + 0.25)
            fill(tracks, [_strip(scene, band, z, top)], 14)
    for seam in scene.seams_m:
        fill(tracks, [_strip(scene, (seam - 0.04, seam + 0.04), z, top)], 45)
    asphalt -= tracks
    # Far away many grains fall into one pixel and even out.
    rows = np.arange(top, camera.height)
    even = np.clip(12 / road.distance(camera, rows.astype(np.float64)), 0.1, 1)
    near = even.astype(np.float32)[:, np.newaxis]
    on_road = mask.astype(np.float32)[..., np.newaxis] / 255
    surface = (asphalt - 128) * near
    beside = (roadside - 128) * near
    ground = np.array(texture.asphalt_colour, np.float32) + surface[..., np.newaxis]
    other = np.array(texture.roadside_colour, np.float32) + beside[..., np.newaxis]
    ground *= on_road
    other *= 1 - on_road
    ground += other
    mixed: Image = np.clip(ground, 0, 255).astype(np.uint8)
    return mixed


def _through_camera(
    tile: Image, camera: Camera, top: int, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Lay a tile over and over on the ground and look at it."""
    import cv2

    scale = _TILE_PX_PER_M * camera.height_m
    start = rng.uniform(0, TILE_PX, 2)
    # Column u and row v below the top see the ground at x = h (u - w/2) / (v - horizon).
    depth = np.array((0, 1, top - camera.horizon))
    to_tile = np.stack(
        (
            np.array((scale, 0, -scale * camera.width / 2)) + start[0] * depth,
            np.array((0, 0, scale * camera.focal_px)) + start[1] * depth,
            depth,
        )
    )
    size = (camera.width, camera.height - top)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    seen: Any = cv2.warpPerspective(tile, to_tile, size, flags=flags, borderMode=cv2.BORDER_WRAP)
    return np.asarray(seen, dtype=np.uint8)


def _distances(near_m: float, far_m: float) -> NDArray[np.float64]:
    """Distances that are about evenly spaced in the image."""
    distances: NDArray[np.float64] = 1 / np.linspace(1 / near_m, 1 / far_m, 48)
    return distances


def _strip(
    scene: Scene, sides_m: tuple[float, float], z: NDArray[np.float64], top: int
) -> NDArray[np.float64]:
    """The outline of what is between two offsets of the road, in rows counted from *top*."""
    left = scene.road.project(scene.camera, sides_m[0], z)
    right = scene.road.project(scene.camera, sides_m[1], z[::-1])
    outline = np.vstack((left, right))
    outline[:, 1] -= top
    return outline


def _paint_marks(
    ground: Image, scene: Scene, texture: Texture, top: int, rng: np.random.Generator
) -> None:
    """Blend the lines in, worn where the road's own grain is deep."""
    wear = _through_camera(texture.asphalt, scene.camera, top, rng)
    worn = np.clip(wear / 128, 0.5, 1)
    for colour in dict.fromkeys(line.colour for line in scene.lines):
        cover = np.zeros(ground.shape[:2], np.uint8)
        for line in scene.lines:
            if line.colour == colour:
                outlines = [_strip(scene, _sides(line), z, top) for z in _dashes(line)]
                fill(cover, outlines, 255 * line.opacity)
        _blend(ground, cover, worn, colour)


def _blend(ground: Image, cover: NDArray[np.uint8], worn: NDArray[np.float64], colour: Any) -> None:
    places = cover.nonzero()
    share = (cover[places] / 255 * worn[places])[:, np.newaxis]
    mixed = (1 - share) * ground[places] + share * np.array(colour, np.float32)
    ground[places] = np.clip(mixed, 0, 255).astype(np.uint8)


def _sides(line: Line) -> tuple[float, float]:
    return line.offset_m - line.width_m / 2, line.offset_m + line.width_m / 2


def _dashes(line: Line) -> list[NDArray[np.float64]]:
    """The distances along each dash of a line."""
    if not line.gap_m:
        return [_distances(_NEAREST_M, PAINTED_M)]
    starts = np.arange(-line.phase_m, PAINTED_M, line.dash_m + line.gap_m)
    ends = starts + line.dash_m
    return [
        np.linspace(max(start, _NEAREST_M), min(end, PAINTED_M), 6)
        for start, end in zip(starts, ends, strict=True)
        if end > _NEAREST_M + 0.1
    ]


def _darken(ground: Image, scene: Scene, top: int) -> None:
    if not scene.shadows:
        return
    import cv2

    light = np.full(ground.shape[:2], 255, np.uint8)
    for shadow in scene.shadows:
        fill(light, [_shadow_outline(scene, shadow, top)], 255 * (1 - shadow.darkness))
    soft = cv2.blur(light, (9, 5))
    cv2.multiply(ground, cv2.merge([soft] * 3), dst=ground, scale=1 / 255)


def _shadow_outline(scene: Scene, shadow: Shadow, top: int) -> NDArray[np.float64]:
    far, near, skew = shadow.far_m, shadow.near_m, shadow.skew_m
    z = np.maximum(np.array((far, far + skew, near + skew, near)), _NEAREST_M)
    offsets = np.array((shadow.left_m, shadow.right_m, shadow.right_m, shadow.left_m))
    outline = scene.road.project(scene.camera, offsets, z)
    outline[:, 1] -= top
    return outline


def _draw_rails(image: Image, scene: Scene) -> None:
    """Crash barriers: a bright band half a metre above the verge, and its posts."""
    z = _distances(_NEAREST_M, 90)
    for rail in scene.rails_m:
        x = scene.road.lateral(z) + rail
        ground = scene.road.elevation(z)
        feet, lower, upper = (
            scene.camera.project(x, z, ground + above) for above in (0, 0.45, 0.75)
        )
        for place in range(0, len(z), 3):
            aside = np.array((0.05 * scene.camera.focal_px / z[place], 0))
            foot, head = feet[place], upper[place]
            post = np.array((foot - aside, foot + aside, head + aside, head - aside))
            fill(image, [post], (105, 105, 105))
        fill(image, [np.vstack((lower, upper[::-1]))], (165, 168, 170))


def _expose(
    image: Image,
    light: Light,
    camera: Camera,
    noise: NDArray[np.int16],
    rng: np.random.Generator,
) -> Image:
    """Haze, exposure, lens blur and sensor noise."""
    import cv2

    rows = np.arange(camera.height, dtype=np.float32)
    way = np.abs(rows - np.float32(camera.horizon)) / camera.height
    haze = (light.haze * np.exp(-way / 0.06))[:, np.newaxis, np.newaxis]
    # One table a channel and row would do the same; this is exact and fast enough.
    gain = light.gain * np.array(light.tint, np.float32) * (1 - haze)
    exposed = image * gain + 205 * light.gain * haze
    if light.blur_px > 0.3:
        exposed = cv2.GaussianBlur(exposed, (0, 0), light.blur_px)
    start = rng.integers(noise.shape[0], size=2)
    moved = np.roll(noise, start, axis=(0, 1)).astype(np.float32) * (light.noise / 32)
    repeats = [-(-side // tile) for side, tile in zip(image.shape[:2], noise.shape, strict=True)]
    grain = np.tile(moved, repeats)[: camera.height, : camera.width]
    exposed += grain[..., np.newaxis]
    taken: Image = np.clip(exposed, 0, 255).astype(np.uint8)
    return taken

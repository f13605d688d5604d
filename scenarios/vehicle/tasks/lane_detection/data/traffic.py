"""Vehicles ahead, seen from behind: body, rear window, lights, wheels and their shadow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.drawing import fill

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.scene import Scene, Vehicle

    Image = NDArray[np.uint8]
    Box = tuple[float, float, float, float]

_TYRE = (22, 22, 24)
_GLASS = (48, 56, 64)
_BRAKE = (190, 30, 28)


def draw_vehicles(image: Image, scene: Scene) -> None:
    """Draw the scene's vehicles over *image*, the farthest first."""
    for vehicle in scene.vehicles:
        _draw_vehicle(image, scene, vehicle)


def _draw_vehicle(image: Image, scene: Scene, vehicle: Vehicle) -> None:
    colour = np.clip(vehicle.colour, 8, 245)
    ends = np.array((vehicle.distance_m, vehicle.distance_m + vehicle.length_m))
    x = scene.road.lateral(ends) + vehicle.offset_m
    ground = scene.road.elevation(ends)
    half = vehicle.width_m / 2
    feet = [scene.camera.project(x + side, ends, ground) for side in (-half, half)]
    tops = [
        scene.camera.project(x + side, ends, ground + vehicle.height_m) for side in (-half, half)
    ]
    _draw_shadow(image, feet)
    # The side that faces the camera is the one nearer to the middle of the image.
    side = 1 if x[0] < 0 else 0
    flank = np.array((feet[side][0], feet[side][1], tops[side][1], tops[side][0]))
    fill(image, [flank], (0.72 * colour).tolist())
    left, low = feet[0][0]
    right, high = tops[1][0]
    box = (float(left), float(high), float(right), float(low))
    fill(image, [_part(box, 0, 0, 1, 0.88)], colour.tolist())
    fill(image, [_part(box, 0.12, 0.08, 0.88, 0.4)], _GLASS)
    for near in (0.03, 0.79):
        fill(image, [_part(box, near, 0.48, near + 0.18, 0.62)], _BRAKE)
    for near in (0.04, 0.8):
        fill(image, [_part(box, near, 0.82, near + 0.16, 1)], _TYRE)
    fill(image, [_part(box, 0.36, 0.62, 0.64, 0.74)], (220, 220, 210))


def _draw_shadow(image: Image, feet: list[NDArray[np.float64]]) -> None:
    outline = np.array((feet[0][0], feet[1][0], feet[1][1], feet[0][1]))
    outline[:2, 1] += 0.06 * (outline[1, 0] - outline[0, 0])
    fill(image, [outline], (30, 30, 32))


def _part(box: Box, left: float, top: float, right: float, bottom: float) -> NDArray[np.float64]:
    """A part of a box, in shares of its width and height, as a polygon."""
    x0, y0, x1, y1 = box
    columns = x0 + np.array((left, right, right, left)) * (x1 - x0)
    rows = y0 + np.array((top, top, bottom, bottom)) * (y1 - y0)
    return np.column_stack((columns, rows))

"""Signs on posts beside the road: which stand where, and how they look from the car."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.drawing import fill
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.classes import CLASS_COUNT, SPEED_LIMITS
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.data.scenes import SIGN_SIDE, put_up_sign
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.data.signs import draw_sign

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.scene import Scene

    Image = NDArray[np.uint8]
    Box = tuple[int, int, int, int]

ENDS_OF_LIMITS: Final = (6, 32)
GIVE_WAY: Final = 13
STOP: Final = 14

_TRIANGLES: Final = (11, 13, *range(18, 32))
_PRIORITY_ROAD: Final = 12
_OTHERS: Final = tuple(
    number
    for number in range(CLASS_COUNT)
    if number not in (*SPEED_LIMITS, *ENDS_OF_LIMITS, GIVE_WAY, STOP)
)
# Across, in metres; ours, of the order of the large signs that stand on fast roads.
_DISC_M: Final = 0.75
_TRIANGLE_M: Final = 1.1
_STOP_M: Final = 0.9
_POST_COLOUR: Final = (128, 130, 132)
_POST_M: Final = 0.07
_FARTHEST_M: Final = 95.0
_NEAREST_M: Final = 3.0
# Below this a sign is a few pixels of colour.
_SMALLEST_PX: Final = 6.0


@dataclass(frozen=True, kw_only=True, eq=False)
class RoadsideSign:
    """A sign *along_m* from the loop's beginning and *offset_m* right of the road's centre.

    *middle_m* is how high its middle is, *foot_m* where its post comes into view. *levels* is
    its picture with opacity at sides 192, 96, 48 and 24; *turn_rad* is in its plane, *yaw_rad*
    about its post; *gain* is its light beside the scene's.
    """

    class_id: int
    along_m: float
    offset_m: float
    middle_m: float
    foot_m: float
    side_m: float
    levels: tuple[NDArray[np.float32], ...]
    turn_rad: float
    yaw_rad: float
    gain: float


def put_up_signs(
    edges_m: tuple[float, float],
    rails_m: tuple[float, ...],
    loop_m: float,
    rng: np.random.Generator,
) -> tuple[RoadsideSign, ...]:
    """Put up four signs along the loop, on the side of the road that is nearer to the car.

    One is a speed limit, one a speed limit or the end of one, one of the two others is in half
    the drives a stop or give way sign; what is left is any other of the 43. Behind a crash
    barrier, where there is one.
    """
    side = 1 if abs(edges_m[1]) <= abs(edges_m[0]) else -1
    edge_m = edges_m[1] if side > 0 else edges_m[0]
    railed = any(rail * side > 0 for rail in rails_m)
    classes = _draw_classes(rng)
    gap_m = loop_m / len(classes)
    start_m = rng.uniform(0, gap_m)
    signs = []
    for place, class_id in enumerate(classes):
        worn = put_up_sign(draw_sign(class_id, SIGN_SIDE), rng)
        size_m = _size_m(class_id)
        signs.append(
            RoadsideSign(
                class_id=class_id,
                along_m=float(start_m + gap_m * (place + rng.uniform(-0.2, 0.2))) % loop_m,
                offset_m=float(edge_m + side * (size_m / 2 + rng.uniform(0.4, 1.2) + railed)),
                middle_m=float(2.0 + size_m / 2 + rng.uniform(0, 0.4)),
                foot_m=0.75 if railed else 0.0,
                side_m=size_m,
                levels=worn.levels,
                turn_rad=math.radians(worn.turn_deg),
                yaw_rad=float(rng.normal(0, 0.1)),
                # Signs of the training are darker than their surroundings now and then; one
                # in backlight is as dark as they are.
                gain=float(np.clip(worn.gain, 0.45, 1.1)),
            )
        )
    return tuple(signs)


def draw_sign_at(
    image: Image, scene: Scene, sign: RoadsideSign, ahead_m: float
) -> tuple[Box, bool] | None:
    """Draw *sign* into *image* before its exposure.

    Gives the box (left, top, right, bottom; the last two not included) of what lies in the
    image and whether that is all of it; None if the sign is out of sight.
    """
    if not _NEAREST_M <= ahead_m <= _FARTHEST_M:
        return None
    corners = _corners(scene, sign, ahead_m)
    if np.ptp(corners[:, 1]) < _SMALLEST_PX:
        return None
    _draw_post(image, scene, sign, ahead_m)
    return _draw_plate(image, sign, corners)


def _draw_classes(rng: np.random.Generator) -> list[int]:
    limits = list(SPEED_LIMITS)
    first, second = rng.choice(limits, 2, replace=False)
    if rng.random() < 0.3:
        second = rng.choice(ENDS_OF_LIMITS)
    third = rng.choice((GIVE_WAY, STOP)) if rng.random() < 0.5 else rng.choice(_OTHERS)
    return [int(first), int(third), int(second), int(rng.choice(_OTHERS))]


def _size_m(class_id: int) -> float:
    if class_id in _TRIANGLES:
        return _TRIANGLE_M
    return _STOP_M if class_id in (STOP, _PRIORITY_ROAD) else _DISC_M


def _corners(scene: Scene, sign: RoadsideSign, ahead_m: float) -> NDArray[np.float64]:
    """Where the corners of the sign's square are in the image, (4, 2), clockwise from the top
    left.
    """
    across = sign.side_m / 2 * np.array((-1.0, 1.0, 1.0, -1.0))
    up = sign.side_m / 2 * np.array((1.0, 1.0, -1.0, -1.0))
    turned = math.cos(sign.turn_rad) * across + math.sin(sign.turn_rad) * up
    raised = math.cos(sign.turn_rad) * up - math.sin(sign.turn_rad) * across
    z = ahead_m + math.sin(sign.yaw_rad) * turned
    middle = np.array((ahead_m,))
    x = scene.road.lateral(middle) + sign.offset_m + math.cos(sign.yaw_rad) * turned
    above = scene.road.elevation(middle) + sign.middle_m + raised
    return scene.camera.project(x, z, above)


def _draw_post(image: Image, scene: Scene, sign: RoadsideSign, ahead_m: float) -> None:
    z = np.full(4, ahead_m)
    x = scene.road.lateral(z) + sign.offset_m + _POST_M / 2 * np.array((-1, 1, 1, -1))
    above = scene.road.elevation(z) + np.array(
        (sign.middle_m, sign.middle_m, sign.foot_m, sign.foot_m)
    )
    fill(image, [scene.camera.project(x, z, above)], _POST_COLOUR)


def _draw_plate(
    image: Image, sign: RoadsideSign, corners: NDArray[np.float64]
) -> tuple[Box, bool] | None:
    import cv2

    low = np.floor(corners.min(axis=0)).astype(int) - 1
    high = np.ceil(corners.max(axis=0)).astype(int) + 2
    width, height = (high - low).tolist()
    level = next((p for p in reversed(sign.levels) if len(p) >= height), sign.levels[0])
    source = len(level) * np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) - 0.5
    transform = cv2.getPerspectiveTransform(
        source.astype(np.float32), (corners - low).astype(np.float32)
    )
    seen: Any = cv2.warpPerspective(level, transform, (width, height), flags=cv2.INTER_LINEAR)
    box = _box(seen[..., 3])
    if box is None:
        return None
    left, top, right, bottom = (edge + shift for edge, shift in zip(box, (*low, *low), strict=True))
    rows, columns = image.shape[:2]
    # What of the plate lies in the image.
    x0, y0 = max(low[0], 0), max(low[1], 0)
    x1, y1 = min(high[0], columns), min(high[1], rows)
    if x0 >= x1 or y0 >= y1:
        return None
    part = seen[y0 - low[1] : y1 - low[1], x0 - low[0] : x1 - low[0]]
    behind = image[y0:y1, x0:x1] * (1 - part[..., 3:])
    image[y0:y1, x0:x1] = np.clip(behind + 255 * sign.gain * part[..., :3], 0, 255)
    whole = left >= 0 and top >= 0 and right <= columns and bottom <= rows
    inside = (max(left, 0), max(top, 0), min(right, columns), min(bottom, rows))
    if inside[0] >= inside[2] or inside[1] >= inside[3]:
        return None
    x_left, y_top, x_right, y_bottom = (int(edge) for edge in inside)
    return (x_left, y_top, x_right, y_bottom), bool(whole)


def _box(opacity: NDArray[np.float32]) -> Box | None:
    rows = np.flatnonzero(opacity.max(axis=1) > 0.5)
    columns = np.flatnonzero(opacity.max(axis=0) > 0.5)
    if not len(rows) or not len(columns):
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1

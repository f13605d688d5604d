"""A drive: one road scene of the lane data's generator, set in motion.

The road is a loop of `LOOP_M`: after `FRAMES` frames the car is where it began, and all that it
met comes again in the same order. So a drive of any length is played without a cut.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_aibench.rng import stream
from edge_aibench.scenarios.vehicle.drives.roadside import RoadsideSign, put_up_signs
from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.frames import DOMAINS
from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.scene import draw_scene
from edge_aibench.tasks.component import TEST

if TYPE_CHECKING:
    from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.geometry import Road
    from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.scene import (
        Line,
        Scene,
        Shadow,
        Vehicle,
    )

FRAMES: Final = 40
LOOP_M: Final = 102.4
"""Eight of the surfaces' seamless tiles of 12.8 m; 92 km/h at ten frames a second."""

STEP_M: Final = LOOP_M / FRAMES
SIZE: Final = (640, 360)
"""Width and height of a frame in pixels."""

_LABEL_ROWS: Final = np.arange(80, SIZE[1], 5, dtype=np.float64)
"""TuSimple's 56 rows at half the size."""

# How far the car swings in its lane, and how far those ahead fall back and come nearer.
_SWAY_M: Final = (0.1, 0.35)
_FOLLOWING_M: Final = 2.5
# The generator's bends change by at most a third over 70 m; a wave of this depth does not more.
_BEND_WAVE: Final = 0.07


@dataclass(frozen=True, kw_only=True, eq=False)
class Drive:
    """What a car meets on its loop; *scene* is the road at its beginning.

    Over the loop the car swings by *sway_m* in its lane, the bend by a share *bend_wave*, and
    the distance to the vehicles ahead by 2.5 m, each once, from *phase* (3,) on, in radians.
    """

    scene: Scene
    signs: tuple[RoadsideSign, ...]
    sway_m: float
    bend_wave: float
    phase: tuple[float, float, float]

    def scene_at(self, frame: int) -> Scene:
        """The scene of a frame, 0 <= frame < `FRAMES`, for the generator to render."""
        way_m = frame * STEP_M
        swing = self.phase[2] + 2 * np.pi * frame / FRAMES
        return replace(
            self.scene,
            road=self._road_at(frame),
            lines=tuple(_line_at(line, way_m) for line in self.scene.lines),
            vehicles=_vehicles_at(self.scene.vehicles, float(np.sin(swing))),
            shadows=_shadows_at(self.scene.shadows, way_m),
        )

    def turned_rad(self, frame: int) -> float:
        """How far the car has turned to the right since the loop's beginning."""
        return self.scene.road.curvature * frame * STEP_M

    def ahead_m(self, frame: int) -> tuple[float, ...]:
        """How far ahead each of the signs is, within one loop."""
        return tuple((sign.along_m - frame * STEP_M) % LOOP_M for sign in self.signs)

    def _road_at(self, frame: int) -> Road:
        way = 2 * np.pi * frame / FRAMES
        sway, wave = way + self.phase[0], way + self.phase[1]
        per_m = 2 * np.pi / LOOP_M
        bend = self.scene.road.curvature
        return replace(
            self.scene.road,
            offset_m=float(self.sway_m * np.sin(sway)),
            # Driving on changes the offset by the heading: it is the offset's slope.
            heading=float(self.sway_m * per_m * np.cos(sway)),
            curvature=float(bend * (1 + self.bend_wave * np.sin(wave))),
            curvature_rate=float(bend * self.bend_wave * per_m * np.cos(wave)),
        )


def draw_drive(seed: int, number: int) -> Drive:
    """Draw drive *number* of a set, on roads of the lane data's test split."""
    rng = stream(seed, f"vehicle/drive/{number}")
    scene = draw_scene(DOMAINS[TEST], SIZE, _LABEL_ROWS, rng)
    sway, bend, following = rng.uniform(0, 2 * np.pi, 3)
    # Blur and noise are drawn for frames of twice the size.
    light = scene.light
    light = replace(light, blur_px=light.blur_px / 2, noise=light.noise / 2)
    scene = replace(scene, light=light, lines=tuple(map(_closing, scene.lines)))
    return Drive(
        scene=scene,
        signs=put_up_signs(scene.edges_m, scene.rails_m, LOOP_M, rng),
        sway_m=float(rng.uniform(*_SWAY_M)),
        bend_wave=float(rng.uniform(-_BEND_WAVE, _BEND_WAVE)),
        phase=(float(sway), float(bend), float(following)),
    )


def _closing(line: Line) -> Line:
    """A line whose dashes fit into the loop a whole number of times."""
    if not line.gap_m:
        return line
    period_m = LOOP_M / round(LOOP_M / (line.dash_m + line.gap_m))
    return replace(line, gap_m=period_m - line.dash_m, phase_m=line.phase_m % period_m)


def _line_at(line: Line, way_m: float) -> Line:
    if not line.gap_m:
        return line
    return replace(line, phase_m=(line.phase_m + way_m) % (line.dash_m + line.gap_m))


def _vehicles_at(vehicles: tuple[Vehicle, ...], swing: float) -> tuple[Vehicle, ...]:
    """They keep their distances to each other."""
    moved_m = _FOLLOWING_M * swing
    return tuple(replace(vehicle, distance_m=vehicle.distance_m + moved_m) for vehicle in vehicles)


def _shadows_at(shadows: tuple[Shadow, ...], way_m: float) -> tuple[Shadow, ...]:
    moved = []
    for shadow in shadows:
        far_m = (shadow.far_m - way_m) % LOOP_M
        near_m = far_m - (shadow.far_m - shadow.near_m)
        moved.append(replace(shadow, near_m=near_m, far_m=far_m))
    return tuple(moved)

"""What a generated frame shows, drawn at random: road, paint, surroundings, traffic, light."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.geometry import (
    Camera,
    Road,
    label_columns,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Colour = tuple[float, float, float]

LABELLED_LINES: Final = 5
"""TuSimple labels the lines of the own lane and of its neighbours, at most five."""

_SHORTEST_LABEL_ROWS: Final = 6
_WHITE: Final = (235.0, 235.0, 230.0)
_YELLOW: Final = (225.0, 180.0, 60.0)


@dataclass(frozen=True, kw_only=True)
class Domain:
    """What a split may show: the sharpness of its bends, in 1/m, and its textures, by number."""

    curvature: tuple[float, float]
    textures: range


@dataclass(frozen=True, kw_only=True)
class Line:
    """Paint along the road; a dash of *dash_m* then nothing for *gap_m*, 0 for a solid line."""

    offset_m: float
    width_m: float
    dash_m: float
    gap_m: float
    phase_m: float
    colour: Colour
    opacity: float


@dataclass(frozen=True, kw_only=True)
class Vehicle:
    """A car or lorry ahead, in a lane whose middle is *offset_m* right of the road's centre."""

    offset_m: float
    distance_m: float
    width_m: float
    height_m: float
    length_m: float
    colour: Colour


@dataclass(frozen=True, kw_only=True)
class Shadow:
    """A darker part of the road, between two distances and two offsets; *skew_m* slants it."""

    near_m: float
    far_m: float
    left_m: float
    right_m: float
    skew_m: float
    darkness: float


@dataclass(frozen=True, kw_only=True)
class Light:
    """How the frame is exposed: *gain*, *tint* per channel, *haze* share at the horizon, *blur*
    in pixels, *noise* in grey levels, JPEG *quality*.
    """

    gain: float
    tint: Colour
    haze: float
    blur_px: float
    noise: float
    quality: int


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One frame to render; *labelled* has the labelled lines' offsets, from the left."""

    camera: Camera
    road: Road
    lines: tuple[Line, ...]
    labelled: NDArray[np.float64]
    edges_m: tuple[float, float]
    rails_m: tuple[float, ...]
    seams_m: tuple[float, ...]
    vehicles: tuple[Vehicle, ...]
    shadows: tuple[Shadow, ...]
    light: Light
    texture: int

    def label(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Columns (lines, rows) of the labelled lines."""
        return label_columns(self.camera, self.road, self.labelled, rows)


def draw_scene(
    domain: Domain, size: tuple[int, int], rows: NDArray[np.float64], rng: np.random.Generator
) -> Scene:
    """Draw a scene for images of *size* (width, height), labelled at *rows*.

    Two to five lines; one that is seen in fewer than six rows is not on the road.
    """
    camera = draw_camera(size, rng)
    lane_m = rng.uniform(3.2, 3.9)
    count = int(rng.choice((2, 3, 4, 5), p=(0.12, 0.3, 0.38, 0.2)))
    # The own lane is the one between lines `own` and `own + 1`, mostly one of the middle.
    own = int(rng.integers(count - 1)) if count < 5 else int(rng.choice((1, 2)))
    offsets = lane_m * (np.arange(count, dtype=np.float64) - own - 0.5)
    road = _draw_road(domain, lane_m, rng)
    seen = (label_columns(camera, road, offsets, rows) >= 0).sum(axis=1) >= _SHORTEST_LABEL_ROWS
    offsets = offsets[seen]
    shoulders = rng.uniform(0.3, 2.5, 2)
    edges = (float(offsets[0] - shoulders[0]), float(offsets[-1] + shoulders[1]))
    return Scene(
        camera=camera,
        road=road,
        lines=_draw_lines(offsets, rng),
        labelled=offsets,
        edges_m=edges,
        rails_m=_draw_rails(edges, rng),
        seams_m=tuple(rng.uniform(*edges, size=int(rng.integers(0, 3)))),
        vehicles=_draw_vehicles(offsets, rng),
        shadows=_draw_shadows(edges, rng),
        light=_draw_light(rng),
        texture=int(rng.choice(np.array(domain.textures))),
    )


def draw_camera(size: tuple[int, int], rng: np.random.Generator) -> Camera:
    """A camera behind the windscreen, 58 to 68 degrees wide, tilted a little either way."""
    width, height = size
    half_angle = np.radians(rng.uniform(58, 68) / 2)
    return Camera(
        width=width,
        height=height,
        focal_px=float(width / 2 / np.tan(half_angle)),
        height_m=rng.uniform(1.3, 1.8),
        horizon=height * rng.uniform(0.33, 0.42),
    )


def _draw_road(domain: Domain, lane_m: float, rng: np.random.Generator) -> Road:
    bend = rng.uniform(*domain.curvature) * rng.choice((-1, 1))
    # One frame in ten is taken while the car changes lanes.
    wander = 0.45 if rng.random() < 0.1 else 0.12
    return Road(
        offset_m=rng.uniform(-wander, wander) * lane_m,
        heading=rng.normal(0, 0.015),
        curvature=float(bend),
        # Over the labelled 70 m a bend changes by at most a third.
        curvature_rate=float(bend) * rng.uniform(-0.33, 0.33) / 70,
        climb=rng.uniform(-2e-4, 2e-4),
    )


def _draw_lines(offsets: NDArray[np.float64], rng: np.random.Generator) -> tuple[Line, ...]:
    wear = rng.uniform(0.45, 1.0)
    dash, gap = rng.choice(((3.0, 9.0), (3.0, 6.0), (4.5, 7.5), (6.0, 6.0)))
    phase = rng.uniform(0, dash + gap)
    yellow_left = rng.random() < 0.4
    lines: list[Line] = []
    for place, offset in enumerate(offsets):
        outer = place in (0, len(offsets) - 1)
        solid = rng.random() < (0.8 if outer else 0.2)
        common = {
            "width_m": rng.uniform(0.11, 0.18),
            "dash_m": float(dash),
            "gap_m": 0.0 if solid else float(gap),
            "phase_m": float(phase),
            "opacity": float(np.clip(wear * rng.uniform(0.75, 1.1), 0.35, 1.0)),
        }
        colour = _YELLOW if place == 0 and yellow_left else _WHITE
        twin = solid and rng.random() < 0.2
        for side in (-0.14, 0.14) if twin else (0.0,):
            lines.append(Line(offset_m=float(offset) + side, colour=colour, **common))
    return tuple(lines)


def _draw_rails(edges: tuple[float, float], rng: np.random.Generator) -> tuple[float, ...]:
    sides = (edges[0] - rng.uniform(0.2, 1.5), edges[1] + rng.uniform(0.2, 1.5))
    return tuple(float(side) for side in sides if rng.random() < 0.45)


def _draw_vehicles(offsets: NDArray[np.float64], rng: np.random.Generator) -> tuple[Vehicle, ...]:
    middles = (offsets[:-1] + offsets[1:]) / 2
    vehicles = []
    for middle in middles:
        # Nothing stands on the own bumper: the nearest car in the own lane is 12 m ahead.
        distance = rng.uniform(12 if abs(middle) < 1.8 else 6, 20)
        while distance < 80 and rng.random() < 0.55:
            lorry = rng.random() < 0.15
            tone = rng.uniform(20, 220)
            vehicles.append(
                Vehicle(
                    offset_m=float(middle + rng.normal(0, 0.2)),
                    distance_m=float(distance),
                    width_m=rng.uniform(2.2, 2.5) if lorry else rng.uniform(1.65, 1.95),
                    height_m=rng.uniform(2.6, 3.6) if lorry else rng.uniform(1.35, 1.8),
                    length_m=rng.uniform(7, 12) if lorry else rng.uniform(3.8, 5),
                    colour=_tinted(tone, 35, rng),
                )
            )
            distance += rng.uniform(14, 45)
    return tuple(sorted(vehicles, key=lambda vehicle: -vehicle.distance_m))


def _draw_shadows(edges: tuple[float, float], rng: np.random.Generator) -> tuple[Shadow, ...]:
    if rng.random() < 0.4:
        return ()
    shadows = []
    for _ in range(int(rng.integers(1, 7))):
        near = rng.uniform(4, 45)
        left = rng.uniform(edges[0] - 2, edges[1])
        bridge = rng.random() < 0.2
        shadows.append(
            Shadow(
                near_m=near,
                far_m=near + rng.uniform(1, 12),
                left_m=edges[0] - 3 if bridge else left,
                right_m=edges[1] + 3 if bridge else left + rng.uniform(1, 6),
                skew_m=rng.uniform(-4, 4),
                darkness=rng.uniform(0.25, 0.65),
            )
        )
    return tuple(shadows)


def _draw_light(rng: np.random.Generator) -> Light:
    return Light(
        # Brighter, and paint could not be told from a pale road.
        gain=float(np.clip(np.exp(rng.normal(-0.05, 0.22)), 0.5, 1.3)),
        tint=_tinted(1.0, 0.06, rng),
        haze=rng.uniform(0, 0.5),
        blur_px=max(rng.uniform(-0.8, 1.4), 0.0),
        noise=rng.uniform(1, 9),
        quality=int(rng.integers(75, 96)),
    )


def _tinted(level: float, spread: float, rng: np.random.Generator) -> Colour:
    red, green, blue = level + rng.uniform(-spread, spread, 3)
    return float(red), float(green), float(blue)

"""The things that signs show, simplified: vehicles, people, animals, ways to go.

All take the board, the colour and where they are to be; lengths are shares of half the sign.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from edge_aibench.scenarios.vehicle.tasks.traffic_sign.data.board import (
    BLACK,
    GREEN,
    RED,
    WHITE,
    YELLOW,
    arc,
    mirrored,
)

if TYPE_CHECKING:
    from edge_aibench.scenarios.vehicle.tasks.traffic_sign.data.board import (
        Board,
        Colour,
        Point,
    )


def car(board: Board, x: float, y: float, colour: Colour) -> None:
    """A car from behind, about 0.5 wide."""
    outline = [(-0.24, 0.16), (-0.24, -0.02), (-0.15, -0.06), (-0.1, -0.2)]
    board.polygon(_moved([*outline, *reversed(mirrored(outline))], x, y), colour)
    for side in (-0.18, 0.18):
        board.polygon(_box(x + side, y + 0.2, 0.05, 0.06), colour)


def lorry(board: Board, x: float, y: float, colour: Colour) -> None:
    """A lorry from behind, about 0.6 wide and half as high again as a car."""
    board.polygon(_box(x, y - 0.06, 0.28, 0.24), colour)
    for side in (-0.2, 0.2):
        board.polygon(_box(x + side, y + 0.22, 0.07, 0.07), colour)


def lorry_from_the_side(board: Board) -> None:
    """A lorry driving to the left."""
    board.polygon(_box(0.12, -0.05, 0.4, 0.22), BLACK)
    board.polygon(
        [(-0.56, 0.17), (-0.56, -0.02), (-0.46, -0.14), (-0.32, -0.14), (-0.32, 0.17)], BLACK
    )
    for x in (-0.42, 0.08, 0.36):
        board.disc((x, 0.22), 0.1, BLACK)


def crossing(board: Board) -> None:
    """A thick road ahead, crossed by a thin one."""
    board.line([(0, 0.48), (0, -0.02)], 0.16, BLACK)
    board.polygon([(0, -0.38), (-0.17, -0.02), (0.17, -0.02)], BLACK)
    board.line([(-0.36, 0.2), (0.36, 0.2)], 0.1, BLACK)


def exclamation_mark(board: Board) -> None:
    """For any danger."""
    board.polygon([(-0.11, -0.34), (0.11, -0.34), (0.06, 0.2), (-0.06, 0.2)], BLACK)
    board.disc((0, 0.38), 0.11, BLACK)


def bend(board: Board, *, to_the_right: bool) -> None:
    """A way that turns off."""
    points: list[Point] = [(-0.14, 0.5), (-0.14, 0.14), (-0.02, -0.02), (0.26, -0.2)]
    board.arrow(points if to_the_right else mirrored(points), 0.13, BLACK)


def double_bend(board: Board) -> None:
    """A way to the left and then to the right."""
    board.line([(0.14, 0.5), (0.14, 0.34), (-0.14, 0.12), (-0.14, 0.0)], 0.13, BLACK)
    board.arrow([(-0.14, 0.0), (0.05, -0.14), (0.1, -0.4)], 0.12, BLACK)


def bumps(board: Board) -> None:
    """Two humps."""
    for x in (-0.2, 0.2):
        board.polygon(arc((x, 0.34), 0.2, from_deg=180, to_deg=360), BLACK)
    board.polygon(_box(0, 0.4, 0.5, 0.07), BLACK)


def skidding_car(board: Board) -> None:
    """A car with the traces of its wheels."""
    car(board, 0.02, -0.08, BLACK)
    for x in (-0.2, 0.16):
        wave = [
            (x + 0.09 * math.sin(12 * step / 12), 0.18 + 0.36 * step / 12) for step in range(13)
        ]
        board.line(wave, 0.07, BLACK)


def narrowing_road(board: Board) -> None:
    """Two sides of a road, of which the right one comes nearer."""
    board.line([(-0.2, 0.5), (-0.2, -0.3)], 0.11, BLACK)
    board.line([(0.34, 0.5), (0.34, 0.24), (0.1, 0.02), (0.1, -0.3)], 0.11, BLACK)


def digger(board: Board) -> None:
    """Someone who shovels a heap."""
    board.disc((-0.06, -0.28), 0.1, BLACK)
    board.line([(-0.08, -0.18), (-0.2, 0.14), (-0.36, 0.48)], 0.13, BLACK)
    board.line([(-0.2, 0.14), (-0.02, 0.3), (-0.06, 0.48)], 0.1, BLACK)
    board.line([(-0.1, -0.1), (0.06, 0.1), (0.24, 0.3)], 0.08, BLACK)
    board.polygon([(0.1, 0.5), (0.32, 0.2), (0.54, 0.5)], BLACK)


def traffic_light(board: Board) -> None:
    """Three lights, one above another."""
    board.polygon(_box(0, 0.08, 0.17, 0.46), BLACK)
    for y, colour in ((-0.22, RED), (0.08, YELLOW), (0.38, GREEN)):
        board.disc((0, y), 0.13, colour)


def walker_on_stripes(board: Board) -> None:
    """Someone who crosses on white and black stripes."""
    walker(board, 0.0, 0.0, 1.0)
    for x in (-0.5, -0.25, 0.0, 0.25, 0.5):
        board.polygon(_box(x, 0.52, 0.07, 0.05), BLACK)


def running_children(board: Board) -> None:
    """A taller and a smaller one side by side."""
    walker(board, -0.22, 0.06, 1.0)
    walker(board, 0.26, 0.16, 0.78)


def walker(board: Board, x: float, y: float, size: float) -> None:
    """Someone who walks, about 0.8 high."""

    def at(points: list[Point]) -> list[Point]:
        return [(x + size * px, y + size * py) for px, py in points]

    board.disc(at([(0.0, -0.3)])[0], 0.1 * size, BLACK)
    board.line(at([(0.0, -0.18), (-0.02, 0.1)]), 0.17 * size, BLACK)
    board.line(at([(-0.02, 0.1), (-0.2, 0.44)]), 0.09 * size, BLACK)
    board.line(at([(-0.02, 0.1), (0.16, 0.44)]), 0.09 * size, BLACK)
    board.line(at([(0.0, -0.14), (0.22, 0.06)]), 0.07 * size, BLACK)
    board.line(at([(0.0, -0.14), (-0.2, 0.06)]), 0.07 * size, BLACK)


def bicycle(board: Board) -> None:
    """Two wheels and a frame."""
    for x in (-0.3, 0.3):
        board.circle((x, 0.26), 0.2, 0.07, BLACK)
    board.line([(-0.3, 0.26), (-0.1, -0.04), (0.18, -0.04), (0.3, 0.26)], 0.06, BLACK)
    board.line([(-0.1, -0.04), (0.02, 0.26), (0.18, -0.04)], 0.06, BLACK)
    board.line([(0.18, -0.04), (0.14, -0.18), (0.28, -0.18)], 0.06, BLACK)
    board.line([(-0.1, -0.04), (-0.13, -0.14)], 0.06, BLACK)


def snowflake(board: Board) -> None:
    """Six arms with branches."""
    centre = (0.0, 0.14)
    for turn in range(6):
        angle = math.radians(60 * turn + 30)
        tip = _beyond(centre, angle, 0.42)
        board.line([centre, tip], 0.07, BLACK)
        knee = _beyond(centre, angle, 0.25)
        for sideways in (-0.8, 0.8):
            board.line([knee, _beyond(knee, angle + sideways, 0.14)], 0.05, BLACK)


def deer(board: Board) -> None:
    """A leaping stag."""
    board.polygon([(-0.4, 0.22), (-0.3, 0.02), (0.16, -0.06), (0.22, 0.12), (-0.2, 0.26)], BLACK)
    board.line([(0.14, 0.0), (0.3, -0.24)], 0.12, BLACK)
    board.line([(0.28, -0.24), (0.44, -0.16)], 0.1, BLACK)
    board.line([(0.26, -0.26), (0.12, -0.42)], 0.05, BLACK)
    board.line([(0.3, -0.28), (0.26, -0.46)], 0.05, BLACK)
    board.line([(-0.34, 0.14), (-0.5, 0.46)], 0.07, BLACK)
    board.line([(-0.26, 0.2), (-0.3, 0.5)], 0.07, BLACK)
    board.line([(0.14, 0.1), (0.4, 0.28), (0.34, 0.42)], 0.07, BLACK)
    board.line([(0.1, 0.14), (0.22, 0.34), (0.14, 0.46)], 0.07, BLACK)


def way(board: Board, *ways: list[Point]) -> None:
    """White arrows."""
    for points in ways:
        board.arrow(points, 0.2, WHITE)


def circling_arrows(board: Board) -> None:
    """Three arrows round a circle, against the clock."""
    for start in (90, 210, 330):
        board.arrow(arc((0, 0), 0.46, from_deg=start, to_deg=start - 96), 0.15, WHITE)


Draw = Callable[["Board"], None]
"""Draws a pictogram in the middle of a sign."""


def _beyond(start: Point, angle: float, distance: float) -> Point:
    return start[0] + distance * math.cos(angle), start[1] + distance * math.sin(angle)


def _box(x: float, y: float, half_width: float, half_height: float) -> list[Point]:
    left, right = x - half_width, x + half_width
    return [
        (left, y - half_height),
        (right, y - half_height),
        (right, y + half_height),
        (left, y + half_height),
    ]


def _moved(points: list[Point], x: float, y: float) -> list[Point]:
    return [(x + px, y + py) for px, py in points]

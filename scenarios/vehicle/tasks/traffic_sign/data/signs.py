"""The 43 signs, drawn: their shapes and colours, digits, and simplified pictograms."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from edge_aibench.scenarios.vehicle.tasks.traffic_sign.classes import SPEED_LIMITS
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.data import pictograms
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.data.board import (
    BLACK,
    BLUE,
    GREY,
    RED,
    WHITE,
    YELLOW,
    Board,
    mirrored,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from edge_aibench.scenarios.vehicle.tasks.traffic_sign.data.board import Colour, Point
    from edge_aibench.scenarios.vehicle.tasks.traffic_sign.data.pictograms import Draw

_RIGHT_TURN: Final[list[Point]] = [(-0.2, 0.6), (-0.2, -0.12), (0.62, -0.12)]
_UP: Final[list[Point]] = [(0.0, 0.7), (0.0, -0.72)]
_UP_BESIDE: Final[list[Point]] = [(-0.16, 0.62), (-0.16, -0.68)]
_OFF_TO_THE_RIGHT: Final[list[Point]] = [(-0.16, 0.3), (-0.02, 0.06), (0.68, 0.06)]
_DOWN_RIGHT: Final[list[Point]] = [(-0.42, -0.42), (0.5, 0.5)]


def draw_sign(class_id: int, side: int) -> NDArray[np.float32]:
    """Draw a class's sign, float32 (side, side, 4): RGB times opacity, and opacity."""
    board = Board()
    if class_id in SPEED_LIMITS:
        _forbidding(board)
        _digits(board, str(SPEED_LIMITS[class_id]), BLACK)
    else:
        _DRAWINGS[class_id](board)
    return board.picture(side)


def _forbidding(board: Board) -> None:
    board.disc((0, 0), 0.98, RED)
    board.disc((0, 0), 0.76, WHITE)


def _no_overtaking(board: Board, overtaker: Callable[[Board, float, float, Colour], None]) -> None:
    _forbidding(board)
    overtaker(board, -0.32, 0.04, RED)
    pictograms.car(board, 0.34, 0.04, BLACK)


def _no_lorries(board: Board) -> None:
    _forbidding(board)
    pictograms.lorry_from_the_side(board)


def _no_entry(board: Board) -> None:
    board.disc((0, 0), 0.98, RED)
    board.polygon([(-0.72, -0.18), (0.72, -0.18), (0.72, 0.18), (-0.72, 0.18)], WHITE)


def _end(board: Board, draw: Draw | None = None) -> None:
    """A white disc with a narrow edge, crossed out by five black lines."""
    board.disc((0, 0), 0.98, GREY)
    board.disc((0, 0), 0.92, WHITE)
    if draw is not None:
        draw(board)
    for aside in (-0.16, -0.08, 0.0, 0.08, 0.16):
        board.line([(0.62 + aside, -0.62 + aside), (-0.62 + aside, 0.62 + aside)], 0.05, BLACK)


def _end_of_no_overtaking(
    board: Board, overtaker: Callable[[Board, float, float, Colour], None]
) -> None:
    def vehicles(board: Board) -> None:
        overtaker(board, -0.34, 0.04, GREY)
        pictograms.car(board, 0.36, 0.04, GREY)

    _end(board, vehicles)


def _priority_road(board: Board) -> None:
    for reach, colour in ((0.99, BLACK), (0.94, WHITE), (0.64, YELLOW)):
        board.polygon([(0, -reach), (reach, 0), (0, reach), (-reach, 0)], colour)


def _triangle(board: Board, *, points_down: bool) -> None:
    for reach, colour in ((1.0, RED), (0.72, WHITE)):
        # The centre of an upright triangle lies below its box's.
        top, bottom, half = 0.28 - 1.22 * reach, 0.28 + 0.58 * reach, 0.98 * reach
        points = [(0.0, top), (half, bottom), (-half, bottom)]
        board.polygon([(x, -y) for x, y in points] if points_down else points, colour)


def _warning(draw: Draw) -> Draw:
    """A red triangle round a pictogram, which is drawn about its middle at 0.9 of its size."""

    def sign(board: Board) -> None:
        _triangle(board, points_down=False)
        inner = Board()
        draw(inner)
        board.paste(inner, scale=0.88, down=0.25)

    return sign


def _stop(board: Board) -> None:
    for reach, colour in ((1.0, WHITE), (0.95, RED)):
        edge = 0.414 * reach
        board.polygon(
            [
                (-edge, -reach),
                (edge, -reach),
                (reach, -edge),
                (reach, edge),
                (edge, reach),
                (-edge, reach),
                (-reach, edge),
                (-reach, -edge),
            ],
            colour,
        )
    board.text("STOP", half_width=0.78, half_height=0.28, colour=WHITE)


def _ordering(*ways: list[Point]) -> Draw:
    """A blue disc with white arrows."""

    def sign(board: Board) -> None:
        _blue_disc(board)
        pictograms.way(board, *ways)

    return sign


def _roundabout(board: Board) -> None:
    _blue_disc(board)
    pictograms.circling_arrows(board)


def _blue_disc(board: Board) -> None:
    board.disc((0, 0), 0.98, WHITE)
    board.disc((0, 0), 0.94, BLUE)


def _digits(board: Board, digits: str, colour: Colour) -> None:
    half_width, half_height = (0.46, 0.4) if len(digits) == 2 else (0.58, 0.36)
    # The font's nought is crossed out, which no sign's is; its letter O is not.
    board.text(
        digits.replace("0", "O"), half_width=half_width, half_height=half_height, colour=colour
    )


_DRAWINGS: Final[dict[int, Draw]] = {
    6: lambda board: _end(board, lambda inner: _digits(inner, "80", GREY)),
    9: lambda board: _no_overtaking(board, pictograms.car),
    10: lambda board: _no_overtaking(board, pictograms.lorry),
    11: _warning(pictograms.crossing),
    12: _priority_road,
    13: lambda board: _triangle(board, points_down=True),
    14: _stop,
    15: _forbidding,
    16: _no_lorries,
    17: _no_entry,
    18: _warning(pictograms.exclamation_mark),
    19: _warning(lambda board: pictograms.bend(board, to_the_right=False)),
    20: _warning(lambda board: pictograms.bend(board, to_the_right=True)),
    21: _warning(pictograms.double_bend),
    22: _warning(pictograms.bumps),
    23: _warning(pictograms.skidding_car),
    24: _warning(pictograms.narrowing_road),
    25: _warning(pictograms.digger),
    26: _warning(pictograms.traffic_light),
    27: _warning(pictograms.walker_on_stripes),
    28: _warning(pictograms.running_children),
    29: _warning(pictograms.bicycle),
    30: _warning(pictograms.snowflake),
    31: _warning(pictograms.deer),
    32: _end,
    33: _ordering(_RIGHT_TURN),
    34: _ordering(mirrored(_RIGHT_TURN)),
    35: _ordering(_UP),
    36: _ordering(_UP_BESIDE, _OFF_TO_THE_RIGHT),
    37: _ordering(mirrored(_UP_BESIDE), mirrored(_OFF_TO_THE_RIGHT)),
    38: _ordering(_DOWN_RIGHT),
    39: _ordering(mirrored(_DOWN_RIGHT)),
    40: _roundabout,
    41: lambda board: _end_of_no_overtaking(board, pictograms.car),
    42: lambda board: _end_of_no_overtaking(board, pictograms.lorry),
}

"""The driving decision: where the car is in its lane, which limit holds, whether to halt.

A sign counts when it was recognised in two of the last three frames: the network has no answer
for what is no sign, and what it makes of a patch of grass differs from frame to frame.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from edge_aibench.scenarios.vehicle.drives.road import SIZE
from edge_aibench.scenarios.vehicle.drives.roadside import ENDS_OF_LIMITS, GIVE_WAY, STOP
from edge_aibench.scenarios.vehicle.tasks.lane_detection.lanes import rank_lines
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.classes import SPEED_LIMITS

if TYPE_CHECKING:
    from edge_aibench.model.components import Call
    from edge_aibench.scenarios.vehicle.tasks.lane_detection.lanes import Lanes

Halt = Literal["no", "give-way", "stop"]

HALTS: Final[Mapping[int, Halt]] = {GIVE_WAY: "give-way", STOP: "stop"}
LIMITS: Final[Mapping[int, int | None]] = {**SPEED_LIMITS, **dict.fromkeys(ENDS_OF_LIMITS)}
"""What each sign about speed makes the limit, km/h; None is no limit."""

SURE_LENGTH: Final = 0.7
"""Of a capsule that a halt is taken from: brake lights are taken for stop signs with lengths of
0.66 in the median, stop signs with 0.94."""

_FRAMES: Final = 3
_NEEDED: Final = 2


@dataclass(frozen=True, kw_only=True)
class SeenSign:
    """A recognised sign, its capsule's *length* and its *box* in the frame."""

    class_id: int
    length: float
    box: tuple[int, int, int, int]

    @property
    def height_px(self) -> int:
        """How high it is in the frame."""
        return self.box[3] - self.box[1]


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What goes back to the vehicle.

    *offset_share* is how far the car is right of the middle of its lane, in widths of the lane,
    None unless both its lines are seen; *speed_limit_kmh* the limit in force, None for none.
    """

    offset_share: float | None
    speed_limit_kmh: int | None
    halt: Halt


class Memory:
    """What one vehicle's frames have shown so far; they may come late or in another order."""

    def __init__(self) -> None:
        self._heights: dict[int, dict[int, int]] = {}
        self._limit: int | None = None
        self._limit_since = -1

    def see(self, sequence: int, signs: Sequence[SeenSign]) -> tuple[int | None, Halt]:
        """Take in the signs of a frame; give the limit in force and whether to halt."""
        heights: dict[int, int] = {}
        for sign in signs:
            if sign.class_id in HALTS and sign.length < SURE_LENGTH:
                continue
            heights[sign.class_id] = max(sign.height_px, heights.get(sign.class_id, 0))
        self._heights[sequence] = heights
        newest = max(self._heights)
        for old in [kept for kept in self._heights if kept <= newest - _FRAMES]:
            del self._heights[old]
        confirmed = self._confirmed(sequence)
        limits = {number: high for number, high in confirmed.items() if number in LIMITS}
        if limits and sequence > self._limit_since:
            # Of two the nearer one, which is the one that looks larger.
            self._limit = LIMITS[max(limits, key=limits.__getitem__)]
            self._limit_since = sequence
        halts = {number: high for number, high in confirmed.items() if number in HALTS}
        halt: Halt = HALTS[max(halts, key=halts.__getitem__)] if halts else "no"
        return self._limit, halt

    def _confirmed(self, sequence: int) -> dict[int, int]:
        """Signs seen often enough up to this frame, with the largest height each had."""
        frames = [self._heights.get(sequence - back, {}) for back in range(_FRAMES)]
        counts: dict[int, list[int]] = {}
        for frame in frames:
            for number, high in frame.items():
                counts.setdefault(number, []).append(high)
        return {number: max(highs) for number, highs in counts.items() if len(highs) >= _NEEDED}


class Decide:
    """Joins both branches; remembers each vehicle's signs, so one worker must see them all."""

    def __init__(self) -> None:
        self._memories: dict[int, Memory] = {}

    def process(self, call: Call) -> Decision:
        """Decide from the frame's lanes and signs, and from those before."""
        memory = self._memories.setdefault(call.instance, Memory())
        limit, halt = memory.see(call.sequence, call.inputs["traffic-sign"])
        return Decision(
            offset_share=lane_offset(call.inputs["lane-detection"]),
            speed_limit_kmh=limit,
            halt=halt,
        )


def lane_offset(lanes: Lanes) -> float | None:
    """How far the middle of the image is right of the lane's middle at its bottom, in widths of
    the lane; None unless there is a line on either side of it.
    """
    width, height = SIZE
    ranked = rank_lines(lanes.columns, lanes.rows, width=width, height=height)
    nearest = {right: line for (right, rank), line in ranked if rank == 0}
    if len(nearest) < 2:
        return None
    left, right = (_at_bottom(nearest[side], lanes, height) for side in (False, True))
    return float((width / 2 - (left + right) / 2) / (right - left))


def _at_bottom(
    line: np.ndarray[tuple[int], np.dtype[np.float64]], lanes: Lanes, height: int
) -> float:
    """Where a straight line through the lowest four points meets the bottom of the image."""
    last = np.flatnonzero(line >= 0)[-4:]
    return float(np.polyfit(lanes.rows[last] - height, line[last], 1)[1])

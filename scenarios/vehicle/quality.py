"""How right the answers were, by what is known of the frames.

A sign must be seen from `MUST_SEE_PX` on while it is clear; smaller, half out of the image or
hidden it may be. So decisions have a band in which either is right: from a sign coming into
sight until it has been clear in two frames, and for two frames after it has left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.model.components import NOT_JUDGED, judged_values
from edge_aibench.scenarios.vehicle.decision import HALTS, LIMITS
from edge_aibench.scenarios.vehicle.detection import overlap
from edge_aibench.scenarios.vehicle.drives.frames import LABEL_SCALE
from edge_aibench.scenarios.vehicle.tasks.lane_detection.lanes import ABSENT
from edge_aibench.scenarios.vehicle.tasks.lane_detection.tusimple_metric import score_frame

if TYPE_CHECKING:
    from edge_aibench.model.components import Answer
    from edge_aibench.model.scenario import Stage
    from edge_aibench.scenarios.vehicle.decision import Decision, SeenSign
    from edge_aibench.scenarios.vehicle.drives.frames import FrameTruth, VisibleSign
    from edge_aibench.scenarios.vehicle.recordings import Fleet
    from edge_aibench.scenarios.vehicle.tasks.lane_detection.lanes import Lanes

MUST_SEE_PX: Final = 18
"""How high a sign is in a frame of 360 rows before it must be found: a disc of 0.75 m at 22 m."""

_SAME_PLACE: Final = 0.5
_LINGERS: Final = 2

# Of each stage: the metric of its shipped weights, and the name of its mean score.
_MEASURES: Final = {
    "lane-detection": ("accuracy", "run_accuracy"),
    "traffic-sign": ("top1", "run_found_and_right"),
    "decide": ("", "run_right"),
}


def score_lanes(answer: Lanes, truth: FrameTruth) -> float:
    """TuSimple's accuracy, in pixels of 1280 x 720 and at every second of its rows."""
    columns = np.where(answer.present, LABEL_SCALE * (answer.columns + 0.5) - 0.5, ABSENT)
    return score_frame(columns, truth.lanes.columns, truth.lanes.rows).accuracy


def score_signs(answer: Sequence[SeenSign], truth: FrameTruth) -> float:
    """The share of the signs to be seen that were found (half of the union of both boxes in
    common) and named right; `NOT_JUDGED` in a frame without any.
    """
    wanted = [sign for sign in truth.signs or () if must_see(sign)]
    if not wanted:
        return NOT_JUDGED
    right = sum(
        any(
            seen.class_id == sign.class_id and overlap(seen.box, sign.box) >= _SAME_PLACE
            for seen in answer
        )
        for sign in wanted
    )
    return right / len(wanted)


def must_see(sign: VisibleSign) -> bool:
    """Whether a sign is large and clear enough to be found."""
    return sign.clear and sign.height_px >= MUST_SEE_PX


class DecisionTruth:
    """Which decisions are right for a vehicle that sees *truths* over and over from *start* on."""

    def __init__(self, truths: Sequence[FrameTruth], *, start: int) -> None:
        self._length = len(truths)
        order = [
            truths[(start + step) % len(truths)].signs or () for step in range(2 * len(truths))
        ]
        self._limits = _right_limits(order)
        self._halts = [_right_halts(order, step) for step in range(len(order))]

    def score(self, decision: Decision, sequence: int) -> float:
        """1 if both the limit and the halt are right, else 0."""
        # The first round differs from all others: no sign was met before it.
        step = sequence
        if sequence >= self._length:
            step = self._length + sequence % self._length
        right = (
            decision.speed_limit_kmh in self._limits[step] and decision.halt in self._halts[step]
        )
        return float(right)


class Judge:
    """Scores outputs and sums scores up."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._decisions: dict[tuple[int, int], DecisionTruth] = {}

    def score(self, stage: str, vehicle: int, sequence: int, output: Any) -> float:
        """Score the output of stage `lane-detection`, `traffic-sign` or `decide`."""
        truth = self._fleet.truth(vehicle, sequence)
        if stage == "lane-detection":
            return score_lanes(output, truth)
        if truth.signs is None:
            return NOT_JUDGED
        if stage == "traffic-sign":
            return score_signs(output, truth)
        return self._decision_truth(vehicle).score(output, sequence)

    def _decision_truth(self, vehicle: int) -> DecisionTruth:
        number, start = self._fleet.start(vehicle)
        if (number, start) not in self._decisions:
            truths = self._fleet.recordings[number].truths
            self._decisions[number, start] = DecisionTruth(truths, start=start)
        return self._decisions[number, start]


def sum_up(answers: Sequence[Answer], stages: Mapping[str, Stage]) -> Mapping[str, Any]:
    """The mean score of each stage over the frames that could be judged, their number, and what
    the shipped weights reach on the test split of their own task's data.
    """
    judged = judged_values(answers)
    return {name: _measures(name, values, stages[name]) for name, values in judged.items()}


def _measures(name: str, values: Sequence[float], stage: Stage) -> dict[str, Any]:
    from edge_aibench.inference.stage_network import shipped_figures

    shipped, mean = _MEASURES[name]
    return {
        **shipped_figures(stage, [shipped]),
        mean: float(np.mean(values)) if values else None,
        "run_frames": len(values),
    }


def _right_limits(order: Sequence[Sequence[VisibleSign]]) -> list[set[int | None]]:
    right: list[set[int | None]] = []
    holds: set[int | None] = {None}
    before: set[int] = set()
    for signs in order:
        about_speed = [sign for sign in signs if sign.class_id in LIMITS]
        clear = [sign for sign in about_speed if must_see(sign)]
        sure = [sign for sign in clear if sign.class_id in before]
        if sure:
            nearest = max(sure, key=lambda sign: sign.height_px)
            holds = {LIMITS[nearest.class_id]}
        holds = holds | {LIMITS[sign.class_id] for sign in about_speed}
        before = {sign.class_id for sign in clear}
        right.append(holds)
    return right


def _right_halts(order: Sequence[Sequence[VisibleSign]], step: int) -> set[str]:
    recent = [order[step - back] for back in range(_LINGERS + 1) if step - back >= 0]
    in_sight = {
        HALTS[sign.class_id] for signs in recent for sign in signs if sign.class_id in HALTS
    }
    clear = [
        {sign.class_id for sign in signs if sign.class_id in HALTS and must_see(sign)}
        for signs in recent[:2]
    ]
    sure = clear[0] & clear[1] if len(clear) == 2 else set()
    right: set[str] = set(in_sight)
    if not sure:
        right.add("no")
    return right

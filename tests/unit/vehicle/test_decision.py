"""Signs are believed when seen twice; limits last; the lane's middle by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_aibench.model.components import Call
from edge_aibench.scenarios.vehicle.decision import Decide, Decision, Memory, SeenSign, lane_offset
from edge_aibench.scenarios.vehicle.tasks.lane_detection.lanes import ABSENT, Lanes, answer_rows

LIMIT_30, LIMIT_50, END_OF_ALL, GIVE_WAY, STOP, BEND = 1, 2, 32, 13, 14, 19
ROWS = answer_rows(360)


def sign(class_id: int, *, height: int = 20, length: float = 0.9) -> SeenSign:
    return SeenSign(class_id=class_id, length=length, box=(0, 0, height, height))


def watch(*frames: list[SeenSign]) -> list[tuple[int | None, str]]:
    memory = Memory()
    return [memory.see(sequence, signs) for sequence, signs in enumerate(frames)]


def test_a_sign_seen_once_does_not_count() -> None:
    assert watch([sign(LIMIT_50)], [], [], []) == [(None, "no")] * 4


def test_a_limit_holds_from_its_second_frame_on() -> None:
    seen = watch([], [sign(LIMIT_50)], [sign(LIMIT_50)], [], [], [], [])
    assert [limit for limit, _ in seen] == [None, None, 50, 50, 50, 50, 50]


def test_a_frame_may_be_missed_between_two() -> None:
    seen = watch([sign(LIMIT_50)], [], [sign(LIMIT_50)])
    assert seen[-1] == (50, "no")


def test_two_frames_too_far_apart_do_not_count() -> None:
    assert watch([sign(LIMIT_50)], [], [], [sign(LIMIT_50)])[-1] == (None, "no")


def test_the_larger_of_two_limits_is_the_nearer_one() -> None:
    both = [sign(LIMIT_30, height=14), sign(LIMIT_50, height=30)]
    assert watch(both, both)[-1] == (50, "no")
    assert watch(both, both, [sign(LIMIT_30)], [sign(LIMIT_30)], [sign(LIMIT_30)])[-1] == (30, "no")


def test_the_end_of_all_limits_ends_them() -> None:
    limit, end = [sign(LIMIT_30)], [sign(END_OF_ALL)]
    assert [limit for limit, _ in watch(limit, limit, [], end, end)] == [None, 30, 30, 30, None]


@pytest.mark.parametrize(("class_id", "halt"), [(STOP, "stop"), (GIVE_WAY, "give-way")])
def test_a_halt_lasts_while_its_sign_is_seen(class_id: int, halt: str) -> None:
    frame = [sign(class_id)]
    seen = watch(frame, frame, frame, [], [])
    assert [found for _, found in seen] == ["no", halt, halt, halt, "no"]


def test_a_halt_takes_a_long_capsule() -> None:
    faint = [sign(STOP, length=0.65)]
    assert watch(faint, faint, faint)[-1] == (None, "no")
    assert watch([sign(LIMIT_30, length=0.65)], [sign(LIMIT_30, length=0.65)])[-1] == (30, "no")


def test_other_signs_decide_nothing() -> None:
    assert watch([sign(BEND)], [sign(BEND)], [sign(BEND)])[-1] == (None, "no")


def test_a_late_frame_does_not_bring_an_old_limit_back() -> None:
    memory = Memory()
    for sequence, class_id in ((0, LIMIT_30), (1, LIMIT_30), (3, LIMIT_50), (4, LIMIT_50)):
        memory.see(sequence, [sign(class_id)])
    assert memory.see(2, [sign(LIMIT_30)])[0] == 50
    assert memory.see(5, [])[0] == 50


@given(st.permutations(range(6)))
def test_a_limit_seen_in_every_frame_is_known_whatever_their_order(order: list[int]) -> None:
    memory = Memory()
    seen = [memory.see(sequence, [sign(LIMIT_50)])[0] for sequence in order]
    assert set(seen) <= {None, 50}
    assert memory.see(6, [sign(LIMIT_50)])[0] == 50 or order[-1] < 5


def straight(*columns: float) -> Lanes:
    lines = np.array([np.full(len(ROWS), column) for column in columns])
    return Lanes(rows=ROWS, columns=lines.reshape(len(columns), len(ROWS)))


def test_the_offset_is_counted_from_the_lanes_middle() -> None:
    # The lane goes from 200 to 400, its middle is 300; the car is at 320: 20 of 200 to the right.
    assert lane_offset(straight(200.0, 400.0)) == pytest.approx(0.1)
    assert lane_offset(straight(20.0, 240.0, 400.0, 630.0)) == pytest.approx(0.0)


def test_slanted_lines_count_where_they_leave_the_image() -> None:
    # Left: 320 at row 80, one column less a row: 40 at row 360. Right: the same way to 640.
    left, right = 320 - (ROWS - 80), 320 + (ROWS - 80) * 320 / 280
    left[-3:], right[-5:] = ABSENT, ABSENT
    lanes = Lanes(rows=ROWS, columns=np.array((left, right)))
    assert lane_offset(lanes) == pytest.approx((320 - 340) / 600)


@pytest.mark.parametrize("columns", [(), (200.0,), (350.0, 500.0), (10.0, 200.0)])
def test_without_a_line_on_either_side_there_is_no_offset(columns: tuple[float, ...]) -> None:
    assert lane_offset(straight(*columns)) is None


def test_each_vehicle_has_its_own_memory() -> None:
    stage = Decide()

    def decide(vehicle: int, sequence: int, *signs: SeenSign) -> Decision:
        inputs = {"lane-detection": straight(200.0, 400.0), "traffic-sign": signs}
        return stage.process(Call(vehicle, sequence, inputs))

    for sequence in range(2):
        decide(0, sequence, sign(LIMIT_30))
        decide(1, sequence, sign(LIMIT_50))
    first, second, third = (decide(vehicle, 2) for vehicle in range(3))
    assert (first.speed_limit_kmh, second.speed_limit_kmh, third.speed_limit_kmh) == (30, 50, None)
    assert first.offset_share == pytest.approx(0.1)

"""A drive closes on itself, and what moves in it moves as one world."""

from __future__ import annotations

import numpy as np
import pytest

from edge_aibench.scenarios.vehicle.drives.road import FRAMES, LOOP_M, STEP_M, Drive, draw_drive
from edge_aibench.scenarios.vehicle.drives.roadside import ENDS_OF_LIMITS
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.classes import SPEED_LIMITS

NUMBERS = range(6)


@pytest.fixture(scope="module")
def drives() -> list[Drive]:
    return [draw_drive(5, number) for number in NUMBERS]


def test_the_frames_cover_the_loop() -> None:
    assert pytest.approx(LOOP_M) == FRAMES * STEP_M


def test_dashes_come_out_even_over_the_loop(drives: list[Drive]) -> None:
    periods = [
        line.dash_m + line.gap_m for drive in drives for line in drive.scene.lines if line.gap_m
    ]
    assert periods
    for period in periods:
        assert LOOP_M / period == pytest.approx(round(LOOP_M / period))


def test_the_loop_ends_where_it_began(drives: list[Drive]) -> None:
    for drive in drives:
        first, last = drive.scene_at(0), drive.scene_at(FRAMES)
        for name in ("offset_m", "heading", "curvature", "curvature_rate"):
            assert getattr(last.road, name) == pytest.approx(getattr(first.road, name), abs=1e-9)
        for before, after in zip(first.vehicles, last.vehicles, strict=True):
            assert after.distance_m == pytest.approx(before.distance_m)
        for begin, end in zip(first.lines, last.lines, strict=True):
            if begin.gap_m:
                period = begin.dash_m + begin.gap_m
                apart = (end.phase_m - begin.phase_m) % period
                assert min(apart, period - apart) == pytest.approx(0, abs=1e-6)


def test_paint_comes_nearer_by_the_way_driven(drives: list[Drive]) -> None:
    for drive in drives:
        for before, after in zip(drive.scene_at(7).lines, drive.scene_at(8).lines, strict=True):
            if before.gap_m:
                moved = (after.phase_m - before.phase_m) % (before.dash_m + before.gap_m)
                assert moved == pytest.approx(STEP_M)


def test_the_car_goes_where_it_points(drives: list[Drive]) -> None:
    """The offset changes by the heading times the way, to second order."""
    for drive in drives:
        for frame in range(FRAMES - 1):
            here, there = drive.scene_at(frame).road, drive.scene_at(frame + 1).road
            slope = (here.heading + there.heading) / 2
            assert there.offset_m - here.offset_m == pytest.approx(slope * STEP_M, abs=2e-3)


def test_the_bend_changes_at_its_rate(drives: list[Drive]) -> None:
    for drive in drives:
        for frame in range(FRAMES - 1):
            here, there = drive.scene_at(frame).road, drive.scene_at(frame + 1).road
            rate = (here.curvature_rate + there.curvature_rate) / 2
            assert there.curvature - here.curvature == pytest.approx(rate * STEP_M, abs=1e-6)


def test_vehicles_keep_their_distances_to_each_other(drives: list[Drive]) -> None:
    for drive in drives:
        before = np.array([vehicle.distance_m for vehicle in drive.scene.vehicles])
        after = np.array([vehicle.distance_m for vehicle in drive.scene_at(11).vehicles])
        if len(before):
            assert np.ptp(after - before) == pytest.approx(0, abs=1e-9)
            assert after.min() > 3


def test_signs_come_nearer_and_come_again(drives: list[Drive]) -> None:
    for drive in drives:
        for before, after in zip(drive.ahead_m(3), drive.ahead_m(4), strict=True):
            assert (before - after) % LOOP_M == pytest.approx(STEP_M)


def test_each_drive_has_a_limit_and_a_change_of_it(drives: list[Drive]) -> None:
    for drive in drives:
        first, _, second, _ = (sign.class_id for sign in drive.signs)
        assert first in SPEED_LIMITS
        assert second in {*SPEED_LIMITS, *ENDS_OF_LIMITS} - {first}


def test_signs_stand_beside_the_road(drives: list[Drive]) -> None:
    for drive in drives:
        left, right = drive.scene.edges_m
        for sign in drive.signs:
            outside = max(left - sign.offset_m, sign.offset_m - right)
            assert outside > sign.side_m / 2

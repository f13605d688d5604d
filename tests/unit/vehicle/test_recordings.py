"""Who sees what when; and the frames of a TuSimple folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.vehicle.drives.files import PACKED_SHAPE, Recording
from edge_aibench.scenarios.vehicle.drives.frames import FrameTruth
from edge_aibench.scenarios.vehicle.recordings import (
    MOST_DRIVES,
    MOST_FRAMES,
    Fleet,
    make_fleet,
    open_recordings,
)
from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.files import write_image
from edge_aibench.scenarios.vehicle.tasks.lane_detection.lanes import Lanes
from tests.unit.vehicle.conftest import write_label_file


def empty_recording(frames: int) -> Recording:
    lanes = Lanes(rows=np.arange(3.0), columns=np.zeros((0, 3)))
    truth = FrameTruth(lanes=lanes, offset_share=None, signs=None)
    return Recording(packed=np.zeros((frames, *PACKED_SHAPE), np.uint8), truths=(truth,) * frames)


def test_vehicles_take_turns_and_keep_apart() -> None:
    fleet = Fleet(recordings=(empty_recording(10), empty_recording(8)), starts=(3, 5), vehicles=4)
    # Two share each recording: half of it lies between them.
    assert [fleet.start(vehicle) for vehicle in range(4)] == [(0, 3), (1, 5), (0, 8), (1, 1)]
    assert [fleet.at(1, sequence) for sequence in (0, 2, 3, 8, 80)] == [
        (1, 5),
        (1, 7),
        (1, 0),
        (1, 5),
        (1, 5),
    ]


@given(st.integers(1, 4), st.integers(1, 40), st.integers(0, 400))
def test_no_two_vehicles_see_the_same_frame_while_there_are_enough(
    recordings: int, vehicles: int, sequence: int
) -> None:
    fleet = Fleet(
        recordings=(empty_recording(10),) * recordings, starts=(0,) * recordings, vehicles=vehicles
    )
    seen = {fleet.at(vehicle, sequence) for vehicle in range(vehicles)}
    if vehicles <= 10 * recordings:
        assert len(seen) == vehicles


def test_observations_depend_on_nothing_else(drives_root: Path) -> None:
    fleet = make_fleet(drives_root, vehicles=2, seed=1)
    first = fleet.observe(1, 4)
    fleet.observe(0, 0)
    assert (fleet.observe(1, 4) == first).all()
    assert (fleet.observe(0, 4) != first).any()
    assert (fleet.observe(1, 5) != first).any()


def test_the_seed_decides_where_vehicles_are(drives_root: Path) -> None:
    places = {make_fleet(drives_root, vehicles=2, seed=seed).starts for seed in range(6)}
    assert len(places) > 1
    again = make_fleet(drives_root, vehicles=2, seed=3)
    assert again.starts == make_fleet(drives_root, vehicles=2, seed=3).starts


def test_one_run_holds_some_tens_of_megabytes() -> None:
    assert MOST_DRIVES * 40 <= MOST_FRAMES
    assert MOST_FRAMES * np.prod(PACKED_SHAPE) <= 60e6


@pytest.fixture
def tusimple(tmp_path: Path) -> Path:
    """Two frames: TuSimple's size with one line at column 300, and half of it at column 300."""
    line = [300] * 55 + [-2]
    write_label_file(tmp_path, [("clips/1/20.jpg", [line]), ("clips/2/20.jpg", [line])])
    write_image(tmp_path / "clips/1/20.jpg", np.full((720, 1280, 3), 90, np.uint8), quality=90)
    write_image(tmp_path / "clips/2/20.jpg", np.full((720, 640, 3), 160, np.uint8), quality=90)
    return tmp_path


def test_real_frames_are_shrunk_and_their_lanes_scaled(tusimple: Path) -> None:
    (recording,) = open_recordings(tusimple)
    assert len(recording) == 2
    first, second = recording.truths
    assert first.lanes.rows.tolist() == list(range(160, 720, 20))
    assert (first.lanes.columns == 300).all()
    assert (second.lanes.columns == 600).all()
    assert recording.image(0).shape == (360, 640, 3)
    assert recording.image(0).mean() == pytest.approx(90, abs=2)
    assert recording.image(1).mean() == pytest.approx(160, abs=2)


def test_nothing_is_known_of_signs_in_real_frames(tusimple: Path) -> None:
    (recording,) = open_recordings(tusimple)
    assert {truth.signs for truth in recording.truths} == {None}
    assert {truth.offset_share for truth in recording.truths} == {None}


def test_an_unreadable_frame_costs_that_frame_only(tusimple: Path) -> None:
    (tusimple / "clips/1/20.jpg").write_bytes(b"no image")
    (recording,) = open_recordings(tusimple)
    assert len(recording) == 1
    assert recording.image(0).mean() == pytest.approx(160, abs=2)


def test_frames_none_of_which_can_be_read_are_refused(tusimple: Path) -> None:
    for clip in "12":
        (tusimple / f"clips/{clip}/20.jpg").unlink()
    with pytest.raises(ConfigError, match=r"clips/1/20\.jpg"):
        open_recordings(tusimple)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="label file is missing"):
        make_fleet(tmp_path, vehicles=1, seed=1)

"""Drives come back from disk as they were, and what is damaged is named."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from edge_aibench.errors import ConfigError, HostError
from edge_aibench.scenarios.vehicle.drives import files
from edge_aibench.scenarios.vehicle.drives.files import (
    generated_drives,
    open_drives,
    write_drives,
)
from edge_aibench.scenarios.vehicle.drives.frames import drive_frames
from tests.unit.vehicle.conftest import DRIVES, FRAMES, SEED


@pytest.fixture
def copied(drives_root: Path, tmp_path: Path) -> Path:
    root = tmp_path / "copy"
    shutil.copytree(drives_root, root)
    return root


def test_all_drives_and_frames_are_there(drives_root: Path) -> None:
    drives = open_drives(drives_root)
    assert [len(drive) for drive in drives] == [FRAMES] * DRIVES


def test_truth_comes_back_whole(drives_root: Path) -> None:
    drive = open_drives(drives_root)[1]
    for frame, truth in zip(drive_frames(SEED, 1, frames=FRAMES), drive.truths, strict=True):
        assert truth.signs == frame.truth.signs
        assert truth.offset_share == pytest.approx(frame.truth.offset_share)
        assert (truth.lanes.columns == frame.truth.lanes.columns).all()
        assert truth.lanes.rows.tolist() == list(range(160, 720, 20))


def test_light_comes_back_and_colour_at_half_the_size(drives_root: Path) -> None:
    drive = open_drives(drives_root)[0]
    frame = next(drive_frames(SEED, 0))
    back = drive.image(0)
    assert back.shape == (360, 640, 3)
    assert back.dtype == np.uint8
    weights = np.array((0.299, 0.587, 0.114))
    assert np.abs(back @ weights - frame.image @ weights).mean() < 2


def test_an_image_is_the_callers_own(drives_root: Path) -> None:
    drive = open_drives(drives_root)[0]
    first = drive.image(0)
    kept = first.copy()
    first[:] = 0
    assert (drive.image(0) == kept).all()


def test_the_same_seed_writes_the_same_bytes(drives_root: Path, tmp_path: Path) -> None:
    write_drives(tmp_path, seed=SEED, drives=1, frames=2)
    for name in ("lanes.json", "signs.json"):
        again = (tmp_path / "drives/0" / name).read_text(encoding="utf-8").splitlines()
        first = (drives_root / "drives/0" / name).read_text(encoding="utf-8").splitlines()
        assert again == first[:2]
    frames = np.load(tmp_path / "drives/0/frames.npy")
    assert (frames == np.load(drives_root / "drives/0/frames.npy")[:2]).all()


def test_a_folder_without_a_drive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "drives").mkdir()
    with pytest.raises(ConfigError, match="at least one drive"):
        open_drives(tmp_path)


@pytest.mark.parametrize("content", [b"", b"no array", b"\x93NUMPY\x01\x00"])
def test_damaged_frames_are_refused(copied: Path, content: bytes) -> None:
    (copied / "drives/1/frames.npy").write_bytes(content)
    with pytest.raises(ConfigError, match=r"drives/1/frames\.npy"):
        open_drives(copied)


def test_missing_frames_are_refused(copied: Path) -> None:
    (copied / "drives/0/frames.npy").unlink()
    with pytest.raises(ConfigError, match="readable array"):
        open_drives(copied)


@pytest.mark.parametrize(
    "frames",
    [
        np.zeros((6, 360, 640), np.uint8),
        np.zeros((6, 540, 640), np.float32),
        np.zeros((0, 540, 640), np.uint8),
    ],
)
def test_frames_of_another_kind_are_refused(copied: Path, frames: np.ndarray) -> None:
    np.save(copied / "drives/0/frames.npy", frames)
    with pytest.raises(ConfigError, match="must be frames"):
        open_drives(copied)


@pytest.mark.parametrize("name", ["lanes.json", "signs.json"])
def test_a_line_for_each_frame_is_needed(copied: Path, name: str) -> None:
    path = copied / "drives/0" / name
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:-1]), encoding="utf-8")
    with pytest.raises(ConfigError, match="a line for each of the 6 frames"):
        open_drives(copied)


SIGN = {"class_id": 1, "box": [10, 10, 30, 30], "clear": True}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "Invalid JSON"),
        ("[]", "object"),
        (json.dumps({"signs": []}), "Field required"),
        (json.dumps({"signs": [SIGN | {"class_id": 43}], "offset": 0.0}), "less than 43"),
        (json.dumps({"signs": [SIGN | {"box": [10, 10, 641, 30]}], "offset": 0.0}), "in the frame"),
        (json.dumps({"signs": [SIGN | {"box": [10, 10, 10, 30]}], "offset": 0.0}), "in the frame"),
        (json.dumps({"signs": [SIGN | {"box": [10, 10, 30]}], "offset": 0.0}), "box"),
    ],
)
def test_a_damaged_sign_line_is_named(copied: Path, line: str, message: str) -> None:
    path = copied / "drives/0/signs.json"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([lines[0], line, *lines[2:]]) + "\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=message) as caught:
        open_drives(copied)
    assert caught.value.where.endswith("signs.json:2")


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "drives").write_text("in the way", encoding="utf-8")
    with pytest.raises(HostError, match="cannot be written"):
        write_drives(tmp_path, seed=1, drives=1, frames=1)


def test_the_default_drives_are_written_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "DRIVES", 1)
    root = generated_drives(tmp_path)
    (drive,) = open_drives(root)
    assert len(drive) == 40
    written = (root / "drives/0/frames.npy").stat().st_mtime_ns
    assert generated_drives(tmp_path) == root
    assert (root / "drives/0/frames.npy").stat().st_mtime_ns == written


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way", encoding="utf-8")
    with pytest.raises(HostError, match="XDG_CACHE_HOME"):
        generated_drives(tmp_path)

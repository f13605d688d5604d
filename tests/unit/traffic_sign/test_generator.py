from __future__ import annotations

import errno
import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_aibench.errors import ConfigError, HostError
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.data import GtsrbLayout
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.data.generator import extent_of
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.data.scenes import (
    SIGN_SIDE,
    photograph,
    put_up_sign,
    track_sides,
)
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.data.signs import draw_sign


def contents(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def test_the_layout_is_the_official_one(signs_root: Path) -> None:
    names = set(contents(signs_root))
    for class_id in range(43):
        folder = f"GTSRB/Final_Training/Images/{class_id:05d}"
        assert f"{folder}/GT-{class_id:05d}.csv" in names
        assert f"{folder}/00000_00000.ppm" in names
        assert f"{folder}/00001_00000.ppm" in names
    assert "GTSRB/Final_Test/Images/GT-final_test.csv" in names
    assert {f"GTSRB/Final_Test/Images/{number:05d}.ppm" for number in range(43)} <= names


def test_images_are_binary_ppm(signs_root: Path) -> None:
    path = signs_root / "GTSRB/Final_Training/Images/00000/00000_00000.ppm"
    content = path.read_bytes()
    kind, size, deepest, pixels = content.split(b"\n", 3)
    width, height = map(int, size.split())
    assert (kind, deepest) == (b"P6", b"255")
    assert len(pixels) == width * height * 3


def test_the_same_seed_writes_the_same_bytes_and_tells_of_each_image(
    signs_root: Path, tmp_path: Path
) -> None:
    told: list[tuple[int, int]] = []
    GtsrbLayout().write(
        tmp_path / "again",
        seed=7,
        scale=1e-6,
        progress=lambda done, total: told.append((done, total)),
    )
    assert contents(tmp_path / "again") == contents(signs_root)
    # 43 classes with two training tracks and a test track, of one image each.
    assert told == [(number + 1, 129) for number in range(129)]
    assert len(list(signs_root.rglob("*.ppm"))) == 129


def test_another_seed_writes_other_images(signs_root: Path, tmp_path: Path) -> None:
    GtsrbLayout().write(tmp_path, seed=8, scale=1e-6)
    ours, theirs = contents(signs_root), contents(tmp_path)
    images = [name for name in ours if name.endswith(".ppm")]
    assert not {ours[name] for name in images} & set(theirs.values())


def test_classes_are_as_frequent_as_in_the_real_data_set() -> None:
    # The real one has 2,250 images of limit 50 and 210 of limit 20, in tracks of 30; rare
    # classes are given a little more.
    extent = extent_of(1)
    assert extent.tracks[2] == max(extent.tracks) == 2250 // 30
    assert extent.tracks[0] == min(extent.tracks) == 12
    assert len(extent.tracks) == len(extent.test_tracks) == 43


def test_images_grow_with_the_scale() -> None:
    small, large = extent_of(0.25), extent_of(1)
    assert large.images == pytest.approx(4 * small.images, rel=0.1)


def test_the_smallest_scale_still_has_a_held_out_track_and_a_test_track() -> None:
    extent = extent_of(1e-6)
    assert set(extent.tracks) == {2}
    assert set(extent.test_tracks) == {1}
    assert extent.frames == extent.test_frames == 1


@pytest.mark.parametrize("scale", [0, -1, 4.1, float("nan")])
def test_a_scale_out_of_range_is_refused(tmp_path: Path, scale: float) -> None:
    with pytest.raises(ConfigError, match="scale"):
        GtsrbLayout().write(tmp_path, seed=0, scale=scale)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ConfigError, match="new or empty"):
        GtsrbLayout().write(tmp_path, seed=0, scale=1e-6)
    assert [entry.name for entry in tmp_path.iterdir()] == ["mine.txt"]


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(HostError, match=r"00000_00000\.ppm: No space"):
        GtsrbLayout().write(tmp_path, seed=0, scale=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_the_sign_grows_over_a_track_as_the_car_comes_nearer(seed: int) -> None:
    sides = np.array(track_sides(30, np.random.default_rng(seed)))
    assert (np.diff(sides) > 0).all()
    assert sides[0] >= 15
    assert sides[-1] <= 210
    # At even speed distances, which are one over the sides, fall by even steps.
    assert np.diff(1 / sides) == pytest.approx(np.full(29, np.diff(1 / sides).mean()))


@pytest.mark.parametrize("side", [15.0, 40.0, 210.0])
def test_the_box_lies_round_the_sign_with_a_border(side: float) -> None:
    # A white square on its own: where it is bright is where it is.
    square = np.ones((SIGN_SIDE, SIGN_SIDE, 4), dtype=np.float32)
    sign: Any = put_up_sign(square, np.random.default_rng(0))
    shot = photograph(sign, side, np.random.default_rng(1))
    height, width, _ = shot.image.shape
    assert min(height, width) >= 15
    assert max(height, width) <= 255
    assert shot.bottom - shot.top == pytest.approx(side, rel=0.25, abs=3)
    assert 2 <= shot.left < shot.right <= width - 2
    assert 2 <= shot.top < shot.bottom <= height - 2


def test_a_photograph_shows_its_sign() -> None:
    """Even worn and blurred, a stop sign is nearer to a stop sign than to an ahead-only one."""
    pictures = {number: draw_sign(number, SIGN_SIDE) for number in (14, 35)}
    for seed in range(6):
        rng = np.random.default_rng(seed)
        shot = photograph(put_up_sign(pictures[14], rng), 64, rng)
        cut = shot.image[shot.top : shot.bottom, shot.left : shot.right].astype(np.float64)
        red, _, blue = cut.mean(axis=(0, 1))
        assert red > blue

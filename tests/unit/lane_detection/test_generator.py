from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.vehicle.tasks.lane_detection.data import TuSimple
from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.frames import (
    DOMAINS,
    FrameSource,
)
from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.scene import draw_scene
from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.textures import (
    make_texture,
    smooth_noise,
)
from edge_aibench.scenarios.vehicle.tasks.lane_detection.lanes import answer_rows

ROWS = answer_rows(720)
SIZE = (1280, 720)


def digest(root: Path) -> str:
    found = sorted(path for path in root.rglob("*") if path.is_file())
    content = b"".join(str(path.relative_to(root)).encode() + path.read_bytes() for path in found)
    return hashlib.sha256(content).hexdigest()


def test_the_same_arguments_write_the_same_bytes(tusimple: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    TuSimple().write(
        tmp_path / "new", seed=3, scale=0.001, progress=lambda *done: told.append(done)
    )
    assert digest(tmp_path / "new") == digest(tusimple)
    assert told == [(done, 24) for done in range(1, 25)]


def test_another_seed_shows_another_road() -> None:
    first, second = (FrameSource(seed=seed, size=(320, 180), rows=ROWS) for seed in (1, 2))
    one, other = (source.frame("train", 0).image for source in (first, second))
    assert np.abs(one.astype(int) - other).mean() > 5


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_scenes_keep_to_their_split_s_domain(split: str) -> None:
    low, high = DOMAINS[split].curvature
    rng = np.random.default_rng(0)
    counts = set()
    for _ in range(150):
        scene = draw_scene(DOMAINS[split], SIZE, ROWS, rng)
        assert low <= abs(scene.road.curvature) <= high
        assert scene.texture in DOMAINS[split].textures
        visible = (scene.label(ROWS) >= 0).sum(axis=1)
        assert (visible >= 6).all()
        assert (np.diff(scene.labelled) > 3).all()
        counts.add(len(scene.labelled))
    assert counts == {2, 3, 4, 5}


def test_test_bends_and_textures_are_in_no_other_split() -> None:
    train, val, test = (DOMAINS[split] for split in ("train", "val", "test"))
    assert max(train.curvature[1], val.curvature[1]) <= test.curvature[0]
    textures = [*train.textures, *val.textures, *test.textures]
    assert len(textures) == len(set(textures))


def test_labels_lie_on_the_paint() -> None:
    """On average a label is brighter than the road half a metre beside it."""
    source = FrameSource(seed=5, size=SIZE, rows=ROWS)
    contrast = []
    for number in range(10):
        frame = source.frame("test", number)
        columns, rows = frame.scene.label(ROWS), ROWS.astype(int)
        lane_px = frame.scene.camera.focal_px / frame.scene.road.distance(frame.scene.camera, ROWS)
        grey = frame.image.mean(axis=2)
        for line in columns:
            aside = np.rint(0.5 * lane_px).astype(int, casting="unsafe")
            near = (line >= aside) & (line < SIZE[0] - aside) & (ROWS > 400)
            for row, column, gap in zip(
                rows[near], line[near].astype(int), aside[near], strict=True
            ):
                beside = (grey[row, column - gap] + grey[row, column + gap]) / 2
                contrast.append(grey[row, column] - beside)
    assert len(contrast) > 300
    assert np.mean(contrast) > 15


def test_noise_meets_at_its_edges() -> None:
    noise = smooth_noise(np.random.default_rng(0), (64, 96), 16)
    assert noise.shape == (64, 96)
    inner = np.abs(np.diff(noise, axis=0)).max()
    assert np.abs(noise[0] - noise[-1]).max() < 1.5 * inner
    inner = np.abs(np.diff(noise, axis=1)).max()
    assert np.abs(noise[:, 0] - noise[:, -1]).max() < 1.5 * inner


def test_textures_differ() -> None:
    one, other = make_texture(1, 0), make_texture(1, 1)
    assert one.asphalt_colour != other.asphalt_colour
    assert not np.array_equal(one.roadside, other.roadside)
    assert np.array_equal(one.asphalt, make_texture(1, 0).asphalt)


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ConfigError, match="new or empty folder"):
        TuSimple().write(tmp_path, seed=1, scale=1)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("scale", [0.0, -1.0, 21.0, float("nan")])
def test_scales_out_of_range_are_refused(tmp_path: Path, scale: float) -> None:
    with pytest.raises(ConfigError, match="scale"):
        TuSimple().write(tmp_path / "new", seed=1, scale=scale)
    assert not (tmp_path / "new").exists()


def test_a_split_of_another_name_is_refused() -> None:
    with pytest.raises(ConfigError, match="did you mean train"):
        FrameSource(seed=1, size=SIZE, rows=ROWS).frame("trian", 0)

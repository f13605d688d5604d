"""The generated data set: its layout, its repeatability, and that one frame tells nothing."""

from __future__ import annotations

import hashlib
from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.camera.tasks.action.classes import GENERATED_CLASSES
from edge_aibench.scenarios.camera.tasks.action.data import generator
from edge_aibench.scenarios.camera.tasks.action.data.figure import posture
from edge_aibench.scenarios.camera.tasks.action.data.generator import VideoName, film
from edge_aibench.scenarios.camera.tasks.action.data.layout import ActionVideos
from edge_aibench.scenarios.camera.tasks.action.data.motions import JOINTS, MOTIONS, draw_phases
from edge_aibench.scenarios.camera.tasks.action.data.ucf101 import read_class_index
from edge_aibench.tasks.media import read_video

SMALLEST = 0.001


def test_the_layout(generated: Path) -> None:
    lists = generated / "ucfTrainTestlist"
    assert sorted(path.name for path in lists.iterdir()) == [
        "classInd.txt",
        "testlist01.txt",
        "trainlist01.txt",
    ]
    assert read_class_index(lists / "classInd.txt") == {
        label: number for number, label in enumerate(GENERATED_CLASSES, 1)
    }
    first = (lists / "trainlist01.txt").read_text(encoding="utf-8").splitlines()[0]
    assert first == "BandMarching/v_BandMarching_g08_c01.avi 1"
    first = (lists / "testlist01.txt").read_text(encoding="utf-8").splitlines()[0]
    assert first == "BandMarching/v_BandMarching_g01_c01.avi"


def test_every_class_is_in_every_split_and_no_group_in_two(generated: Path) -> None:
    groups: dict[str, set[int]] = {}
    for split in ("train", "val", "test"):
        videos = ActionVideos().open(generated, split=split)
        assert Counter(entry.label for entry in videos.entries) == Counter(GENERATED_CLASSES)
        groups[split] = {entry.group for entry in videos.entries}
    assert all(a.isdisjoint(b) for a, b in combinations(groups.values(), 2))


def test_videos_are_those_of_the_layout(generated: Path) -> None:
    sample = ActionVideos().open(generated, split="test")[0]
    frames, height, width, channels = sample.raw.shape
    assert 24 <= frames <= 48
    assert (height, width, channels) == (120, 160, 3)


def test_what_is_read_is_what_was_drawn(generated: Path) -> None:
    """But for the loss of JPEG."""
    drawn = np.stack(list(film(VideoName(label="TaiChi", group=1, clip=1), seed=5)))
    stored = read_video(generated / "UCF-101/TaiChi/v_TaiChi_g01_c01.avi")
    assert stored.shape == drawn.shape
    assert np.abs(stored.astype(float) - drawn).mean() < 4


@pytest.mark.parametrize(
    ("scale", "videos"),
    [
        (1.0, {"train": 600, "val": 120, "test": 280}),
        (0.5, {"train": 300, "val": 60, "test": 140}),
        (0.05, {"train": 30, "val": 10, "test": 10}),
        (2.0, {"train": 1200, "val": 240, "test": 560}),
    ],
)
def test_splits_shrink_and_grow_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scale: float, videos: dict[str, int]
) -> None:
    """Of the 25 groups of 4 clips, 15 train, 3 validate and 7 test, in each of 10 classes."""
    monkeypatch.setattr(generator, "write_video", lambda _path, _frames, **_: None)
    ActionVideos().write(tmp_path / "data", seed=0, scale=scale)
    listed = {
        split: [entry.name for entry in ActionVideos().open(tmp_path / "data", split=split).entries]
        for split in videos
    }
    assert {split: len(names) for split, names in listed.items()} == videos
    every = [name for names in listed.values() for name in names]
    assert len(set(every)) == len(every)


def digests(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def test_equal_arguments_write_equal_bytes(generated: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    ActionVideos().write(
        tmp_path / "again", seed=5, scale=SMALLEST, progress=lambda *step: told.append(step)
    )
    assert digests(tmp_path / "again") == digests(generated)
    assert told == [(done, 30) for done in range(1, 31)]


def test_another_seed_films_other_videos() -> None:
    name = VideoName(label="Lunges", group=9, clip=2)
    first, second = next(film(name, seed=1)), next(film(name, seed=2))
    assert np.abs(first.astype(float) - second).mean() > 10


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    with pytest.raises(ConfigError, match="must be a new or empty folder"):
        ActionVideos().write(tmp_path, seed=0, scale=SMALLEST)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("scale", [0.0, -1.0, 21.0, float("nan")])
def test_a_scale_out_of_range(tmp_path: Path, scale: float) -> None:
    with pytest.raises(ConfigError, match="above 0 and at most 20"):
        ActionVideos().write(tmp_path / "data", seed=0, scale=scale)
    assert not (tmp_path / "data").exists()


def test_every_class_moves_in_a_way_of_its_own() -> None:
    assert set(MOTIONS) == set(GENERATED_CLASSES)
    ways = {tuple(sorted(motion.speeds_hz.items())) for motion in MOTIONS.values()}
    assert len(ways) == len(MOTIONS)
    assert all(set(motion.speeds_hz) <= set(JOINTS) for motion in MOTIONS.values())


@pytest.mark.parametrize("label", GENERATED_CLASSES)
def test_the_posture_of_a_frame_does_not_depend_on_the_class(label: str) -> None:
    """Each phase is spread evenly over its cycle, and no two phases know of each other.

    The mean of exp(i k phase) over n draws of an even spread is about 1 / sqrt(n); 4.5 times
    that is met once in 600 million draws. For two phases the same holds of their products.
    """
    draws = 2000
    rng = np.random.default_rng(1)
    moment = np.array([0.0, 0.6])
    phases = np.stack(
        [draw_phases(MOTIONS[label], tempo=1.0, seconds=moment, rng=rng)[1] for _ in range(draws)]
    )
    bound = 4.5 / np.sqrt(draws)
    for first, second in combinations(range(len(JOINTS)), 2):
        for weights in ((1, 0), (2, 0), (0, 1), (0, 2), (1, 1), (1, -1), (2, 1), (1, 2)):
            turns = weights[0] * phases[:, first] + weights[1] * phases[:, second]
            assert abs(np.exp(1j * turns).mean()) < bound


def test_joints_move_at_the_speeds_of_their_class() -> None:
    """Over a second, in cycles: HammerThrow turns its ball 1.4 times, the rest idles."""
    rng = np.random.default_rng(2)
    phases = draw_phases(MOTIONS["HammerThrow"], tempo=1.0, seconds=np.array([0.0, 1.0]), rng=rng)
    cycles = dict(zip(JOINTS, (phases[1] - phases[0]) / (2 * np.pi), strict=True))
    assert cycles.pop("ball") == pytest.approx(1.4)
    assert max(map(abs, cycles.values())) <= 0.04


def test_limbs_keep_their_length() -> None:
    """Thigh and shin 0.25, upper arm and forearm 0.18 of the height, whatever the posture."""
    rng = np.random.default_rng(3)
    for phases in rng.uniform(0, 2 * np.pi, (200, len(JOINTS))):
        body = posture(phases)
        for arm in body.arms:
            assert np.linalg.norm(np.diff(arm, axis=0), axis=1) == pytest.approx([0.18, 0.18])
        for leg in body.legs:
            # A straight leg may stretch a little to reach the ground.
            lengths = np.linalg.norm(np.diff(leg, axis=0), axis=1)
            assert lengths == pytest.approx([0.25, 0.25], abs=0.02)
            assert leg[-1, 1] == 0.0


def test_the_figure_stays_in_the_middle_square() -> None:
    """The square that the network sees is as wide as the frame is high."""
    rng = np.random.default_rng(4)
    reach = max(
        float(np.abs(points[:, 0]).max())
        for phases in rng.uniform(0, 2 * np.pi, (500, len(JOINTS)))
        for points in (*posture(phases).arms, *posture(phases).legs, posture(phases).wire)
    )
    # The tallest figure, 92 pixels, standing 8 pixels off the middle.
    assert reach * 92 + 8 < 60

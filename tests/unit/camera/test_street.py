"""The generated recordings: what the truth says is what the pictures show."""

from __future__ import annotations

import json
from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_aibench.rng import stream
from edge_aibench.scenarios.camera.street.layout import LOOP_FRAMES, STREET_WIDTH, YARD, Box
from edge_aibench.scenarios.camera.street.recording import StreetRecording
from edge_aibench.scenarios.camera.street.timeline import (
    ACTION_FRAMES,
    PEOPLE,
    draw_acts,
    draw_walks,
    share_out,
)
from edge_aibench.scenarios.camera.street.truth import STRANGER
from edge_aibench.scenarios.camera.street.writer import identity, write_site
from edge_aibench.scenarios.camera.tasks.action.classes import GENERATED_CLASSES
from edge_aibench.scenarios.camera.tasks.person_reid.data.cameras import CAMERAS
from edge_aibench.scenarios.camera.tasks.person_reid.data.names import ImageName
from edge_aibench.tasks.generated import DATA_SEED, data_digest

CAMERA_NAMES = [f"camera-{number}" for number in range(1, 7)]


@pytest.fixture(scope="module")
def recordings(folder: Path) -> list[StreetRecording]:
    return [
        StreetRecording(folder / name, width=640, height=360, noises=2) for name in CAMERA_NAMES
    ]


def test_the_seed_alone_decides_what_is_written(folder: Path, tmp_path: Path) -> None:
    write_site(tmp_path / "again", seed=DATA_SEED)
    assert data_digest(tmp_path / "again") == data_digest(folder)


def test_what_differs_from_the_empty_street_is_where_the_truth_says(
    recordings: list[StreetRecording],
) -> None:
    inside = outside = 0
    for recording in recordings:
        empty = _empty(recording)
        for place in range(0, LOOP_FRAMES, 10):
            truth = recording.truth(place)
            # Noise has a deviation of at most 7 of 255 levels, in both pictures.
            moved = np.abs(recording.frame(place, noise=0).astype(int) - empty).max(axis=2) > 60
            yard = moved[YARD.y :, YARD.x :]
            assert yard.any() == (truth.action is not None)
            yard[:] = False
            near = np.zeros_like(moved)
            for passer in truth.passers:
                body = passer.body
                near[body.y : body.y + body.height, max(body.x, 0) : body.x + body.width] = True
                if passer.whole:
                    assert moved[near].any()
            near[:, STREET_WIDTH:] = False
            inside += int((moved & near).sum())
            outside += int((moved & ~near).sum())
    # Soft edges and blur reach a pixel beyond the box.
    assert inside > 50_000
    assert outside < 0.005 * inside


def test_frames_differ_by_noise_only(recordings: list[StreetRecording]) -> None:
    recording = recordings[3]
    quiet = _quiet(recording)[0]
    first, second = (recording.frame(quiet, noise=noise).astype(float) for noise in (0, 1))
    # The fourth camera's noise has a deviation of 7; a difference has the root of two times it.
    assert np.std(first - second) == pytest.approx(7 * np.sqrt(2), rel=0.05)
    assert np.array_equal(recording.frame(quiet, noise=0), recording.frame(quiet, noise=2))


def test_everybody_walks_by_once_and_every_action_is_done(folder: Path) -> None:
    actions: Counter[str] = Counter()
    identities: Counter[int] = Counter()
    for name in CAMERA_NAMES:
        frames = json.loads((folder / name / "frames.json").read_text())["frames"]
        actions += Counter(frame["action"] for frame in frames if frame["action"])
        identities += Counter({row[0] for frame in frames for row in frame["passers"]})
    assert set(actions) == set(GENERATED_CLASSES)
    assert set(actions.values()) <= {ACTION_FRAMES, 2 * ACTION_FRAMES}
    # 24 persons, every fourth of them a stranger; a stranger may meet another one.
    assert {number for number in identities if number != STRANGER} == {
        number for number in range(1, 25) if number % 4
    }
    assert all(count == 1 for number, count in identities.items() if number != STRANGER)


def test_the_gallery_shows_the_known_by_other_cameras_than_the_one_they_pass(folder: Path) -> None:
    passed: dict[int, int] = {}
    for name in CAMERA_NAMES:
        frames = json.loads((folder / name / "frames.json").read_text())["frames"]
        camera = int(name.rpartition("-")[2])
        passed |= {row[0]: camera for frame in frames for row in frame["passers"]}
    images = [ImageName.parse(path.name, where="") for path in (folder / "gallery").iterdir()]
    assert Counter(image.person for image in images) == {
        person: 10 for person in passed if person != STRANGER
    }
    assert not any(image.camera == passed[image.person] for image in images)


def test_a_quarter_of_the_time_nothing_moves(recordings: list[StreetRecording]) -> None:
    quiet = [len(_quiet(recording)) / LOOP_FRAMES for recording in recordings]
    assert min(quiet) > 0.2
    assert max(quiet) < 0.5


@given(seed=st.integers(0, 10_000), number=st.integers(0, 5))
def test_nobody_covers_anybody(seed: int, number: int) -> None:
    rng = stream(seed, "test")
    walks = draw_walks(rng, CAMERAS[number], [4, 5, 6, 7])
    assert [walk.person for walk in walks] == [4, 5, 6, 7]
    for walk in walks:
        assert 0 <= walk.start < walk.end <= LOOP_FRAMES
    for first, second in combinations(walks, 2):
        for frame in range(max(first.start, second.start), min(first.end, second.end)):
            # No sprite is wider than 80 pixels.
            assert abs(first.x_at(frame) - second.x_at(frame)) >= 80


@given(seed=st.integers(0, 10_000))
def test_acts_do_not_meet_and_all_persons_are_shared_out(seed: int) -> None:
    rng = stream(seed, "test")
    people, labels = share_out(rng)
    assert sorted(person for share in people for person in share) == list(range(PEOPLE))
    assert {label for share in labels for label in share} == set(GENERATED_CLASSES)
    first, second = draw_acts(rng, labels[0])
    assert 0 <= first.start < first.end <= second.start < second.end <= LOOP_FRAMES


def test_the_last_of_every_lookalikes_is_a_stranger() -> None:
    assert [identity(person) for person in range(8)] == [1, 2, 3, STRANGER, 5, 6, 7, STRANGER]


def test_larger_pictures_show_the_same(folder: Path) -> None:
    small, large = (
        StreetRecording(folder / "camera-1", width=width, height=height, noises=1)
        for width, height in ((640, 360), (1280, 720))
    )
    place = next(p for p in range(LOOP_FRAMES) if small.truth(p).passers)
    assert large.frame(place, noise=0).shape == (720, 1280, 3)
    mean = large.frame(place, noise=0).reshape(360, 2, 640, 2, 3).mean(axis=(1, 3))
    assert np.abs(mean - small.frame(place, noise=0)).mean() < 4
    body, doubled = small.truth(place).passers[0].body, large.truth(place).passers[0].body
    assert doubled == Box(x=2 * body.x, y=2 * body.y, width=2 * body.width, height=2 * body.height)
    assert large.zone == Box(x=960, y=480, width=320, height=240)


def test_boxes_overlap_by_their_common_area() -> None:
    box = Box(x=0, y=0, width=10, height=10)
    # 50 of 150 pixels are common.
    assert box.overlap(Box(x=5, y=0, width=10, height=10)) == pytest.approx(1 / 3)
    assert box.overlap(box) == 1
    assert box.overlap(Box(x=10, y=0, width=10, height=10)) == 0
    assert Box(x=0, y=0, width=0, height=0).overlap(box) == 0


def _empty(recording: StreetRecording) -> np.ndarray:
    return recording.frame(_quiet(recording)[0], noise=0).astype(int)


def _quiet(recording: StreetRecording) -> list[int]:
    truths = [recording.truth(place) for place in range(LOOP_FRAMES)]
    return [p for p, truth in enumerate(truths) if not truth.passers and truth.action is None]

"""Training on a tiny network: what it sees, that it learns, and that it can be resumed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.camera.tasks.action import learner as learners
from edge_aibench.scenarios.camera.tasks.action import presets
from edge_aibench.scenarios.camera.tasks.action.learner import (
    RECIPES,
    ActionLearner,
    learning_rate,
    still_share,
)
from edge_aibench.scenarios.camera.tasks.action.losses import clip_loss
from edge_aibench.scenarios.camera.tasks.action.presets import NetworkShape
from edge_aibench.scenarios.camera.tasks.action.windows import (
    Jitter,
    ShrunkVideos,
    draw_batches,
    draw_window,
    fade,
)
from edge_aibench.tasks.component import LearnerRequest
from edge_aibench.tasks.sample import Sample
from edge_aibench.tasks.training import EpochReport, Goal, TrainingPlan, TrainingProgress, fit

if TYPE_CHECKING:
    from tests.unit.action.conftest import ListedVideos, MakeVideos

RISING, FALLING = "TaiChi", "Lunges"
SHAPE = NetworkShape(width=4, side=16, classes=(RISING, FALLING))
STILL = Jitter(contrast=0.0, brightness=0.0)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> str:
    """A preset that trains in a second."""
    recipe = learners.Recipe(
        epochs=4,
        windows_per_video=2,
        batch_size=8,
        learning_rate=0.05,
        momentum=0.9,
        weight_decay=0.0,
        smoothing=0.0,
        warm_up=0.1,
        jitter=Jitter(contrast=0.1, brightness=0.1),
    )
    monkeypatch.setitem(presets.SHAPES, "tiny", SHAPE)
    monkeypatch.setitem(RECIPES, "tiny", recipe)
    return "tiny"


@pytest.fixture
def bars(make_videos: MakeVideos) -> ListedVideos:
    """A bright bar that rises in one class and falls in the other, begun anywhere."""
    labelled = []
    for place in range(16):
        label = (RISING, FALLING)[place % 2]
        heights = (place + np.arange(20) * (1 if label == FALLING else -1)) % 16
        video = np.zeros((20, 16, 20, 3), dtype=np.uint8)
        for frame, height in enumerate(heights):
            video[frame, height] = 255
        labelled.append((label, video))
    return make_videos(labelled)


def request(preset: str, videos: ListedVideos, epochs: int | None = None) -> LearnerRequest:
    return LearnerRequest(
        preset=preset, seed=3, epochs=epochs, device="cpu", train=videos, val=videos
    )


class InterruptedTrainingError(Exception):
    """Stands for a kill after an epoch's checkpoint."""


def plan(epochs: int) -> TrainingPlan:
    return TrainingPlan(
        task="action",
        preset="tiny",
        seed=3,
        epochs=epochs,
        data_sha256="",
        goal=Goal(metric="top1"),
    )


def test_it_learns_which_way_a_bar_moves(tiny: str, bars: ListedVideos, tmp_path: Path) -> None:
    """Single frames of the two classes are the same, so that only motion can tell them."""
    learner = ActionLearner(request(tiny, bars, epochs=20))
    trained = fit(learner, plan(20), checkpoint=tmp_path / "state.npz")
    assert trained.best_value >= 0.9


def test_a_resumed_training_ends_in_the_same_weights(
    tiny: str, bars: ListedVideos, tmp_path: Path
) -> None:
    whole = fit(ActionLearner(request(tiny, bars)), plan(4), checkpoint=tmp_path / "whole.npz")

    def interrupt(report: EpochReport) -> None:
        if report.epoch == 2:
            raise InterruptedTrainingError

    path = tmp_path / "state.npz"
    with pytest.raises(InterruptedTrainingError):
        fit(
            ActionLearner(request(tiny, bars)),
            plan(4),
            checkpoint=path,
            progress=TrainingProgress(epoch=interrupt),
        )
    resumed = ActionLearner(request(tiny, bars))
    again = fit(resumed, plan(4), checkpoint=path)
    assert again.epochs_run == whole.epochs_run == 4
    assert again.weights.keys() == whole.weights.keys()
    for name, array in whole.weights.items():
        assert np.array_equal(array, again.weights[name]), name


def test_progress_counts_windows(tiny: str, bars: ListedVideos) -> None:
    told: list[tuple[int, int]] = []
    learner = ActionLearner(request(tiny, bars))
    loss = learner.train_epoch(0, np.random.default_rng(0), lambda *step: told.append(step))
    assert told == [(8, 32), (16, 32), (24, 32), (32, 32)]
    assert 0 < loss < 10


def test_validation_of_an_untrained_network_is_the_networks(tiny: str, bars: ListedVideos) -> None:
    """With a classifier of zeros all classes are even: half right, loss ln 2."""
    learner = ActionLearner(request(tiny, bars))
    weights = {
        f"network/{name}": np.zeros_like(array) if name.startswith("classifier") else array
        for name, array in learner.weights().items()
    }
    learner.restore(weights)
    metrics = learner.validate()
    assert metrics["top1"] == 0.5
    assert metrics["loss"] == pytest.approx(np.log(2))


def test_a_class_without_an_output_is_refused(tiny: str, make_videos: MakeVideos) -> None:
    videos = make_videos([("Taichi", np.zeros((20, 16, 16, 3), dtype=np.uint8))])
    learner = ActionLearner(request(tiny, videos))
    with pytest.raises(ConfigError, match="did you mean TaiChi"):
        learner.train_epoch(0, np.random.default_rng(0), lambda _done, _total: None)
    with pytest.raises(ConfigError, match="did you mean TaiChi"):
        learner.validate()


def test_the_learning_rate_rises_and_falls() -> None:
    recipe = RECIPES["lite"]
    peak = recipe.learning_rate
    assert learning_rate(recipe, 0.0) == 0.0
    assert learning_rate(recipe, recipe.warm_up / 2) == pytest.approx(peak / 2)
    assert learning_rate(recipe, recipe.warm_up) == pytest.approx(peak)
    assert learning_rate(recipe, (1 + recipe.warm_up) / 2) == pytest.approx(peak / 2)
    assert learning_rate(recipe, 1.0) == pytest.approx(0.0, abs=1e-12)


def test_what_stands_still_is_faded_in() -> None:
    recipe = replace(RECIPES["lite"], fade_in=(0.2, 0.6))
    shares = {done: still_share(recipe, done) for done in (0.0, 0.2, 0.3, 0.4, 0.6, 1.0)}
    assert shares == pytest.approx({0.0: 0, 0.2: 0, 0.3: 0.25, 0.4: 0.5, 0.6: 1, 1.0: 1})
    assert still_share(RECIPES["lite-ucf101"], 0.0) == 1.0


def test_fading_takes_from_the_mean_over_time() -> None:
    """A pixel of 1 and 5: mean 3, so that -2 and 2 change; with half of the mean -0.5 and 3.5."""
    clips = np.array([1, 5], dtype=np.float32).reshape(1, 1, 2, 1, 1)
    assert fade(clips, 1.0).ravel().tolist() == [1.0, 5.0]
    assert fade(clips, 0.5).ravel().tolist() == [-0.5, 3.5]
    assert fade(clips, 0.0).ravel().tolist() == [-2.0, 2.0]


def test_the_loss_of_hand_computed_logits() -> None:
    """Probabilities 1/4 and 3/4; smoothing 0.2 puts 0.9 on the target and 0.1 on the other."""
    logits = torch.log(torch.tensor([[1.0, 3.0]]))
    targets = torch.tensor([1])
    assert float(clip_loss(logits, targets)) == pytest.approx(np.log(4 / 3))
    smoothed = 0.9 * np.log(4 / 3) + 0.1 * np.log(4)
    assert float(clip_loss(logits, targets, smoothing=0.2)) == pytest.approx(smoothed)


def ramp(frames: int, height: int, width: int) -> NDArray[np.uint8]:
    """Frame number in red, column in green."""
    video = np.zeros((frames, height, width, 3), dtype=np.uint8)
    video[..., 0] = np.arange(frames)[:, np.newaxis, np.newaxis]
    video[..., 1] = 4 * np.arange(width)
    return video


def test_windows_are_sixteen_frames_in_a_row_from_anywhere() -> None:
    rng = np.random.default_rng(0)
    starts = set()
    for _ in range(100):
        window = draw_window(ramp(20, 18, 24), 16, rng, may_mirror=True)
        assert window.shape == (16, 16, 16, 3)
        red = window[:, 0, 0, 0].astype(int)
        assert (np.diff(red) == 1).all()
        starts.add(int(red[0]))
    assert starts == {0, 1, 2, 3, 4}


def test_a_short_video_loops() -> None:
    window = draw_window(ramp(5, 18, 18), 16, np.random.default_rng(0), may_mirror=True)
    assert window[:, 0, 0, 0].tolist() == [*range(5), *range(5), *range(5), 0]


@pytest.mark.parametrize("may_mirror", [True, False])
def test_mirrored_only_where_it_may_be(may_mirror: bool) -> None:
    rng = np.random.default_rng(0)
    slopes = set()
    for _ in range(40):
        green = draw_window(ramp(16, 18, 24), 16, rng, may_mirror=may_mirror)[0, 0, :, 1]
        slopes.add(int(np.sign(int(green[-1]) - int(green[0]))))
    assert slopes == ({1, -1} if may_mirror else {1})


def test_classes_with_a_direction_are_never_mirrored(make_videos: MakeVideos) -> None:
    classes = ("HammerThrow", "TaiChi")
    shape = NetworkShape(width=4, side=16, classes=classes)
    videos = make_videos([(label, ramp(16, 18, 24)) for label in classes])
    batches = draw_batches(
        ShrunkVideos(videos, shape),
        shape,
        np.random.default_rng(0),
        batch_size=7,
        windows_per_video=20,
        jitter=STILL,
    )
    slopes: dict[int, set[int]] = {0: set(), 1: set()}
    rows = 0
    for batch in batches:
        for clip, target in zip(batch.clips, batch.targets, strict=True):
            slopes[int(target)].add(int(np.sign(clip[1, 0, 0, -1] - clip[1, 0, 0, 0])))
            rows += 1
    assert rows == 40
    assert slopes == {0: {1}, 1: {1, -1}}


def test_videos_beyond_the_store_are_read_anew(make_videos: MakeVideos) -> None:
    """18 x 18 x 3 x 4 bytes each, in room for one and a half."""
    samples = make_videos([("TaiChi", ramp(4, 18, 18)), ("Lunges", ramp(4, 18, 18))])
    read: list[int] = []
    original = samples.__getitem__

    class Counted:
        def __len__(self) -> int:
            return 2

        def __getitem__(self, index: int, /) -> Sample[NDArray[np.uint8], str]:
            read.append(index)
            return original(index)

    videos = ShrunkVideos(Counted(), SHAPE, store_bytes=18 * 18 * 3 * 6)
    for index in (0, 1, 0, 1):
        frames, _ = videos.read(index)
        assert np.array_equal(frames, ramp(4, 18, 18))
    assert read == [0, 1, 1]

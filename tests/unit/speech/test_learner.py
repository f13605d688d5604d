"""Training: that it learns, repeats and goes on, and what its batches are made of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_aibench.errors import HostError
from edge_aibench.inference.tensorflow import import_tensorflow
from edge_aibench.rng import stream
from edge_aibench.scenarios.home.tasks.speech import batches, learner
from edge_aibench.scenarios.home.tasks.speech.data.layout import LibriSpeech
from edge_aibench.scenarios.home.tasks.speech.data.utterances import Utterances
from edge_aibench.tasks.component import LearnerRequest
from edge_aibench.tasks.training import EpochReport, Goal, TrainingPlan, TrainingProgress, fit

PLAIN = batches.Augmentation(speed=0.0, noise_db=(90.0, 90.0), masked_bins=0.0, masked_frames=0.0)


class First:
    """The first *count* samples of a split, all in memory."""

    def __init__(self, samples: Any, count: int) -> None:
        self._samples = [samples[index] for index in range(count)]

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, index: int) -> Any:
        return self._samples[index]


@pytest.fixture(scope="module")
def train(home: Path) -> First:
    return First(LibriSpeech().open(home, split="train"), 4)


def made(train: First, *, seed: int = 1, epochs: int = 6, device: str = "cpu") -> Any:
    return learner.SpeechLearner(
        LearnerRequest(
            preset="lite", seed=seed, epochs=epochs, device=device, train=train, val=train
        )
    )


@pytest.fixture(scope="module")
def plan() -> TrainingPlan:
    return TrainingPlan(
        task="speech",
        preset="lite",
        seed=1,
        epochs=6,
        data_sha256="x",
        goal=Goal(metric="cer", lower_is_better=True),
    )


class Watched:
    """What a training tells while it runs; it may be made to stop."""

    def __init__(self, *, stop_after: int | None = None) -> None:
        self.steps: list[tuple[int, int]] = []
        self.reports: list[EpochReport] = []
        self._stop_after = stop_after

    def progress(self) -> TrainingProgress:
        return TrainingProgress(
            step=lambda done, total: self.steps.append((done, total)), epoch=self._epoch
        )

    def _epoch(self, report: EpochReport) -> None:
        self.reports.append(report)
        if report.epoch == self._stop_after:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def whole(train: First, plan: TrainingPlan, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A training from end to end: the learner after it, and what it told."""
    trained, watched = made(train), Watched()
    checkpoint = tmp_path_factory.mktemp("whole") / "state.npz"
    fit(trained, plan, checkpoint=checkpoint, progress=watched.progress())
    return trained, watched


def test_a_few_utterances_are_learnt(whole: Any) -> None:
    _, watched = whole
    losses = [report.train_loss for report in watched.reports]
    assert losses[-1] < 0.8 * losses[0]
    assert watched.steps == [(4, 4)] * 6
    assert set(watched.reports[-1].validation) == {"wer", "cer", "sentence_error_rate"}


def test_training_goes_on_where_it_was_interrupted(
    train: First, plan: TrainingPlan, whole: Any, tmp_path: Path
) -> None:
    checkpoint = tmp_path / "state.npz"
    interrupted, told = made(train), Watched(stop_after=3).progress()
    with pytest.raises(KeyboardInterrupt):
        fit(interrupted, plan, checkpoint=checkpoint, progress=told)
    # Begun with another seed's weights, which the checkpoint must replace altogether.
    resumed, watched = made(train, seed=9), Watched()
    fit(resumed, plan, checkpoint=checkpoint, progress=watched.progress())
    assert [report.epoch for report in watched.reports] == [4, 5, 6]
    expected = whole[0].weights()
    for name, array in resumed.weights().items():
        np.testing.assert_allclose(array, expected[name], atol=1e-6, err_msg=name)


def test_the_rate_rises_and_falls() -> None:
    recipe = learner.Recipe(epochs=1, batch_size=1, learning_rate=1.0, warm_up=0.1)
    rates = [learner.learning_rate(recipe, share) for share in (0.0, 0.05, 0.1, 0.55, 1.0)]
    assert rates == pytest.approx([0.02, 0.52, 1.0, 0.51, 0.02])


def test_a_graphics_card_that_is_not_there_is_named(train: First) -> None:
    if import_tensorflow().config.list_physical_devices("GPU"):
        pytest.skip("this machine has one")
    with pytest.raises(HostError, match="no CUDA device"):
        made(train, device="cuda")


def test_each_utterance_is_in_one_batch_beside_others_of_its_length() -> None:
    lengths = np.random.default_rng(1).uniform(1.0, 10.0, 50)
    for ascending in (True, False):
        arranged = batches.arrange(lengths, 8, ascending=ascending, rng=stream(1, "order"))
        assert sorted(np.concatenate(arranged).tolist()) == list(range(50))
        assert [len(batch) for batch in arranged].count(8) == 6
        assert all(np.ptp(lengths[batch]) < 3.0 for batch in arranged)
        means = [lengths[batch].mean() for batch in arranged]
        assert (means == sorted(means)) is ascending


def test_a_batch_holds_what_was_said(home: Path) -> None:
    split = LibriSpeech().open(home, split="train")
    assert isinstance(split, Utterances)
    batch = batches.make_batch(split, [0, 3], bins=80, augmentation=PLAIN, rng=stream(1, "x"))
    longest = max(len(split[place].raw.samples) for place in (0, 3))
    assert batch.features.shape == (2, (longest - 320) // 160 + 1, 80)
    for row, place in enumerate((0, 3)):
        text = split.transcripts[place]
        labels = batch.labels[row, : batch.label_counts[row]]
        assert "".join(" abcdefghijklmnopqrstuvwxyz'"[label] for label in labels) == text


def test_without_changes_a_lone_utterance_is_what_the_network_will_hear(home: Path) -> None:
    from edge_aibench.scenarios.home.tasks.speech.features import features

    split = LibriSpeech().open(home, split="train")
    batch = batches.make_batch(split, [1], bins=80, augmentation=PLAIN, rng=stream(1, "x"))
    plain = features(split[1].raw.samples, bins=80)
    assert np.abs(batch.features[0] - plain).mean() < 0.05


def test_changes_change_the_utterance(home: Path) -> None:
    split = LibriSpeech().open(home, split="train")
    rng = stream(1, "x")
    changed = [
        batches.make_batch(split, [1], bins=80, augmentation=batches.Augmentation(), rng=rng)
        for _ in range(6)
    ]
    assert len({batch.features.shape[1] for batch in changed}) > 3
    assert any((batch.features[0] == 0).all(axis=0).any() for batch in changed)
    assert all(np.isfinite(batch.features).all() for batch in changed)

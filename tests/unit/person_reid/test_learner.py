from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.camera.tasks.person_reid.data import Market1501, MarketSamples
from edge_aibench.scenarios.camera.tasks.person_reid.learner import ReidLearner
from edge_aibench.scenarios.camera.tasks.person_reid.recipes import RECIPES
from edge_aibench.tasks.component import LearnerRequest
from edge_aibench.tasks.training import Goal, TrainingPlan, fit

SHORT = replace(RECIPES["lite"], epochs=3, joint_share=0.34, batch=12, joint_steps=1, joint_batch=1)


class Few:
    """Some of a split's samples, those of *persons*."""

    def __init__(self, samples: MarketSamples, persons: int) -> None:
        kept = sorted({label.person for label in samples.labels})[:persons]
        self._samples = samples
        self._places = [i for i, label in enumerate(samples.labels) if label.person in kept]

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: int, /) -> Any:
        return self._samples[self._places[index]]


def request(root: Path, *, seed: int = 0, persons: int = 2) -> LearnerRequest:
    layout = Market1501()
    return LearnerRequest(
        preset="lite",
        seed=seed,
        epochs=None,
        device="cpu",
        train=Few(layout.open(root, split="train"), persons),
        val=layout.open(root, split="val"),
    )


def test_a_training_that_was_interrupted_ends_in_the_same_weights(
    generated: Path, tmp_path: Path
) -> None:
    plan = TrainingPlan(
        task="person-reid",
        preset="lite",
        seed=0,
        epochs=3,
        data_sha256="0" * 64,
        goal=Goal(metric="map"),
    )
    through = ReidLearner(request(generated), SHORT)
    fit(through, plan, checkpoint=tmp_path / "through.npz")

    class Interrupted(ReidLearner):
        def train_epoch(self, epoch: int, rng: Any, progress: Any) -> float:
            if epoch == 2:  # the joint one, for which everything must have come back
                raise KeyboardInterrupt
            return super().train_epoch(epoch, rng, progress)

    with pytest.raises(KeyboardInterrupt):
        fit(Interrupted(request(generated), SHORT), plan, checkpoint=tmp_path / "killed.npz")
    resumed = ReidLearner(request(generated), SHORT)
    fit(resumed, plan, checkpoint=tmp_path / "killed.npz")
    ended, expected = resumed.state(), through.state()
    assert set(ended) == set(expected)
    for name, value in expected.items():
        assert np.array_equal(ended[name], value), name


def test_two_stages_train_what_they_should(generated: Path) -> None:
    learner = ReidLearner(request(generated), SHORT)
    assert learner.epochs == 3
    assert learner.identity_epochs == 2
    told: list[tuple[int, int]] = []

    def changed(epoch: int) -> set[str]:
        before = {name: value for name, value in learner.state().items() if "#" not in name}
        rng = np.random.default_rng(epoch)
        assert np.isfinite(learner.train_epoch(epoch, rng, lambda *done: told.append(done)))
        after = learner.state()
        return {
            name.partition("/")[0]
            for name, value in before.items()
            if not np.array_equal(value, after[name])
        }

    assert changed(0) == {"encoder", "classifiers", "teacher"}
    assert changed(2) == {"encoder", "classifiers", "generator", "discriminator"}
    # 32 images in batches of 12: the last 8 wait; then one step on an image of each person.
    assert told == [(12, 32), (24, 32), (2, 2)]


def test_weights_are_those_of_the_network_at_inference(generated: Path) -> None:
    learner = ReidLearner(request(generated), SHORT)
    names = set(learner.weights())
    assert {name.partition(".")[0] for name in names} == {"backbone", "primary", "fine"}
    assert set(learner.validate()) == {"map", "rank1", "rank5", "rank10"}


def test_one_person_cannot_be_told_from_others(generated: Path) -> None:
    with pytest.raises(ConfigError, match="at least two persons"):
        ReidLearner(request(generated, persons=1), SHORT)


@pytest.mark.parametrize(("epochs", "joint"), [(1, 0), (2, 0), (5, 1), (20, 4)])
def test_the_last_fifth_of_the_epochs_is_joint(epochs: int, joint: int) -> None:
    assert RECIPES["lite"].joint_epochs(epochs) == joint

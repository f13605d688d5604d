"""The training loop, on a learner whose course is known by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_aibench.errors import ConfigError, RunError
from edge_aibench.tasks.training import (
    EpochReport,
    Goal,
    StepProgress,
    Trained,
    TrainingPlan,
    TrainingProgress,
    fit,
)


class Walker:
    """A random walk in place of a network; its validation follows a given list."""

    def __init__(self, accuracies: Sequence[float], *, loss: float = 1.0) -> None:
        self._accuracies = list(accuracies)
        self._loss = loss
        self._position = np.zeros(3)
        self._epoch = 0

    @property
    def epochs(self) -> int:
        return len(self._accuracies)

    def train_epoch(self, epoch: int, rng: np.random.Generator, progress: StepProgress) -> float:
        assert epoch == self._epoch
        self._position = self._position + rng.normal(size=3)
        self._epoch += 1
        progress(1, 1)
        return self._loss

    def validate(self) -> Mapping[str, float]:
        return {"accuracy": self._accuracies[self._epoch - 1]}

    def state(self) -> Mapping[str, NDArray[Any]]:
        return {"position": self._position, "epoch": np.array(self._epoch)}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        self._position = state["position"]
        self._epoch = int(state["epoch"])

    def weights(self) -> Mapping[str, NDArray[Any]]:
        return {"position": self._position}


def plan(**changes: Any) -> TrainingPlan:
    values: dict[str, Any] = {
        "task": "walk",
        "preset": "lite",
        "seed": 1,
        "epochs": 4,
        "data_sha256": "x",
        "goal": Goal(metric="accuracy"),
    }
    return TrainingPlan(**values | changes)


def train(
    path: Path, accuracies: Sequence[float], *, stop_after: int | None = None, **changes: Any
) -> Trained:
    def interrupt(report: EpochReport) -> None:
        if report.epoch == stop_after:
            raise KeyboardInterrupt

    return fit(
        Walker(accuracies),
        plan(**changes),
        checkpoint=path,
        progress=TrainingProgress(epoch=interrupt),
    )


def test_the_best_epoch_is_kept(tmp_path: Path) -> None:
    whole = train(tmp_path / "a.npz", [0.5, 0.9, 0.8, 0.7])
    short = train(tmp_path / "b.npz", [0.5, 0.9], epochs=2)
    assert (whole.best_epoch, whole.best_value, whole.epochs_run) == (2, 0.9, 4)
    # Two epochs of one seed are two epochs of that seed, however many follow.
    assert np.array_equal(whole.weights["position"], short.weights["position"])


def test_of_equally_good_epochs_the_last_is_kept(tmp_path: Path) -> None:
    assert train(tmp_path / "a.npz", [0.5, 0.9, 0.9, 0.8]).best_epoch == 3


def test_a_lower_metric_can_be_the_better_one(tmp_path: Path) -> None:
    goal = Goal(metric="accuracy", lower_is_better=True)
    assert train(tmp_path / "a.npz", [0.5, 0.9, 0.1, 0.2], goal=goal).best_epoch == 3


@pytest.mark.parametrize("stop_after", [1, 2, 3])
def test_a_resumed_training_ends_in_the_same_weights(tmp_path: Path, stop_after: int) -> None:
    accuracies = [0.5, 0.6, 0.7, 0.8]
    whole = train(tmp_path / "whole.npz", accuracies)
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "parts.npz", accuracies, stop_after=stop_after)
    resumed = train(tmp_path / "parts.npz", accuracies)
    assert np.array_equal(whole.weights["position"], resumed.weights["position"])
    assert resumed.epochs_run == 4


def test_a_resumed_training_remembers_an_earlier_best(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "a.npz", [0.9, 0.1, 0.1, 0.1], stop_after=2)
    assert train(tmp_path / "a.npz", [0.9, 0.1, 0.1, 0.1]).best_epoch == 1


def test_another_seed_walks_elsewhere_and_refuses_the_checkpoint(tmp_path: Path) -> None:
    first = train(tmp_path / "a.npz", [0.1, 0.2, 0.3, 0.4])
    other = train(tmp_path / "b.npz", [0.1, 0.2, 0.3, 0.4], seed=2)
    assert not np.array_equal(first.weights["position"], other.weights["position"])
    with pytest.raises(ConfigError, match="seed 1 instead of 2"):
        train(tmp_path / "a.npz", [0.1, 0.2, 0.3, 0.4], seed=2)


def test_training_stops_at_the_target_only_when_told_to(tmp_path: Path) -> None:
    goal = Goal(metric="accuracy", target=0.6)
    stopped = train(tmp_path / "a.npz", [0.5, 0.6, 0.7, 0.8], goal=goal, stop_at_target=True)
    whole = train(tmp_path / "b.npz", [0.5, 0.6, 0.7, 0.8], goal=goal)
    assert (stopped.epochs_run, whole.epochs_run) == (2, 4)
    assert stopped.time_to_target_s is not None
    assert whole.time_to_target_s is not None
    assert whole.time_to_target_s <= whole.duration_s
    missed = train(tmp_path / "c.npz", [0.1, 0.1, 0.1, 0.1], goal=goal, stop_at_target=True)
    assert missed.time_to_target_s is None
    # Resumed after the target was reached, nothing is left to do.
    again = train(tmp_path / "a.npz", [0.5, 0.6, 0.7, 0.8], goal=goal, stop_at_target=True)
    assert again.epochs_run == 2


def test_a_loss_that_is_no_number_ends_the_training(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="diverged: the loss of epoch 1"):
        fit(Walker([0.1], loss=float("nan")), plan(epochs=1), checkpoint=tmp_path / "a.npz")


def test_a_plan_must_make_sense() -> None:
    with pytest.raises(ConfigError, match="at least 1"):
        plan(epochs=0)
    with pytest.raises(ConfigError, match="needs a target"):
        plan(stop_at_target=True)

"""Training any network: epochs, checkpoints, resumption, early stop, time to quality.

The loop knows neither framework nor task: a `Learner` does the work of an epoch. What one epoch
does depends only on the learner's state and on a generator of that epoch's own, so a training
that was killed and resumed ends in the same weights as one that was not.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

from edge_aibench.errors import ConfigError, RunError
from edge_aibench.rng import stream
from edge_aibench.tasks.checkpoint import (
    Checkpoint,
    check_same_training,
    load_checkpoint,
    save_checkpoint,
)

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    Arrays = Mapping[str, NDArray[Any]]

StepProgress = Callable[[int, int], None]
"""Told how many of an epoch's training samples are done, of how many."""


class Learner(Protocol):
    """A network under training, with its optimiser, its data and its recipe."""

    @property
    def epochs(self) -> int:
        """How many passes over the training data the recipe asks for."""

    def train_epoch(self, epoch: int, rng: np.random.Generator, progress: StepProgress) -> float:
        """Train pass number *epoch*, from 0, drawing all chance from *rng*; give the mean loss."""

    def validate(self) -> Mapping[str, float]:
        """Measure the network as it would be published on the validation split."""

    def state(self) -> Arrays:
        """Everything that decides how training goes on."""

    def restore(self, state: Arrays) -> None:
        """Go back to a `state`."""

    def weights(self) -> Arrays:
        """The network as it would be published."""


@dataclass(frozen=True, kw_only=True)
class Goal:
    """What is watched on the validation split: a metric, its direction, and when to stop."""

    metric: str
    lower_is_better: bool = False
    target: float | None = None

    def is_as_good(self, value: float, than: float) -> bool:
        """Whether *value* is better or the same."""
        return value <= than if self.lower_is_better else value >= than

    def is_reached(self, value: float) -> bool:
        """Whether *value* is at the target or beyond; never without one."""
        if self.target is None:
            return False
        return value <= self.target if self.lower_is_better else value >= self.target


@dataclass(frozen=True, kw_only=True)
class TrainingPlan:
    """What decides the weights; *data_sha256* stands for the samples trained on.

    With *stop_at_target* training ends after the epoch that reaches the goal's target.
    """

    task: str
    preset: str
    seed: int
    epochs: int
    data_sha256: str
    goal: Goal
    stop_at_target: bool = False

    def __post_init__(self) -> None:
        if self.epochs < 1:
            raise ConfigError("must be at least 1", where="train", key="epochs", value=self.epochs)
        if self.stop_at_target and self.goal.target is None:
            raise ConfigError("needs a target to stop at", where="train", key="target")


@dataclass(frozen=True, kw_only=True)
class EpochReport:
    """What is known after an epoch; *elapsed_s* counts all epochs, resumed ones included."""

    epoch: int
    epochs: int
    train_loss: float
    validation: Mapping[str, float]
    elapsed_s: float


@dataclass(frozen=True, kw_only=True)
class Trained:
    """The weights of the best epoch, of equally good ones the last, which trained the longest.

    *time_to_target_s* is None if the target was not reached.
    """

    weights: Arrays
    best_epoch: int
    best_value: float
    epochs_run: int
    duration_s: float
    time_to_target_s: float | None


@dataclass(frozen=True, kw_only=True)
class TrainingProgress:
    """Who is told of samples done within an epoch and of epochs done."""

    step: StepProgress = lambda _done, _total: None
    epoch: Callable[[EpochReport], None] = lambda _report: None


def fit(
    learner: Learner,
    plan: TrainingPlan,
    *,
    checkpoint: Path,
    progress: TrainingProgress | None = None,
    resume: bool = True,
) -> Trained:
    """Train as planned and give the weights of the best epoch.

    After each epoch everything goes to *checkpoint*; with *resume* an existing one is gone on
    with. Raises ConfigError if it belongs to a training with other arguments, RunError if the
    loss is no longer a number.
    """
    progress = progress or TrainingProgress()
    identity = asdict(plan)
    course = _Course(plan.goal)
    if resume and checkpoint.exists():
        stored = load_checkpoint(checkpoint)
        check_same_training(checkpoint, stored.description, identity)
        learner.restore(_unprefixed(stored.arrays, _STATE))
        course.restore(stored)
    while course.epoch < plan.epochs and not (plan.stop_at_target and course.reached):
        started = time.monotonic()
        rng = stream(plan.seed, f"train/{plan.task}/{plan.preset}/epoch/{course.epoch}")
        loss = learner.train_epoch(course.epoch, rng, progress.step)
        if math.isnan(loss):
            raise RunError(
                f"training {plan.task} diverged: the loss of epoch {course.epoch + 1} is not a "
                "number",
                next_step="train with another --seed, or look at the training data",
            )
        validation = learner.validate()
        course.finish_epoch(validation, learner.weights, time.monotonic() - started)
        save_checkpoint(checkpoint, course.snapshot(learner.state(), identity))
        progress.epoch(
            EpochReport(
                epoch=course.epoch,
                epochs=plan.epochs,
                train_loss=loss,
                validation=validation,
                elapsed_s=course.duration_s,
            )
        )
    return course.result()


_STATE = "state/"
_BEST = "best/"


class _Course:
    """How far a training has come, and its best weights."""

    def __init__(self, goal: Goal) -> None:
        self._goal = goal
        self._best: Arrays = {}
        self._best_epoch = 0
        self._best_value = float("inf") if goal.lower_is_better else float("-inf")
        self._time_to_target_s: float | None = None
        self.epoch = 0
        self.duration_s = 0.0

    @property
    def reached(self) -> bool:
        return self._time_to_target_s is not None

    def finish_epoch(
        self, validation: Mapping[str, float], weights: Callable[[], Arrays], elapsed_s: float
    ) -> None:
        self.epoch += 1
        self.duration_s += elapsed_s
        value = validation[self._goal.metric]
        if self._best_epoch == 0 or self._goal.is_as_good(value, self._best_value):
            self._best = dict(weights())
            self._best_epoch, self._best_value = self.epoch, value
        if not self.reached and self._goal.is_reached(value):
            self._time_to_target_s = self.duration_s

    def snapshot(self, state: Arrays, identity: dict[str, Any]) -> Checkpoint:
        arrays = {f"{_STATE}{name}": array for name, array in state.items()}
        arrays |= {f"{_BEST}{name}": array for name, array in self._best.items()}
        course = {
            "epoch": self.epoch,
            "duration_s": self.duration_s,
            "best_epoch": self._best_epoch,
            "best_value": self._best_value,
            "time_to_target_s": self._time_to_target_s,
        }
        return Checkpoint(arrays=arrays, description=identity | {"course": course})

    def restore(self, stored: Checkpoint) -> None:
        course = stored.description["course"]
        self._best = _unprefixed(stored.arrays, _BEST)
        self.epoch = course["epoch"]
        self.duration_s = course["duration_s"]
        self._best_epoch = course["best_epoch"]
        self._best_value = course["best_value"]
        self._time_to_target_s = course["time_to_target_s"]

    def result(self) -> Trained:
        return Trained(
            weights=self._best,
            best_epoch=self._best_epoch,
            best_value=self._best_value,
            epochs_run=self.epoch,
            duration_s=self.duration_s,
            time_to_target_s=self._time_to_target_s,
        )


def _unprefixed(arrays: Arrays, prefix: str) -> dict[str, NDArray[Any]]:
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }

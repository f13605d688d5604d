"""Training the three networks: same code for generated and real data.

Adam, binary cross-entropy, the weights of the epoch with the lowest validation loss. The
benchmark trains with batches of 8 for up to 100 epochs on a GPU; here batches are larger and
epochs fewer, so that all three take minutes on two cores.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.errors import unknown_name
from edge_aibench.inference.tensorflow import import_tensorflow
from edge_aibench.rng import stream
from edge_aibench.scenarios.icu import samples
from edge_aibench.scenarios.icu.checkpoint import (
    Checkpoint,
    check_same_training,
    load_checkpoint,
    save_checkpoint,
)
from edge_aibench.scenarios.icu.tasks import networks
from edge_aibench.scenarios.icu.window import WINDOW_HOURS
from edge_aibench.tasks.metrics import auprc, auroc

if TYPE_CHECKING:
    from pathlib import Path

    from edge_aibench.scenarios.icu.samples import Batch, Stay

_FINAL_RATE_SHARE: Final = 0.03
_GRADIENT_LIMIT: Final = 1.0

# The weights kept are a running average over some 200 steps, which evens out what the last
# batches happened to hold (Polyak and Juditsky, SIAM J. Control Optim. 30(4), 1992).
_AVERAGE_MEMORY: Final = 0.995


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How one task is trained; *epochs* is the default.

    The benchmark trains death and phenotyping with dropout 0.3 and decompensation with none.
    Death has none here: with 0.3 on 8 + 8 units the network sees how ill a patient is but not
    whether things get better or worse (test AUPRC 0.50 instead of 0.53, ceiling 0.59, on a
    first cohort of 20,000 patients).
    """

    network: networks.RecurrentNetwork
    every_hour: bool
    dropout: float
    learning_rate: float
    weight_decay: float
    batch_size: int
    epochs: int


RECIPES: Final[dict[str, Recipe]] = {
    "death": Recipe(
        network=networks.DEATH,
        every_hour=False,
        dropout=0.0,
        learning_rate=6e-3,
        weight_decay=0.1,
        batch_size=64,
        epochs=24,
    ),
    "decompensation": Recipe(
        network=networks.DECOMPENSATION,
        every_hour=True,
        dropout=0.0,
        learning_rate=2e-3,
        weight_decay=0.1,
        batch_size=64,
        epochs=5,
    ),
    "heart-failure": Recipe(
        network=networks.HEART_FAILURE,
        every_hour=True,
        dropout=0.3,
        learning_rate=2e-3,
        weight_decay=0.0,
        batch_size=64,
        epochs=3,
    ),
}


@dataclass(frozen=True, kw_only=True)
class EpochReport:
    """What is known after an epoch; losses are mean binary cross-entropies."""

    task: str
    epoch: int
    epochs: int
    train_loss: float
    val_loss: float
    val_auroc: float
    val_auprc: float
    elapsed_s: float


TrainingProgress = Callable[[EpochReport], None]


@dataclass(frozen=True, kw_only=True)
class TrainingPlan:
    """What decides the weights; *data_sha256* stands for the stays trained on."""

    task: str
    seed: int
    epochs: int
    data_sha256: str


@dataclass(frozen=True, kw_only=True)
class Trained:
    """The weights of the best epoch and how long all epochs took, resumed ones included."""

    weights: networks.Weights
    best_epoch: int
    duration_s: float


def get_recipe(task: str) -> Recipe:
    """Give the recipe of an ICU task; raises ConfigError for another name."""
    if task not in RECIPES:
        raise unknown_name("trainable ICU task", task, RECIPES, where="train")
    return RECIPES[task]


def fit(
    plan: TrainingPlan,
    *,
    train: Sequence[Stay],
    val: Sequence[Stay],
    checkpoint: Path,
    progress: TrainingProgress | None = None,
    resume: bool = True,
) -> Trained:
    """Train as planned and give the weights of the best epoch.

    After each epoch the state goes to *checkpoint*; with *resume* an existing one is gone on
    with, and ends in the same weights as an uninterrupted training. Raises ConfigError if it
    belongs to a training with other arguments.
    """
    task, seed, epochs = plan.task, plan.seed, plan.epochs
    identity = asdict(plan)
    stored = load_checkpoint(checkpoint) if resume and checkpoint.exists() else None
    if stored is not None:
        check_same_training(checkpoint, stored.description, identity)
    state = _TrainingState(task, seed)
    if stored is not None:
        state.restore(stored)
    usable_train, usable_val = _usable(task, train), _usable(task, val)
    while state.epoch < epochs:
        started = time.monotonic()
        rng = stream(seed, f"icu/{task}/epoch/{state.epoch}")
        state.set_learning_rate(_learning_rate(task, state.epoch / max(epochs - 1, 1)))
        train_loss = _mean_loss(state.train_on(b) for b in _batches(task, usable_train, rng))
        val_loss, labels, scores = _validate(task, state, usable_val)
        state.finish_epoch(val_loss, time.monotonic() - started)
        save_checkpoint(checkpoint, state.snapshot(identity))
        if progress is not None:
            progress(
                EpochReport(
                    task=task,
                    epoch=state.epoch,
                    epochs=epochs,
                    train_loss=train_loss,
                    val_loss=val_loss,
                    val_auroc=auroc(labels, scores),
                    val_auprc=auprc(labels, scores),
                    elapsed_s=state.duration_s,
                )
            )
    return Trained(
        weights=state.best_weights, best_epoch=state.best_epoch, duration_s=state.duration_s
    )


class _TrainingState:
    """Network, its running average, optimiser and best weights so far."""

    def __init__(self, task: str, seed: int) -> None:
        tf = import_tensorflow()
        recipe = get_recipe(task)
        self._model = networks.build_network(
            recipe.network, seed=seed, dropout=recipe.dropout, every_hour=recipe.every_hour
        )
        _lengthen_memory(self._model, stream(seed, f"icu/{task}/memory"))
        self._averaged = networks.build_network(recipe.network, every_hour=recipe.every_hour)
        networks.set_weights(self._averaged, networks.get_weights(self._model))
        self._optimiser = tf.keras.optimizers.AdamW(
            recipe.learning_rate, weight_decay=recipe.weight_decay, clipnorm=_GRADIENT_LIMIT
        )
        self._optimiser.build(self._model.trainable_variables)
        self._output_weights = output_weights(task)
        self._train_step = tf.function(self._step, autograph=False, reduce_retracing=True)
        self._predict = tf.function(
            lambda x: self._averaged(x, training=False), autograph=False, reduce_retracing=True
        )
        self.epoch = 0
        self.duration_s = 0.0
        self.best_epoch = 0
        self.best_loss = np.inf
        self.best_weights = networks.get_weights(self._averaged)

    def set_learning_rate(self, rate: float) -> None:
        self._optimiser.learning_rate.assign(rate)

    def train_on(self, batch: Batch) -> tuple[float, float]:
        loss = self._train_step(batch.features, batch.targets, batch.weights)
        return float(loss), float(batch.weights.sum())

    def predict(self, batch: Batch) -> np.ndarray[Any, np.dtype[np.float32]]:
        """Predictions in the shape of the batch's targets."""
        predictions: np.ndarray[Any, np.dtype[np.float32]] = self._predict(batch.features).numpy()
        return predictions.reshape(batch.targets.shape)

    def finish_epoch(self, val_loss: float, elapsed_s: float) -> None:
        self.epoch += 1
        self.duration_s += elapsed_s
        if val_loss < self.best_loss:
            self.best_loss = val_loss
            self.best_epoch = self.epoch
            self.best_weights = networks.get_weights(self._averaged)

    def snapshot(self, identity: dict[str, Any]) -> Checkpoint:
        arrays = {f"variable/{i}": v.numpy() for i, v in enumerate(self._variables())}
        arrays |= {f"best/{name}": array for name, array in self.best_weights.items()}
        description = identity | {
            "epoch": self.epoch,
            "duration_s": self.duration_s,
            "best_epoch": self.best_epoch,
            "best_loss": self.best_loss,
        }
        return Checkpoint(arrays=arrays, description=description)

    def restore(self, stored: Checkpoint) -> None:
        for place, variable in enumerate(self._variables()):
            variable.assign(stored.arrays[f"variable/{place}"])
        prefix = "best/"
        self.best_weights = {
            name.removeprefix(prefix): array
            for name, array in stored.arrays.items()
            if name.startswith(prefix)
        }
        self.epoch = stored.description["epoch"]
        self.duration_s = stored.description["duration_s"]
        self.best_epoch = stored.description["best_epoch"]
        self.best_loss = stored.description["best_loss"]

    def _variables(self) -> list[Any]:
        """Everything that decides how training goes on, the dropout counters included."""
        averaged = self._averaged.trainable_variables
        return [*self._model.variables, *self._optimiser.variables, *averaged]

    def _step(self, features: Any, targets: Any, weights: Any) -> Any:
        tf = import_tensorflow()
        with tf.GradientTape() as tape:
            predictions = tf.reshape(self._model(features, training=True), tf.shape(targets))
            entropy = tf.keras.losses.binary_crossentropy(
                targets[..., tf.newaxis], predictions[..., tf.newaxis]
            )
            losses = tf.reduce_sum(entropy * self._output_weights, axis=-1)
            loss = tf.reduce_sum(losses * weights) / tf.reduce_sum(weights)
        gradients = tape.gradient(loss, self._model.trainable_variables)
        self._optimiser.apply(gradients)
        pairs = zip(
            self._averaged.trainable_variables, self._model.trainable_variables, strict=True
        )
        for average, variable in pairs:
            average.assign(_AVERAGE_MEMORY * average + (1 - _AVERAGE_MEMORY) * variable)
        return loss


def _usable(task: str, stays: Sequence[Stay]) -> list[Stay]:
    """The stays that are part of the task."""
    if task == "death":
        return [stay for stay in stays if stay.labels.death is not None]
    if task == "decompensation":
        return [stay for stay in stays if len(stay.labels.decompensation_hours)]
    return [stay for stay in stays if stay.labels.phenotypes is not None]


def _batches(task: str, stays: Sequence[Stay], rng: np.random.Generator) -> Iterator[Batch]:
    """The batches of one training epoch."""
    size = RECIPES[task].batch_size
    if task == "death":
        order = rng.permutation(len(stays))
        for start in range(0, len(order), size):
            yield samples.mortality_batch([stays[i] for i in order[start : start + size]], rng)
        return
    windows = samples.cut_windows(stays, rng)
    for start in range(0, len(windows), size):
        batch = _window_batch(task, windows[start : start + size])
        if batch.weights.any():
            yield batch


def _window_batch(task: str, windows: Sequence[tuple[Stay, int]]) -> Batch:
    if task == "decompensation":
        return samples.decompensation_batch(windows)
    return samples.phenotype_batch(windows)


def _validate(
    task: str, state: _TrainingState, stays: Sequence[Stay]
) -> tuple[float, np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Loss over all weighted hours, and labels and scores of the headline output."""
    size = 256
    if task == "death":
        parts = [stays[start : start + size] for start in range(0, len(stays), size)]
        batches = [samples.mortality_batch(part, None) for part in parts]
    else:
        windows = samples.cut_windows(stays, stream(0, f"icu/{task}/validation"))
        batches = [
            _window_batch(task, windows[start : start + size])
            for start in range(0, len(windows), size)
        ]
    headline = samples.headline_output(task)
    losses, labels, scores = [], [], []
    for batch in batches:
        predictions = state.predict(batch)
        clipped = np.clip(predictions.astype(np.float64), 1e-7, 1 - 1e-7)
        entropy = -np.where(batch.targets > 0.5, np.log(clipped), np.log1p(-clipped))
        entropy = entropy @ output_weights(task)
        counted = batch.weights > 0
        losses.append(((entropy * batch.weights).sum(), batch.weights.sum()))
        labels.append(batch.targets[..., headline][counted] > 0.5)
        scores.append(predictions[..., headline][counted])
    total = sum(loss for loss, _ in losses) / sum(weight for _, weight in losses)
    return float(total), np.concatenate(labels), np.concatenate(scores)


def _lengthen_memory(model: Any, rng: np.random.Generator) -> None:
    """Set the initial gate biases so that units remember from one to 47 hours.

    By default an LSTM forgets within about four steps and finds longer averages late or never,
    yet a single hour of vital signs is mostly noise (Tallec and Ollivier, Can recurrent neural
    networks warp time?, ICLR 2018).
    """
    for variable in model.trainable_variables:
        if variable.path.endswith("lstm_cell/bias"):
            units = variable.shape[0] // 4
            forget = np.log(rng.uniform(1, WINDOW_HOURS - 1, units))
            zeros = np.zeros(2 * units)
            variable.assign(np.concatenate((-forget, forget, zeros)).astype(np.float32))


def output_weights(task: str) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """What each output counts in the loss, summing to one.

    The headline output counts as much as all others together: with equal parts the 24 other
    phenotypes, most of which cannot be seen in the measurements, drown it.
    """
    outputs = RECIPES[task].network.outputs
    if outputs == 1:
        return np.ones(1, dtype=np.float32)
    weights = np.full(outputs, 0.5 / (outputs - 1), dtype=np.float32)
    weights[samples.headline_output(task)] = 0.5
    return weights


def _mean_loss(parts: Iterator[tuple[float, float]]) -> float:
    losses = np.array(list(parts))
    return float(np.average(losses[:, 0], weights=losses[:, 1]))


def _learning_rate(task: str, done: float) -> float:
    """Half a cosine from the recipe's rate to a small share of it; *done* goes from 0 to 1."""
    share = 0.5 * (1 + np.cos(np.pi * done))
    return float(RECIPES[task].learning_rate * max(share, _FINAL_RATE_SHARE))

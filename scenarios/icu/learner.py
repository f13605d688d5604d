"""Training the three networks: same code for generated and real data.

Adam, binary cross-entropy, the weights of the epoch with the lowest validation loss.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.inference.tensorflow import import_tensorflow
from edge_aibench.rng import stream
from edge_aibench.scenarios.icu import samples
from edge_aibench.scenarios.icu.recipes import get_recipe, output_weights
from edge_aibench.scenarios.icu.tasks import networks
from edge_aibench.scenarios.icu.window import WINDOW_HOURS
from edge_aibench.tasks.keras_state import TrainingState
from edge_aibench.tasks.metrics import auprc, auroc
from edge_aibench.tasks.training import Goal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.scenarios.icu.samples import Batch, Stay
    from edge_aibench.tasks.training import StepProgress

GOAL: Final = Goal(metric="loss", lower_is_better=True)

_FINAL_RATE_SHARE: Final = 0.03
_GRADIENT_LIMIT: Final = 1.0
_VALIDATION_BATCH: Final = 256

# The weights kept are a running average over some 200 steps, which evens out what the last
# batches happened to hold (Polyak and Juditsky, SIAM J. Control Optim. 30(4), 1992).
_AVERAGE_MEMORY: Final = 0.995


class IcuLearner:
    """The `Learner` of one task: a network, its running average, its optimiser, its stays."""

    def __init__(
        self,
        task: str,
        *,
        seed: int,
        epochs: int | None,
        train: Sequence[Stay],
        val: Sequence[Stay],
    ) -> None:
        tf = import_tensorflow()
        recipe = get_recipe(task)
        self._task = task
        self._epochs = recipe.epochs if epochs is None else epochs
        self._train, self._val = _usable(task, train), _usable(task, val)
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
        # The model's variables hold the dropout counters too.
        self._state = TrainingState(
            [
                *self._model.variables,
                *self._optimiser.variables,
                *self._averaged.trainable_variables,
            ]
        )
        self._output_weights = output_weights(task)
        self._train_step = tf.function(self._step, autograph=False, reduce_retracing=True)
        self._predict = tf.function(
            lambda x: self._averaged(x, training=False), autograph=False, reduce_retracing=True
        )

    @property
    def epochs(self) -> int:
        """See `Learner.epochs`."""
        return self._epochs

    def train_epoch(self, epoch: int, rng: np.random.Generator, progress: StepProgress) -> float:
        """See `Learner.train_epoch`."""
        rate = _learning_rate(self._task, epoch / max(self._epochs - 1, 1))
        self._optimiser.learning_rate.assign(rate)
        losses, weights = [], []
        for batch, done, total in _batches(self._task, self._train, rng):
            losses.append(float(self._train_step(batch.features, batch.targets, batch.weights)))
            weights.append(float(batch.weights.sum()))
            progress(done, total)
        return float(np.average(losses, weights=weights))

    def validate(self) -> Mapping[str, float]:
        """The loss over all weighted hours, and how well the headline output ranks."""
        headline = samples.headline_output(self._task)
        losses, labels, scores = [], [], []
        for batch in _validation_batches(self._task, self._val):
            predictions = self._predict(batch.features).numpy().reshape(batch.targets.shape)
            clipped = np.clip(predictions.astype(np.float64), 1e-7, 1 - 1e-7)
            entropy = -np.where(batch.targets > 0.5, np.log(clipped), np.log1p(-clipped))
            entropy = entropy @ self._output_weights
            counted = batch.weights > 0
            losses.append(((entropy * batch.weights).sum(), batch.weights.sum()))
            labels.append(batch.targets[..., headline][counted] > 0.5)
            scores.append(predictions[..., headline][counted])
        total = sum(loss for loss, _ in losses) / sum(weight for _, weight in losses)
        truth, score = np.concatenate(labels), np.concatenate(scores)
        return {"loss": float(total), "auroc": auroc(truth, score), "auprc": auprc(truth, score)}

    def state(self) -> Mapping[str, NDArray[Any]]:
        """See `Learner.state`."""
        return self._state.arrays()

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """See `Learner.restore`."""
        self._state.restore(state)

    def weights(self) -> Mapping[str, NDArray[Any]]:
        """See `Learner.weights`."""
        return networks.get_weights(self._averaged)

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


def _batches(
    task: str, stays: Sequence[Stay], rng: np.random.Generator
) -> Iterator[tuple[Batch, int, int]]:
    """The batches of one training epoch, each with how many samples are done, of how many."""
    size = get_recipe(task).batch_size
    if task == "death":
        order = rng.permutation(len(stays))
        for start in range(0, len(order), size):
            part = [stays[i] for i in order[start : start + size]]
            yield samples.mortality_batch(part, rng), start + len(part), len(order)
        return
    windows = samples.cut_windows(stays, rng)
    for start in range(0, len(windows), size):
        batch = _window_batch(task, windows[start : start + size])
        if batch.weights.any():
            yield batch, min(start + size, len(windows)), len(windows)


def _window_batch(task: str, windows: Sequence[tuple[Stay, int]]) -> Batch:
    if task == "decompensation":
        return samples.decompensation_batch(windows)
    return samples.phenotype_batch(windows)


def _validation_batches(task: str, stays: Sequence[Stay]) -> list[Batch]:
    size = _VALIDATION_BATCH
    if task == "death":
        parts = [stays[start : start + size] for start in range(0, len(stays), size)]
        return [samples.mortality_batch(part, None) for part in parts]
    windows = samples.cut_windows(stays, stream(0, f"icu/{task}/validation"))
    return [
        _window_batch(task, windows[start : start + size]) for start in range(0, len(windows), size)
    ]


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


def _learning_rate(task: str, done: float) -> float:
    """Half a cosine from the recipe's rate to a small share of it; *done* goes from 0 to 1."""
    share = 0.5 * (1 + np.cos(np.pi * done))
    return float(get_recipe(task).learning_rate * max(share, _FINAL_RATE_SHARE))

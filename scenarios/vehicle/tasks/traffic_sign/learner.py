"""Training the capsule network; imports TensorFlow where it trains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.errors import ConfigError, HostError
from edge_aibench.inference.tensorflow import import_tensorflow
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.augmentation import Augmentation, augment
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.classes import CLASS_COUNT, SIGN_NAMES
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.images import load_images
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.shapes import IMAGE_SIDE
from edge_aibench.tasks.keras_state import TrainingState, model_arrays

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.tasks.component import LearnerRequest
    from edge_aibench.tasks.training import StepProgress

_VALIDATION_BATCH: Final = 256
# The network's layers take the seeds before these.
_DECODER_SEEDS: Final = 100


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a preset is trained.

    *keep* is the share of the first features that dropout keeps. A batch is augmented with a
    chance of *augmented* at first, which falls by the factor *augmented_fall* with each tenth
    of the training. The learning rate falls along half a cosine to *final_rate* of itself.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    final_rate: float
    keep: float
    augmentation: Augmentation
    augmented: float
    augmented_fall: float
    reconstruction_weight: float


RECIPES: Final = {
    # Edge AIBench: 10,000 steps of 50 at a constant 1e-4, which is 14 passes over GTSRB's
    # training part.
    "reference": Recipe(
        epochs=14,
        batch_size=50,
        learning_rate=1e-4,
        final_rate=1.0,
        keep=0.7,
        augmentation=Augmentation(),
        augmented=0.99,
        augmented_fall=0.8,
        reconstruction_weight=0.0005,
    ),
    # Sabour et al. weigh the sum over the 784 pixels of a digit by 0.0005, which is 0.392 of
    # their mean, and shift by two pixels.
    "sabour": Recipe(
        epochs=14,
        batch_size=50,
        learning_rate=1e-3,
        final_rate=0.1,
        keep=1.0,
        augmentation=Augmentation(
            rotation_deg=0.0, shift=2 / 28, shear=0.0, gain=(1.0, 1.0), mirror=False
        ),
        augmented=1.0,
        augmented_fall=1.0,
        reconstruction_weight=0.392,
    ),
    # A shift of a fifth cuts into signs whose place in the image the annotation has fixed: the
    # thin network is trained on what it will meet.
    "lite": Recipe(
        epochs=34,
        batch_size=32,
        learning_rate=1.5e-3,
        final_rate=0.02,
        keep=0.9,
        augmentation=Augmentation(
            rotation_deg=12.0, shift=0.06, shear=0.1, zoom=0.08, gain=(0.6, 1.5)
        ),
        augmented=0.99,
        augmented_fall=0.9,
        reconstruction_weight=0.0005,
    ),
}


class CapsuleLearner:
    """The `Learner` of the task: Adam on margin loss plus a little reconstruction loss.

    Raises ConfigError if the training split lacks a class, HostError if there is no such device.
    """

    def __init__(self, request: LearnerRequest) -> None:
        from edge_aibench.scenarios.vehicle.tasks.traffic_sign.networks import (
            build,
            build_decoder,
        )

        tf = import_tensorflow()
        self._recipe = RECIPES[request.preset]
        self._epochs = self._recipe.epochs if request.epochs is None else request.epochs
        self._train = load_images(request.train)
        self._val = load_images(request.val)
        _check_all_classes(self._train.labels)
        self._device = _device(tf, request.device)
        with tf.device(self._device):
            self._model = build(request.preset, request.seed)
            self._decoder = build_decoder(request.preset, request.seed + _DECODER_SEEDS)
            self._optimiser = tf.keras.optimizers.Adam(self._recipe.learning_rate)
            self._optimiser.build(self._trainable())
        self._state = TrainingState(
            [*self._model.variables, *self._decoder.variables, *self._optimiser.variables]
        )
        self._train_step = tf.function(
            self._step,
            input_signature=[
                tf.TensorSpec((None, IMAGE_SIDE, IMAGE_SIDE, 3), tf.float32),
                tf.TensorSpec((None,), tf.int32),
                tf.TensorSpec((2,), tf.int32),
            ],
            autograph=False,
        )
        self._predict = tf.function(
            lambda images: self._model(images, training=False),
            input_signature=[tf.TensorSpec((None, IMAGE_SIDE, IMAGE_SIDE, 3), tf.float32)],
            autograph=False,
        )

    @property
    def epochs(self) -> int:
        """See `Learner.epochs`."""
        return self._epochs

    def train_epoch(self, epoch: int, rng: np.random.Generator, progress: StepProgress) -> float:
        """See `Learner.train_epoch`."""
        tf = import_tensorflow()
        total, done = 0.0, 0
        count = len(self._train.labels)
        for images, labels, position in self._batches(epoch, rng):
            self._optimiser.learning_rate.assign(self._learning_rate(position))
            dropout = rng.integers(2**31, size=2, dtype=np.int64).astype(np.int32)
            with tf.device(self._device):
                loss = self._train_step(images, labels, dropout)
            total += float(loss) * len(labels)
            done += len(labels)
            progress(done, count)
        return total / count

    def validate(self) -> Mapping[str, float]:
        """See `Learner.validate`: the share of images recognised, and the margin loss."""
        from edge_aibench.scenarios.vehicle.tasks.traffic_sign.losses import margin_loss

        tf = import_tensorflow()
        right, loss, count = 0, 0.0, len(self._val.labels)
        for start in range(0, count, _VALIDATION_BATCH):
            chosen = np.arange(start, min(start + _VALIDATION_BATCH, count))
            labels = self._val.labels[chosen]
            with tf.device(self._device):
                lengths = self._predict(self._val.rows(chosen))
                loss += float(margin_loss(lengths, tf.one_hot(labels, CLASS_COUNT))) * len(labels)
            right += int((lengths.numpy().argmax(axis=1) == labels).sum())
        return {"top1": right / count, "margin_loss": loss / count}

    def state(self) -> Mapping[str, NDArray[Any]]:
        """See `Learner.state`."""
        return self._state.arrays()

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """See `Learner.restore`."""
        self._state.restore(state)

    def weights(self) -> Mapping[str, NDArray[Any]]:
        """See `Learner.weights`: the network's, without the decoder's."""
        return model_arrays(self._model)

    def _batches(
        self, epoch: int, rng: np.random.Generator
    ) -> Iterator[tuple[NDArray[np.float32], NDArray[np.int32], float]]:
        """The batches of an epoch, and how much of the whole training lies before each."""
        recipe = self._recipe
        order = rng.permutation(len(self._train.labels))
        for start in range(0, len(order), recipe.batch_size):
            chosen = order[start : start + recipe.batch_size]
            position = (epoch + start / len(order)) / self._epochs
            images, labels = self._train.rows(chosen), self._train.labels[chosen]
            share = recipe.augmented * recipe.augmented_fall ** int(10 * position)
            if rng.random() < share:
                images, labels = augment(images, labels, recipe.augmentation, rng)
            yield images, labels, position

    def _learning_rate(self, position: float) -> float:
        recipe = self._recipe
        wave = 0.5 * (1.0 + np.cos(np.pi * position))
        return float(recipe.learning_rate * (recipe.final_rate + (1 - recipe.final_rate) * wave))

    def _step(self, images: Any, labels: Any, dropout_seed: Any) -> Any:
        from edge_aibench.scenarios.vehicle.tasks.traffic_sign.losses import (
            margin_loss,
            reconstruction_loss,
        )
        from edge_aibench.scenarios.vehicle.tasks.traffic_sign.networks import (
            capsule_lengths,
            class_capsules,
        )

        tf = import_tensorflow()
        classes = tf.one_hot(labels, CLASS_COUNT)
        kept = self._kept_features(tf, tf.shape(images)[0], dropout_seed)
        with tf.GradientTape() as tape:
            capsules = class_capsules(self._model, images, kept=kept)
            drawn = self._decoder([capsules, classes], training=True)
            reconstruction = reconstruction_loss(drawn, images)
            loss = (
                margin_loss(capsule_lengths(self._model, capsules), classes)
                + self._recipe.reconstruction_weight * reconstruction
            )
        variables = self._trainable()
        self._optimiser.apply(tape.gradient(loss, variables), variables)
        return loss

    def _kept_features(self, tf: Any, rows: Any, seed: Any) -> Any:
        """Ones over the share kept, and zeros, of the first convolution's shape."""
        keep = self._recipe.keep
        if keep == 1.0:
            return tf.ones(())
        features = self._model.get_layer("convolution").output.shape[1:]
        drawn = tf.random.stateless_uniform((rows, *features), seed)
        return tf.cast(drawn < keep, tf.float32) / keep

    def _trainable(self) -> list[Any]:
        return [*self._model.trainable_variables, *self._decoder.trainable_variables]


def _check_all_classes(labels: NDArray[np.int32]) -> None:
    seen = np.bincount(labels, minlength=CLASS_COUNT)
    for number in np.flatnonzero(seen == 0):
        raise ConfigError(
            f"must hold images of each of the {CLASS_COUNT} classes; there is none of "
            f"{number} ({SIGN_NAMES[number]})",
            where="traffic-sign, split train",
            next_step="restore the class's folder: a class never seen cannot be recognised",
        )


def _device(tf: Any, name: str) -> str:
    if name == "cuda" and not tf.config.list_physical_devices("GPU"):
        raise HostError("TensorFlow finds no CUDA device", mend="train with --device cpu")
    return "/GPU:0" if name == "cuda" else "/CPU:0"

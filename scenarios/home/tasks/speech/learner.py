"""Training DeepSpeech2 with CTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.errors import HostError
from edge_aibench.inference.tensorflow import import_tensorflow
from edge_aibench.scenarios.home.tasks.speech import networks
from edge_aibench.scenarios.home.tasks.speech.batches import Augmentation, arrange, each_batch
from edge_aibench.scenarios.home.tasks.speech.data.utterances import durations_of
from edge_aibench.scenarios.home.tasks.speech.evaluation import error_rates
from edge_aibench.scenarios.home.tasks.speech.losses import ctc_loss
from edge_aibench.scenarios.home.tasks.speech.processing import SpeechProcessing, greedy_decoder
from edge_aibench.scenarios.home.tasks.speech.shapes import EDGE_AIBENCH, LITE, shape_of
from edge_aibench.tasks.keras_state import TrainingState, model_arrays
from edge_aibench.tasks.task import REFERENCE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from edge_aibench.scenarios.home.tasks.speech.batches import Batch
    from edge_aibench.tasks.component import LearnerRequest
    from edge_aibench.tasks.training import StepProgress

_FINAL_RATE_SHARE: Final = 0.02
_GRADIENT_LIMIT: Final = 5.0


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a preset is trained, with *epochs* as the default.

    Adam's rate rises over *warm_up*, a share of all steps, and then falls along a cosine.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    warm_up: float = 0.05
    augmentation: Augmentation = field(default_factory=Augmentation)


RECIPES: Final[dict[str, Recipe]] = {
    # Rate and batches of tensorflow/models, research/deep_speech.
    REFERENCE: Recipe(epochs=10, batch_size=128, learning_rate=5e-4),
    EDGE_AIBENCH: Recipe(epochs=10, batch_size=64, learning_rate=3e-4),
    LITE: Recipe(epochs=24, batch_size=12, learning_rate=2e-3),
}


class SpeechLearner:
    """The `Learner` of the task.

    Raises HostError if the device is `cuda` and TensorFlow finds none.
    """

    def __init__(self, request: LearnerRequest) -> None:
        tf = import_tensorflow()
        self._recipe = RECIPES[request.preset]
        self._shape = shape_of(request.preset)
        self._train, self._val = request.train, request.val
        self._epochs = request.epochs or self._recipe.epochs
        self._device = _device(tf, request.device)
        self._durations_s = durations_of(self._train)
        with tf.device(self._device):
            self._model = networks.build(request.preset, request.seed)
            self._optimiser = tf.keras.optimizers.Adam(
                self._recipe.learning_rate, global_clipnorm=_GRADIENT_LIMIT
            )
            self._optimiser.build(self._model.trainable_variables)
        self._state = TrainingState([*self._model.variables, *self._optimiser.variables])
        features = tf.TensorSpec([None, None, self._shape.bins], tf.float32)
        labels = tf.TensorSpec([None, None], tf.int32)
        counts = tf.TensorSpec([None], tf.int32)
        self._train_step = tf.function(
            self._step, input_signature=[features, labels, counts], autograph=False
        )
        self._predict = tf.function(
            lambda inputs: self._model(inputs, training=False),
            input_signature=[features],
            autograph=False,
        )

    @property
    def epochs(self) -> int:
        """See `Learner.epochs`."""
        return self._epochs

    def train_epoch(self, epoch: int, rng: np.random.Generator, progress: StepProgress) -> float:
        """See `Learner.train_epoch`; the first pass goes from the shortest to the longest."""
        tf = import_tensorflow()
        arrangement = arrange(
            self._durations_s, self._recipe.batch_size, ascending=epoch == 0, rng=rng
        )
        batches = each_batch(
            self._train,
            arrangement,
            bins=self._shape.bins,
            augmentation=self._recipe.augmentation,
            rng=rng,
        )
        losses, done = [], 0
        for place, batch in enumerate(batches):
            share = (epoch + place / len(arrangement)) / self._epochs
            self._optimiser.learning_rate.assign(learning_rate(self._recipe, share))
            with tf.device(self._device):
                losses.append(self._train_on(batch))
            done += len(batch.features)
            progress(done, len(self._train))
        return float(np.concatenate(losses).mean())

    def validate(self) -> Mapping[str, float]:
        """Error rates with greedy decoding, each utterance at its own length."""
        processing = SpeechProcessing(bins=self._shape.bins, decoder=greedy_decoder())
        pairs = []
        for index in range(len(self._val)):
            sample = self._val[index]
            (inputs,) = processing.preprocess(sample.raw)
            logits = self._predict(inputs).numpy()
            pairs.append((sample.label, processing.postprocess((logits,), sample.raw)))
        return error_rates(pairs)

    def state(self) -> Mapping[str, NDArray[Any]]:
        """See `Learner.state`."""
        return self._state.arrays()

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """See `Learner.restore`."""
        self._state.restore(state)

    def weights(self) -> Mapping[str, NDArray[Any]]:
        """See `Learner.weights`."""
        return model_arrays(self._model)

    def _train_on(self, batch: Batch) -> NDArray[np.float32]:
        losses: NDArray[np.float32] = self._train_step(
            batch.features, batch.labels, batch.label_counts
        ).numpy()
        return losses

    def _step(self, features: Any, labels: Any, label_counts: Any) -> Any:
        tf = import_tensorflow()
        with tf.GradientTape() as tape:
            logits = self._model(features, training=True)
            shape = tf.shape(logits)
            frames = tf.fill((shape[0],), shape[1])
            losses = ctc_loss(logits, frames, labels, label_counts)
            loss = tf.reduce_mean(losses)
        gradients = tape.gradient(loss, self._model.trainable_variables)
        self._optimiser.apply(gradients)
        return losses


def learning_rate(recipe: Recipe, share: float) -> float:
    """The rate when *share* of all steps is done."""
    if share < recipe.warm_up:
        return recipe.learning_rate * (_FINAL_RATE_SHARE + share / recipe.warm_up)
    fallen = (share - recipe.warm_up) / (1.0 - recipe.warm_up)
    cosine = 0.5 * (1.0 + float(np.cos(np.pi * fallen)))
    return recipe.learning_rate * (_FINAL_RATE_SHARE + (1.0 - _FINAL_RATE_SHARE) * cosine)


def _device(tf: Any, name: str) -> str:
    if name == "cuda":
        if not tf.config.list_physical_devices("GPU"):
            raise HostError("TensorFlow finds no CUDA device", mend="train with --device cpu")
        return "/GPU:0"
    return "/CPU:0"

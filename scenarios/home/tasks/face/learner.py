"""Training an embedding network on people who are not in the test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.errors import ConfigError, HostError
from edge_aibench.inference.tensorflow import import_tensorflow
from edge_aibench.rng import stream
from edge_aibench.scenarios.home.tasks.face import losses
from edge_aibench.scenarios.home.tasks.face.augmentation import MARGIN, augment
from edge_aibench.scenarios.home.tasks.face.batches import epoch_batches
from edge_aibench.scenarios.home.tasks.face.data import face_samples
from edge_aibench.scenarios.home.tasks.face.evaluation import judge
from edge_aibench.scenarios.home.tasks.face.networks import build_for
from edge_aibench.scenarios.home.tasks.face.presets import get_shape
from edge_aibench.scenarios.home.tasks.face.processing import crop_face, processing, standardise
from edge_aibench.scenarios.home.tasks.face.recipes import RECIPES, Recipe
from edge_aibench.tasks.keras_state import TrainingState, model_arrays
from edge_aibench.tasks.sample import chunks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from edge_aibench.scenarios.home.tasks.face.data.samples import FaceSamples
    from edge_aibench.scenarios.home.tasks.face.presets import FaceInput
    from edge_aibench.tasks.component import LearnerRequest
    from edge_aibench.tasks.training import StepProgress

    Arrays = Mapping[str, NDArray[Any]]

# Crops are kept in memory up to here; beyond, each is read again in every epoch.
_MEMORY_LIMIT_BYTES: Final = 1024**3

_FINAL_RATE_SHARE: Final = 0.005
_GRADIENT_LIMIT: Final = 5.0
_VALIDATION_BATCH: Final = 128


class FaceLearner:
    """The `Learner` of a preset; *recipe* is the preset's own unless another is given.

    Raises ConfigError with fewer than two people to train on, HostError for a device that is
    not there.
    """

    def __init__(self, request: LearnerRequest, *, recipe: Recipe | None = None) -> None:
        tf = import_tensorflow()
        self._picture = get_shape(request.preset).picture
        self._recipe = recipe or RECIPES[request.preset]
        self._epochs = request.epochs or self._recipe.epochs
        self._device = _device_name(tf, request.device)
        self._processing = processing(request.preset)
        self._val = face_samples(request.val)
        train = face_samples(request.train)
        people = sorted(set(train.identities))
        if len(people) < 2:
            raise ConfigError(
                "must hold pictures of at least two people",
                where=str(train.root),
                value=len(people),
                next_step="add people, or generate a data set",
            )
        numbers = {person: number for number, person in enumerate(people)}
        self._labels = np.array([numbers[person] for person in train.identities], dtype=np.int32)
        self._crops = _Crops(train, self._picture)
        with tf.device(self._device):
            self._build(tf, request, people=len(people))

    @property
    def epochs(self) -> int:
        """See `Learner.epochs`."""
        return self._epochs

    def train_epoch(self, epoch: int, rng: np.random.Generator, progress: StepProgress) -> float:
        """See `Learner.train_epoch`.

        An epoch goes over all pictures once, less a last batch that would be too small.
        """
        tf = import_tensorflow()
        batches = epoch_batches(self._labels, self._recipe, rng)
        total = sum(len(batch) for batch in batches)
        loss, done = 0.0, 0
        for step, batch in enumerate(batches):
            self._optimiser.learning_rate.assign(self._rate(epoch + step / len(batches)))
            faces = augment(self._crops.read(batch), self._picture, rng)
            with tf.device(self._device):
                value = self._train_step(
                    tf.constant(standardise(faces, self._picture)),
                    tf.constant(self._labels[batch]),
                )
            loss += float(value) * len(batch)
            done += len(batch)
            progress(done, total)
        return loss / total

    def validate(self) -> Mapping[str, float]:
        """See `Learner.validate`: the judge's figures on the validation pairs."""
        answers = []
        for indices in chunks(len(self._val), _VALIDATION_BATCH):
            samples = [self._val[index] for index in indices]
            rows = [self._processing.preprocess(sample.raw)[0] for sample in samples]
            outputs = self._embed(np.concatenate(rows)).numpy()
            each = np.split(outputs, len(samples))
            answers += [
                (sample, self._processing.postprocess((output,), sample.raw))
                for sample, output in zip(samples, each, strict=True)
            ]
        return judge(self._val, answers)

    def state(self) -> Arrays:
        """See `Learner.state`."""
        return self._state.arrays()

    def restore(self, state: Arrays) -> None:
        """See `Learner.restore`."""
        self._state.restore(state)

    def weights(self) -> Arrays:
        """See `Learner.weights`."""
        return model_arrays(self._model)

    def _build(self, tf: Any, request: LearnerRequest, *, people: int) -> None:
        recipe = self._recipe
        self._model = build_for(request.preset, request.seed, dropout=recipe.dropout)
        trained = list(self._model.trainable_variables)
        self._directions = None
        if recipe.loss != "triplet":
            rng = stream(request.seed, f"face/directions/{request.preset}")
            width = self._model.output_shape[-1]
            initial = rng.standard_normal((width, people)) / np.sqrt(width)
            self._directions = tf.keras.Variable(initial, dtype="float32", name="directions")
            trained.append(self._directions)
        self._trained = trained
        self._optimiser = tf.keras.optimizers.AdamW(
            recipe.learning_rate,
            weight_decay=recipe.weight_decay,
            global_clipnorm=_GRADIENT_LIMIT,
        )
        self._optimiser.exclude_from_weight_decay(
            var_list=[one for one in trained if one.name not in {"kernel", "directions"}]
        )
        self._optimiser.build(trained)
        extra = [] if self._directions is None else [self._directions]
        self._state = TrainingState([*self._model.variables, *extra, *self._optimiser.variables])
        faces = tf.TensorSpec([None, self._picture.height, self._picture.width, 3], tf.float32)
        self._train_step = tf.function(
            self._step, input_signature=[faces, tf.TensorSpec([None], tf.int32)], autograph=False
        )
        self._embed = tf.function(
            lambda images: self._model(images, training=False),
            input_signature=[faces],
            autograph=False,
        )

    def _step(self, faces: Any, labels: Any) -> Any:
        tf = import_tensorflow()
        with tf.GradientTape() as tape:
            loss = self._loss(self._model(faces, training=True), labels)
        self._optimiser.apply(tape.gradient(loss, self._trained), self._trained)
        return loss

    def _loss(self, embeddings: Any, labels: Any) -> Any:
        recipe, directions = self._recipe, self._directions
        if recipe.loss == "triplet":
            return losses.semi_hard_triplet_loss(embeddings, labels, margin=recipe.margin)
        if recipe.loss == "cosface":
            logits = losses.cosface_logits(
                embeddings, directions, labels, scale=recipe.scale, margin=recipe.margin
            )
        elif recipe.loss == "a-softmax":
            annealing = losses.a_softmax_annealing(self._optimiser.iterations)
            logits = losses.a_softmax_logits(embeddings, directions, labels, annealing=annealing)
        else:
            logits = losses.softmax_logits(embeddings, directions)
        return losses.cross_entropy(logits, labels)

    def _rate(self, epoch: float) -> float:
        recipe = self._recipe
        warm = min((epoch + 0.02) / recipe.warm_up_epochs, 1.0) if recipe.warm_up_epochs else 1.0
        fall = 0.5 * (1 + np.cos(np.pi * epoch / self._epochs))
        return float(recipe.learning_rate * warm * max(fall, _FINAL_RATE_SHARE))


class _Crops:
    """The training pictures' middles, uint8, read once where they fit into memory."""

    def __init__(self, samples: FaceSamples, picture: FaceInput) -> None:
        self._samples = samples
        self._picture = picture
        shape = (round(MARGIN * picture.height), round(MARGIN * picture.width), 3)
        fits = len(samples) * int(np.prod(shape)) <= _MEMORY_LIMIT_BYTES
        self._kept = np.empty((len(samples), *shape), np.uint8) if fits else None
        self._known = np.zeros(len(samples), dtype=np.bool_)

    def read(self, indices: NDArray[np.intp]) -> NDArray[np.uint8]:
        """Give the crops at *indices*; raises ConfigError naming a damaged file."""
        if self._kept is None:
            return np.stack([self._read(int(index)) for index in indices])
        for index in indices[~self._known[indices]]:
            self._kept[index] = self._read(int(index))
            self._known[index] = True
        return self._kept[indices]

    def _read(self, index: int) -> NDArray[np.uint8]:
        return crop_face(self._samples[index].raw, self._picture, margin=MARGIN)


def _device_name(tf: Any, device: str) -> str:
    found: Sequence[Any] = tf.config.list_physical_devices("GPU")
    if device == "cuda" and not found:
        raise HostError("TensorFlow finds no CUDA device", mend="train with --device cpu")
    return "/GPU:0" if device == "cuda" else "/CPU:0"

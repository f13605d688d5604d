"""The benchmark's measures, and trivial methods to hold the network against.

GTSRB ranks by the share of test images recognised and looks at groups of signs, of which the
speed limits are the largest (Stallkamp, Schlipsing, Salmen and Igel, Man vs. computer:
Benchmarking machine learning algorithms for traffic sign recognition, Neural Networks 32, 2012).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.classes import CLASS_COUNT, SPEED_LIMITS
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.images import load_images

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.scenarios.vehicle.tasks.traffic_sign.images import Images
    from edge_aibench.tasks.sample import Sample, Samples

HEADLINE: Final = "top1"

# Distances of so many test images to all training images are held at a time: 64 x 40,000
# floats are 10 MB.
_NEIGHBOUR_BATCH: Final = 64


def judge(
    split: Samples[Any, Any],  # noqa: ARG001 the labels come with the samples
    answered: Sequence[tuple[Sample[Any, Any], Any]],
) -> Mapping[str, float]:
    """Measure answers; see `measure`. Raises ConfigError if there is none."""
    labels = np.array([sample.label for sample, _ in answered], dtype=np.int64)
    answers = np.array([answer.class_id for _, answer in answered], dtype=np.int64)
    return measure(labels, answers)


def measure(labels: NDArray[np.int64], answers: NDArray[np.int64]) -> dict[str, float]:
    """From true and answered classes, (n,) each, to the measures, all shares of one.

    - `top1`: images recognised; `mean_recall`: the same, of each class alike;
    - `recall_CC`: images of class CC recognised, for the classes that occur;
    - `speed_limit_top1`: images of speed limits recognised;
    - `speed_limit_A_as_B`: images of speed limit A, in km/h, answered as speed limit B, for the
      speed limits A that occur; what is missing to one was answered as another sign.

    Raises ConfigError if there is no image at all.
    """
    if not len(labels):
        raise ConfigError(
            "there must be at least one answer to judge",
            where="traffic-sign",
            next_step="check the data folder: no image could be read",
        )
    confusion = np.zeros((CLASS_COUNT, CLASS_COUNT), dtype=np.int64)
    np.add.at(confusion, (labels, answers), 1)
    counts = confusion.sum(axis=1)
    present = np.flatnonzero(counts)
    recall = np.diag(confusion)[present] / counts[present]
    measures = {
        HEADLINE: float(np.diag(confusion).sum() / counts.sum()),
        "mean_recall": float(recall.mean()),
    }
    measures |= _speed_limit_measures(confusion)
    names = (f"recall_{number:02d}" for number in present)
    return measures | dict(zip(names, recall.tolist(), strict=True))


def controls(
    train: Samples[Any, Any], test: Samples[Any, Any]
) -> Mapping[str, Mapping[str, float]]:
    """The measures of two trivial methods.

    `pixel_nearest_neighbour` answers with the class of the training image whose 32 x 32 pixels
    are nearest (Euclidean distance), each image scaled to mean zero and deviation one first,
    which makes it the stronger; `most_frequent_class` answers the same for every image.
    """
    known, asked = load_images(train), load_images(test)
    labels = asked.labels.astype(np.int64)
    most_frequent = np.bincount(known.labels, minlength=CLASS_COUNT).argmax()
    return {
        "pixel_nearest_neighbour": measure(labels, nearest_neighbours(known, asked)),
        "most_frequent_class": measure(labels, np.full_like(labels, most_frequent)),
    }


def nearest_neighbours(known: Images, asked: Images) -> NDArray[np.int64]:
    """The class of each asked image's nearest known one, by distance of standardised pixels."""
    references = _standardised(known.pixels)
    half_squares = 0.5 * np.square(references).sum(axis=1)
    classes = np.empty(len(asked.labels), dtype=np.int64)
    for start in range(0, len(classes), _NEIGHBOUR_BATCH):
        batch = slice(start, start + _NEIGHBOUR_BATCH)
        # Half the squared distance, less half the asked image's own square: the same order.
        distances = half_squares - _standardised(asked.pixels[batch]) @ references.T
        classes[batch] = known.labels[distances.argmin(axis=1)]
    return classes


def _standardised(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    flat = pixels.reshape(len(pixels), -1).astype(np.float32)
    flat -= flat.mean(axis=1, keepdims=True)
    # An image of one colour has no deviation: leave it at zero.
    flat /= np.maximum(flat.std(axis=1, keepdims=True), 1.0)
    return flat


def _speed_limit_measures(confusion: NDArray[np.int64]) -> dict[str, float]:
    numbers = np.array(list(SPEED_LIMITS))
    counts = confusion[numbers].sum(axis=1)
    measures: dict[str, float] = {}
    if not counts.any():
        return measures
    among = confusion[np.ix_(numbers, numbers)]
    measures["speed_limit_top1"] = float(np.diag(among).sum() / counts.sum())
    for true_limit, row, count in zip(SPEED_LIMITS.values(), among, counts, strict=True):
        if count:
            for answered_limit, answered in zip(SPEED_LIMITS.values(), row, strict=True):
                name = f"speed_limit_{true_limit}_as_{answered_limit}"
                measures[name] = float(answered / count)
    return measures

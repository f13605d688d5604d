"""LFW's official figures, and what a trivial method reaches on the same pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.home.tasks.face.data import face_samples
from edge_aibench.scenarios.home.tasks.face.presets import FaceInput
from edge_aibench.scenarios.home.tasks.face.processing import crop_face, unit_length
from edge_aibench.scenarios.home.tasks.face.verification import (
    JudgedPairs,
    equal_error_rate,
    fold_accuracies,
    validation_rate,
)
from edge_aibench.tasks.metrics import auroc
from edge_aibench.tasks.sample import read_samples

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from edge_aibench.tasks.sample import Sample, Samples

FALSE_ACCEPT_RATE: Final = 1e-3

_PIXELS: Final = FaceInput(height=32, width=32, standardisation="fixed", mirrored=False)
_FITTED_ON: Final = 2000
_COMPONENTS: Final = 128


def judge(
    samples: Samples[Any, Any], answers: Sequence[tuple[Sample[Any, Any], Any]]
) -> Mapping[str, float]:
    """Judge embeddings, one a picture, on the split's pairs.

    `accuracy` is the mean of the folds' and `accuracy_std` their standard deviation,
    `val_at_far_0.001` the validation rate with the false accept rate `far` that it really had,
    `auc` the area under the ROC of all pairs, `eer` the equal error rate. A pair is judged if
    both its pictures are among *answers*; `pairs` counts them. Raises ConfigError if too few
    are left.
    """
    embeddings = {sample.name: np.asarray(answer, np.float64) for sample, answer in answers}
    faces = face_samples(samples)
    names = faces.names
    kept = [
        pair
        for pair in faces.pairs
        if names[pair.first] in embeddings and names[pair.second] in embeddings
    ]
    if not kept:
        raise ConfigError(
            "no pair has both its pictures among the answers",
            where="metric",
            key="pairs",
            value=f"{len(faces.pairs)} pairs, {len(answers)} answers",
            next_step="evaluate the whole split",
        )
    first = unit_length(np.stack([embeddings[names[pair.first]] for pair in kept]))
    second = unit_length(np.stack([embeddings[names[pair.second]] for pair in kept]))
    pairs = JudgedPairs(
        distance=np.square(first - second, dtype=np.float64).sum(axis=1),
        same=np.array([pair.same for pair in kept]),
        fold=np.array([pair.fold for pair in kept]),
    )
    accuracies = fold_accuracies(pairs)
    validation, false_accepts = validation_rate(pairs, false_accept_rate=FALSE_ACCEPT_RATE)
    return {
        "accuracy": float(accuracies.mean()),
        "accuracy_std": float(accuracies.std()),
        "val_at_far_0.001": validation,
        "far": false_accepts,
        "auc": auroc(pairs.same, -pairs.distance),
        "eer": equal_error_rate(pairs),
        "pairs": float(len(kept)),
    }


def controls(
    train: Samples[Any, Any], test: Samples[Any, Any]
) -> Mapping[str, Mapping[str, float]]:
    """Judge principal components of the pixels, as they are and whitened, compared by cosine.

    The 128 components are those of up to 2,000 training crops, evenly spaced, at 32 x 32 pixels
    in colour (eigenfaces: Turk and Pentland, J. Cognitive Neuroscience 3(1), 1991). Whitened,
    each counts the same, which takes the even light on a face out of the lead.
    """
    spaced = np.linspace(0, len(train) - 1, min(_FITTED_ON, len(train))).astype(int)
    fitted = _readable(train, [int(index) for index in spaced])
    mean, components, deviations = _principal_components(_pixels(fitted))
    judged = _readable(test, range(len(test)))
    projected = (_pixels(judged) - mean) @ components.T
    return {
        name: judge(test, list(zip(judged, vectors, strict=True)))
        for name, vectors in (
            ("pixel-pca", projected),
            ("pixel-pca-whitened", projected / deviations),
        )
    }


def _readable(
    samples: Samples[Any, Any], indices: Sequence[int] | range
) -> Sequence[Sample[Any, Any]]:
    read = read_samples(samples, indices)
    if not read.samples:
        raise read.problems[0]
    return read.samples


def _pixels(samples: Sequence[Sample[Any, Any]]) -> NDArray[np.float64]:
    crops = [crop_face(sample.raw, _PIXELS).ravel() for sample in samples]
    return np.stack(crops).astype(np.float64) / 255.0


def _principal_components(
    values: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Mean (d,), directions (c, d) of unit length, and the values' deviations along them (c,)."""
    mean = values.mean(axis=0)
    centred = values - mean
    # With fewer pictures than pixels the pictures' scalar products are the smaller problem.
    variance, weights = np.linalg.eigh(centred @ centred.T)
    largest = np.argsort(variance)[::-1][:_COMPONENTS]
    largest = largest[variance[largest] > 1e-9 * variance.max()]
    directions = weights[:, largest].T @ centred / np.sqrt(variance[largest])[:, np.newaxis]
    return mean, directions, np.sqrt(variance[largest] / len(values))

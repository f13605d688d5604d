"""Batches of utterances for training: of about equal length, changed a little each time.

A batch is padded as sound, with silence before and after each utterance, and then noise is laid
over all of it. The network thus meets nothing in training that a microphone could not deliver,
and neither network nor loss needs a mask. Resampling by a few percent changes pitch, vocal tract
and pace at once, which makes new voices out of those at hand (Ko et al., Audio Augmentation for
Speech Recognition, Interspeech 2015); hiding some bins and frames makes the network use all of
them (Park et al., SpecAugment, Interspeech 2019).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.scenarios.home.tasks.speech.alphabet import text_to_labels
from edge_aibench.scenarios.home.tasks.speech.features import features
from edge_aibench.scenarios.home.tasks.speech.sound import FULL_SCALE, check_sound

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.tasks.sample import Samples

_LONGEST_SPREAD: Final = 0.15
"""How far, as a share of their length, utterances may be mixed across lengths."""


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """How far an utterance is changed.

    *speed* is the largest change of the sample rate as a share; *noise_db* the range of the
    level of white noise below the sound's; *masked_bins* and *masked_frames* the largest width
    of each of the two bands and two stretches that are hidden, as a share.
    """

    speed: float = 0.1
    noise_db: tuple[float, float] = (20.0, 45.0)
    masked_bins: float = 0.1
    masked_frames: float = 0.05


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What one training step reads.

    *features* float32 (rows, frames, bins); *labels* int32 (rows, labels), of which the first
    *label_counts*, int32 (rows,), count.
    """

    features: NDArray[np.float32]
    labels: NDArray[np.int32]
    label_counts: NDArray[np.int32]


def arrange(
    durations_s: Sequence[float] | NDArray[np.float64],
    size: int,
    *,
    ascending: bool,
    rng: np.random.Generator,
) -> list[NDArray[np.intp]]:
    """Divide utterances into batches of about equal length.

    With *ascending* the shortest come first, as for the first epoch of Deep Speech 2 (its
    SortaGrad); else the batches come in random order and differ from epoch to epoch.
    """
    lengths = np.asarray(durations_s, dtype=np.float64)
    if not ascending:
        lengths = lengths * rng.uniform(1.0, 1.0 + _LONGEST_SPREAD, len(lengths))
    order = np.argsort(lengths, kind="stable")
    batches = [order[start : start + size] for start in range(0, len(order), size)]
    if ascending:
        return batches
    return [batches[place] for place in rng.permutation(len(batches))]


def make_batch(
    samples: Samples[Any, Any],
    places: Sequence[int] | NDArray[np.intp],
    *,
    bins: int,
    augmentation: Augmentation,
    rng: np.random.Generator,
) -> Batch:
    """Read and change the utterances at *places*."""
    read = [samples[int(place)] for place in places]
    sounds = [
        _resampled(check_sound(sample.raw).samples, rng.uniform(-1, 1) * augmentation.speed)
        for sample in read
    ]
    labels = [text_to_labels(sample.label) for sample in read]
    counts = np.array([len(one) for one in labels], dtype=np.int32)
    padded_labels = np.zeros((len(labels), int(counts.max())), dtype=np.int32)
    for row, one in enumerate(labels):
        padded_labels[row, : len(one)] = one
    spectrograms = features(_padded(sounds, augmentation, rng), bins=bins)
    _hide(spectrograms, augmentation, rng)
    return Batch(features=spectrograms, labels=padded_labels, label_counts=counts)


def each_batch(
    samples: Samples[Any, Any],
    arrangement: Sequence[NDArray[np.intp]],
    *,
    bins: int,
    augmentation: Augmentation,
    rng: np.random.Generator,
) -> Iterator[Batch]:
    """Make the batches of an epoch one after the other, the next while one is trained on.

    A single thread makes them, so that *rng* is drawn from in the same order every time; no one
    else may draw from it meanwhile.
    """

    def make(places: NDArray[np.intp]) -> Batch:
        return make_batch(samples, places, bins=bins, augmentation=augmentation, rng=rng)

    with ThreadPoolExecutor(max_workers=1) as pool:
        ready = None
        for places in arrangement:
            following = pool.submit(make, places)
            if ready is not None:
                yield ready.result()
            ready = following
        if ready is not None:
            yield ready.result()


def _resampled(samples: NDArray[np.int16], change: float) -> NDArray[np.float32]:
    """Play *samples* faster by *change* (slower if negative)."""
    count = round(len(samples) / (1.0 + change))
    places = np.linspace(0.0, len(samples) - 1.0, count)
    return np.interp(places, np.arange(len(samples)), samples).astype(np.float32)


def _padded(
    sounds: Sequence[NDArray[np.float32]], augmentation: Augmentation, rng: np.random.Generator
) -> NDArray[np.int16]:
    """Sounds in a row each, somewhere in silence of equal length, with noise all over."""
    longest = max(map(len, sounds))
    padded = np.zeros((len(sounds), longest), dtype=np.float32)
    for row, sound in enumerate(sounds):
        start = int(rng.integers(longest - len(sound) + 1))
        padded[row, start : start + len(sound)] = sound
        below_db = rng.uniform(*augmentation.noise_db)
        level = np.sqrt(np.square(sound).mean()) * 10.0 ** (-below_db / 20.0)
        padded[row] += rng.standard_normal(longest, dtype=np.float32) * np.float32(level)
    return np.clip(np.rint(padded), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)


def _hide(
    spectrograms: NDArray[np.float32], augmentation: Augmentation, rng: np.random.Generator
) -> None:
    """Set two bands of bins and two stretches of frames of each row to 0, their mean."""
    _, frames, bins = spectrograms.shape
    for spectrogram in spectrograms:
        for _ in range(2):
            width = int(rng.uniform(0, augmentation.masked_bins) * bins)
            first = int(rng.integers(bins - width + 1))
            spectrogram[:, first : first + width] = 0.0
            width = int(rng.uniform(0, augmentation.masked_frames) * frames)
            first = int(rng.integers(frames - width + 1))
            spectrogram[first : first + width] = 0.0

"""The official measures, and methods that hear nothing to compare with.

The word error rate is the least number of words inserted, deleted and substituted to turn the
answers into the transcripts, over the number of words in the transcripts, both summed over the
split; the character error rate is the same over characters, spaces included.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.home.tasks.speech.data.utterances import transcripts_of
from edge_aibench.scenarios.home.tasks.speech.edit_distance import edit_distance
from edge_aibench.scenarios.home.tasks.speech.features import POOLED_BINS, features
from edge_aibench.scenarios.home.tasks.speech.sound import check_sound

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.tasks.component import Metrics
    from edge_aibench.tasks.sample import Sample, Samples

_OUTLINE_FRAMES: Final = 48
_OUTLINE_BINS: Final = 16
_MOST_OUTLINES: Final = 4_000
"""How many training recordings are compared with, evenly spread over a larger set."""


def judge(
    _split: Samples[Any, Any], answered: Sequence[tuple[Sample[Any, Any], Any]]
) -> dict[str, float]:
    """Word, character and sentence error rate of (sample, text) pairs."""
    return error_rates([(sample.label, answer) for sample, answer in answered])


def error_rates(pairs: Sequence[tuple[str, str]]) -> dict[str, float]:
    """Error rates of (transcript, answer) pairs.

    An empty answer deletes all words, an answer to an empty transcript inserts its own. Raises
    ConfigError if the transcripts hold no word at all, of which no rate can be taken.
    """
    if not any(transcript.split() for transcript, _ in pairs):
        raise ConfigError(
            "is undefined unless the transcripts hold at least one word",
            where="metric",
            key="wer",
            next_step="evaluate on utterances in which something is said",
        )
    wrong = sum(transcript.split() != answer.split() for transcript, answer in pairs)
    return {
        "wer": _rate(pairs, str.split),
        "cer": _rate(pairs, lambda text: " ".join(text.split())),
        "sentence_error_rate": wrong / len(pairs),
    }


def _rate(pairs: Sequence[tuple[str, str]], units: Callable[[str], Sequence[str]]) -> float:
    errors = sum(edit_distance(units(transcript), units(answer)) for transcript, answer in pairs)
    return errors / sum(len(units(transcript)) for transcript, _ in pairs)


def controls(train: Samples[Any, Any], test: Samples[Any, Any]) -> Mapping[str, Metrics]:
    """Judge methods without a network on the test split.

    The most frequent sentence and the most frequent word of the training transcripts hear
    nothing; the nearest utterance answers with what was said in the training recording whose
    outline (its spectrogram, 48 frames by 16 bins) correlates best.
    """
    said, truth = transcripts_of(train), transcripts_of(test)
    compared = np.unique(np.linspace(0, len(train) - 1, _MOST_OUTLINES).round().astype(int))
    sentence = _most_frequent(said)
    word = _most_frequent([word for transcript in said for word in transcript.split()])
    return {
        "most-frequent-sentence": error_rates([(one, sentence) for one in truth]),
        "most-frequent-word": error_rates([(one, word) for one in truth]),
        "nearest-utterance": error_rates(
            [
                (one, said[compared[place]])
                for one, place in zip(truth, _nearest(train, compared, test), strict=True)
            ]
        ),
    }


def _most_frequent(items: Sequence[str]) -> str:
    """The most frequent item, the first in the alphabet of equally frequent ones."""
    counts = Counter(items)
    return min(counts, key=lambda item: (-counts[item], item))


def _nearest(
    train: Samples[Any, Any], compared: NDArray[np.int_], test: Samples[Any, Any]
) -> list[int]:
    """For each test sample the place in *compared* of the training sample most like it."""
    known = _outlines(train, compared.tolist())
    correlation = _outlines(test, range(len(test))) @ known.T
    return [int(place) for place in correlation.argmax(axis=1)]


def _outlines(samples: Samples[Any, Any], places: Sequence[int] | range) -> NDArray[np.float32]:
    """Spectrograms stretched to one length, as unit vectors, float32 (places, values)."""
    outlines = np.empty((len(places), _OUTLINE_FRAMES * _OUTLINE_BINS), dtype=np.float32)
    for row, place in enumerate(places):
        sound = check_sound(samples[place].raw)
        spectrogram = features(sound.samples, bins=POOLED_BINS)
        edges = np.linspace(0, len(spectrogram), _OUTLINE_FRAMES, endpoint=False).astype(int)
        frames = np.stack([spectrogram[edge : edge + 4].mean(axis=0) for edge in edges])
        outline = frames.reshape(_OUTLINE_FRAMES, _OUTLINE_BINS, -1).mean(axis=2).ravel()
        outlines[row] = outline / (np.linalg.norm(outline) + 1e-9)
    return outlines

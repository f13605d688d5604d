"""What happens before and after the network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_aibench.scenarios.home.tasks.speech.alphabet import labels_to_text
from edge_aibench.scenarios.home.tasks.speech.beam import DEFAULT_WIDTH, WordModel, beam_search
from edge_aibench.scenarios.home.tasks.speech.features import features
from edge_aibench.scenarios.home.tasks.speech.greedy import greedy_labels
from edge_aibench.scenarios.home.tasks.speech.sound import check_sound

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.tasks.component import Rows
    from edge_aibench.tasks.sample import Sound

Decoder = Callable[["NDArray[np.float32]"], tuple[int, ...]]
"""From the logits of one utterance, (frames, classes), to labels."""


class SpeechProcessing:
    """The `Processing` of a preset: a sound to one row of features, logits to a text.

    *bins* is how many the network reads. The answer is what was said, a str in lower case.
    """

    def __init__(self, *, bins: int, decoder: Decoder | None = None) -> None:
        self._bins = bins
        self._decoder = decoder or beam_decoder()

    def preprocess(self, raw: Sound, /) -> Rows:
        """Give float32 (1, frames, bins); see `Processing.preprocess`."""
        sound = check_sound(raw)
        return (features(sound.samples, bins=self._bins)[np.newaxis],)

    def postprocess(self, outputs: Rows, _raw: Sound, /) -> str:
        """Decode logits (1, output frames, 29)."""
        (logits,) = outputs
        return labels_to_text(self._decoder(logits[0]))

    def describe(self, answer: str, /) -> Mapping[str, Any]:
        """Give the transcript."""
        return {"transcript": answer}


def greedy_decoder() -> Decoder:
    """Take the likeliest class of each frame, as both published implementations evaluate."""
    return greedy_labels


def beam_decoder(*, width: int = DEFAULT_WIDTH, words: WordModel | None = None) -> Decoder:
    """Search for the likeliest text with *width* prefixes, led by a word model if given."""

    def decode(logits: NDArray[np.float32]) -> tuple[int, ...]:
        return beam_search(log_softmax(logits), width=width, words=words)[0].labels

    return decode


def log_softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logarithms of the probabilities of the last axis."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    normalised: NDArray[np.float32] = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return normalised

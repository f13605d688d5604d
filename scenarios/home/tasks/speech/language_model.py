"""A word n-gram model trained on transcripts, smoothed as Witten and Bell proposed.

The probability of a word after a history of k words is interpolated with that after one word
less: with n occurrences of the history and t different words seen after it,

    P(word | history) = (count(history, word) + t P(word | shorter history)) / (n + t)

(Witten and Bell, IEEE Trans. Information Theory 37(4), 1991, method C, in its interpolated form;
Chen and Goodman, Computer Speech and Language 13, 1999). Below the single words lies a model of
spelling, under which every character of the alphabet and the end of the word are equally likely,
so that a word never met keeps a probability.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.home.tasks.speech.alphabet import CHARACTERS, SPACE, labels_to_text
from edge_aibench.scenarios.home.tasks.speech.beam import WordModel

if TYPE_CHECKING:
    from collections.abc import Iterable

_START: Final = "<s>"

# Characters of a word, and its end: the space is what ends it.
_SPELLING_CHOICES: Final = len(CHARACTERS)


@dataclass(frozen=True, kw_only=True)
class Fusion:
    """How words count in the search: score = *weight* log P(word) + *word_bonus*.

    The bonus makes up for the model's liking of few words (Hannun et al., 2014).
    """

    weight: float = 0.5
    word_bonus: float = 1.0


class WordNgrams:
    """Counts of the words of *transcripts* after up to *order* - 1 words.

    Raises ConfigError for an order below 1 and for transcripts without a word.
    """

    def __init__(self, transcripts: Iterable[str], *, order: int = 2) -> None:
        if order < 1:
            raise ConfigError("must be at least 1", where="language model", value=order)
        self.order = order
        self._counts: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
        for transcript in transcripts:
            self._count(transcript.split())
        if not self._counts:
            raise ConfigError(
                "needs transcripts with at least one word",
                where="language model",
                next_step="train it on the transcripts of the training split",
            )
        self._totals = {history: counts.total() for history, counts in self._counts.items()}

    def _count(self, words: list[str]) -> None:
        padded = [_START] * (self.order - 1) + words
        for place in range(self.order - 1, len(padded)):
            for length in range(self.order):
                self._counts[tuple(padded[place - length : place])][padded[place]] += 1

    def log_probability(self, history: tuple[str, ...], word: str) -> float:
        """Give the natural logarithm of P(word | history), *history* from the text's start."""
        padded = (_START,) * (self.order - 1) + history
        probability = _spelling_probability(word)
        for length in range(self.order):
            context = padded[len(padded) - length :]
            counts = self._counts.get(context)
            if counts is None:
                break
            different = len(counts)
            seen = counts[word] + different * probability
            probability = seen / (self._totals[context] + different)
        return math.log(probability)

    def word_model(self, fusion: Fusion) -> WordModel:
        """Give the model in the form that `beam_search` takes, over the task's alphabet."""

        def score(history: tuple[str, ...], word: str) -> float:
            return fusion.weight * self.log_probability(history, word) + fusion.word_bonus

        return WordModel(score=score, space=SPACE, spell=labels_to_text)


def _spelling_probability(word: str) -> float:
    return float(_SPELLING_CHOICES) ** -(len(word) + 1)

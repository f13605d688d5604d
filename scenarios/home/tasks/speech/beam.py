"""Prefix beam search over CTC outputs, with an optional word language model.

The probability of a text is the sum over all alignments that spell it. The search keeps the
*width* likeliest prefixes of each frame and, for each, the probability of all alignments that
end in a blank apart from those that end in its last character (Hannun et al., First-Pass Large
Vocabulary Continuous Speech Recognition using Bi-Directional Recurrent DNNs, arXiv 1408.2873,
2014, algorithm 1). With a width of at least the number of prefixes it is exact.

Prefixes are nodes of a tree, so that two ways to one prefix meet in one node; a frame's work on
all prefixes and characters is done in a few array operations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.errors import ConfigError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Scores = NDArray[np.float64]

WordScore = Callable[[tuple[str, ...], str], float]
"""From the words before and a word to what it adds to a text's logarithmic score."""

DEFAULT_WIDTH: Final = 16

_NEVER: Final = -np.inf
_ROOT: Final = 0
_NO_LABEL: Final = -1


@dataclass(frozen=True, kw_only=True)
class WordModel:
    """A language model for the search: words are the labels between two *space* labels.

    *spell* turns a word's labels into text. A word is scored when the space after it is reached,
    the last one at the end.
    """

    score: WordScore
    space: int
    spell: Callable[[tuple[int, ...]], str]


@dataclass(frozen=True, kw_only=True)
class Hypothesis:
    """A decoded text: its labels, its probability under CTC and its score with the words'."""

    labels: tuple[int, ...]
    log_probability: float
    score: float


def beam_search(
    log_probabilities: NDArray[np.floating[Any]],
    *,
    width: int = DEFAULT_WIDTH,
    words: WordModel | None = None,
) -> tuple[Hypothesis, ...]:
    """Decode one utterance, (frames, classes) with the blank as last class.

    Gives at most *width* hypotheses, the best first; their probabilities are sums over the
    alignments that the search kept. Raises ConfigError for a width below 1.
    """
    if width < 1:
        raise ConfigError("must be at least 1", where="beam search", key="width", value=width)
    search = _Search(log_probabilities.shape[1] - 1, width, words)
    for frame in log_probabilities.astype(np.float64):
        search.advance(frame)
    return search.hypotheses()


class _Search:
    """The prefixes alive after the frames so far, best first after each frame."""

    def __init__(self, labels: int, width: int, words: WordModel | None) -> None:
        self._labels = labels
        self._width = width
        self._tree = _PrefixTree(words)
        self._nodes = [_ROOT]
        self._parents = np.array([_NO_LABEL])
        self._last = np.array([_NO_LABEL])
        self._ends_blank: Scores = np.array([0.0])
        self._ends_label: Scores = np.array([_NEVER])
        self._bonus: Scores = np.array([0.0])
        self._space_bonus: Scores = np.array([self._tree.space_bonus(_ROOT)])

    def advance(self, frame: Scores) -> None:
        """Read the log probabilities (classes,) of one frame."""
        total = np.logaddexp(self._ends_blank, self._ends_label)
        rows = np.arange(len(total))
        spoken = self._last >= 0
        stay_blank = total + frame[-1]
        stay_label = np.where(spoken, self._ends_label + frame[self._last], _NEVER)
        grown = total[:, np.newaxis] + frame[:-1]
        # The last label again is a new label only after a blank.
        again = self._ends_blank[spoken] + frame[self._last[spoken]]
        grown[rows[spoken], self._last[spoken]] = again
        # A prefix that is alive already takes over what its parent would grow into.
        child, parent = np.nonzero(self._parents[:, np.newaxis] == self._nodes)
        met = grown[parent, self._last[child]]
        stay_label[child] = np.logaddexp(stay_label[child], met)
        grown[parent, self._last[child]] = _NEVER
        self._select(stay_blank, stay_label, grown)

    def _select(self, stay_blank: Scores, stay_label: Scores, grown: Scores) -> None:
        """Keep the best of the prefixes that stay and of those that grow."""
        alive = len(stay_blank)
        ranked = np.empty(alive * (1 + self._labels))
        ranked[:alive] = np.logaddexp(stay_blank, stay_label) + self._bonus
        by_label = ranked[alive:].reshape(alive, self._labels)
        np.add(grown, self._bonus[:, np.newaxis], out=by_label)
        space = self._tree.space
        if space is not None:
            by_label[:, space] += self._space_bonus
        best = _largest(ranked, self._width)
        stays = best[best < alive]
        source, label = np.divmod(best[best >= alive] - alive, self._labels)
        nodes = [self._nodes[row] for row in stays.tolist()]
        fresh = [
            self._tree.child(self._nodes[row], chosen)
            for row, chosen in zip(source.tolist(), label.tolist(), strict=True)
        ]
        bonus = self._bonus[source]
        if space is not None:
            bonus = bonus + np.where(label == space, self._space_bonus[source], 0.0)
        parents = np.array([self._nodes[row] for row in source.tolist()], dtype=np.intp)
        blank = np.full(len(fresh), _NEVER)
        self._nodes = nodes + fresh
        self._parents = np.concatenate((self._parents[stays], parents))
        self._last = np.concatenate((self._last[stays], label))
        self._ends_blank = np.concatenate((stay_blank[stays], blank))
        self._ends_label = np.concatenate((stay_label[stays], grown[source, label]))
        self._bonus = np.concatenate((self._bonus[stays], bonus))
        if space is not None:
            self._space_bonus = np.array([self._tree.space_bonus(node) for node in self._nodes])

    def hypotheses(self) -> tuple[Hypothesis, ...]:
        """Give what is alive, best first, the last word of each scored too."""
        total = np.logaddexp(self._ends_blank, self._ends_label)
        found = [
            Hypothesis(
                labels=self._tree.labels(node),
                log_probability=float(probability),
                score=float(probability + bonus + self._tree.space_bonus(node)),
            )
            for node, probability, bonus in zip(self._nodes, total, self._bonus, strict=True)
        ]
        return tuple(sorted(found, key=lambda one: (-one.score, one.labels)))


class _PrefixTree:
    """All prefixes met so far; a node is a number, 0 the empty prefix."""

    def __init__(self, words: WordModel | None) -> None:
        self._words = words
        self._parent = [_NO_LABEL]
        self._label = [_NO_LABEL]
        self._children: dict[tuple[int, int], int] = {}
        self._space_bonus: dict[int, float] = {}
        # Of each node: the words that are complete, and the labels of the one that is not.
        self._history: list[tuple[str, ...]] = [()]
        self._word: list[tuple[int, ...]] = [()]
        self.space = None if words is None else words.space

    def child(self, node: int, label: int) -> int:
        """Give the node of a prefix with one label more, always the same one."""
        key = (node, label)
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = len(self._parent)
            self._parent.append(node)
            self._label.append(label)
            if self._words is not None:
                self._continue_words(self._words, node, label)
        return child

    def _continue_words(self, words: WordModel, node: int, label: int) -> None:
        """Note the words of the newest node, *node* with *label* after it."""
        history, word = self._history[node], self._word[node]
        if label == words.space:
            self._history.append((*history, words.spell(word)) if word else history)
            self._word.append(())
        else:
            self._history.append(history)
            self._word.append((*word, label))

    def labels(self, node: int) -> tuple[int, ...]:
        """Give a prefix's labels."""
        labels: list[int] = []
        while node != _ROOT:
            labels.append(self._label[node])
            node = self._parent[node]
        return tuple(reversed(labels))

    def space_bonus(self, node: int) -> float:
        """Give the score of the word that ends here; 0 where none does."""
        if self._words is None:
            return 0.0
        bonus = self._space_bonus.get(node)
        if bonus is None:
            word = self._word[node]
            bonus = self._words.score(self._history[node], self._words.spell(word)) if word else 0.0
            self._space_bonus[node] = bonus
        return bonus


def _largest(values: Scores, count: int) -> NDArray[np.intp]:
    """Where the *count* largest finite values are, largest first, the earlier of equal ones."""
    if len(values) > count:
        # A frame's ties at the limit are cut in the order of the array, as everything else.
        limit = np.partition(values, len(values) - count)[len(values) - count]
        places = np.flatnonzero(values >= limit)
    else:
        places = np.arange(len(values))
    places = places[values[places] > _NEVER]
    return places[np.argsort(-values[places], kind="stable")[:count]]

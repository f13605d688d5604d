"""Witten and Bell's smoothing by hand."""

from __future__ import annotations

import math

import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.home.tasks.speech.language_model import Fusion, WordNgrams

SPOKEN = ["turn on", "turn off", "turn on"]
# Words: turn 3, on 2, off 1; 6 in all, 3 different. Spelling: 28 choices a character and an end.


def spelling(word: str) -> float:
    return 28.0 ** -(len(word) + 1)


def unigram(count: int, word: str) -> float:
    return (count + 3 * spelling(word)) / (6 + 3)


def test_single_words() -> None:
    model = WordNgrams(SPOKEN, order=1)
    assert model.log_probability((), "on") == pytest.approx(math.log(unigram(2, "on")))
    assert model.log_probability(("turn",), "dim") == pytest.approx(math.log(unigram(0, "dim")))


def test_pairs_of_words() -> None:
    model = WordNgrams(SPOKEN, order=2)
    # After "turn": on twice, off once: n = 3, two different words.
    expected = (2 + 2 * unigram(2, "on")) / (3 + 2)
    assert model.log_probability(("please", "turn"), "on") == pytest.approx(math.log(expected))
    # At the start: turn three times, one different word.
    expected = (3 + 1 * unigram(3, "turn")) / (3 + 1)
    assert model.log_probability((), "turn") == pytest.approx(math.log(expected))
    # After a word never met only the single words count.
    expected = unigram(1, "off")
    assert model.log_probability(("never",), "off") == pytest.approx(math.log(expected))


def test_what_words_add_to_a_score() -> None:
    model = WordNgrams(SPOKEN, order=1)
    words = model.word_model(Fusion(weight=0.5, word_bonus=2.0))
    assert words.score((), "on") == pytest.approx(0.5 * math.log(unigram(2, "on")) + 2.0)


@pytest.mark.parametrize(("spoken", "order"), [([], 2), (["", " "], 2), (SPOKEN, 0)])
def test_nothing_to_count_is_refused(spoken: list[str], order: int) -> None:
    with pytest.raises(ConfigError):
        WordNgrams(spoken, order=order)

"""Edit distance against its definition, and the laws of rates and word models."""

from __future__ import annotations

import math
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from edge_aibench.scenarios.home.tasks.speech.edit_distance import edit_distance
from edge_aibench.scenarios.home.tasks.speech.evaluation import error_rates
from edge_aibench.scenarios.home.tasks.speech.language_model import WordNgrams

short = st.text(alphabet="abc", max_size=7)
sentence = st.lists(st.sampled_from(["on", "off", "light", "the"]), min_size=1, max_size=6)


@cache
def defined(left: str, right: str) -> int:
    """Levenshtein's recursion."""
    if not left or not right:
        return len(left) + len(right)
    if left[-1] == right[-1]:
        return defined(left[:-1], right[:-1])
    return 1 + min(
        defined(left[:-1], right[:-1]), defined(left[:-1], right), defined(left, right[:-1])
    )


@given(short, short)
def test_the_distance_is_the_one_defined(left: str, right: str) -> None:
    assert edit_distance(left, right) == defined(left, right)


@given(sentence, sentence)
def test_words_are_compared_as_wholes(left: list[str], right: list[str]) -> None:
    letters = {"on": "a", "off": "b", "light": "c", "the": "d"}
    as_text = ["".join(letters[word] for word in words) for words in (left, right)]
    assert edit_distance(left, right) == defined(*as_text)


@given(st.lists(st.tuples(sentence, sentence), min_size=1, max_size=5))
def test_the_rate_of_a_split_is_the_mean_of_its_parts_by_words(
    pairs: list[tuple[list[str], list[str]]],
) -> None:
    texts = [(" ".join(said), " ".join(heard)) for said, heard in pairs]
    words = [len(said) for said, _ in pairs]
    parts = [error_rates([pair])["wer"] * count for pair, count in zip(texts, words, strict=True)]
    assert math.isclose(error_rates(texts)["wer"], sum(parts) / sum(words))
    assert error_rates([(said, said) for said, _ in texts])["cer"] == 0.0


@given(st.lists(sentence, min_size=1, max_size=6), sentence, st.integers(1, 3))
def test_known_words_and_all_others_share_one(
    spoken: list[list[str]], history: list[str], order: int
) -> None:
    model = WordNgrams([" ".join(words) for words in spoken], order=order)

    def probability(word: str) -> float:
        return math.exp(model.log_probability(tuple(history), word))

    known = {word for words in spoken for word in words}
    # A word never met has a share that only its spelling decides: with k letters 28^-(k + 1)
    # of what is left, of which the known words' own spellings are no part.
    left = probability("q") / 28.0**-2
    unknown = left * (1.0 - sum(28.0 ** -(len(word) + 1) for word in known))
    assert math.isclose(sum(probability(word) for word in known) + unknown, 1.0, rel_tol=1e-9)

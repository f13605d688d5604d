"""Decoding against definitions that go through every alignment."""

from __future__ import annotations

import itertools
from collections import defaultdict

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge_aibench.scenarios.home.tasks.speech.beam import WordModel, beam_search
from edge_aibench.scenarios.home.tasks.speech.greedy import greedy_labels

# Of 3 frames and 3 labels there are 1 + 3 + 9 + 27 prefixes at most; this width loses none.
EXACT_WIDTH = 64


@st.composite
def outputs(draw: st.DrawFn, *, frames: int = 4, classes: int = 4) -> NDArray[np.float64]:
    """Log probabilities (frames, classes); some classes may be all but impossible."""
    shape = (draw(st.integers(1, frames)), draw(st.integers(2, classes)))
    values = draw(
        st.lists(
            st.sampled_from([-30.0, -3.0, -1.0, 0.0, 0.5, 1.0, 2.0]),
            min_size=shape[0] * shape[1],
            max_size=shape[0] * shape[1],
        )
    )
    logits = np.array(values).reshape(shape)
    return logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)


def spelled(path: tuple[int, ...], blank: int) -> tuple[int, ...]:
    return tuple(label for label, _ in itertools.groupby(path) if label != blank)


def all_texts(log_probabilities: NDArray[np.float64]) -> dict[tuple[int, ...], float]:
    """The probability of every text, one alignment after the other."""
    frames, classes = log_probabilities.shape
    texts: dict[tuple[int, ...], float] = defaultdict(float)
    for path in itertools.product(range(classes), repeat=frames):
        probability = np.exp(sum(log_probabilities[t, c] for t, c in enumerate(path)))
        texts[spelled(path, classes - 1)] += float(probability)
    return texts


@given(outputs(frames=5, classes=3))
def test_a_wide_search_is_exact_for_two_labels(log_probabilities: NDArray[np.float64]) -> None:
    assert_exact(log_probabilities)


@given(outputs(frames=3, classes=4))
def test_a_wide_search_is_exact_for_three_labels(log_probabilities: NDArray[np.float64]) -> None:
    assert_exact(log_probabilities)


def assert_exact(log_probabilities: NDArray[np.float64]) -> None:
    texts = all_texts(log_probabilities)
    found = beam_search(log_probabilities, width=EXACT_WIDTH)
    assert len({hypothesis.labels for hypothesis in found}) == len(found)
    for hypothesis in found:
        assert np.isclose(np.exp(hypothesis.log_probability), texts[hypothesis.labels], rtol=1e-9)
    assert np.isclose(np.exp(found[0].log_probability), max(texts.values()), rtol=1e-9)
    assert np.isclose(sum(np.exp(one.log_probability) for one in found), 1.0)


@given(outputs(frames=4, classes=3), st.floats(-3.0, 3.0), st.floats(-3.0, 3.0))
def test_a_wide_search_is_exact_with_words(
    log_probabilities: NDArray[np.float64], first: float, other: float
) -> None:
    """Label 0 is the space, 1 the only letter; a word's score depends on its place."""

    def score(history: tuple[str, ...], word: str) -> float:
        return (other if history else first) * len(word)

    def spell(labels: tuple[int, ...]) -> str:
        return "".join(" x"[label] for label in labels)

    texts = all_texts(log_probabilities)
    scored = {}
    for labels, probability in texts.items():
        words = spell(labels).split()
        bonus = sum(score(tuple(words[:place]), word) for place, word in enumerate(words))
        scored[labels] = np.log(probability) + bonus
    model = WordModel(score=score, space=0, spell=spell)
    best = beam_search(log_probabilities, width=EXACT_WIDTH, words=model)[0]
    assert np.isclose(best.score, scored[best.labels])
    assert np.isclose(best.score, max(scored.values()))


@given(outputs(frames=6, classes=4), st.integers(1, 6))
def test_a_narrow_search_never_finds_more_than_there_is(
    log_probabilities: NDArray[np.float64], width: int
) -> None:
    texts = all_texts(log_probabilities)
    found = beam_search(log_probabilities, width=width)
    assert 1 <= len(found) <= width
    for hypothesis in found:
        assert np.exp(hypothesis.log_probability) <= texts[hypothesis.labels] * (1 + 1e-9)
    scores = [hypothesis.score for hypothesis in found]
    assert scores == sorted(scores, reverse=True)


@given(st.lists(st.integers(0, 3), max_size=12))
def test_greedy_decoding_is_collapsing(path: list[int]) -> None:
    scores = np.eye(4)[path] if path else np.zeros((0, 4))
    assert greedy_labels(scores) == spelled(tuple(path), 3)

from __future__ import annotations

import time

import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.home.tasks.speech.alphabet import (
    BLANK,
    CHARACTERS,
    labels_to_text,
    text_to_labels,
)
from edge_aibench.scenarios.home.tasks.speech.beam import WordModel, beam_search
from edge_aibench.scenarios.home.tasks.speech.greedy import greedy_labels
from edge_aibench.scenarios.home.tasks.speech.language_model import Fusion, WordNgrams
from edge_aibench.scenarios.home.tasks.speech.processing import (
    SpeechProcessing,
    beam_decoder,
    greedy_decoder,
    log_softmax,
)
from edge_aibench.tasks.sample import Sound

SILENCE = Sound(samples=np.zeros(320, dtype=np.int16), rate_hz=16_000)


def logits_of(
    path: str, strength: float = 9.0
) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Logits whose likeliest classes spell *path*, `-` for the blank."""
    logits = np.zeros((len(path), BLANK + 1), dtype=np.float32)
    for frame, character in enumerate(path):
        logits[frame, BLANK if character == "-" else CHARACTERS.index(character)] = strength
    return logits


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("--", ""),
        ("a", "a"),
        ("aaaa", "a"),
        ("a-a", "aa"),
        ("hhe-ll-lo--", "hello"),
        ("-it's- - on-", "it's  on"),
        ("", ""),
    ],
)
def test_repeats_and_blanks_are_removed(path: str, text: str) -> None:
    assert labels_to_text(greedy_labels(logits_of(path))) == text
    if path:
        for decoder in (greedy_decoder(), beam_decoder(width=4)):
            processing = SpeechProcessing(bins=80, decoder=decoder)
            assert processing.postprocess((logits_of(path)[np.newaxis],), SILENCE) == text


def test_the_search_adds_up_what_greedy_decoding_does_not() -> None:
    # Each frame: blank 0.6, a 0.4. Likeliest path: two blanks, 0.36. But "a" is 0.64.
    frame = np.log([0.4, 0.6])
    best, second = beam_search(np.array([frame, frame]), width=4)[:2]
    assert greedy_labels(np.array([frame, frame])) == ()
    assert best.labels == (0,)
    assert np.exp(best.log_probability) == pytest.approx(0.64)
    assert second.labels == ()
    assert np.exp(second.log_probability) == pytest.approx(0.36)


def test_words_decide_between_what_sounds_alike() -> None:
    logits = logits_of("turn o- the light")
    frame = "turn o- the light".index("-")
    logits[frame, BLANK] = 0.0
    logits[frame, CHARACTERS.index("m")] = 9.0
    logits[frame, CHARACTERS.index("n")] = 8.5
    spoken = WordNgrams(["turn on the light", "turn on the fan"], order=2)
    alone = beam_decoder()(logits)
    led = beam_decoder(words=spoken.word_model(Fusion(weight=1.0, word_bonus=0.0)))(logits)
    assert labels_to_text(alone) == "turn om the light"
    assert labels_to_text(led) == "turn on the light"


def test_each_word_is_scored_once_with_the_words_before_it() -> None:
    asked: list[tuple[tuple[str, ...], str]] = []

    def score(history: tuple[str, ...], word: str) -> float:
        asked.append((history, word))
        return -1.0

    model = WordModel(score=score, space=0, spell=labels_to_text)
    log_probabilities = log_softmax(logits_of("-on- of-f-", strength=40.0))
    best = beam_search(log_probabilities, width=1, words=model)[0]
    assert labels_to_text(best.labels) == "on off"
    assert asked.count(((), "on")) == 1
    assert asked.count((("on",), "off")) == 1
    assert best.score == pytest.approx(best.log_probability - 2.0)


def test_five_seconds_are_decoded_in_time() -> None:
    # 250 frames of an untrained network, the worst case: no class is ever sure.
    rng = np.random.default_rng(3)
    log_probabilities = log_softmax(rng.normal(size=(250, 29)).astype(np.float32))
    beam_search(log_probabilities[:20])
    started = time.process_time()
    beam_search(log_probabilities, width=16)
    # Under 50 ms on an idle core; the processor's time, of a machine that may be busy.
    assert time.process_time() - started < 0.2


def test_a_width_below_one_is_refused() -> None:
    with pytest.raises(ConfigError, match="at least 1"):
        beam_search(np.zeros((2, 3)), width=0)


def test_characters_and_classes_are_one_to_one() -> None:
    assert len(CHARACTERS) == 28
    assert labels_to_text(text_to_labels("it's on").tolist()) == "it's on"
    with pytest.raises(ConfigError, match="A"):
        text_to_labels("A")


def test_an_answer_is_described_by_its_text() -> None:
    assert SpeechProcessing(bins=80).describe("lights on") == {"transcript": "lights on"}

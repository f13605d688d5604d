from __future__ import annotations

from pathlib import Path

import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.home.tasks.speech.data.layout import LibriSpeech
from edge_aibench.scenarios.home.tasks.speech.edit_distance import edit_distance
from edge_aibench.scenarios.home.tasks.speech.evaluation import controls, error_rates, judge


@pytest.mark.parametrize(
    ("reference", "hypothesis", "distance"),
    [
        ("", "", 0),
        ("", "abc", 3),
        ("abc", "", 3),
        ("kitten", "sitting", 3),
        ("sunday", "saturday", 3),
        ("abc", "abc", 0),
        ("ab", "ba", 2),
    ],
)
def test_known_distances(reference: str, hypothesis: str, distance: int) -> None:
    assert edit_distance(reference, hypothesis) == distance


def test_rates_are_of_the_whole_split() -> None:
    rates = error_rates([("turn on the light", "turn off light"), ("stop", "stop")])
    # One word replaced and one left out of five; of 21 characters "n " becomes "ff" and "the"
    # is left out.
    assert rates["wer"] == pytest.approx(2 / 5)
    assert rates["cer"] == pytest.approx(5 / 21)
    assert rates["sentence_error_rate"] == 0.5


def test_more_words_than_were_said_are_more_errors_than_words() -> None:
    assert error_rates([("on", "one two three")])["wer"] == 3.0


def test_an_empty_answer_leaves_all_out() -> None:
    assert error_rates([("turn on", "")]) == {"wer": 1.0, "cer": 1.0, "sentence_error_rate": 1.0}


def test_an_empty_transcript_counts_what_is_put_in() -> None:
    assert error_rates([("", "lights on"), ("turn it off", "turn it off")])["wer"] == 2 / 3


@pytest.mark.parametrize("pairs", [[], [("", "on")], [(" ", "")]])
def test_no_word_said_has_no_rate(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(ConfigError, match="at least one word"):
        error_rates(pairs)


def test_spaces_between_words_do_not_matter() -> None:
    assert error_rates([("turn on", " turn  on ")])["cer"] == 0.0


def test_the_judge_compares_with_the_samples_labels(home: Path) -> None:
    test = LibriSpeech().open(home, split="test")
    answered = [(test[place], test[place].label) for place in range(len(test))]
    assert judge(test, answered)["wer"] == 0.0
    silent = [(sample, "") for sample, _ in answered]
    assert judge(test, silent)["wer"] == 1.0


def test_controls_hear_nothing(home: Path) -> None:
    layout = LibriSpeech()
    train = layout.open(home, split="train")
    measured = controls(train, layout.open(home, split="test"))
    assert set(measured) == {"most-frequent-sentence", "most-frequent-word", "nearest-utterance"}
    assert all(rates["wer"] > 0.5 for rates in measured.values())
    # On its own recordings the nearest utterance is itself.
    assert controls(train, train)["nearest-utterance"]["wer"] == 0.0

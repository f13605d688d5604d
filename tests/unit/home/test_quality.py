"""Scores and their sums, worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from edge_aibench.model.components import Answer
from edge_aibench.scenarios.home.codecs import (
    CARRIED_OUT,
    NO_FACE,
    NOT_ALLOWED,
    STRANGER,
    Decision,
    Recognised,
)
from edge_aibench.scenarios.home.household import Household, Member
from edge_aibench.scenarios.home.quality import Truth
from edge_aibench.scenarios.home.sensors import Doorbell, Microphone
from tests.unit.home.conftest import plain, silent

ADULT, CHILD, OTHER = plain("adult"), plain("child"), plain("stranger")
MEMBERS = (Member(person=ADULT, adult=True), Member(person=CHILD, adult=False))


def truth(said: Sequence[str] = ("turn off the radio",), strangers: float = 0.0) -> Truth:
    household = Household(members=MEMBERS, strangers=(OTHER,))
    return Truth(
        microphone=Microphone(tuple(map(silent, said)), seed=1),
        doorbell=Doorbell([household], strangers=strangers, seed=1),
        households=[household],
    )


def first(known: Truth, member: int | None) -> int:
    """The first visit by *member*."""
    return next(n for n in range(100) if known.doorbell.visit(0, n).member == member)


@pytest.mark.parametrize(
    ("heard", "rate"),
    [
        ("turn off the radio", 0.0),
        ("turn of the radio", 0.25),
        ("turn the radio", 0.25),
        ("", 1.0),
        ("please turn off the the radio", 0.5),
        ("a b c d e f", 1.5),
    ],
)
def test_words_are_counted_as_the_task_does(heard: str, rate: float) -> None:
    assert truth().word_error_rate(0, 0, heard) == rate


def test_a_face_is_right_if_it_is_the_right_member_or_none() -> None:
    known = truth(strangers=0.5)
    for member in (0, 1, None):
        visit = first(known, member)
        scores = [
            known.recognised_rightly(0, visit, Recognised(answer, 0.1, visit))
            for answer in (0, 1, None)
        ]
        assert scores == [float(answer == member) for answer in (0, 1, None)]


@pytest.mark.parametrize(
    ("said", "member", "should"),
    [
        ("turn off the radio", 0, True),
        ("turn off the radio", 1, True),
        ("turn off the radio", None, False),
        ("open the window", 0, True),
        ("open the window", 1, False),
    ],
)
def test_a_decision_is_right_if_it_is_what_truth_says(
    said: str, member: int | None, should: bool
) -> None:
    known = truth([said], strangers=0.5)
    visit = first(known, member)
    # Whoever was recognised and whatever was heard, only what was done counts.
    for outcome in (CARRIED_OUT, STRANGER, NOT_ALLOWED):
        decision = Decision(outcome, "anything", None, visit)
        right = (outcome == CARRIED_OUT) == should
        assert known.decided_rightly(0, 5, decision) == float(right)


def test_without_a_face_it_is_right_to_refuse() -> None:
    assert truth().decided_rightly(0, 0, Decision(NO_FACE, "hello", None, None)) == 1.0
    assert truth().decided_rightly(0, 0, Decision(CARRIED_OUT, "hello", 0, None)) == 0.0


def test_speech_is_weighted_by_words() -> None:
    known = truth(["one", "one two three"])
    said = [known.microphone.utterance(0, number).words for number in range(20)]
    assert set(said) == {1, 3}
    # One word wrong in each of the short ones, none in the long ones.
    answers = [
        Answer(instance=0, sequence=number, stage="speech", value=1.0 if words == 1 else 0.0)
        for number, words in enumerate(said)
    ]
    short = said.count(1)
    assert known.speech_quality(answers) == {
        "run_wer": pytest.approx(short / (short + 3 * (20 - short))),
        "run_words": short + 3 * (20 - short),
        "run_utterances": 2,
    }


def test_members_and_strangers_are_told_apart_in_the_sum() -> None:
    known = truth(strangers=0.5)
    visits = [known.doorbell.visit(0, number).member for number in range(40)]
    # Every member is found, and of the strangers only the first is refused.
    seen = 0
    answers = []
    for number, member in enumerate(visits):
        seen += member is None
        value = 1.0 if member is not None or seen == 1 else 0.0
        answers.append(Answer(instance=0, sequence=number, stage="face", value=value))
    strangers = visits.count(None)
    assert known.face_quality(answers) == {
        "run_members_found": 1.0,
        "run_members": 40 - strangers,
        "run_strangers_refused": 1 / strangers,
        "run_strangers": strangers,
        "run_people": 3,
    }


def test_a_share_of_nothing_is_none() -> None:
    known = truth(strangers=0.0)
    answer = Answer(instance=0, sequence=0, stage="face", value=1.0)
    assert known.face_quality([answer])["run_strangers_refused"] is None


def test_commands_are_counted() -> None:
    answers = [
        Answer(instance=0, sequence=n, stage="command", value=v) for n, v in enumerate([1, 0, 1, 1])
    ]
    assert truth().command_quality(answers) == {"run_right": 0.75, "run_commands": 4}

"""Which commands count."""

from __future__ import annotations

import pytest

from edge_aibench.model.components import Call
from edge_aibench.scenarios.home.codecs import (
    CARRIED_OUT,
    NO_FACE,
    NOT_ALLOWED,
    NOT_HEARD,
    STRANGER,
    Decision,
    Recognised,
)
from edge_aibench.scenarios.home.commands import Command, Diary
from edge_aibench.scenarios.home.household import Household, Member
from tests.unit.home.conftest import plain

ADULT, CHILD = 0, 1
FAMILY = Household(
    members=(
        Member(person=plain("adult"), adult=True),
        Member(person=plain("child"), adult=False),
    ),
    strangers=(plain("stranger"),),
)
HOME = 3


def decide(text: str, face: Recognised | None) -> Decision:
    inputs = {"speech": text, "face": face}
    return Command({HOME: FAMILY}).process(Call(instance=HOME, sequence=9, inputs=inputs))


@pytest.mark.parametrize(
    ("text", "member", "outcome"),
    [
        ("turn off the radio", ADULT, CARRIED_OUT),
        ("turn off the radio", CHILD, CARRIED_OUT),
        ("turn off the radio", None, STRANGER),
        ("open the window", ADULT, CARRIED_OUT),
        ("open the window", CHILD, NOT_ALLOWED),
        ("", ADULT, NOT_HEARD),
        ("", CHILD, NOT_HEARD),
        ("", None, STRANGER),
    ],
)
def test_a_command_counts_if_the_member_may_give_it(
    text: str, member: int | None, outcome: str
) -> None:
    decision = decide(text, Recognised(member, 0.5, observation=17))
    assert decision == Decision(outcome, text, member, observation=17)
    assert decision.carried_out == (outcome == CARRIED_OUT)


def test_without_a_face_in_time_a_command_is_refused_and_says_so() -> None:
    decision = decide("turn off the radio", None)
    assert decision == Decision(NO_FACE, "turn off the radio", None, None)
    assert not decision.carried_out


def test_the_diary_keeps_what_was_carried_out() -> None:
    diary = Diary()
    done = [
        decide(text, Recognised(ADULT, 0.5, visit))
        for visit, text in enumerate(["turn off the radio", "open the window"])
    ]
    for decision in (done[0], decide("set a timer", None), done[1]):
        diary.process(Call(instance=HOME, sequence=0, inputs={"command": decision}))
    assert diary.kept() == done

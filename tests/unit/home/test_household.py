"""Who lives where, and who may say what."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_aibench.scenarios.home.household import Member, draw_household
from tests.unit.home.conftest import plain

ALL = tuple(plain(f"person {number}") for number in range(5))


@given(st.integers(0, 1000), st.integers(0, 2**32))
def test_a_home_has_members_and_everybody_else_is_a_stranger(home: int, seed: int) -> None:
    household = draw_household(ALL, home=home, seed=seed)
    names = [member.person.name for member in household.members]
    assert 2 <= len(names) <= 4
    assert household.members[0].adult
    assert sorted(names + [person.name for person in household.strangers]) == [
        person.name for person in ALL
    ]


def test_homes_differ_and_a_seed_repeats_them() -> None:
    def names(seed: int) -> list[tuple[str, ...]]:
        drawn = (draw_household(ALL, home=home, seed=seed) for home in range(30))
        return [tuple(member.person.name for member in one.members) for one in drawn]

    assert names(1) == names(1)
    assert names(1) != names(2)
    assert len(set(names(1))) > 15
    assert {len(one) for one in names(1)} == {2, 3, 4}


def test_half_of_the_others_are_adults() -> None:
    others = [
        member.adult
        for home in range(400)
        for member in draw_household(ALL, home=home, seed=3).members[1:]
    ]
    # Some 800 of them: three standard deviations are 0.053.
    assert sum(others) / len(others) == pytest.approx(0.5, abs=0.053)


@pytest.mark.parametrize(
    ("text", "adult", "child"),
    [
        ("turn off the radio", True, True),
        ("unlock the door of the garage", True, False),
        ("switch on the oven in the kitchen", True, False),
        ("opening", True, True),
        ("", False, False),
        (" ", False, False),
    ],
)
def test_what_a_member_may_say(text: str, adult: bool, child: bool) -> None:
    person = plain("somebody")
    assert Member(person=person, adult=True).may_say(text) is adult
    assert Member(person=person, adult=False).may_say(text) is child

"""Who lives in a home, and who of them may say what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from edge_aibench import rng

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge_aibench.scenarios.home.recordings import Person

FEWEST_MEMBERS: Final = 2
MOST_MEMBERS: Final = 4

GUARDED_WORDS: Final = frozenset({"unlock", "open", "oven", "heater"})
"""A child's command with one of them does not count. Ours: what could do harm."""


@dataclass(frozen=True, kw_only=True)
class Member:
    """An enrolled person. Children may not give every command."""

    person: Person
    adult: bool

    def may_say(self, text: str) -> bool:
        """Whether a command counts if this member gives it; one without a word never does."""
        words = set(text.split())
        return bool(words) and (self.adult or not words & GUARDED_WORDS)


@dataclass(frozen=True, kw_only=True)
class Household:
    """The members of a home, by their numbers, and everybody who is a stranger there."""

    members: tuple[Member, ...]
    strangers: tuple[Person, ...]


def draw_household(people: Sequence[Person], *, home: int, seed: int) -> Household:
    """Draw 2 to 4 of at least 5 *people* as the members of a home; the first one is an adult,
    of the others every second is, on average.
    """
    generator = rng.stream(seed, f"home/members/{home}")
    count = int(generator.integers(FEWEST_MEMBERS, MOST_MEMBERS + 1))
    order = [int(place) for place in generator.permutation(len(people))]
    adults = [True, *(bool(chance < 0.5) for chance in generator.random(count - 1))]
    members = tuple(
        Member(person=people[place], adult=adult)
        for place, adult in zip(order[:count], adults, strict=True)
    )
    return Household(members=members, strangers=tuple(people[place] for place in order[count:]))

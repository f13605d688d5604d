"""The three sensors of each home, and what is true of each of their observations.

Every observation draws from a random stream of its own, so it is the same on every node and in
every order of asking.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from edge_aibench import rng

if TYPE_CHECKING:
    from edge_aibench.scenarios.home.household import Household
    from edge_aibench.scenarios.home.recordings import Person, Picture, Utterance
    from edge_aibench.tasks.sample import Sound

_HEATING_PERIOD_S: Final = 900.0
"""Ours: a heating that goes on and off four times an hour, one reading a second."""


class Microphone:
    """Hears a command: one of the utterances, in each home in an order of its own."""

    def __init__(self, utterances: Sequence[Utterance], *, seed: int) -> None:
        self._utterances = utterances
        self._seed = seed

    def observe(self, instance: int, sequence: int) -> Sound:
        """The sound as the microphone has it."""
        return self.utterance(instance, sequence).sound

    def utterance(self, instance: int, sequence: int) -> Utterance:
        """What is said, and how it sounds."""
        generator = rng.stream(self._seed, f"home/commands/{instance}/{sequence}")
        return self._utterances[int(generator.integers(len(self._utterances)))]


@dataclass(frozen=True, kw_only=True)
class Visit:
    """Who is at the door: *member* is the number in the household, None for a stranger."""

    person: Person
    member: int | None
    picture: Picture


class Doorbell:
    """Sees who is at the door: a member of the home, or somebody else."""

    def __init__(self, households: Sequence[Household], *, strangers: float, seed: int) -> None:
        self._households = households
        self._strangers = strangers
        self._seed = seed

    def observe(self, instance: int, sequence: int) -> Picture:
        """The picture as the camera has it, uint8 (height, width, 3) RGB."""
        return self.visit(instance, sequence).picture

    def visit(self, instance: int, sequence: int) -> Visit:
        """Who is there, and how they look."""
        generator = rng.stream(self._seed, f"home/visits/{instance}/{sequence}")
        household = self._households[instance]
        if generator.random() < self._strangers:
            member = None
            person = household.strangers[int(generator.integers(len(household.strangers)))]
        else:
            member = int(generator.integers(len(household.members)))
            person = household.members[member].person
        picture = person.visits[int(generator.integers(len(person.visits)))]
        return Visit(person=person, member=member, picture=picture)


@dataclass(frozen=True)
class Reading:
    """The temperature of a room at observation *number*."""

    number: int
    celsius: float


class Thermometer:
    """Reads a room that is heated and cools down again; in each home around its own level."""

    def __init__(self, *, seed: int) -> None:
        self._seed = seed

    def observe(self, instance: int, sequence: int) -> Reading:
        """The reading, to a hundredth of a degree."""
        level = 20.0 + rng.stream(self._seed, f"home/climate/{instance}").uniform(-2.0, 2.0)
        heated = 0.8 * math.sin(2.0 * math.pi * sequence / _HEATING_PERIOD_S)
        noise = rng.stream(self._seed, f"home/climate/{instance}/{sequence}").normal(0.0, 0.03)
        return Reading(number=sequence, celsius=round(level + heated + noise, 2))

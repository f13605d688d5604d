"""Drawing simulated stays: hidden path, outcome and labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edge_aibench.scenarios.icu.cohort.conditions import (
    PROFILE_COUNT,
    admission_states,
    phenotype_chances,
    profile_prevalence,
)
from edge_aibench.scenarios.icu.cohort.dynamics import Dynamics, default_dynamics

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class Population:
    """Stays of n patients, one each.

    *profile* int (n,), conditions as an index into `PROFILES`; *hours* int (n,), length of the
    stay in the unit; *died_in_unit* and *died_in_hospital* bool (n,), the second including the
    first; *phenotypes* bool (n, 25). *states* int (sum of hours,) holds the hidden state of each
    hour, stay after stay.
    """

    profile: NDArray[np.intp]
    hours: NDArray[np.intp]
    died_in_unit: NDArray[np.bool_]
    died_in_hospital: NDArray[np.bool_]
    phenotypes: NDArray[np.bool_]
    states: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.profile)

    @property
    def starts(self) -> NDArray[np.intp]:
        """Where each stay begins in *states*, (n + 1,), the end of the last one included."""
        return np.concatenate(([0], np.cumsum(self.hours)))

    def select(self, stays: NDArray[np.intp]) -> Population:
        """The stays with these numbers, in this order."""
        starts = self.starts
        states = [self.states[starts[stay] : starts[stay + 1]] for stay in stays]
        return Population(
            profile=self.profile[stays],
            hours=self.hours[stays],
            died_in_unit=self.died_in_unit[stays],
            died_in_hospital=self.died_in_hospital[stays],
            phenotypes=self.phenotypes[stays],
            states=np.concatenate(states) if states else self.states[:0],
        )


def draw_population(patients: int, rng: np.random.Generator) -> Population:
    """Draw *patients* stays from the default chain."""
    dynamics = default_dynamics()
    profile = rng.choice(PROFILE_COUNT, size=patients, p=profile_prevalence())
    phenotypes = rng.random((patients, phenotype_chances().shape[1]))
    admission = np.cumsum(admission_states(), axis=1)
    state = _draw(admission[profile], rng)
    hours = np.zeros(patients, dtype=np.intp)
    died = np.zeros(patients, dtype=np.bool_)
    path: list[NDArray[np.intp]] = []
    present: list[NDArray[np.intp]] = []
    alive = np.arange(patients)
    following = np.cumsum(dynamics.transition, axis=1)
    while len(alive):
        path.append(state[alive])
        present.append(alive)
        hours[alive] += 1
        dies, leaves = _departures(dynamics, state[alive], rng)
        died[alive[dies]] = True
        alive = alive[~(dies | leaves)]
        state[alive] = _draw(following[state[alive]], rng)
    late = rng.random(patients) < dynamics.late_death[state]
    order = np.argsort(np.concatenate(present), kind="stable") if path else alive
    return Population(
        profile=profile,
        hours=hours,
        died_in_unit=died,
        died_in_hospital=died | late,
        phenotypes=phenotypes < phenotype_chances()[profile],
        states=np.concatenate(path)[order] if path else alive,
    )


def _departures(
    dynamics: Dynamics, state: NDArray[np.intp], rng: np.random.Generator
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    chance = rng.random(len(state))
    death = dynamics.death[state]
    dies = chance < death
    leaves = ~dies & (chance < death + dynamics.discharge[state])
    return dies, leaves


def _draw(cumulated: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.intp]:
    """One draw for each row of cumulated chances."""
    chance = rng.random((len(cumulated), 1))
    # The last chance is one up to rounding, and no draw may fall beyond it.
    drawn: NDArray[np.intp] = (cumulated[:, :-1] <= chance).sum(axis=1)
    return drawn

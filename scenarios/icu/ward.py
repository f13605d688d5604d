"""Who lies in which bed, and what their monitor shows next.

Each bed plays stays of the cohort's test split, one after the other. The ward is a running one:
a stay comes with the chart of at least its first 48 hours, so the first observation already
completes a full window. Which stay, from which hour, follows from the seed alone, so every
node knows it without being told over the network.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edge_aibench import rng
from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.icu.window import WINDOW_HOURS, discretise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.scenarios.icu.benchmark import Cohort


@dataclass(frozen=True)
class Observation:
    """One new hour of a bed: *admission* counts the bed's patients, *values* is float64 (17,)."""

    admission: int
    hour: int
    values: NDArray[np.float64]


@dataclass(frozen=True)
class Admission:
    """A stay in a bed, watched from *first_hour* on; *rows* float64 (hours, 17), NaN: missing."""

    number: int
    stay: str
    first_hour: int
    rows: NDArray[np.float64]

    @property
    def watched(self) -> int:
        """How many hours of it are observed."""
        return len(self.rows) - self.first_hour


class Ward:
    """*beds* beds over *observations* observations each; raises ConfigError without long stays."""

    def __init__(self, cohort: Cohort, *, beds: int, observations: int, seed: int) -> None:
        self._cohort = cohort
        self._rows: dict[str, NDArray[np.float64]] = {}
        candidates = [stay for stay in cohort.stays("test") if self._is_long(stay)]
        if not candidates:
            raise ConfigError(
                f"no stay of the test split has more than {WINDOW_HOURS} hours",
                where=str(cohort.root),
                next_step="give a cohort with longer stays",
            )
        generator = rng.stream(seed, "icu/ward")
        order = [candidates[i] for i in generator.permutation(len(candidates))]
        self._admissions = [
            tuple(self._fill(order[bed:] + order[:bed], generator, observations))
            for bed in range(beds)
        ]

    def admissions(self, bed: int) -> tuple[Admission, ...]:
        """The patients of *bed*, in order."""
        return self._admissions[bed]

    def at(self, bed: int, sequence: int) -> tuple[Admission, int]:
        """The patient of *bed* at observation *sequence*, and the hour that is new then."""
        for admission in self._admissions[bed]:
            if sequence < admission.watched:
                return admission, admission.first_hour + sequence
            sequence -= admission.watched
        raise IndexError(f"bed {bed} has no observation {sequence} more than planned")

    def observation(self, bed: int, sequence: int) -> Observation:
        """Observation *sequence* of *bed*."""
        admission, hour = self.at(bed, sequence)
        return Observation(admission.number, hour, admission.rows[hour])

    def _fill(
        self, order: list[str], generator: np.random.Generator, observations: int
    ) -> Iterator[Admission]:
        watched, number = 0, 0
        while watched < observations:
            stay = order[number % len(order)]
            rows = self._hourly(stay)
            # The first patient is met somewhere in the stay, later ones once a window is full.
            last = len(rows) - 1
            first = int(generator.integers(WINDOW_HOURS, last + 1)) if number == 0 else WINDOW_HOURS
            admission = Admission(number, stay, first, rows)
            yield admission
            watched += admission.watched
            number += 1

    def _is_long(self, stay: str) -> bool:
        return len(self._hourly(stay)) > WINDOW_HOURS

    def _hourly(self, stay: str) -> NDArray[np.float64]:
        if stay not in self._rows:
            episode = self._cohort.episode(stay)
            hourly = discretise(episode.hours, episode.values)
            self._rows[stay] = np.where(hourly.observed, hourly.values, np.nan)
        return self._rows[stay]

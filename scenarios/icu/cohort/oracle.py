"""The best possible predictor of the simulated outcomes.

The forward algorithm for hidden Markov models (Rabiner, Proc. IEEE 77(2), 1989) gives the exact
distribution of hidden state and conditions given all that was charted so far and given that the
patient is still in the unit; the chance of each outcome follows from the chain. It knows the
simulator's numbers but sees only what the networks see: the hourly values read from disk. On
average over patients no predictor of these values can rank or calibrate better, so its AUROC and
AUPRC are the ceiling for the networks (up to the chance of one finite test set).

The whole stay is used, while the window networks see its last 48 hours: the ceiling is not
lowered for that.
"""

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
from edge_aibench.scenarios.icu.cohort.dynamics import STATES, default_dynamics
from edge_aibench.scenarios.icu.cohort.emissions import (
    COMA_PARTS,
    ROWS,
    Emission,
    coma_score_table,
    default_emissions,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.scenarios.icu.window import HourlyEpisode


@dataclass(frozen=True, kw_only=True)
class OracleForecast:
    """Exact chances after each hour of a stay of n hours.

    *death* float64 (n,): to die in hospital. *decompensation* float64 (n,): to die in the unit
    within 24 hours. *phenotypes* float64 (n, 25): to have each label.
    """

    death: NDArray[np.float64]
    decompensation: NDArray[np.float64]
    phenotypes: NDArray[np.float64]


class Oracle:
    """Forecasts for generated stays; tables are built once."""

    def __init__(self) -> None:
        dynamics = default_dynamics()
        self._emissions = default_emissions()
        self._log_chances = [np.log(emission.chances) for emission in self._emissions]
        self._prior = profile_prevalence()[:, np.newaxis] * admission_states()
        self._step = dynamics.step
        self._death = dynamics.death_in_hospital()
        self._decompensation = dynamics.death_within(24)
        self._phenotypes = phenotype_chances()

    def forecast(self, episode: HourlyEpisode) -> OracleForecast:
        """Filter one stay, hour after hour."""
        likelihood = self._likelihood(episode)
        hours = len(likelihood)
        belief = self._prior
        beliefs = np.empty((hours, PROFILE_COUNT, STATES))
        for hour in range(hours):
            if hour:
                belief = belief @ self._step
            belief = belief * likelihood[hour]
            belief = belief / belief.sum()
            beliefs[hour] = belief
        state = beliefs.sum(axis=1)
        return OracleForecast(
            death=state @ self._death,
            decompensation=state @ self._decompensation,
            phenotypes=beliefs.sum(axis=2) @ self._phenotypes,
        )

    def _likelihood(self, episode: HourlyEpisode) -> NDArray[np.float64]:
        """Chance of each hour's readings up to a factor, (n, 16, 36)."""
        logs = np.zeros((len(episode.values), ROWS))
        for emission, table in zip(self._emissions, self._log_chances, strict=True):
            charted = episode.observed[:, emission.channel]
            places = _reading_places(emission, episode.values[charted, emission.channel])
            logs[charted] += table[:, places].T
        scaled = np.exp(logs - logs.max(axis=1, keepdims=True))
        by_state: NDArray[np.float64] = scaled.reshape(-1, PROFILE_COUNT, STATES)
        return by_state


def _reading_places(emission: Emission, values: NDArray[np.float64]) -> NDArray[np.intp]:
    if emission.name in COMA_PARTS:
        return coma_score_table(emission.name)[values.astype(np.intp)].astype(np.intp) - 1
    return emission.reading_index(values)

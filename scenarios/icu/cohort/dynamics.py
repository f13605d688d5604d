"""How a simulated patient's severity moves, hour by hour, until death or discharge.

The patient is a hidden Markov chain. Its hidden state is a severity level (0 well, 11 dying) and a
trend (recovering, steady, worsening), beside conditions that never change (see `conditions`).
After each hour the patient dies in the unit with a probability that grows steeply with severity,
or is discharged from it with one that falls with severity; of those discharged a few die later in
hospital. Because the chain is small and linear, every prevalence follows in closed form, and the
best possible prediction from the charted values can be computed exactly (`oracle`): that is why
the simulator is not something richer.

The numbers are ours, chosen so that the closed forms come near the prevalences published for
the benchmark (mimic3-benchmarks, statistics.md): in-hospital mortality 11.6 to 13.5 %,
decompensation 1.9 to 2.1 % of hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVELS: Final = 12
TRENDS: Final = 3
STATES: Final = LEVELS * TRENDS

# Chance an hour to move one level up or down, by trend.
_UP = (0.03, 0.038, 0.07)
_DOWN = (0.11, 0.062, 0.015)

# Chance an hour to change from one trend (row) to another.
_TREND_CHANGE = (
    (0.9949, 0.0050, 0.0001),
    (0.0030, 0.9968, 0.0002),
    (0.0010, 0.0020, 0.9970),
)

# Chance an hour to die: exp(-16 + 1.2 level), at most 8 %.
_DEATH_LOG_BASE = -16.0
_DEATH_LOG_SLOPE = 1.2
_DEATH_LIMIT = 0.08

# Chance an hour to be discharged, and to die in hospital thereafter, by level (0 above).
_DISCHARGE = (0.028, 0.024, 0.016, 0.007, 0.002)
_LATE_DEATH = (0.02, 0.025, 0.035, 0.06, 0.10)


@dataclass(frozen=True, kw_only=True)
class Dynamics:
    """The chain, over states numbered level * 3 + trend.

    *transition* float64 (36, 36), rows summing to one, holds for those who stay; *death* and
    *discharge* float64 (36,) are the chances to leave after an hour; *late_death* float64 (36,)
    is the chance of a discharged patient to die in hospital.
    """

    transition: NDArray[np.float64]
    death: NDArray[np.float64]
    discharge: NDArray[np.float64]
    late_death: NDArray[np.float64]

    @property
    def stay(self) -> NDArray[np.float64]:
        """The chance to be in the unit an hour later, (36,)."""
        return 1.0 - self.death - self.discharge

    @property
    def step(self) -> NDArray[np.float64]:
        """From state to state within the unit, (36, 36); rows sum to `stay`."""
        return self.stay[:, np.newaxis] * self.transition

    def death_within(self, hours: int) -> NDArray[np.float64]:
        """The chance to die in the unit within the next *hours*, by present state, (36,)."""
        chance = np.zeros(STATES)
        for _ in range(hours):
            chance = self.death + self.step @ chance
        return chance

    def death_in_hospital(self) -> NDArray[np.float64]:
        """The chance to die in the unit or later in hospital, by present state, (36,)."""
        leave = self.death + self.discharge * self.late_death
        return np.linalg.solve(np.eye(STATES) - self.step, leave).astype(np.float64)


def default_dynamics() -> Dynamics:
    """Build the chain from the numbers above."""
    trend_change = np.array(_TREND_CHANGE)
    transition = np.zeros((LEVELS, TRENDS, LEVELS, TRENDS))
    for level in range(LEVELS):
        for trend in range(TRENDS):
            up = _UP[trend] if level < LEVELS - 1 else 0.0
            down = _DOWN[trend] if level else 0.0
            rows = transition[level, trend]
            rows[min(level + 1, LEVELS - 1)] += up * trend_change[trend]
            rows[max(level - 1, 0)] += down * trend_change[trend]
            rows[level] += (1.0 - up - down) * trend_change[trend]
    levels = np.arange(LEVELS)
    by_level = np.exp(_DEATH_LOG_BASE + _DEATH_LOG_SLOPE * levels)
    death = np.minimum(by_level, _DEATH_LIMIT)
    return Dynamics(
        transition=transition.reshape(STATES, STATES),
        death=np.repeat(death, TRENDS),
        discharge=np.repeat(_by_level(_DISCHARGE), TRENDS),
        late_death=np.repeat(_by_level(_LATE_DEATH), TRENDS),
    )


def _by_level(lowest: tuple[float, ...]) -> NDArray[np.float64]:
    return np.pad(np.array(lowest), (0, LEVELS - len(lowest)))

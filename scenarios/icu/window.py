"""From charted values to the 76 columns the networks read, one row an hour.

Two ways that agree bit for bit: `discretise` takes a whole episode at once (training, reports),
`PatientWindow` takes one hour at a time (serving). Both follow the benchmark's discretiser:
steps of one hour, the last value in a step wins, a step without a value repeats the one before,
a channel never measured so far reads its normal value, and seventeen mask columns say what was
really measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.icu.channels import (
    CATEGORICAL,
    CATEGORICAL_COLUMNS,
    CHANNEL_COUNT,
    CONTINUOUS,
    CONTINUOUS_COLUMNS,
    FEATURE_COLUMNS,
    NORMAL_VALUES,
    VALUE_COLUMNS,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from edge_aibench.scenarios.icu.standardiser import Standardiser

WINDOW_HOURS = 48

# The benchmark's rounding guard: hour 1.0 sharp still belongs to the first step.
_EPSILON = 1e-6


@dataclass(frozen=True, kw_only=True)
class HourlyEpisode:
    """An episode in steps of one hour.

    *values* float64 (n, 17), imputed, categories as indices; *observed* bool (n, 17).
    """

    values: NDArray[np.float64]
    observed: NDArray[np.bool_]


def hour_bin(hour: float) -> int:
    """The step that an event *hour* hours after admission falls in: (b, b + 1], and 0 in step 0."""
    return max(int(hour - _EPSILON), 0)


def discretise(
    hours: NDArray[np.float64],
    values: NDArray[np.float64],
    *,
    end_hour: float | None = None,
) -> HourlyEpisode:
    """Bin and impute charted rows.

    *hours* float64 (m,), not decreasing; *values* float64 (m, 17), NaN where nothing was charted.
    *end_hour* says how much of the stay to cover (default: up to the last row); later rows are
    left out and hours without a row are imputed. A row at hour 0 makes one step.
    """
    end = float(hours[-1] if len(hours) else 0.0) if end_hour is None else end_hour
    steps = max(int(end + 1 - _EPSILON), min(len(hours), 1))
    binned = np.full((steps, CHANNEL_COUNT), np.nan)
    for hour, row in zip(hours.tolist(), values, strict=True):
        if hour > end + _EPSILON:
            break
        step = binned[min(hour_bin(hour), steps - 1)]
        np.copyto(step, row, where=~np.isnan(row))
    observed = ~np.isnan(binned)
    last_seen = np.where(observed, np.arange(steps)[:, np.newaxis], -1)
    np.maximum.accumulate(last_seen, axis=0, out=last_seen)
    carried = np.take_along_axis(binned, np.maximum(last_seen, 0), axis=0)
    return HourlyEpisode(values=np.where(last_seen < 0, NORMAL_VALUES, carried), observed=observed)


def encode(episode: HourlyEpisode, standardiser: Standardiser) -> NDArray[np.float32]:
    """Give the features of each hour, float32 (n, 76): 59 value columns, then 17 masks."""
    steps = len(episode.values)
    features = np.zeros((steps, FEATURE_COLUMNS), dtype=np.float32)
    continuous = (episode.values[:, CONTINUOUS] - standardiser.means) / standardiser.stds
    features[:, CONTINUOUS_COLUMNS] = continuous
    hot = CATEGORICAL_COLUMNS + episode.values[:, CATEGORICAL].astype(np.intp)
    np.put_along_axis(features, hot, np.float32(1.0), axis=1)
    features[:, VALUE_COLUMNS:] = episode.observed
    return features


class PatientWindow:
    """The last *hours* hours of one patient, kept ready for a prediction at any time.

    Imputation has a memory that is longer than the window: a value charted before the window
    began is still carried into it, as it would be in the chart. So `features` equals the last
    rows of `encode(discretise(...))` over the whole stay, not of the clipped rows alone.
    """

    def __init__(self, standardiser: Standardiser, *, hours: int = WINDOW_HOURS) -> None:
        if hours < 1:
            raise ConfigError(
                "must keep at least one hour", where="PatientWindow", key="hours", value=hours
            )
        self._standardiser = standardiser
        self._hours = hours
        self._carried = NORMAL_VALUES.copy()
        self._observed = np.zeros(CHANNEL_COUNT, dtype=np.bool_)
        # Rows are written once and slide to the front when the buffer is full, which keeps
        # an append at the cost of one row and a reading at the cost of one copy.
        self._rows = np.zeros((4 * hours, FEATURE_COLUMNS), dtype=np.float32)
        self._stop = 0
        self._steps = 0

    def __len__(self) -> int:
        """How many hours `features` has: at most the window's length."""
        return min(self._steps, self._hours)

    @property
    def steps(self) -> int:
        """How many hours the stay has had so far."""
        return self._steps

    def append(self, values: ArrayLike, *, hour: float | None = None) -> None:
        """Add charted values: shape (17,), NaN where nothing was charted, categories as indices.

        Without *hour* the values open the next hour. With it (hours since admission) they go
        where they belong: rows of the same hour are merged, the later value winning, and hours
        without a row are imputed.

        Raises ConfigError for a wrong shape or an hour before the current one.
        """
        row = np.asarray(values, dtype=np.float64)
        if row.shape != (CHANNEL_COUNT,):
            raise ConfigError(
                f"must have shape ({CHANNEL_COUNT},), one value a channel",
                where="PatientWindow.append",
                key="values",
                value=row.shape,
            )
        step = self._steps if hour is None else hour_bin(hour)
        if step < self._steps - 1:
            raise ConfigError(
                f"must not lie before hour {self._steps - 1}, which is open already",
                where="PatientWindow.append",
                key="hour",
                value=hour,
                next_step="append rows in the order of their hours",
            )
        while self._steps <= step:
            self._open_hour()
        charted = ~np.isnan(row)
        np.copyto(self._carried, row, where=charted)
        self._observed |= charted
        self._write_row()

    def features(self) -> NDArray[np.float32]:
        """A copy of the last hours, float32 (t, 76), t at most the window's length."""
        return self._rows[self._stop - len(self) : self._stop].copy()

    def latest(self) -> NDArray[np.float32]:
        """A copy of the newest hour, float32 (76,), for streaming predictors.

        Raises ConfigError before the first `append`.
        """
        if not self._steps:
            raise ConfigError(
                "has no hour yet", where="PatientWindow.latest", next_step="append an hour first"
            )
        newest: NDArray[np.float32] = self._rows[self._stop - 1].copy()
        return newest

    def _open_hour(self) -> None:
        if self._stop == len(self._rows):
            keep = self._hours - 1
            if keep:
                self._rows[:keep] = self._rows[self._stop - keep :]
            self._stop = keep
        self._stop += 1
        self._steps += 1
        self._observed[:] = False
        self._write_row()

    def _write_row(self) -> None:
        row = self._rows[self._stop - 1]
        row.fill(0.0)
        carried = self._carried
        standardiser = self._standardiser
        row[CONTINUOUS_COLUMNS] = (carried[CONTINUOUS] - standardiser.means) / standardiser.stds
        row[CATEGORICAL_COLUMNS + carried[CATEGORICAL].astype(np.intp)] = 1.0
        row[VALUE_COLUMNS:] = self._observed

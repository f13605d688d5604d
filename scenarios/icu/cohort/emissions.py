"""What is charted of a simulated patient, given severity and conditions.

Each measured quantity has a closed list of readings (a grid of the charting precision) and, for
each hidden state and profile of conditions, a probability for each reading: a normal density
on the grid, normalised. So sampling and the likelihood used by the exact predictor are the same
table. Readings are independent given the hidden state, and whether something is charted in an
hour does not depend on it.

The charting rates follow the order of magnitude of intensive-care records (bedside monitors
nearly hourly, laboratory values a few times a day, height once) and are not fitted to MIMIC-III.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_aibench.scenarios.icu import channels as ch
from edge_aibench.scenarios.icu.cohort.conditions import PROFILE_COUNT, PROFILES
from edge_aibench.scenarios.icu.cohort.dynamics import LEVELS, STATES

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROWS: Final = PROFILE_COUNT * STATES


@dataclass(frozen=True, kw_only=True)
class _Shape:
    """A normal reading: *mean* at severity 0, *severity* more at the highest level.

    *conditions* is added for heart failure, hypertension, diabetes and sepsis, *worsening* while
    the patient's trend is that, and a third of it is taken off while it is recovering: support
    rises, or is weaned off, before the level follows.
    """

    low: float
    high: float
    precision: float
    mean: float
    severity: float
    deviation: float
    rate: float
    conditions: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    worsening: float = 0.0


_SHAPES: Final[dict[str, _Shape]] = {
    ch.CAPILLARY_REFILL_RATE: _Shape(
        low=0, high=1, precision=1, mean=-0.2, severity=0.9, deviation=0.5, rate=0.003
    ),
    ch.DIASTOLIC_BLOOD_PRESSURE: _Shape(
        low=15, high=130, precision=1, mean=64, severity=-17, deviation=4, rate=0.87,
        conditions=(-4, 8, 0, -2), worsening=-3,
    ),
    ch.FRACTION_INSPIRED_OXYGEN: _Shape(
        low=0.21, high=1.0, precision=0.01, mean=0.40, severity=0.40, deviation=0.05, rate=0.07,
        conditions=(0.06, 0, 0, 0.03), worsening=0.09,
    ),
    ch.EYE_OPENING: _Shape(
        low=1, high=4, precision=1, mean=4.1, severity=-2.8, deviation=0.4, rate=0.27
    ),
    ch.MOTOR_RESPONSE: _Shape(
        low=1, high=6, precision=1, mean=6.2, severity=-3.6, deviation=0.5, rate=0.27
    ),
    ch.VERBAL_RESPONSE: _Shape(
        low=1, high=5, precision=1, mean=5.0, severity=-4.0, deviation=0.6, rate=0.27
    ),
    ch.GLUCOSE: _Shape(
        low=30, high=400, precision=1, mean=122, severity=30, deviation=16, rate=0.23,
        conditions=(0, 0, 45, 6), worsening=14,
    ),
    ch.HEART_RATE: _Shape(
        low=30, high=190, precision=1, mean=77, severity=36, deviation=4.8, rate=0.90,
        conditions=(6, 0, 0, 7), worsening=6,
    ),
    ch.MEAN_BLOOD_PRESSURE: _Shape(
        low=25, high=150, precision=1, mean=83, severity=-26, deviation=4.4, rate=0.86,
        conditions=(-3, 9, 0, -3), worsening=-4,
    ),
    ch.OXYGEN_SATURATION: _Shape(
        low=70, high=100, precision=1, mean=98.3, severity=-5.0, deviation=0.9, rate=0.88,
        conditions=(-1.1, 0, 0, -0.3), worsening=-0.7,
    ),
    ch.RESPIRATORY_RATE: _Shape(
        low=5, high=55, precision=1, mean=16.5, severity=11, deviation=1.8, rate=0.88,
        conditions=(2.4, 0, 0, 1.5), worsening=2.0,
    ),
    ch.SYSTOLIC_BLOOD_PRESSURE: _Shape(
        low=50, high=230, precision=1, mean=124, severity=-38, deviation=6.4, rate=0.87,
        conditions=(-8, 17, 0, -5), worsening=-5,
    ),
    ch.TEMPERATURE: _Shape(
        low=33.0, high=41.0, precision=0.1, mean=36.8, severity=0.2, deviation=0.3, rate=0.30,
        conditions=(0, 0, 0, 0.6),
    ),
    ch.PH: _Shape(
        low=6.90, high=7.65, precision=0.01, mean=7.42, severity=-0.16, deviation=0.025, rate=0.08,
        worsening=-0.03,
    ),
}  # fmt: skip

# Body measures say nothing about severity or conditions here, so that a patient's own value,
# charted again and again, carries no information that the exact predictor would miss.
HEIGHT_RATE: Final = 0.004
WEIGHT_RATE: Final = 0.03
HEIGHT_CM: Final = (169.0, 10.0)
WEIGHT_KG: Final = (81.0, 19.0)

COMA_PARTS: Final = (ch.EYE_OPENING, ch.MOTOR_RESPONSE, ch.VERBAL_RESPONSE)
"""Charted together; the total is their sum and adds no information."""

# The benchmark's lists mix two charting systems; a stay is charted in one of them. Position i
# holds the texts of score i + 1. Only the older system charts the total.
CHARTING_SYSTEMS: Final = (
    {
        ch.EYE_OPENING: (
            ("1 No Response",),
            ("2 To pain",),
            ("3 To speech",),
            ("4 Spontaneously",),
        ),
        ch.MOTOR_RESPONSE: (
            ("1 No Response",),
            ("2 Abnorm extensn",),
            ("3 Abnorm flexion",),
            ("4 Flex-withdraws",),
            ("5 Localizes Pain",),
            ("6 Obeys Commands",),
        ),
        ch.VERBAL_RESPONSE: (
            ("1 No Response", "1.0 ET/Trach"),
            ("2 Incomp sounds",),
            ("3 Inapprop words",),
            ("4 Confused",),
            ("5 Oriented",),
        ),
    },
    {
        ch.EYE_OPENING: (("None",), ("To Pain",), ("To Speech",), ("Spontaneously",)),
        ch.MOTOR_RESPONSE: (
            ("No response",),
            ("Abnormal extension",),
            ("Abnormal Flexion",),
            ("Flex-withdraws",),
            ("Localizes Pain",),
            ("Obeys Commands",),
        ),
        ch.VERBAL_RESPONSE: (
            ("No Response", "No Response-ETT"),
            ("Incomprehensible sounds",),
            ("Inappropriate Words",),
            ("Confused",),
            ("Oriented",),
        ),
    },
)


@dataclass(frozen=True, kw_only=True)
class Emission:
    """One charted quantity.

    *readings* float64 (m,) ascending; *chances* float64 (576, m), rows numbered
    profile * 36 + state; *rate* the chance to be charted in an hour.
    """

    name: str
    readings: NDArray[np.float64]
    chances: NDArray[np.float64]
    rate: float

    @property
    def channel(self) -> int:
        """The channel's place in a row of values."""
        return ch.CHANNEL_INDEX[self.name]

    def reading_index(self, values: NDArray[np.float64]) -> NDArray[np.intp]:
        """The place of readings in *readings*; values off the grid go to the nearest."""
        precision = self.readings[1] - self.readings[0]
        places = np.rint((values - self.readings[0]) / precision).astype(np.intp)
        clipped: NDArray[np.intp] = np.clip(places, 0, len(self.readings) - 1)
        return clipped


def default_emissions() -> tuple[Emission, ...]:
    """Build the tables from the shapes above, in the order of the channels."""
    return tuple(
        _tabulate(channel.name, _SHAPES[channel.name])
        for channel in ch.CHANNELS
        if channel.name in _SHAPES
    )


def _tabulate(name: str, shape: _Shape) -> Emission:
    count = round((shape.high - shape.low) / shape.precision) + 1
    decimals = 2 if shape.precision < 0.1 else 1
    readings = np.round(np.linspace(shape.low, shape.high, count), decimals)
    severity = shape.severity * np.arange(LEVELS) / (LEVELS - 1)
    trend = shape.worsening * np.array((-1 / 3, 0.0, 1.0))
    by_state = (severity[:, np.newaxis] + trend).reshape(STATES)
    by_profile = PROFILES @ np.array(shape.conditions)
    means = (shape.mean + by_profile[:, np.newaxis] + by_state).reshape(ROWS, 1)
    weights = np.exp(-0.5 * ((readings - means) / shape.deviation) ** 2)
    chances = weights / weights.sum(axis=1, keepdims=True)
    return Emission(name=name, readings=readings, chances=chances, rate=shape.rate)


def coma_score_table(name: str) -> NDArray[np.float64]:
    """The score behind each category of a coma scale part, float64, by category index."""
    categories = ch.CHANNELS[ch.CHANNEL_INDEX[name]].categories
    scores = np.full(len(categories), np.nan)
    for system in CHARTING_SYSTEMS:
        for score, texts in enumerate(system[name], start=1):
            for text in texts:
                scores[categories.index(text)] = score
    return scores

"""The seventeen measured channels of the MIMIC-III benchmark and the 76 columns made of them.

Channel names (spelling included), category lists and normal values are those of the public
mimic3-benchmarks discretiser (Harutyunyan et al., Scientific Data 6:96, 2019), because real
benchmark files have to be read by the same code as generated ones. The order of the categories
is part of the data format: it fixes the one-hot columns, and the lists hold the spellings of
two charting systems side by side.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import Final

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Channel:
    """One column of a time series file.

    *normal* is the text imputed until a first measurement is seen: a number, or one of
    *categories*. *unit* is for people; the files carry none.
    """

    name: str
    normal: str
    unit: str
    categories: tuple[str, ...] = ()

    @property
    def is_categorical(self) -> bool:
        """Whether values are texts from a closed list."""
        return bool(self.categories)

    @property
    def width(self) -> int:
        """How many value columns the channel takes: one, or one for each category."""
        return len(self.categories) or 1

    @property
    def normal_value(self) -> float:
        """The imputed value: a number in *unit*, or the index of the category."""
        if self.is_categorical:
            return float(self.categories.index(self.normal))
        return float(self.normal)


_EYE_OPENING = (
    "To Pain",
    "3 To speech",
    "1 No Response",
    "4 Spontaneously",
    "None",
    "To Speech",
    "Spontaneously",
    "2 To pain",
)
_MOTOR_RESPONSE = (
    "1 No Response",
    "3 Abnorm flexion",
    "Abnormal extension",
    "No response",
    "4 Flex-withdraws",
    "Localizes Pain",
    "Flex-withdraws",
    "Obeys Commands",
    "Abnormal Flexion",
    "6 Obeys Commands",
    "5 Localizes Pain",
    "2 Abnorm extensn",
)
_COMA_TOTAL = ("11", "10", "13", "12", "15", "14", "3", "5", "4", "7", "6", "9", "8")
_VERBAL_RESPONSE = (
    "1 No Response",
    "No Response",
    "Confused",
    "Inappropriate Words",
    "Oriented",
    "No Response-ETT",
    "5 Oriented",
    "Incomprehensible sounds",
    "1.0 ET/Trach",
    "4 Confused",
    "2 Incomp sounds",
    "3 Inapprop words",
)

CAPILLARY_REFILL_RATE: Final = "Capillary refill rate"
DIASTOLIC_BLOOD_PRESSURE: Final = "Diastolic blood pressure"
FRACTION_INSPIRED_OXYGEN: Final = "Fraction inspired oxygen"
EYE_OPENING: Final = "Glascow coma scale eye opening"
MOTOR_RESPONSE: Final = "Glascow coma scale motor response"
COMA_TOTAL: Final = "Glascow coma scale total"
VERBAL_RESPONSE: Final = "Glascow coma scale verbal response"
GLUCOSE: Final = "Glucose"
HEART_RATE: Final = "Heart Rate"
HEIGHT: Final = "Height"
MEAN_BLOOD_PRESSURE: Final = "Mean blood pressure"
OXYGEN_SATURATION: Final = "Oxygen saturation"
RESPIRATORY_RATE: Final = "Respiratory rate"
SYSTOLIC_BLOOD_PRESSURE: Final = "Systolic blood pressure"
TEMPERATURE: Final = "Temperature"
WEIGHT: Final = "Weight"
PH: Final = "pH"

CHANNELS: Final[tuple[Channel, ...]] = (
    Channel(name=CAPILLARY_REFILL_RATE, normal="0.0", unit="delayed", categories=("0.0", "1.0")),
    Channel(name=DIASTOLIC_BLOOD_PRESSURE, normal="59.0", unit="mmHg"),
    Channel(name=FRACTION_INSPIRED_OXYGEN, normal="0.21", unit="share"),
    Channel(name=EYE_OPENING, normal="4 Spontaneously", unit="answer", categories=_EYE_OPENING),
    Channel(
        name=MOTOR_RESPONSE, normal="6 Obeys Commands", unit="answer", categories=_MOTOR_RESPONSE
    ),
    Channel(name=COMA_TOTAL, normal="15", unit="points", categories=_COMA_TOTAL),
    Channel(name=VERBAL_RESPONSE, normal="5 Oriented", unit="answer", categories=_VERBAL_RESPONSE),
    Channel(name=GLUCOSE, normal="128.0", unit="mg/dL"),
    Channel(name=HEART_RATE, normal="86", unit="1/min"),
    Channel(name=HEIGHT, normal="170.0", unit="cm"),
    Channel(name=MEAN_BLOOD_PRESSURE, normal="77.0", unit="mmHg"),
    Channel(name=OXYGEN_SATURATION, normal="98.0", unit="%"),
    Channel(name=RESPIRATORY_RATE, normal="19", unit="1/min"),
    Channel(name=SYSTOLIC_BLOOD_PRESSURE, normal="118.0", unit="mmHg"),
    Channel(name=TEMPERATURE, normal="36.6", unit="degC"),
    Channel(name=WEIGHT, normal="81.0", unit="kg"),
    Channel(name=PH, normal="7.4", unit="1"),
)

CHANNEL_COUNT: Final = len(CHANNELS)
CHANNEL_INDEX: Final = {channel.name: index for index, channel in enumerate(CHANNELS)}
HOURS_COLUMN: Final = "Hours"
SERIES_HEADER: Final = (HOURS_COLUMN, *(channel.name for channel in CHANNELS))

VALUE_COLUMNS: Final = sum(channel.width for channel in CHANNELS)
FEATURE_COLUMNS: Final = VALUE_COLUMNS + CHANNEL_COUNT

FIRST_COLUMN: Final = tuple(accumulate((channel.width for channel in CHANNELS), initial=0))[:-1]
"""The first value column of each channel; the masks follow from `VALUE_COLUMNS` on."""

NORMAL_VALUES: Final = np.array([channel.normal_value for channel in CHANNELS])
NORMAL_VALUES.flags.writeable = False

CONTINUOUS: Final = np.array([i for i, c in enumerate(CHANNELS) if not c.is_categorical])
CONTINUOUS.flags.writeable = False

CATEGORICAL: Final = np.array([i for i, c in enumerate(CHANNELS) if c.is_categorical])
CATEGORICAL.flags.writeable = False

CONTINUOUS_COLUMNS: Final = np.array([FIRST_COLUMN[i] for i in CONTINUOUS])
CONTINUOUS_COLUMNS.flags.writeable = False

CATEGORICAL_COLUMNS: Final = np.array([FIRST_COLUMN[i] for i in CATEGORICAL])
CATEGORICAL_COLUMNS.flags.writeable = False

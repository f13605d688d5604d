"""What a simulated patient has from the start to the end: four conditions and 25 labels.

Four hidden conditions shape the measurements: heart failure, hypertension, diabetes and sepsis.
They are independent; sepsis also makes the patient sicker at admission. The 25 phenotype labels
are billing codes, not findings: each is drawn given the conditions, likelier with some of them,
with an intercept solved so that the label has the benchmark's prevalence. Even heart failure is
now and then coded without the condition, or not coded with it, which bounds what any predictor
can reach. Other labels (an upper respiratory disease, say) cannot be seen at all, as in real
data.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_aibench.scenarios.icu.cohort.dynamics import LEVELS, STATES
from edge_aibench.scenarios.icu.phenotypes import (
    HEART_FAILURE,
    PHENOTYPE_COUNT,
    PHENOTYPE_PREVALENCE,
    PHENOTYPES,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

CONDITIONS: Final = ("heart failure", "hypertension", "diabetes", "sepsis")
PROFILES: Final = np.array(list(product((0, 1), repeat=len(CONDITIONS))))
"""All combinations of the conditions, int (16, 4); a patient has one of them."""

PROFILES.flags.writeable = False
PROFILE_COUNT: Final = len(PROFILES)

_SEPTICEMIA: Final = "Septicemia (except in labor)"

# Prevalence of the conditions. Hypertension and diabetes cover two labels each.
_PREVALENCE = (
    PHENOTYPE_PREVALENCE[HEART_FAILURE],
    0.50,
    0.27,
    PHENOTYPE_PREVALENCE[_SEPTICEMIA],
)

# Log-odds added by heart failure, hypertension, diabetes, sepsis; absent labels get none.
_LOG_ODDS: Final[dict[str, tuple[float, float, float, float]]] = {
    "Acute and unspecified renal failure": (0.8, 0.3, 0.3, 1.3),
    "Acute myocardial infarction": (0.9, 0.2, 0.3, 0.0),
    "Cardiac dysrhythmias": (1.3, 0.2, 0.0, 0.2),
    "Chronic kidney disease": (1.0, 0.6, 0.8, 0.2),
    "Conduction disorders": (0.7, 0.0, 0.0, 0.0),
    HEART_FAILURE: (5.5, 0.2, 0.2, 0.0),
    "Coronary atherosclerosis and other heart disease": (1.3, 0.6, 0.5, -0.4),
    "Diabetes mellitus with complications": (0.4, 0.2, 4.0, 0.0),
    "Diabetes mellitus without complication": (0.1, 0.2, 5.0, 0.0),
    "Disorders of lipid metabolism": (0.3, 0.9, 0.7, -0.3),
    "Essential hypertension": (-0.3, 4.0, 0.2, 0.0),
    "Fluid and electrolyte disorders": (0.2, 0.0, 0.2, 0.9),
    "Hypertension with complications and secondary hypertension": (0.9, 3.0, 0.5, 0.0),
    "Pneumonia (except that caused by tuberculosis or sexually transmitted disease)": (
        0.3,
        0.0,
        0.0,
        1.5,
    ),
    "Respiratory failure; insufficiency; arrest (adult)": (0.7, 0.0, 0.0, 1.6),
    _SEPTICEMIA: (0.0, 0.0, 0.0, 5.5),
    "Shock": (0.3, 0.0, 0.0, 3.5),
}

# Severity at admission: mean and deviation of the level, and chances of the three trends.
_ADMISSION_LEVEL = (3.0, 2.0)
_ADMISSION_LEVEL_SEPSIS = (4.9, 2.0)
_ADMISSION_TREND = (0.525, 0.415, 0.06)
_ADMISSION_TREND_SEPSIS = (0.40, 0.43, 0.17)


def profile_prevalence() -> NDArray[np.float64]:
    """The share of patients with each profile, float64 (16,)."""
    present = np.array(_PREVALENCE)
    shares: NDArray[np.float64] = np.where(PROFILES == 1, present, 1.0 - present).prod(axis=1)
    return shares


def admission_states() -> NDArray[np.float64]:
    """The distribution of the hidden state at admission, by profile, float64 (16, 36)."""
    without = _admission(_ADMISSION_LEVEL, _ADMISSION_TREND)
    with_sepsis = _admission(_ADMISSION_LEVEL_SEPSIS, _ADMISSION_TREND_SEPSIS)
    sepsis = PROFILES[:, CONDITIONS.index("sepsis"), np.newaxis] == 1
    return np.where(sepsis, with_sepsis, without)


def phenotype_chances() -> NDArray[np.float64]:
    """The chance of each label by profile, float64 (16, 25)."""
    chances = np.empty((PROFILE_COUNT, PHENOTYPE_COUNT))
    for column, name in enumerate(PHENOTYPES):
        chances[:, column] = _label_chances(name)
    return chances


def _admission(level: tuple[float, float], trend: tuple[float, ...]) -> NDArray[np.float64]:
    mean, deviation = level
    weights = np.exp(-0.5 * ((np.arange(LEVELS) - mean) / deviation) ** 2)
    return np.outer(weights / weights.sum(), trend).reshape(STATES)


def _label_chances(name: str) -> NDArray[np.float64]:
    """Solve the intercept by bisection; the prevalence is monotone in it."""
    added = PROFILES @ np.array(_LOG_ODDS.get(name, (0.0, 0.0, 0.0, 0.0)))
    share = profile_prevalence()
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        if share @ _logistic(middle + added) < PHENOTYPE_PREVALENCE[name]:
            low = middle
        else:
            high = middle
    return _logistic(low + added)


def _logistic(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1.0 / (1.0 + np.exp(-x))

from __future__ import annotations

import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.icu import channels as ch
from edge_aibench.scenarios.icu.standardiser import Standardiser
from edge_aibench.scenarios.icu.window import PatientWindow, discretise, encode, hour_bin

HEART_RATE = ch.CHANNEL_INDEX["Heart Rate"]
EYE = ch.CHANNEL_INDEX["Glascow coma scale eye opening"]
PLAIN = Standardiser(means=np.zeros(12), stds=np.ones(12))


def chart(**values: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    row = np.full(17, np.nan)
    for name, value in values.items():
        row[{"hr": HEART_RATE, "eye": EYE}[name]] = value
    return row


@pytest.mark.parametrize(
    ("hour", "step"), [(0.0, 0), (0.3, 0), (1.0, 0), (1.01, 1), (2.0, 1), (47.5, 47), (48.0, 47)]
)
def test_an_hour_sharp_belongs_to_the_step_that_it_ends(hour: float, step: int) -> None:
    assert hour_bin(hour) == step


def test_binning_by_hand() -> None:
    hours = np.array([0.2, 0.9, 1.5, 4.0])
    values = np.stack([chart(hr=80), chart(hr=90, eye=0), chart(eye=2), chart(hr=70)])
    hourly = discretise(hours, values)
    assert hourly.values[:, HEART_RATE].tolist() == [90, 90, 90, 70]
    assert hourly.observed[:, HEART_RATE].tolist() == [True, False, False, True]
    assert hourly.values[:, EYE].tolist() == [0, 2, 2, 2]
    # Never charted, so the normal value, and no mask.
    assert hourly.values[:, ch.CHANNEL_INDEX["pH"]].tolist() == [7.4] * 4
    assert not hourly.observed[:, ch.CHANNEL_INDEX["pH"]].any()


def test_the_end_cuts_rows_off_and_adds_hours() -> None:
    hours = np.array([0.5, 3.5])
    values = np.stack([chart(hr=80), chart(hr=90)])
    assert discretise(hours, values, end_hour=2.0).values[:, HEART_RATE].tolist() == [80, 80]
    assert len(discretise(hours, values, end_hour=6.0).values) == 6
    assert len(discretise(np.array([0.0]), values[:1]).values) == 1
    assert len(discretise(np.empty(0), np.empty((0, 17))).values) == 0


def test_features_by_hand() -> None:
    scale = Standardiser(means=np.full(12, 10.0), stds=np.full(12, 4.0))
    features = encode(discretise(np.array([0.5]), chart(hr=90, eye=5)[np.newaxis]), scale)
    assert features.dtype == np.float32
    (row,) = features
    assert row[ch.FIRST_COLUMN[HEART_RATE]] == 20.0
    eye = row[ch.FIRST_COLUMN[EYE] : ch.FIRST_COLUMN[EYE] + 8]
    assert eye.tolist() == [0, 0, 0, 0, 0, 1, 0, 0]
    masks = row[59:]
    assert np.flatnonzero(masks).tolist() == [EYE, HEART_RATE]
    assert masks[HEART_RATE] == 1.0
    # 2 capillary + 8 + 12 + 13 + 12 one-hot columns hold one 1 each.
    hot = [
        row[ch.FIRST_COLUMN[i] : ch.FIRST_COLUMN[i] + ch.CHANNELS[i].width] for i in ch.CATEGORICAL
    ]
    assert [float(part.sum()) for part in hot] == [1.0] * 5


def test_the_window_forgets_hours_but_not_what_they_charted() -> None:
    window = PatientWindow(PLAIN, hours=3)
    window.append(chart(hr=120))
    for _ in range(5):
        window.append(chart())
    features = window.features()
    assert features.shape == (3, 76)
    assert features[:, ch.FIRST_COLUMN[HEART_RATE]].tolist() == [120.0] * 3
    assert not features[:, 59:].any()
    assert (len(window), window.steps) == (3, 6)


def test_rows_of_one_hour_are_merged_and_gaps_imputed() -> None:
    window = PatientWindow(PLAIN)
    window.append(chart(hr=80, eye=1), hour=0.4)
    window.append(chart(hr=85), hour=1.0)
    window.append(chart(hr=95), hour=3.2)
    features = window.features()
    assert features[:, ch.FIRST_COLUMN[HEART_RATE]].tolist() == [85, 85, 85, 95]
    assert features[:, 59 + HEART_RATE].tolist() == [1, 0, 0, 1]
    assert features[0, 59 + EYE] == 1
    assert np.array_equal(window.latest(), features[-1])


def test_what_is_handed_out_is_a_copy() -> None:
    window = PatientWindow(PLAIN)
    window.append(chart(hr=80))
    window.features()[:] = -1
    window.latest()[:] = -1
    assert window.features()[0, ch.FIRST_COLUMN[HEART_RATE]] == 80


def test_misuse_is_refused() -> None:
    with pytest.raises(ConfigError, match="at least one hour"):
        PatientWindow(PLAIN, hours=0)
    window = PatientWindow(PLAIN)
    assert window.features().shape == (0, 76)
    with pytest.raises(ConfigError, match="no hour yet"):
        window.latest()
    with pytest.raises(ConfigError, match="shape"):
        window.append(np.zeros(16))
    window.append(chart(hr=80), hour=5.0)
    with pytest.raises(ConfigError, match="before hour 4"):
        window.append(chart(hr=80), hour=3.5)

"""One hour at a time gives bit for bit what the whole episode gives."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge_aibench.scenarios.icu import channels as ch
from edge_aibench.scenarios.icu.standardiser import Standardiser
from edge_aibench.scenarios.icu.window import PatientWindow, discretise, encode


@st.composite
def episodes(
    draw: st.DrawFn,
) -> tuple[
    np.ndarray[tuple[int], np.dtype[np.float64]], np.ndarray[tuple[int, int], np.dtype[np.float64]]
]:
    """Rows at sorted times, some of them in one hour, some hours without any."""
    hours = sorted(draw(st.lists(st.floats(0, 60, width=32), min_size=1, max_size=80)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    values = rng.normal(50, 30, (len(hours), 17))
    for channel in ch.CATEGORICAL:
        values[:, channel] = rng.integers(0, ch.CHANNELS[channel].width, len(hours))
    values[rng.random(values.shape) < draw(st.floats(0, 1))] = np.nan
    return np.array(hours), values


@st.composite
def standardisers(draw: st.DrawFn) -> Standardiser:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return Standardiser(means=rng.normal(50, 20, 12), stds=rng.uniform(0.01, 40, 12))


@given(episodes(), standardisers(), st.integers(1, 50))
def test_row_by_row_equals_the_batch(
    episode: tuple[
        np.ndarray[tuple[int], np.dtype[np.float64]],
        np.ndarray[tuple[int, int], np.dtype[np.float64]],
    ],
    standardiser: Standardiser,
    length: int,
) -> None:
    hours, values = episode
    window = PatientWindow(standardiser, hours=length)
    for hour, row in zip(hours, values, strict=True):
        window.append(row, hour=float(hour))
    batch = encode(discretise(hours, values), standardiser)
    assert window.steps == len(batch)
    assert np.array_equal(window.features(), batch[-length:])
    assert np.array_equal(window.latest(), batch[-1])


@given(episodes(), standardisers())
def test_every_prefix_of_a_growing_window_equals_the_batch(
    episode: tuple[
        np.ndarray[tuple[int], np.dtype[np.float64]],
        np.ndarray[tuple[int, int], np.dtype[np.float64]],
    ],
    standardiser: Standardiser,
) -> None:
    hours, values = episode
    hourly = discretise(hours, values)
    batch = encode(hourly, standardiser)
    window = PatientWindow(standardiser, hours=48)
    charted = np.where(hourly.observed, hourly.values, np.nan)
    for step, row in enumerate(charted, start=1):
        window.append(row)
        assert np.array_equal(window.features(), batch[max(0, step - 48) : step])

"""The simulator against its own closed forms, and its exact predictor against the outcomes.

Each test draws one fixed sample and asks whether a closed form lies within z standard errors of
what is observed. With z = 4 a correct simulator fails one such comparison in 16,000 seeds.
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_aibench.scenarios.icu.channels import CHANNEL_INDEX, CHANNELS
from edge_aibench.scenarios.icu.cohort import emissions as em
from edge_aibench.scenarios.icu.cohort.charting import chart
from edge_aibench.scenarios.icu.cohort.conditions import (
    admission_states,
    phenotype_chances,
    profile_prevalence,
)
from edge_aibench.scenarios.icu.cohort.dynamics import LEVELS, TRENDS, default_dynamics
from edge_aibench.scenarios.icu.cohort.oracle import Oracle
from edge_aibench.scenarios.icu.cohort.population import Population, draw_population
from edge_aibench.scenarios.icu.phenotypes import PHENOTYPE_PREVALENCE
from edge_aibench.scenarios.icu.window import HourlyEpisode

PATIENTS = 20_000
Z = 4.0


@pytest.fixture(scope="module")
def population() -> Population:
    return draw_population(PATIENTS, np.random.default_rng(11))


def within(observed: NDArray[np.bool_] | NDArray[np.float64], expected: float) -> bool:
    """Whether *expected* lies within Z standard errors of the mean of independent cases."""
    values = np.asarray(observed, dtype=np.float64)
    return bool(abs(values.mean() - expected) <= Z * values.std() / np.sqrt(len(values)))


def admission() -> NDArray[np.float64]:
    """The hidden state at admission over all patients, (36,)."""
    mixture: NDArray[np.float64] = profile_prevalence() @ admission_states()
    return mixture


def test_deaths_and_length_of_stay_follow_the_absorbing_chain(population: Population) -> None:
    """Fundamental matrix (I - Q)^-1 of Kemeny and Snell; n = 20,000 stays."""
    dynamics = default_dynamics()
    fundamental = np.linalg.inv(np.eye(LEVELS * TRENDS) - dynamics.step)
    start = admission()
    assert within(population.hours.astype(np.float64), float(start @ fundamental.sum(axis=1)))
    assert within(population.died_in_unit, float(start @ fundamental @ dynamics.death))
    leave = dynamics.death + dynamics.discharge * dynamics.late_death
    assert within(population.died_in_hospital, float(start @ fundamental @ leave))


def test_stays_of_48_hours_have_the_mortality_of_the_benchmark(population: Population) -> None:
    """13.5 % of the benchmark's training and 11.6 % of its test stays end in death."""
    dynamics = default_dynamics()
    present = admission()
    for _ in range(47):
        present = present @ dynamics.step
    expected = float(present @ dynamics.death_in_hospital() / present.sum())
    long_enough = population.hours >= 48
    assert within(population.died_in_hospital[long_enough], expected)
    assert within(long_enough, float(present.sum()))
    assert 0.105 < expected < 0.145


def test_hours_have_the_decompensation_of_the_benchmark(population: Population) -> None:
    """Share of positive hours; stays, not hours, are independent, so the ratio is bootstrapped.

    2.1 % of the benchmark's training and 1.85 % of its test hours are positive.
    """
    dynamics = default_dynamics()
    soon = dynamics.death_within(24)
    present, positive, labelled = admission(), 0.0, 0.0
    for hour in range(1, 4000):
        if hour >= 5:
            positive += float(present @ soon)
            labelled += float(present.sum())
        present = present @ dynamics.step
    hours = np.maximum(population.hours - 4, 0)
    deaths = np.where(population.died_in_unit, np.minimum(hours, 24), 0)
    rng = np.random.default_rng(0)
    picks = rng.integers(0, PATIENTS, (400, PATIENTS))
    spread = float(np.std(deaths[picks].sum(axis=1) / hours[picks].sum(axis=1)))
    assert abs(deaths.sum() / hours.sum() - positive / labelled) < Z * spread
    assert 0.017 < positive / labelled < 0.023


def test_phenotypes_have_the_prevalences_of_the_benchmark(population: Population) -> None:
    """25 binomials, n = 20,000; the closed form itself must equal the published number."""
    exact = profile_prevalence() @ phenotype_chances()
    published = np.array(list(PHENOTYPE_PREVALENCE.values()))
    assert np.abs(exact - published).max() < 1e-6
    for column, prevalence in enumerate(published):
        assert within(population.phenotypes[:, column], float(prevalence))


@pytest.fixture(scope="module")
def charted() -> tuple[Population, NDArray[np.bool_], NDArray[np.float64]]:
    """2,000 stays with what the hour bins show: observed (m, 17) and heart rate (m,)."""
    population = draw_population(2_000, np.random.default_rng(12))
    early, late = chart(population, np.random.default_rng(13)).texts
    rate = CHANNEL_INDEX["Heart Rate"]
    shown = np.where(late != "", late, early)
    heart_rate = np.array([float(text) if text else np.nan for text in shown[:, rate]])
    return population, np.asarray(shown != "", dtype=np.bool_), heart_rate


def test_channels_are_charted_at_their_rates(
    charted: tuple[Population, NDArray[np.bool_], NDArray[np.float64]],
) -> None:
    """Independent hours, n about 160,000; binomial."""
    _, observed, _ = charted
    rates = {emission.name: emission.rate for emission in em.default_emissions()}
    rates |= {"Height": em.HEIGHT_RATE, "Weight": em.WEIGHT_RATE}
    assert set(rates) == {channel.name for channel in CHANNELS} - {"Glascow coma scale total"}
    for name, expected in rates.items():
        assert within(observed[:, CHANNEL_INDEX[name]], expected)


def test_readings_have_the_mean_of_their_table(
    charted: tuple[Population, NDArray[np.bool_], NDArray[np.float64]],
) -> None:
    """Heart rate less its expected value given the hidden state has mean 0; n about 140,000."""
    population, _, heart_rate = charted
    emission = next(e for e in em.default_emissions() if e.name == "Heart Rate")
    patient = np.repeat(np.arange(len(population)), population.hours)
    rows = population.profile[patient] * LEVELS * TRENDS + population.states
    expected = (emission.chances @ emission.readings)[rows]
    seen = ~np.isnan(heart_rate)
    assert within((heart_rate - expected)[seen], 0.0)


def test_the_exact_predictor_equals_brute_force() -> None:
    """Three hours of a stay by summing over every path of states, instead of filtering."""
    hours = 3
    values = np.zeros((hours, 17))
    observed = np.zeros((hours, 17), dtype=np.bool_)
    emission = next(e for e in em.default_emissions() if e.name == "Heart Rate")
    for hour, rate in enumerate((90.0, 130.0, 145.0)):
        values[hour, emission.channel] = rate
        observed[hour, emission.channel] = True
    forecast = Oracle().forecast(HourlyEpisode(values=values, observed=observed))
    dynamics, prior = default_dynamics(), admission_states()
    chance = np.stack(
        [
            emission.chances.reshape(16, LEVELS * TRENDS, -1)[:, :, int(rate) - 30]
            for rate in (90, 130, 145)
        ]
    )
    joint = np.einsum(
        "p,pi,pi,ij,pj,jk,pk->pk",
        profile_prevalence(),
        prior,
        chance[0],
        dynamics.step,
        chance[1],
        dynamics.step,
        chance[2],
        optimize=True,
    )
    joint /= joint.sum()
    assert forecast.death[-1] == pytest.approx(float(joint.sum(0) @ dynamics.death_in_hospital()))
    assert forecast.decompensation[-1] == pytest.approx(
        float(joint.sum(0) @ dynamics.death_within(24))
    )
    assert np.allclose(forecast.phenotypes[-1], joint.sum(1) @ phenotype_chances())

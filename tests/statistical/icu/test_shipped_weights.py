"""The shipped networks on patients nobody has trained or judged them on.

A cohort of 3,000 patients with a seed of its own. The statement for each task and metric is
that the network is within 0.05 of the exact predictor. Both are judged on the same cases, so the
difference is what varies: it is bootstrapped over patients (200 resamples), and the test fails
if even its upper bound, the observed gap less two standard errors, is above 0.05.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load

from edge_aibench.scenarios.icu import evaluation, samples
from edge_aibench.scenarios.icu.benchmark import Cohort
from edge_aibench.scenarios.icu.cohort import SplitShares, write_cohort
from edge_aibench.scenarios.icu.cohort.oracle import Oracle
from edge_aibench.scenarios.icu.recipes import RECIPES
from edge_aibench.scenarios.icu.samples import Stay
from edge_aibench.scenarios.icu.standardiser import shipped_standardiser
from edge_aibench.scenarios.icu.tasks import shipped_weights
from edge_aibench.tasks.metrics import auprc, auroc
from edge_aibench.tasks.weights import read_weights

PATIENTS = 3_000
RESAMPLES = 200
GOAL = 0.05


@pytest.fixture(scope="module")
def stays(tmp_path_factory: pytest.TempPathFactory) -> tuple[Stay, ...]:
    root = tmp_path_factory.mktemp("cohort") / "new"
    write_cohort(root, patients=PATIENTS, seed=990, shares=SplitShares(val=0, test=1))
    cohort = Cohort.open(root)
    hours = samples.read_hours(cohort, "test")
    return samples.make_stays(cohort, hours, shipped_standardiser())


@pytest.fixture(scope="module")
def exact(stays: tuple[Stay, ...]) -> dict[str, dict[str, NDArray[np.float64]]]:
    """The exact predictor's scores after each hour, by task and stay."""
    oracle = Oracle()
    forecasts = {stay.name: oracle.forecast(stay.hourly) for stay in stays}
    label = samples.headline_output("heart-failure")
    return {
        "death": {name: forecast.death for name, forecast in forecasts.items()},
        "decompensation": {name: forecast.decompensation for name, forecast in forecasts.items()},
        "heart-failure": {name: f.phenotypes[:, label] for name, f in forecasts.items()},
    }


def cases_of(task: str, stays: tuple[Stay, ...]) -> list[samples.Case]:
    if task == "death":
        return samples.mortality_cases(stays)
    if task == "decompensation":
        return samples.decompensation_cases(stays, every=12)
    return samples.heart_failure_cases(stays)


@pytest.mark.parametrize("task", ["death", "decompensation", "heart-failure"])
def test_the_network_is_near_the_exact_predictor_on_new_patients(
    task: str, stays: tuple[Stay, ...], exact: dict[str, dict[str, NDArray[np.float64]]]
) -> None:
    cases = cases_of(task, stays)
    labels = np.array([case.label for case in cases])
    best = np.array([exact[task][case.stay.name][case.hour - 1] for case in cases])
    weights = load(
        read_weights(shipped_weights(), task=task, preset="reference", role="tensorflow")
    )
    predictions = evaluation.window_scores(RECIPES[task].network, weights, cases)
    scores = predictions[:, samples.headline_output(task)]
    names = np.array([case.stay.name for case in cases])
    rows_of = {name: np.flatnonzero(names == name) for name in np.unique(names)}
    rng = np.random.default_rng(0)
    for metric in (auroc, auprc):
        gap = metric(labels, best) - metric(labels, scores)
        resampled = []
        for _ in range(RESAMPLES):
            picked = rng.choice(list(rows_of), size=len(rows_of))
            rows = np.concatenate([rows_of[name] for name in picked])
            resampled.append(metric(labels[rows], best[rows]) - metric(labels[rows], scores[rows]))
        assert gap - 2 * float(np.std(resampled)) < GOAL, (task, metric.__name__, gap)


def test_the_exact_predictor_is_calibrated(
    stays: tuple[Stay, ...], exact: dict[str, dict[str, NDArray[np.float64]]]
) -> None:
    """In each fifth of its forecasts of death the mean forecast is the share of deaths.

    About 340 stays a fifth, independent; |z| < 4, with the forecast's own variance.
    """
    cases = samples.mortality_cases(stays)
    labels = np.array([case.label for case in cases], dtype=np.float64)
    chances = np.array([exact["death"][case.stay.name][case.hour - 1] for case in cases])
    for fifth in np.array_split(np.argsort(chances), 5):
        expected = chances[fifth]
        error = (labels[fifth] - expected).sum()
        assert abs(error) < 4 * np.sqrt((expected * (1 - expected)).sum())


def test_files_of_the_cohort_are_read_as_any_other(tmp_path: Path) -> None:
    """The prevalence on disk is the one that was drawn; no path around the loader."""
    write_cohort(tmp_path, patients=50, seed=1, shares=SplitShares(val=0, test=1))
    cohort = Cohort.open(tmp_path)
    listed = [cohort.labels(stay).heart_failure for stay in cohort.stays("test")]
    text = (tmp_path / "phenotyping" / "test_listfile.csv").read_text()
    assert sum(map(bool, listed)) == sum(line.split(",")[10] == "1" for line in text.splitlines())

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.icu.benchmark import Cohort, patient_of
from edge_aibench.scenarios.icu.channels import CHANNEL_INDEX, CHANNELS, SERIES_HEADER
from edge_aibench.scenarios.icu.cohort import SplitShares, default_cohort, write_cohort
from edge_aibench.scenarios.icu.cohort.dynamics import default_dynamics
from edge_aibench.scenarios.icu.cohort.emissions import (
    COMA_PARTS,
    coma_score_table,
    default_emissions,
)
from edge_aibench.scenarios.icu.cohort.population import draw_population
from edge_aibench.scenarios.icu.cohort.writer import data_digest

PATIENTS = 60


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("cohort") / "new"
    write_cohort(root, patients=PATIENTS, seed=5, shares=SplitShares(val=0.2, test=0.3))
    return root


def test_the_layout_is_the_benchmarks(root: Path) -> None:
    for folder, header in (
        ("in-hospital-mortality", ["stay", "y_true"]),
        ("decompensation", ["stay", "period_length", "y_true"]),
    ):
        for split in ("train", "val", "test"):
            with (root / folder / f"{split}_listfile.csv").open(newline="") as text:
                rows = list(csv.reader(text))
            assert rows[0] == header
            series_folder = root / folder / ("test" if split == "test" else "train")
            assert all((series_folder / row[0]).is_file() for row in rows[1:])
    with (root / "phenotyping" / "test_listfile.csv").open(newline="") as text:
        rows = list(csv.reader(text))
    assert len(rows[0]) == 27
    assert rows[0][10] == "Congestive heart failure; nonhypertensive"
    assert all(len(row) == 27 for row in rows)
    with (root / "phenotyping" / "test" / rows[1][0]).open(newline="") as text:
        assert next(csv.reader(text)) == list(SERIES_HEADER)


def test_patients_are_divided_as_asked_and_disjoint(root: Path) -> None:
    cohort = Cohort.open(root)
    patients = {split: {patient_of(s) for s in cohort.stays(split)} for split in ("train", "val")}
    patients["test"] = {patient_of(stay) for stay in cohort.stays("test")}
    assert {split: len(found) for split, found in patients.items()} == {
        "train": 30,
        "val": 12,
        "test": 18,
    }
    assert len(set.union(*patients.values())) == PATIENTS


def test_labels_follow_the_benchmarks_rules(root: Path) -> None:
    cohort = Cohort.open(root)
    lengths = []
    for split in ("train", "val", "test"):
        for stay in cohort.stays(split):
            labels = cohort.labels(stay)
            hours = labels.decompensation_hours
            last_row = float(cohort.episode(stay).hours[-1])
            # Predictions at 5, 6, ... hours up to the end of the stay; death within 24 hours.
            assert hours.tolist() == list(range(5, 5 + len(hours)))
            end = hours[-1] if len(hours) else 4
            assert last_row <= end
            lengths.append(end)
            assert (labels.death is not None) == (end >= 48)
            positive = hours[labels.decompensation]
            assert set(positive) in ({*()}, {h for h in hours if h > end - 24})
            if len(positive):
                assert labels.death in (True, None)
    assert len(set(lengths)) > 10


def test_mortality_series_end_with_hour_48(root: Path) -> None:
    for path in (root / "in-hospital-mortality" / "train").iterdir():
        with path.open(newline="") as text:
            rows = list(csv.reader(text))
        assert float(rows[-1][0]) < 48
        with (root / "phenotyping" / "train" / path.name).open(newline="") as text:
            assert list(csv.reader(text))[: len(rows)] == rows


def test_the_same_seed_writes_the_same_bytes_and_another_does_not(
    root: Path, tmp_path: Path
) -> None:
    shares = SplitShares(val=0.2, test=0.3)
    write_cohort(tmp_path / "same", patients=PATIENTS, seed=5, shares=shares)
    write_cohort(tmp_path / "other", patients=PATIENTS, seed=6, shares=shares)
    assert data_digest(tmp_path / "same") == data_digest(root)
    assert data_digest(tmp_path / "other") != data_digest(root)


def test_coma_scale_totals_are_the_sum_of_their_parts(root: Path) -> None:
    cohort = Cohort.open(root)
    total = CHANNEL_INDEX["Glascow coma scale total"]
    seen = 0
    for stay in cohort.stays("train"):
        for row in cohort.episode(stay).values:
            if not np.isnan(row[total]):
                places = [int(row[CHANNEL_INDEX[name]]) for name in COMA_PARTS]
                parts = [
                    coma_score_table(name)[place]
                    for name, place in zip(COMA_PARTS, places, strict=True)
                ]
                assert int(CHANNELS[total].categories[int(row[total])]) == sum(parts)
                seen += 1
    assert seen > 50


def test_every_category_of_the_coma_scale_has_a_score() -> None:
    assert coma_score_table("Glascow coma scale eye opening").tolist() == [2, 3, 1, 4, 1, 3, 4, 2]
    for name in COMA_PARTS:
        assert not np.isnan(coma_score_table(name)).any()


def test_chances_are_distributions() -> None:
    dynamics = default_dynamics()
    assert np.allclose(dynamics.transition.sum(axis=1), 1)
    assert (dynamics.stay > 0).all()
    for emission in default_emissions():
        assert np.allclose(emission.chances.sum(axis=1), 1)
        assert (
            emission.reading_index(emission.readings) == np.arange(len(emission.readings))
        ).all()


def test_progress_is_told_and_ends_with_all(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    write_cohort(
        tmp_path / "new", patients=3, seed=1, progress=lambda done, of: told.append((done, of))
    )
    assert told[-1] == (3, 3)


def test_long_stays_can_be_asked_for(tmp_path: Path) -> None:
    write_cohort(
        tmp_path,
        patients=40,
        seed=1,
        shares=SplitShares(val=0, test=1),
        long_stay_share=0.75,
    )
    cohort = Cohort.open(tmp_path)
    stays = cohort.stays("test")
    long_stays = [s for s in stays if cohort.labels(s).decompensation_hours.max(initial=0) > 80]
    assert (len(stays), len(long_stays)) == (40, 30)


def test_the_default_cohort_is_written_once_and_has_long_stays(tmp_path: Path) -> None:
    first = default_cohort(tmp_path)
    stamp = (first / "cohort.json").stat().st_mtime_ns
    assert default_cohort(tmp_path) == first
    assert (first / "cohort.json").stat().st_mtime_ns == stamp
    assert [path.name for path in tmp_path.iterdir()] == [first.name]
    cohort = Cohort.open(first)
    stays = cohort.stays("test")
    long_stays = [s for s in stays if cohort.labels(s).decompensation_hours.max(initial=0) > 80]
    assert len(stays) == 200
    assert len(long_stays) >= 120


def test_selecting_stays_keeps_their_paths() -> None:
    population = draw_population(50, np.random.default_rng(3))
    chosen = population.select(np.array([7, 2]))
    starts = population.starts
    assert chosen.hours.tolist() == [population.hours[7], population.hours[2]]
    assert chosen.states[: chosen.hours[0]].tolist() == (
        population.states[starts[7] : starts[8]].tolist()
    )
    assert len(population.states) == population.hours.sum()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"patients": 0}, "patients"),
        ({"patients": 2, "shares": SplitShares(val=0.8, test=0.3)}, "shares"),
        ({"patients": 2, "long_stay_share": 1.5}, "long_stay_share"),
    ],
)
def test_impossible_cohorts_are_refused(
    tmp_path: Path, arguments: dict[str, object], named: str
) -> None:
    with pytest.raises(ConfigError, match=named):
        write_cohort(tmp_path, seed=1, **arguments)  # type: ignore[arg-type]


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ConfigError, match="new or empty folder"):
        write_cohort(tmp_path, patients=1, seed=1)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]

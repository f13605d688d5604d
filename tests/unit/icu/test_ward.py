"""Beds and their patients, over a few stays written to disk in the benchmark's layout."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.icu.benchmark import Cohort
from edge_aibench.scenarios.icu.channels import CHANNEL_COUNT, CHANNELS
from edge_aibench.scenarios.icu.ward import Ward

WINDOW = 48
HEART_RATE = next(i for i, channel in enumerate(CHANNELS) if channel.name == "Heart Rate")
MakeCohort = Callable[[Mapping[str, int]], Cohort]


@pytest.fixture
def make_cohort(tmp_path: Path) -> MakeCohort:
    """Write stays of so many hours; the heart rate in hour h of stay k is 1000 k + h."""

    def make(hours_of: Mapping[str, int]) -> Cohort:
        folder = tmp_path / "decompensation"
        (folder / "test").mkdir(parents=True)
        for number, (stay, hours) in enumerate(hours_of.items(), 1):
            with (folder / "test" / f"{stay}_timeseries.csv").open("w", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(["Hours", *(channel.name for channel in CHANNELS)])
                for hour in range(hours):
                    cells = [""] * CHANNEL_COUNT
                    cells[HEART_RATE] = str(1000 * number + hour)
                    # Charted in the middle of its hour.
                    writer.writerow([f"{hour + 0.5:.6f}", *cells])
        with (folder / "test_listfile.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["stay", "period_length", "y_true"])
            writer.writerows([f"{stay}_timeseries.csv", "5.0", "0"] for stay in hours_of)
        return Cohort.open(tmp_path)

    return make


def _stays(*hours: int) -> dict[str, int]:
    return {f"{100 + number}_episode1": count for number, count in enumerate(hours)}


def test_an_observation_is_the_row_of_its_hour_as_it_was_charted(make_cohort: MakeCohort) -> None:
    ward = Ward(make_cohort(_stays(50)), beds=1, observations=5, seed=1)
    seen = [ward.observation(0, sequence) for sequence in range(5)]
    for observation in seen:
        assert observation.values.shape == (CHANNEL_COUNT,)
        assert observation.values[HEART_RATE] == 1000 + observation.hour
        # What was not charted stays unknown: nothing is filled in for the network to carry.
        others = np.delete(observation.values, HEART_RATE)
        assert np.isnan(others).all()


def test_the_first_observation_completes_a_full_window(make_cohort: MakeCohort) -> None:
    cohort = make_cohort(_stays(60, 70, 90))
    for seed in range(5):
        ward = Ward(cohort, beds=3, observations=30, seed=seed)
        for bed in range(3):
            for admission in ward.admissions(bed):
                assert WINDOW <= admission.first_hour < len(admission.rows)


def test_hours_follow_each_other_and_the_next_patient_takes_the_bed(
    make_cohort: MakeCohort,
) -> None:
    ward = Ward(make_cohort(_stays(50, 52)), beds=2, observations=12, seed=3)
    for bed in range(2):
        seen = [ward.at(bed, sequence) for sequence in range(12)]
        assert seen[0][0].number == 0
        for (before, hour), (after, next_hour) in pairwise(seen):
            if hour < len(before.rows) - 1:
                assert (after.number, next_hour) == (before.number, hour + 1)
            else:
                assert (after.number, next_hour) == (before.number + 1, after.first_hour)


def test_only_the_first_patient_is_met_in_the_middle(make_cohort: MakeCohort) -> None:
    ward = Ward(make_cohort(_stays(50, 50, 50)), beds=1, observations=6, seed=1)
    first, *later = ward.admissions(0)
    assert later
    assert all(admission.first_hour == WINDOW for admission in later)
    assert all(admission.watched == 2 for admission in later)
    assert first.watched == 50 - first.first_hour


def test_a_bed_is_filled_for_as_long_as_it_is_observed(make_cohort: MakeCohort) -> None:
    ward = Ward(make_cohort(_stays(49)), beds=1, observations=4, seed=1)
    # A stay of 49 hours gives one observation: four patients, the same stay each time.
    assert [admission.number for admission in ward.admissions(0)] == [0, 1, 2, 3]
    with pytest.raises(IndexError, match="bed 0"):
        ward.at(0, 4)


def test_short_stays_are_left_out(make_cohort: MakeCohort) -> None:
    # 48 hours fill the window and leave nothing to observe.
    ward = Ward(make_cohort(_stays(48, 49, 20)), beds=2, observations=3, seed=1)
    lying = {admission.stay for bed in range(2) for admission in ward.admissions(bed)}
    assert lying == {"101_episode1"}


def test_a_cohort_without_long_stays_is_refused(make_cohort: MakeCohort) -> None:
    with pytest.raises(ConfigError, match="more than 48 hours") as caught:
        Ward(make_cohort(_stays(48, 12)), beds=1, observations=1, seed=1)
    assert caught.value.next_step is not None


def test_beds_begin_with_different_patients(make_cohort: MakeCohort) -> None:
    ward = Ward(make_cohort(_stays(60, 60, 60, 60)), beds=4, observations=1, seed=1)
    assert len({ward.admissions(bed)[0].stay for bed in range(4)}) == 4


def test_the_seed_alone_decides_who_lies_where(make_cohort: MakeCohort) -> None:
    cohort = make_cohort(_stays(*range(55, 75)))

    def told(ward: Ward, beds: int, observations: int) -> list[tuple[str, int]]:
        return [
            (ward.at(bed, sequence)[0].stay, ward.at(bed, sequence)[1])
            for bed in range(beds)
            for sequence in range(observations)
        ]

    first = told(Ward(cohort, beds=3, observations=10, seed=7), 3, 10)
    again = told(Ward(cohort, beds=3, observations=10, seed=7), 3, 10)
    other = told(Ward(cohort, beds=3, observations=10, seed=8), 3, 10)
    assert first == again
    assert first != other
    # Nodes that know of fewer beds or a shorter run see the same patients.
    assert told(Ward(cohort, beds=2, observations=10, seed=7), 2, 10) == first[:20]
    shorter = told(Ward(cohort, beds=3, observations=4, seed=7), 3, 4)
    assert shorter == [first[10 * bed + sequence] for bed in range(3) for sequence in range(4)]

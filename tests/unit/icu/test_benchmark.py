from __future__ import annotations

from pathlib import Path

import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.icu import channels as ch
from edge_aibench.scenarios.icu.benchmark import Cohort
from edge_aibench.scenarios.icu.phenotypes import HEART_FAILURE, PHENOTYPES

SERIES = "{}_episode1_timeseries.csv"


def write_text(path: Path, *lines: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def phenotype_row(patient: int, *, heart_failure: bool) -> str:
    labels = ["1" if name == HEART_FAILURE and heart_failure else "0" for name in PHENOTYPES]
    return ",".join([SERIES.format(patient), "60.000000", *labels])


@pytest.fixture
def data_root(tmp_path: Path) -> Path:
    """One patient to train, one to validate, two to test, written by hand."""
    for folder, header, row in (
        ("in-hospital-mortality", "stay,y_true", "{},1"),
        ("decompensation", "stay,period_length,y_true", "{0},6.000000,1\n{0},5.000000,0"),
    ):
        for split, patients in (("train", [1]), ("val", [2]), ("test", [3])):
            rows = [row.format(SERIES.format(patient)) for patient in patients]
            write_text(tmp_path / folder / f"{split}_listfile.csv", header, *rows)
    header = ",".join(["stay", "period_length", *PHENOTYPES])
    for split, patients in (("train", [1]), ("val", [2]), ("test", [3, 4])):
        rows = [phenotype_row(patient, heart_failure=patient == 4) for patient in patients]
        write_text(tmp_path / "phenotyping" / f"{split}_listfile.csv", header, *rows)
    for patient, folder in ((1, "train"), (2, "train"), (3, "test"), (4, "test")):
        cells = ["0.5", *("86" if c.name == "Heart Rate" else "" for c in ch.CHANNELS)]
        write_text(
            tmp_path / "phenotyping" / folder / SERIES.format(patient),
            ",".join(ch.SERIES_HEADER),
            ",".join(cells),
        )
    return tmp_path


def test_stays_and_labels_of_three_tasks_are_joined(data_root: Path) -> None:
    cohort = Cohort.open(data_root)
    assert cohort.stays("train") == ("1_episode1",)
    assert cohort.stays("val") == ("2_episode1",)
    assert cohort.stays("test") == ("3_episode1", "4_episode1")
    labels = cohort.labels("3_episode1")
    assert (labels.death, labels.heart_failure) == (True, False)
    assert labels.decompensation_hours.tolist() == [5.0, 6.0]
    assert labels.decompensation.tolist() == [False, True]
    assert labels.decompensation_at(6.0) is True
    assert labels.decompensation_at(7.0) is None


def test_a_stay_of_one_task_only_has_no_other_labels(data_root: Path) -> None:
    labels = Cohort.open(data_root).labels("4_episode1")
    assert labels.death is None
    assert labels.heart_failure is True
    assert len(labels.decompensation_hours) == 0


def test_series_of_validation_stays_lie_in_the_train_folder(data_root: Path) -> None:
    cohort = Cohort.open(data_root)
    for split in ("train", "val", "test"):
        for stay in cohort.stays(split):
            assert cohort.episode(stay).hours.tolist() == [0.5]


def test_the_folder_above_data_is_accepted(
    data_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    above = tmp_path_factory.mktemp("above")
    (above / "data").symlink_to(data_root)
    assert Cohort.open(above).stays("val") == ("2_episode1",)


def test_a_folder_without_tasks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="in-hospital-mortality"):
        Cohort.open(tmp_path)


def test_unknown_splits_and_stays_are_refused_with_the_nearest(data_root: Path) -> None:
    cohort = Cohort.open(data_root)
    with pytest.raises(ConfigError, match="did you mean test"):
        cohort.stays("tests")
    with pytest.raises(ConfigError, match="3_episode1"):
        cohort.labels("3_episode")


def test_a_patient_in_two_splits_is_refused(data_root: Path) -> None:
    write_text(
        data_root / "in-hospital-mortality" / "val_listfile.csv",
        "stay,y_true",
        "3_episode2_timeseries.csv,0",
    )
    with pytest.raises(ConfigError, match="one split only"):
        Cohort.open(data_root)


def test_a_stay_in_two_splits_is_refused(data_root: Path) -> None:
    write_text(
        data_root / "in-hospital-mortality" / "val_listfile.csv",
        "stay,y_true",
        f"{SERIES.format(3)},0",
    )
    with pytest.raises(ConfigError, match="one split only"):
        Cohort.open(data_root)


@pytest.mark.parametrize("series", ["../3_episode1_timeseries.csv", "3_episode1.csv", "notes"])
def test_a_listed_name_that_is_no_series_is_refused(data_root: Path, series: str) -> None:
    write_text(
        data_root / "in-hospital-mortality" / "val_listfile.csv", "stay,y_true", f"{series},0"
    )
    with pytest.raises(ConfigError, match="must hold names such as"):
        Cohort.open(data_root)


def test_a_phenotyping_list_without_heart_failure_is_refused(data_root: Path) -> None:
    write_text(
        data_root / "phenotyping" / "val_listfile.csv",
        "stay,period_length,Shock",
        f"{SERIES.format(2)},60,0",
    )
    with pytest.raises(ConfigError, match="Congestive heart failure"):
        Cohort.open(data_root)

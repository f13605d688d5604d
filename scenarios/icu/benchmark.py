"""A cohort on disk in the benchmark's layout: which stays there are and what became of them.

    <data root>/<task>/{train,test}/<subject>_episode<k>_timeseries.csv
    <data root>/<task>/{train,val,test}_listfile.csv

Validation stays lie in the `train` folder; only the list files tell them apart.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edge_aibench.errors import ConfigError, unknown_name
from edge_aibench.scenarios.icu.episodes import Episode, ListEntry, read_episode, read_listfile
from edge_aibench.scenarios.icu.phenotypes import HEART_FAILURE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

SPLITS = ("train", "val", "test")
MORTALITY_FOLDER = "in-hospital-mortality"
DECOMPENSATION_FOLDER = "decompensation"
PHENOTYPING_FOLDER = "phenotyping"

# Whole stays first: the mortality folder holds only the first 48 hours of each.
_FOLDERS = (PHENOTYPING_FOLDER, DECOMPENSATION_FOLDER, MORTALITY_FOLDER)
_SERIES_SUFFIX = "_timeseries.csv"


@dataclass(frozen=True, kw_only=True)
class StayLabels:
    """What is known of one stay; None where the stay is not part of that task.

    *phenotypes* follow the label columns of the phenotyping list file. The hourly
    decompensation labels are two arrays of the same length: the hour of the prediction
    (float64, hours since admission) and whether the patient died within the next 24 (bool).
    """

    death: bool | None
    heart_failure: bool | None
    phenotypes: tuple[bool, ...] | None
    decompensation_hours: NDArray[np.float64]
    decompensation: NDArray[np.bool_]

    def decompensation_at(self, hour: float) -> bool | None:
        """The label of the prediction made at *hour*, None where the task has none."""
        found = np.flatnonzero(np.abs(self.decompensation_hours - hour) < 1e-6)
        return bool(self.decompensation[found[0]]) if len(found) else None


class _StayRecord:
    """What the list files say of one stay, gathered while they are read."""

    def __init__(self, *, split: str, series: Path) -> None:
        self.split = split
        self.series = series
        self.death: bool | None = None
        self.heart_failure: bool | None = None
        self.phenotypes: tuple[bool, ...] | None = None
        self.hours = array("d")
        self.decompensation = array("b")

    def add(self, folder: str, entry: ListEntry, names: tuple[str, ...]) -> None:
        if folder == MORTALITY_FOLDER:
            self.death = entry.labels[0]
        elif folder == DECOMPENSATION_FOLDER:
            self.hours.append(entry.period_hours or 0.0)
            self.decompensation.append(entry.labels[0])
        else:
            self.phenotypes = entry.labels
            self.heart_failure = entry.labels[names.index(HEART_FAILURE)]


class Cohort:
    """The stays of a benchmark folder; `open` one."""

    def __init__(self, root: Path, records: Mapping[str, _StayRecord]) -> None:
        self._root = root
        self._records = records

    @classmethod
    def open(cls, data_root: Path) -> Cohort:
        """Read the list files of *data_root*, or of its subfolder `data`.

        Raises ConfigError if there is none, if one is malformed, or if a patient appears in
        more than one split: results on such a split would be too good.
        """
        root = next((r for r in (data_root, data_root / "data") if _has_task(r)), None)
        if root is None:
            raise ConfigError(
                f"must hold a folder {', '.join(_FOLDERS[:-1])} or {_FOLDERS[-1]} with list files",
                where=str(data_root),
                next_step="give the folder that the mimic3-benchmarks scripts call `data`, "
                "or leave the option out to use a generated cohort",
            )
        records: dict[str, _StayRecord] = {}
        for folder in _FOLDERS:
            for split in SPLITS:
                _add_listfile(records, root / folder, split)
        _check_patient_disjoint(records, root)
        return cls(root, records)

    @property
    def root(self) -> Path:
        """The folder that holds the task folders."""
        return self._root

    def stays(self, split: str) -> tuple[str, ...]:
        """The stays of `train`, `val` or `test`, each `<subject>_episode<k>`, in file order."""
        if split not in SPLITS:
            raise unknown_name("split", split, SPLITS, where="Cohort.stays")
        return tuple(stay for stay, record in self._records.items() if record.split == split)

    def episode(self, stay: str) -> Episode:
        """Read the longest series there is of *stay*; raises as `read_episode`."""
        return read_episode(self._record(stay).series)

    def labels(self, stay: str) -> StayLabels:
        """What the list files say of *stay*, hours in ascending order."""
        record = self._record(stay)
        hours = np.array(record.hours, dtype=np.float64)
        order = np.argsort(hours, kind="stable")
        return StayLabels(
            death=record.death,
            heart_failure=record.heart_failure,
            phenotypes=record.phenotypes,
            decompensation_hours=hours[order],
            decompensation=np.array(record.decompensation, dtype=np.bool_)[order],
        )

    def _record(self, stay: str) -> _StayRecord:
        record = self._records.get(stay)
        if record is None:
            raise unknown_name("stay", stay, self._records, where=str(self._root))
        return record


def _has_task(root: Path) -> bool:
    return any(_listfile(root / folder, "test").is_file() for folder in _FOLDERS)


def _listfile(folder: Path, split: str) -> Path:
    return folder / f"{split}_listfile.csv"


def _add_listfile(records: dict[str, _StayRecord], folder: Path, split: str) -> None:
    path = _listfile(folder, split)
    if not path.is_file():
        return
    names, entries = read_listfile(path)
    if folder.name == PHENOTYPING_FOLDER and HEART_FAILURE not in names:
        raise ConfigError("the header must name the label", where=f"{path}:1", key=HEART_FAILURE)
    series_folder = folder / ("test" if split == "test" else "train")
    for entry in entries:
        stay = _stay_name(entry.series, path)
        record = records.get(stay)
        if record is None:
            record = _StayRecord(split=split, series=series_folder / entry.series)
            records[stay] = record
        elif record.split != split:
            raise ConfigError(
                f"a stay must be in one split only, and this one is in {record.split} too",
                where=str(path),
                value=stay,
            )
        record.add(folder.name, entry, names)


def _stay_name(series: str, path: Path) -> str:
    stay = series.removesuffix(_SERIES_SUFFIX)
    if stay == series or "/" in stay or "_episode" not in stay:
        raise ConfigError(
            f"the stay column must hold names such as 123_episode1{_SERIES_SUFFIX}",
            where=str(path),
            value=series,
        )
    return stay


def _check_patient_disjoint(records: Mapping[str, _StayRecord], root: Path) -> None:
    split_of: dict[str, str] = {}
    for stay, record in records.items():
        patient = patient_of(stay)
        if split_of.setdefault(patient, record.split) != record.split:
            raise ConfigError(
                f"a patient must be in one split only, and this one is in {split_of[patient]} "
                f"and {record.split}",
                where=str(root),
                value=patient,
                next_step="split by patient, as the mimic3-benchmarks scripts do",
            )


def patient_of(stay: str) -> str:
    """The patient's number in a stay's name."""
    return stay.partition("_")[0]

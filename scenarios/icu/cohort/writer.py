"""Writing simulated stays in the benchmark's layout."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_aibench.errors import ConfigError
from edge_aibench.rng import stream
from edge_aibench.scenarios.icu.benchmark import (
    DECOMPENSATION_FOLDER,
    MORTALITY_FOLDER,
    PHENOTYPING_FOLDER,
    SPLITS,
)
from edge_aibench.scenarios.icu.channels import SERIES_HEADER
from edge_aibench.scenarios.icu.cohort.charting import Chart, chart
from edge_aibench.scenarios.icu.cohort.population import Population, draw_population
from edge_aibench.scenarios.icu.phenotypes import PHENOTYPES
from edge_aibench.scenarios.icu.window import WINDOW_HOURS

if TYPE_CHECKING:
    pass

Progress = Callable[[int, int], None]
"""Told how many stays are written, of how many."""

LONG_STAY_HOURS: Final = 80

# A prediction needs more than four hours of history and looks 24 hours ahead.
_FIRST_PREDICTION_HOUR: Final = 5
_HORIZON_HOURS: Final = 24

# Stays are drawn in batches with streams of their own, which bounds memory and keeps the first
# batches of a larger cohort equal to those of a smaller one.
_BATCH: Final = 500
_GENERATING: Final = frozenset(
    {"charting.py", "conditions.py", "dynamics.py", "emissions.py", "population.py", "writer.py"}
)
_FIRST_PATIENT: Final = 10_001


@dataclass(frozen=True, kw_only=True)
class SplitShares:
    """How a cohort is divided, by patient; the rest is for training."""

    val: float = 0.15
    test: float = 0.15


def write_cohort(
    root: Path,
    *,
    patients: int,
    seed: int,
    shares: SplitShares | None = None,
    long_stay_share: float | None = None,
    progress: Progress | None = None,
) -> None:
    """Write *patients* simulated stays, one a patient, under *root*, a new or empty folder.

    With *long_stay_share*, that share of the stays is drawn among those of more than 80 hours
    and the others among the rest, which moves the prevalences; by default stays are drawn as
    they come (about a third is that long). The same arguments write the same bytes.

    Raises ConfigError if *root* holds something already or a number is out of range.
    """
    shares = shares or SplitShares()
    _check_arguments(root, patients, shares, long_stay_share)
    files = _CohortFiles(root)
    counts = _split_counts(patients, shares)
    written = 0
    for batch, first in enumerate(range(0, patients, _BATCH)):
        size = min(_BATCH, patients - first)
        population = _draw_batch(size, seed, batch, long_stay_share)
        table = chart(population, stream(seed, f"cohort/{batch}/chart"))
        for stay in range(size):
            split = _split_of(first + stay, counts)
            files.add(population, table, stay=stay, patient=_FIRST_PATIENT + first + stay, to=split)
            written += 1
        if progress is not None:
            progress(written, patients)
    files.close()
    description = {
        "generator": generator_digest(),
        "patients": patients,
        "seed": seed,
        "long_stay_share": long_stay_share,
        "val_share": shares.val,
        "test_share": shares.test,
    }
    (root / "cohort.json").write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")


def default_cohort(cache_dir: Path) -> Path:
    """Give the folder of the small default cohort, written on first use.

    240 stays: 20 to train, 20 to validate, 200 to test, of which 65 % are longer than 80 hours
    so that a run has patients enough for a long time. The folder's name holds the generator's
    digest; it appears complete or not at all.
    """
    shares = SplitShares(val=20 / 240, test=200 / 240)
    return _write_once(
        cache_dir / f"icu-cohort-{generator_digest()[:16]}",
        partial(write_cohort, patients=240, seed=2019, shares=shares, long_stay_share=0.65),
    )


def cached_cohort(
    cache_dir: Path, *, patients: int, seed: int, progress: Progress | None = None
) -> Path:
    """Give the folder of a cohort as `write_cohort` draws it by default, written on first use."""
    return _write_once(
        cache_dir / f"icu-cohort-{generator_digest()[:16]}-{patients}-{seed}",
        partial(write_cohort, patients=patients, seed=seed, progress=progress),
    )


def _write_once(target: Path, write: Callable[[Path], None]) -> Path:
    """Have *target* written under another name first, so that it is whole or not there."""
    if target.is_dir():
        return target
    cache_dir = target.parent
    cache_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache_dir, prefix=".icu-cohort-") as scratch:
        fresh = Path(scratch) / "cohort"
        write(fresh)
        try:
            fresh.rename(target)
        except OSError:
            # Another process has finished the same bytes in the meantime.
            if not target.is_dir():
                raise
    return target


def generator_digest() -> str:
    """The sha256 of the sources that decide what is written."""
    digest = hashlib.sha256()
    package = resources.files("edge_aibench.scenarios.icu")
    sources = [package / "channels.py", package / "phenotypes.py"]
    cohort = resources.files(__package__)
    sources += sorted(
        (entry for entry in cohort.iterdir() if entry.name in _GENERATING),
        key=lambda entry: entry.name,
    )
    for source in sources:
        digest.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    return digest.hexdigest()


def data_digest(root: Path) -> str:
    """The sha256 over names and contents of all CSV files under *root*."""
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.csv")):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(root).as_posix()} {content}\n".encode())
    return digest.hexdigest()


class _CohortFiles:
    """The growing folder: series are written at once, list files at the end."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lists: dict[tuple[str, str], list[list[str]]] = {
            (folder, split): []
            for folder in (MORTALITY_FOLDER, DECOMPENSATION_FOLDER, PHENOTYPING_FOLDER)
            for split in SPLITS
        }
        for folder, split in self._lists:
            (root / folder / _series_folder(split)).mkdir(parents=True, exist_ok=True)

    def add(
        self, population: Population, table: Chart, *, stay: int, patient: int, to: str
    ) -> None:
        rows = _series_rows(table, population.starts[stay], population.starts[stay + 1])
        if not rows:
            # As in the benchmark: a stay with nothing charted is left out.
            return
        series = f"{patient}_episode1_timeseries.csv"
        hours = int(population.hours[stay])
        died_in_unit = bool(population.died_in_unit[stay])
        whole = self._root / PHENOTYPING_FOLDER / _series_folder(to) / series
        _write_rows(whole, SERIES_HEADER, rows)
        _link(whole, self._root / DECOMPENSATION_FOLDER / _series_folder(to) / series)
        labels = [str(int(label)) for label in population.phenotypes[stay]]
        self._lists[PHENOTYPING_FOLDER, to].append([series, f"{hours:.6f}", *labels])
        for hour in range(_FIRST_PREDICTION_HOUR, hours + 1):
            label = died_in_unit and hours - hour < _HORIZON_HOURS
            self._lists[DECOMPENSATION_FOLDER, to].append([series, f"{hour:.6f}", str(int(label))])
        if hours >= WINDOW_HOURS:
            first = [row for row in rows if float(row[0]) < WINDOW_HOURS]
            if first:
                path = self._root / MORTALITY_FOLDER / _series_folder(to) / series
                _write_rows(path, SERIES_HEADER, first)
                label = bool(population.died_in_hospital[stay])
                self._lists[MORTALITY_FOLDER, to].append([series, str(int(label))])

    def close(self) -> None:
        headers = {
            MORTALITY_FOLDER: ("stay", "y_true"),
            DECOMPENSATION_FOLDER: ("stay", "period_length", "y_true"),
            PHENOTYPING_FOLDER: ("stay", "period_length", *PHENOTYPES),
        }
        for (folder, split), rows in self._lists.items():
            _write_rows(self._root / folder / f"{split}_listfile.csv", headers[folder], rows)


def _check_arguments(
    root: Path, patients: int, shares: SplitShares, long_stay_share: float | None
) -> None:
    if root.exists() and any(root.iterdir()):
        raise ConfigError(
            "must be a new or empty folder",
            where=str(root),
            next_step="remove it or give another folder",
        )
    if patients < 1:
        raise ConfigError(
            "must be at least 1", where="write_cohort", key="patients", value=patients
        )
    if min(shares.val, shares.test) < 0 or shares.val + shares.test > 1:
        raise ConfigError(
            "must be shares of the patients that sum to at most 1",
            where="write_cohort",
            key="shares",
            value=shares,
        )
    if long_stay_share is not None and not 0 <= long_stay_share <= 1:
        raise ConfigError(
            "must lie between 0 and 1",
            where="write_cohort",
            key="long_stay_share",
            value=long_stay_share,
        )


def _split_counts(patients: int, shares: SplitShares) -> tuple[int, int]:
    return round(patients * shares.val), round(patients * shares.test)


def _split_of(index: int, counts: tuple[int, int]) -> str:
    """Patients are exchangeable, so the first ones may as well be the test patients."""
    val, test = counts
    if index < test:
        return "test"
    return "val" if index < test + val else "train"


def _draw_batch(size: int, seed: int, batch: int, long_stay_share: float | None) -> Population:
    if long_stay_share is None:
        return draw_population(size, stream(seed, f"cohort/{batch}/patients"))
    rng = stream(seed, f"cohort/{batch}/patients")
    long_stays = round(size * long_stay_share)
    # A fifth of all stays or more is on either side of the limit, so that twenty times as many
    # as are needed hold enough of both.
    pool = draw_population(20 * size, rng)
    is_long = pool.hours > LONG_STAY_HOURS
    chosen = np.concatenate(
        (np.flatnonzero(is_long)[:long_stays], np.flatnonzero(~is_long)[: size - long_stays])
    )
    return pool.select(rng.permutation(chosen))


def _series_folder(split: str) -> str:
    return "test" if split == "test" else "train"


def _series_rows(table: Chart, start: np.intp, stop: np.intp) -> list[list[str]]:
    rows: list[list[str]] = []
    for hour in range(int(start), int(stop)):
        for part in (0, 1):
            texts: list[str] = table.texts[part][hour].tolist()
            if any(texts):
                rows.append([f"{table.hours[hour, part]:.4f}", *texts])
    return rows


def _write_rows(path: Path, header: tuple[str, ...], rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _link(existing: Path, new: Path) -> None:
    """Let two names share one file where the file system can, for a third of the space."""
    try:
        os.link(existing, new)
    except OSError:
        shutil.copyfile(existing, new)

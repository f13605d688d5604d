"""Data of NumPy arrays: generated, read back, and what is wrong with a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.tasks.array_data import ArrayData
from edge_aibench.tasks.component import TEST, TRAIN


def ramps(rng: np.random.Generator, count: int) -> tuple[Any, Any]:
    """Rows that rise by their label."""
    labels = rng.integers(0, 10, count)
    return labels[:, np.newaxis] * np.arange(3), labels


DATA = ArrayData(shape=(3,), make=ramps, counts={"train": 40, "val": 8, "test": 20})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    DATA.write(folder, seed=7, scale=1)
    return folder


def test_what_is_written_is_read(root: Path) -> None:
    samples = DATA.open(root, split=TRAIN)
    assert len(samples) == 40
    for number in range(40):
        sample = samples[number]
        assert sample.raw.dtype == np.float32
        assert sample.raw.tolist() == [0, sample.label, 2 * sample.label]
    assert samples[3].name == "train-3"
    assert len({samples[number].label for number in range(40)}) > 1


def test_a_seed_writes_the_same_bytes_and_splits_differ(root: Path, tmp_path: Path) -> None:
    DATA.write(tmp_path / "again", seed=7, scale=1)
    DATA.write(tmp_path / "other", seed=8, scale=1)
    for path in sorted(root.iterdir()):
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()
    labels = [np.load(folder / "train-labels.npy") for folder in (root, tmp_path / "other")]
    assert labels[0].tolist() != labels[1].tolist()
    assert labels[0][:20].tolist() != np.load(root / "test-labels.npy").tolist()


def test_scale_shrinks_every_split_to_a_few_at_least(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    DATA.write(tmp_path, seed=1, scale=0.5, progress=lambda done, all_: told.append((done, all_)))
    assert [len(DATA.open(tmp_path, split=s)) for s in ("train", "val", "test")] == [20, 4, 10]
    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("scale", [0, -1, 101])
def test_a_scale_out_of_range_is_refused(tmp_path: Path, scale: float) -> None:
    with pytest.raises(ConfigError, match="scale: must be above 0"):
        DATA.write(tmp_path, seed=1, scale=scale)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("samples", None, "must be an array that numpy.save wrote (found 'No such file"),
        ("labels", None, "must be an array that numpy.save wrote (found 'No such file"),
        ("samples", b"", "must be an array that numpy.save wrote"),
        ("samples", b"PK\x03\x04 is a zip", "must be an array that numpy.save wrote"),
        ("samples", np.zeros((20, 4)), "must hold floating point numbers of shape (n, 3)"),
        ("samples", np.zeros((20, 3), np.int64), "must hold floating point numbers"),
        ("samples", np.float64(1), "must hold floating point numbers of shape (n, 3)"),
        ("samples", np.zeros((19, 3)), "labels.npy: must hold a number for each of 19 samples"),
        ("labels", np.array(["a"] * 20), "must hold a number for each of 20 samples"),
        ("labels", np.zeros((20, 1)), "must hold a number for each of 20 samples"),
        ("labels", np.array([None] * 20), "must be an array that numpy.save wrote"),
    ],
)
def test_what_is_wrong_with_a_folder_is_told(
    root: Path, name: str, content: Any, message: str
) -> None:
    path = root / f"test-{name}.npy"
    if content is None:
        path.unlink()
    elif isinstance(content, bytes):
        path.write_bytes(content)
    else:
        np.save(path, content)
    with pytest.raises(ConfigError) as caught:
        DATA.open(root, split=TEST)
    assert message in str(caught.value)
    assert str(root) in caught.value.where


def test_an_array_cut_short_is_told(root: Path) -> None:
    path = root / "test-samples.npy"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ConfigError, match=r"test-samples\.npy: must be an array"):
        DATA.open(root, split=TEST)


def test_a_split_without_samples_is_refused(root: Path) -> None:
    np.save(root / "test-samples.npy", np.zeros((0, 3)))
    np.save(root / "test-labels.npy", np.zeros(0))
    with pytest.raises(ConfigError, match="at least one sample"):
        DATA.open(root, split=TEST)

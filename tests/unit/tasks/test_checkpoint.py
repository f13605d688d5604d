from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_aibench.errors import ConfigError
from edge_aibench.tasks.checkpoint import (
    Checkpoint,
    check_same_training,
    load_checkpoint,
    save_checkpoint,
)


def test_arrays_and_description_come_back(tmp_path: Path) -> None:
    path = tmp_path / "state.npz"
    arrays: dict[str, NDArray[Any]] = {
        "a/b": np.arange(6, dtype=np.float32).reshape(2, 3),
        "c": np.array(7, dtype=np.int64),
    }
    save_checkpoint(path, Checkpoint(arrays=arrays, description={"epoch": 3, "task": "death"}))
    stored = load_checkpoint(path)
    assert stored.description == {"epoch": 3, "task": "death"}
    assert set(stored.arrays) == {"a/b", "c"}
    for name, array in arrays.items():
        assert stored.arrays[name].dtype == array.dtype
        assert np.array_equal(stored.arrays[name], array)
    assert [entry.name for entry in tmp_path.iterdir()] == ["state.npz"]


@pytest.mark.parametrize("keep", [0, 40, -30])
def test_a_damaged_file_is_refused(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "state.npz"
    save_checkpoint(path, Checkpoint(arrays={"a": np.zeros(100)}, description={}))
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ConfigError, match="undamaged checkpoint"):
        load_checkpoint(path)


def test_pickled_objects_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.npz"
    np.savez(path, description=np.array([{"code": "any"}], dtype=object))
    with pytest.raises(ConfigError, match="undamaged checkpoint"):
        load_checkpoint(path)


def test_a_checkpoint_of_another_training_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.npz"
    check_same_training(
        path, {"task": "death", "seed": 1, "epoch": 4}, {"task": "death", "seed": 1}
    )
    with pytest.raises(ConfigError, match="seed 1 instead of 2"):
        check_same_training(path, {"task": "death", "seed": 1}, {"task": "death", "seed": 2})

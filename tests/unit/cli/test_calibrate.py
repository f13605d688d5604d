"""`calibrate` and `validate` with what cannot work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., Any]


def test_calibrating_needs_runs(call: Call, tmp_path: Path) -> None:
    ending = call("calibrate", "--out", str(tmp_path / "c.json"))
    assert ending.code == 2
    assert "--from" in ending.err
    assert not (tmp_path / "c.json").exists()


def test_a_folder_that_is_no_run_is_named(call: Call, tmp_path: Path) -> None:
    ending = call("calibrate", "--from", str(tmp_path), "--out", str(tmp_path / "c.json"))
    assert ending.code == 2
    assert str(tmp_path) in ending.err


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--calibrate-at", "much"), "--calibrate-at: must be numbers"),
        (("--calibrate-at", "0.2,1.5"), "--calibrate-at: must be a share"),
        (("--calibrate-at", "0.2", "--predict-at", "0.2"), "--predict-at: must not be calibrated"),
    ],
)
def test_loads_that_cannot_be_are_refused_before_anything_runs(
    call: Call, tmp_path: Path, words: tuple[str, ...], complaint: str
) -> None:
    ending = call("validate", "icu", *words, "--out", str(tmp_path / "runs"))
    assert ending.code == 2
    assert complaint in ending.err
    assert not (tmp_path / "runs").exists()


def test_a_folder_without_cells_cannot_be_judged_again(call: Call, tmp_path: Path) -> None:
    ending = call("validate", "icu", "--again", str(tmp_path))
    assert ending.code == 2
    assert "cells.json" in ending.err
    (tmp_path / "cells.json").write_text("{}")
    ending = call("validate", "icu", "--again", str(tmp_path))
    assert ending.code == 2
    assert "is no list of cells" in ending.err

"""`calibrate` and `validate` with what cannot work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edge_aibench.emulate import preflight

Call = Callable[..., Any]


def test_calibrating_needs_runs(call: Call, tmp_path: Path) -> None:
    ending = call("calibrate", "--out", str(tmp_path / "c.json"))
    assert ending.code == 2
    assert "--from" in ending.err
    assert "name a scenario" in ending.err
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


def test_a_scenario_and_runs_exclude_each_other(call: Call, tmp_path: Path) -> None:
    out = tmp_path / "c.json"
    ending = call("calibrate", "icu", "--from", str(tmp_path), "--out", str(out))
    assert ending.code == 2
    assert "--from: excludes a scenario" in ending.err


def test_an_unknown_scenario_is_named(call: Call, tmp_path: Path) -> None:
    ending = call("calibrate", "icy", "--out", str(tmp_path / "c.json"))
    assert ending.code == 2
    assert "did you mean icu" in ending.err


@pytest.mark.parametrize("words", [("icu",), ("--from", "nowhere")])
@pytest.mark.parametrize(
    ("out", "code", "complaint"),
    [(".", 2, "is a folder"), ("missing/c.json", 3, "cannot write")],
)
def test_a_file_that_cannot_be_written_is_told_before_anything_is_measured(
    call: Call, tmp_path: Path, words: tuple[str, ...], out: str, code: int, complaint: str
) -> None:
    ending = call("calibrate", *words, "--out", str(tmp_path / out), "--runs", str(tmp_path / "r"))
    assert ending.code == code
    assert complaint in ending.err
    assert "nowhere" not in ending.err
    assert list(tmp_path.iterdir()) == []


def test_a_machine_without_namespaces_is_told_what_helps(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = preflight.Finding("namespaces", False, "refused as root: no", "run with sudo")
    monkeypatch.setattr(preflight, "probe_isolation", lambda: (None, refused))
    monkeypatch.setattr("edge_aibench.emulate.session.require_programs", lambda: None)
    ending = call("calibrate", "icu", "--out", str(tmp_path / "c.json"))
    assert ending.code == 3
    assert "no emulation without namespaces: refused as root" in ending.err
    assert "-> run with sudo" in ending.err
    # No stage was put to work for nothing.
    assert "work of the stages" not in ending.err
    assert list(tmp_path.iterdir()) == []


def test_an_old_file_stays_where_nothing_is_measured(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_words: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("edge_aibench.cli.calibration._check_machine", stop)
    old = tmp_path / "c.json"
    old.write_text("old")
    ending = call("calibrate", "icu", "--out", str(old))
    assert ending.code == 130
    assert "interrupted: nothing is written" in ending.err
    assert old.read_text() == "old"

"""`edge_aibench.sweep`, with a figure by rule instead of an engine."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

import edge_aibench as eb
from edge_aibench.api import timings
from edge_aibench.api.notices import Notices
from edge_aibench.api.sweeps.engine import EngineRun
from edge_aibench.api.sweeps.runs import InThisProcess
from edge_aibench.emulate.rehearsal import Rehearsal
from edge_aibench.errors import ConfigError

SWEEP: dict[str, Any] = {
    "scenario": "icu",
    "measures": ["e2e.mean"],
    "keys": {"instances": [2, 4]},
    "repeats": 2,
}
YAML = "scenario: icu\nmeasures: [e2e.mean]\nkeys: {instances: [2, 4]}\nrepeats: 2\n"


def figures(_run: EngineRun, point: Any, seed: int) -> dict[str, float | str]:
    if point["instances"] == 99:
        raise KeyboardInterrupt
    return {"e2e.mean": point["instances"] + seed % 2, "validity": "VALID", "reasons": ""}


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(EngineRun, "__call__", figures)
    monkeypatch.setattr(timings, "rehearse_here", lambda _: Rehearsal({}))
    workers = importlib.import_module("edge_aibench.api.sweeps.workers")
    monkeypatch.setattr(
        workers, "LocalProcesses", lambda run_point, _jobs: InThisProcess(run_point)
    )
    monkeypatch.chdir(tmp_path)


def test_a_mapping_gives_the_tidy_table_and_its_folder() -> None:
    found = eb.sweep(SWEEP)
    assert found.folder == Path("runs/sweep")
    assert list(found.table["instances"]) == [2, 2, 4, 4]
    assert list(found.table["repeat"]) == [0, 1, 0, 1]
    expected = [one + seed % 2 for one, seed in zip([2, 2, 4, 4], found.table["seed"], strict=True)]
    assert list(found.table["e2e.mean"]) == expected
    assert (found.folder / "table.csv").exists()
    assert not found.interrupted


def test_a_file_is_the_same_sweep(tmp_path: Path) -> None:
    (tmp_path / "exp.yaml").write_text(YAML)
    found = eb.sweep("exp.yaml")
    assert found.folder == Path("runs/sweep-exp")
    # What the file began is that of the mapping too: there is nothing left to do.
    again = eb.sweep(SWEEP, out=found.folder, resume=True)
    assert again.table.equals(found.table)


def test_an_interrupt_gives_what_is_known() -> None:
    found = eb.sweep(SWEEP | {"keys": {"instances": [2, 99]}})
    assert found.interrupted
    assert len(found.table) == 1


def test_points_that_cannot_run_are_told() -> None:
    told: list[str] = []
    keys = {"instances": [2], "place": ["edge", "moon"]}
    eb.sweep(SWEEP | {"keys": keys}, notices=Notices(warning=told.append))
    (text,) = told
    assert text.startswith("1 of the 2 points looked at cannot run")


@pytest.mark.parametrize(
    ("changes", "arguments", "told"),
    [
        ({"keys": {"instance": [2]}}, {}, "instance"),
        ({"keys": {"set.links.acces.delay": ["1 ms"]}}, {}, "did you mean access"),
        ({"keys": 3}, {}, "sweep"),
        ({"measures": ["energy.egde"]}, {}, "did you mean energy.edge"),
        ({}, {"jobs": 0}, "jobs: must be a whole number"),
        ({}, {"jobs": 2, "ray": "auto"}, "goes without --ray"),
        ({"engine": "emulate"}, {"jobs": 2}, "goes with simulation only"),
        ({}, {"out": 7}, "out: must be a text"),
    ],
)
def test_what_the_command_refuses_is_refused(
    changes: dict[str, Any], arguments: dict[str, Any], told: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=told):
        eb.sweep(SWEEP | changes, **arguments)
    assert not (tmp_path / "runs").exists()


def test_what_is_no_sweep_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="must be the path of a sweep file"):
        eb.sweep(7)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="there is no such file"):
        eb.sweep(tmp_path / "nowhere.yaml")


def test_a_folder_with_a_sweep_is_not_written_over() -> None:
    eb.sweep(SWEEP)
    with pytest.raises(ConfigError, match="holds a sweep already"):
        eb.sweep(SWEEP)
    with pytest.raises(ConfigError, match="holds another sweep"):
        eb.sweep(SWEEP | {"repeats": 3}, resume=True)


def test_energy_of_a_node_can_be_a_column() -> None:
    measures = ["energy.edge", "energy.total", "bytes.wan", "cost.per-hour"]
    found = eb.sweep(SWEEP | {"measures": measures})
    assert [column for column in found.table if column in measures] == measures

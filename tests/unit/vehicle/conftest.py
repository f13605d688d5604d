"""Two short drives, written once, and the scenario's parts on them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from edge_aibench.config.load import load_scenario
from edge_aibench.config.overrides import parse_overrides
from edge_aibench.model.components import Context, StageFunction
from edge_aibench.scenarios.vehicle.drives.files import write_drives
from edge_aibench.scenarios.vehicle.stages import VehicleComponents, components

DRIVES = 2
FRAMES = 6
SEED = 7


@pytest.fixture(scope="session")
def drives_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two drives of six frames. Not to be changed."""
    root = tmp_path_factory.mktemp("vehicle")
    write_drives(root, seed=SEED, drives=DRIVES, frames=FRAMES)
    return root


def make_context(data_root: Path | None, **changes: Any) -> Context:
    """Three vehicles on the scenario as it is described."""
    given: dict[str, Any] = {
        "scenario": load_scenario("vehicle", parse_overrides(changes.pop("settings", ()))).scenario,
        "instances": 3,
        "observations": {"camera": 12},
        "seed": 1,
        "inference": "window",
        "runtime": "auto",
        "data_root": data_root,
    }
    return Context(**(given | changes))


@pytest.fixture(scope="session")
def vehicles(drives_root: Path) -> VehicleComponents:
    prepared = components(make_context(drives_root))
    prepared.prepare()
    return prepared


@pytest.fixture(scope="session")
def stages(vehicles: VehicleComponents) -> Mapping[str, StageFunction]:
    return vehicles.stages(list(make_context(None).scenario.stages), [0, 1, 2])


def write_label_file(root: Path, frames: list[tuple[str, list[list[int]]]]) -> None:
    """The labels of TuSimple's test frames: name and lines of each, columns at 56 rows."""
    rows = list(range(160, 720, 10))
    lines = (
        json.dumps({"lanes": lanes, "h_samples": rows, "raw_file": name}) for name, lanes in frames
    )
    (root / "test_label.json").write_text("\n".join(lines) + "\n", encoding="utf-8")

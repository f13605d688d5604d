"""Sweeps without an engine."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edge_aibench.api.sweeps.options import Point
from edge_aibench.api.sweeps.plan import SweepPlan
from edge_aibench.record.measures import Measure

BuildPlan = Callable[..., SweepPlan]


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module `sweep_queue`, which other processes can import too."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    return importlib.import_module("sweep_queue")


@pytest.fixture
def build_plan() -> BuildPlan:
    """Make a plan over the values of one key."""

    def build(key: str, *values: Any, repeats: int = 2, **options: Any) -> SweepPlan:
        points: tuple[Point, ...] = tuple({key: value} for value in values)
        made: dict[str, Any] = {
            "source": "exp.yaml",
            "scenario": "icu",
            "engine": "simulate",
            "points": points,
            "keys": (key,),
            "repeats": repeats,
            "seed": 1,
            "seeds": "common",
            "measures": (Measure("e2e.mean", "e2e", "mean", "ms"),),
        }
        return SweepPlan(**(made | options))

    return build

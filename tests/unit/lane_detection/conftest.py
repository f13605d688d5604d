"""Small generated data sets, written once."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_aibench.scenarios.vehicle.tasks.lane_detection.data import CULane, TuSimple

SMALLEST = 0.001


@pytest.fixture(scope="session")
def tusimple(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smallest data set of TuSimple's layout: 12 + 4 + 8 frames. Not to be changed."""
    root = tmp_path_factory.mktemp("tusimple")
    TuSimple().write(root, seed=3, scale=SMALLEST)
    return root


@pytest.fixture(scope="session")
def culane(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smallest data set of CULane's layout: 8 + 4 + 8 frames. Not to be changed."""
    root = tmp_path_factory.mktemp("culane")
    CULane().write(root, seed=3, scale=SMALLEST)
    return root

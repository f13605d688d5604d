"""A tiny generated data set, written once."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_aibench.scenarios.vehicle.tasks.traffic_sign.data import GtsrbLayout


@pytest.fixture(scope="session")
def signs_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two training tracks and one test track of each class, an image each. Not to be changed."""
    root = tmp_path_factory.mktemp("signs")
    GtsrbLayout().write(root, seed=7, scale=1e-6)
    return root

"""A small generated data set, and the smallest one that can be written by hand."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_aibench.scenarios.camera.tasks.person_reid.data import Market1501

HAND_MADE = {
    "bounding_box_train": (
        "0002_c1s1_000451_03.jpg",
        "0002_c1s1_000551_01.jpg",
        "0002_c2s1_000776_01.jpg",
        "0007_c3s2_000100_01.jpg",
    ),
    "bounding_box_test": (
        "-1_c1s1_000401_03.jpg",
        "0000_c2s1_000151_01.jpg",
        "0001_c1s1_001051_01.jpg",
        "0001_c2s1_000301_00.jpg",
    ),
    "query": ("0001_c1s1_001051_00.jpg",),
}


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smallest data set that the generator writes."""
    root = tmp_path_factory.mktemp("person-reid") / "data"
    Market1501().write(root, seed=3, scale=0.01)
    return root


@pytest.fixture
def hand_made(tmp_path: Path) -> Path:
    """Nine grey images named as those of Market-1501, with the Thumbs.db of the real folders."""
    for folder, names in HAND_MADE.items():
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "Thumbs.db").write_bytes(b"not an image")
        for level, name in enumerate(names):
            image = np.full((128, 64, 3), 40 * level + 40, dtype=np.uint8)
            cv2.imwrite(str(tmp_path / folder / name), image)
    return tmp_path

"""A small generated data set that the tests of this folder read."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_aibench.scenarios.home.tasks.face.data import FaceLayout, FaceSamples


@pytest.fixture(scope="session")
def face_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("faces") / "new"
    FaceLayout().write(root, seed=3, scale=0.04)
    return root


@pytest.fixture(scope="session")
def lfw_faces(face_root: Path) -> FaceSamples:
    return FaceLayout().open(face_root, split="test")

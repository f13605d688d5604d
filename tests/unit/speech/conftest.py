"""A generated home of some eighty utterances, written once."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_aibench.scenarios.home.tasks.speech.data.layout import LibriSpeech


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("speech") / "home"
    LibriSpeech().write(root, seed=5, scale=0.01)
    return root

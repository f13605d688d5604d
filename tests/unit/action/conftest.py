from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_aibench.scenarios.camera.tasks.action.data.layout import ActionVideos
from edge_aibench.tasks.sample import Sample

SMALLEST = 0.001


class ListedVideos:
    """Samples held in memory."""

    def __init__(self, samples: list[Sample[NDArray[np.uint8], str]]) -> None:
        self._samples = samples

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, index: int, /) -> Sample[NDArray[np.uint8], str]:
        return self._samples[index]


MakeVideos = Callable[[list[tuple[str, NDArray[np.uint8]]]], ListedVideos]


@pytest.fixture
def make_videos() -> MakeVideos:
    def make(labelled: list[tuple[str, NDArray[np.uint8]]]) -> ListedVideos:
        return ListedVideos(
            [
                Sample(name=f"video {place}", raw=raw, label=label)
                for place, (label, raw) in enumerate(labelled)
            ]
        )

    return make


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smallest data set: one video of each class in each split. Do not change it."""
    root = tmp_path_factory.mktemp("ucf101") / "data"
    ActionVideos().write(root, seed=5, scale=SMALLEST)
    return root

"""The data of the task: one loader for two layouts of UCF101, generated or real."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.camera.tasks.action.data.generator import write_ucf101
from edge_aibench.scenarios.camera.tasks.action.data.jpg_frames import (
    FRAMES,
    annotation_name,
    open_jpg_frames,
)
from edge_aibench.scenarios.camera.tasks.action.data.ucf101 import VIDEOS, open_ucf101

if TYPE_CHECKING:
    from pathlib import Path

    from edge_aibench.scenarios.camera.tasks.action.data.video_list import VideoList
    from edge_aibench.tasks.component import DataProgress

FOLDS = (1, 2, 3)


@dataclass(frozen=True, kw_only=True)
class ActionVideos:
    """The `DataLayout` of UCF101; *fold* is which of its three official splits is read."""

    fold: int = 1

    def __post_init__(self) -> None:
        if self.fold not in FOLDS:
            raise ConfigError(
                "UCF101 has the splits 1, 2 and 3", where="UCF101", key="fold", value=self.fold
            )

    def write(
        self, root: Path, *, seed: int, scale: float, progress: DataProgress | None = None
    ) -> None:
        """Generate videos and the lists of split 1; see `DataLayout.write`."""
        write_ucf101(root, seed=seed, scale=scale, progress=progress)

    def open(self, root: Path, *, split: str) -> VideoList:
        """Open a split of either layout: videos, or folders of their frames.

        Raises ConfigError for a folder that is in neither.
        """
        if (root / VIDEOS).is_dir():
            return open_ucf101(root, split=split, fold=self.fold)
        if (root / FRAMES).is_dir():
            return open_jpg_frames(root, split=split, fold=self.fold)
        raise ConfigError(
            f"must hold UCF101 as videos ({VIDEOS}/ and ucfTrainTestlist/) or as frames "
            f"({FRAMES}/ and {annotation_name(self.fold)})",
            where=str(root),
            next_step="give the folder that holds these, or generate a data set there",
        )

"""The `DataLayout` of the task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_aibench.scenarios.vehicle.tasks.traffic_sign.data.loader import SignSamples, open_split

if TYPE_CHECKING:
    from pathlib import Path

    from edge_aibench.tasks.component import DataProgress


class GtsrbLayout:
    """The official folders of GTSRB."""

    def write(
        self, root: Path, *, seed: int, scale: float, progress: DataProgress | None = None
    ) -> None:
        """See `DataLayout.write`: 43 drawn signs, at *scale* 1 as many physical signs as the real
        data set shows and a quarter of its images.
        """
        from edge_aibench.scenarios.vehicle.tasks.traffic_sign.data.generator import generate

        generate(root, seed=seed, scale=scale, progress=progress)

    def open(self, root: Path, *, split: str) -> SignSamples:
        """See `DataLayout.open`."""
        return open_split(root, split=split)

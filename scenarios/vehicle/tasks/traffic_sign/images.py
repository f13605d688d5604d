"""A whole split in memory, at the network's size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_aibench.scenarios.vehicle.tasks.traffic_sign.processing import resized
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.shapes import IMAGE_SIDE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.tasks.sample import Samples


@dataclass(frozen=True, kw_only=True)
class Images:
    """*pixels* uint8 (n, 32, 32, 3) and *labels* int32 (n,)."""

    pixels: NDArray[np.uint8]
    labels: NDArray[np.int32]

    def rows(self, chosen: NDArray[np.intp]) -> NDArray[np.float32]:
        """The chosen images as the network reads them, float32 in [0, 1]."""
        return self.pixels[chosen].astype(np.float32) / np.float32(255)


def load_images(samples: Samples[Any, Any]) -> Images:
    """Read a whole split; raises ConfigError for a damaged sample."""
    pixels = np.empty((len(samples), IMAGE_SIDE, IMAGE_SIDE, 3), dtype=np.uint8)
    labels = np.empty(len(samples), dtype=np.int32)
    for index in range(len(samples)):
        sample = samples[index]
        pixels[index] = resized(sample.raw)
        labels[index] = sample.label
    return Images(pixels=pixels, labels=labels)

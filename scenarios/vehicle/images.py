"""Compression on the way from the camera: stages of their own, placed and measured as any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge_aibench.tasks.payload import pack_jpeg, unpack_jpeg

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from edge_aibench.model.components import Call


@dataclass(frozen=True)
class JpegImage:
    """A frame as a JPEG file."""

    content: bytes


class Compress:
    """Frame to JPEG of *quality* 1 to 100, colours at half the size."""

    def __init__(self, quality: int) -> None:
        self._quality = quality

    def process(self, call: Call) -> JpegImage:
        """Compress the camera's frame."""
        return JpegImage(pack_jpeg(call.inputs["camera"], self._quality))


class Decode:
    """JPEG to frame."""

    def process(self, call: Call) -> NDArray[np.uint8]:
        """Give uint8 (height, width, 3) RGB; raises RunError for a damaged file."""
        jpeg: JpegImage = call.inputs["compress"]
        return unpack_jpeg(jpeg.content)

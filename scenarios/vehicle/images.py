"""Compression on the way from the camera: stages of their own, placed and measured as any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_aibench.errors import RunError

if TYPE_CHECKING:
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
        return compress(call.inputs["camera"], self._quality)


class Decode:
    """JPEG to frame."""

    def process(self, call: Call) -> NDArray[np.uint8]:
        """Give uint8 (height, width, 3) RGB; raises RunError for a damaged file."""
        return decode(call.inputs["compress"])


def compress(image: NDArray[np.uint8], quality: int) -> JpegImage:
    """Compress an image, uint8 (height, width, 3) RGB."""
    import cv2

    blue_first = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, content = cv2.imencode(".jpg", blue_first, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return JpegImage(content.tobytes())


def decode(jpeg: JpegImage) -> NDArray[np.uint8]:
    """Give the image back; raises RunError if it is damaged."""
    import cv2

    content = np.frombuffer(jpeg.content, np.uint8)
    image: Any = cv2.imdecode(content, cv2.IMREAD_COLOR) if len(content) else None
    if image is None:
        raise RunError(
            f"a frame of {len(content)} bytes is no JPEG image",
            next_step="it was cut or altered on the way: look at what stage `compress` sent",
        )
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)

"""What a device does before and after the network.

An image and its mirror image become two rows; their embeddings are put together to one vector
of which the cosine tells how alike two persons look.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.camera.tasks.person_reid.shapes import network_shape

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Image = NDArray[np.uint8]

# Of the ImageNet photographs, by channel; Market-1501 networks are trained with the same.
MEAN: Final = np.array((0.485, 0.456, 0.406), dtype=np.float32)
DEVIATION: Final = np.array((0.229, 0.224, 0.225), dtype=np.float32)


class ReidProcessing:
    """Processing for images of *height* x *width* at the network's input."""

    def __init__(self, height: int, width: int) -> None:
        self._height = height
        self._width = width

    @classmethod
    def of_preset(cls, preset: str) -> ReidProcessing:
        """Processing for a preset; raises ConfigError for an unknown one."""
        shape = network_shape(preset).encoder
        return cls(shape.height, shape.width)

    def preprocess(self, raw: Any, /) -> tuple[Floats]:
        """Map uint8 (h, w, 3) RGB to float32 (2, 3, height, width): the image and its mirror.

        Raises ConfigError for anything else.
        """
        image = normalised(resized(_checked(raw), self._height, self._width))
        return (np.stack((image, image[:, :, ::-1])),)

    def postprocess(self, outputs: tuple[NDArray[Any], ...], raw: Any, /) -> Floats:
        """Map embeddings (2, size) each to one vector (sizes,), the parts of unit length each."""
        del raw
        parts = [unit(unit(output).sum(axis=0)) for output in outputs]
        vector: Floats = np.concatenate(parts).astype(np.float32)
        return vector

    def describe(self, answer: Any, /) -> Mapping[str, Any]:
        """Give the vector as numbers."""
        return {"embedding": [round(float(value), 6) for value in answer]}


def resized(image: Image, height: int, width: int) -> Image:
    """Give an image its size at the network's input, by bicubic interpolation."""
    import cv2

    if image.shape[:2] == (height, width):
        return image
    scaled = cv2.resize(image, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(scaled, dtype=np.uint8)


def normalised(images: Image) -> Floats:
    """Map uint8 (..., h, w, 3) to standardised float32 (..., 3, h, w)."""
    scaled = (images.astype(np.float32) / 255 - MEAN) / DEVIATION
    return np.ascontiguousarray(np.moveaxis(scaled, -1, -3))


def unit(vectors: NDArray[Any]) -> NDArray[Any]:
    """Scale vectors, along the last axis, to length 1; those of no length stay as they are."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: NDArray[Any] = vectors / np.where(lengths > 0, lengths, 1)
    return scaled


def _checked(raw: Any) -> Image:
    image = np.asarray(raw)
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise ConfigError(
            "must be an image, uint8 of shape (height, width, 3), RGB",
            where="person-reid",
            key="sample",
            value=(image.dtype.name, image.shape),
            next_step="decode the image and convert it to RGB first",
        )
    return image

"""From a picture to the network's rows, and from its embeddings to one of unit length.

LFW's faces were found by a detector whose box, widened 2.2 times, became the picture of 250 x
250 pixels (Huang et al., Labeled Faces in the Wild, 2007): the face is always in the middle, and
a fixed share around it is cut out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.home.tasks.face.presets import FaceInput, get_shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Rows = tuple[NDArray[Any], ...]

Float = TypeVar("Float", np.float32, np.float64)

CROP_SHARE: Final = 0.6
"""How much of the picture's shorter side the crop's longer side takes: 150 of 250 pixels, a
third more than the detector's box."""

_SMALLEST_SIDE: Final = 32


@dataclass(frozen=True, kw_only=True)
class FaceProcessing:
    """Crop, resize, standardise, mirror; sum and bring to unit length."""

    picture: FaceInput

    def preprocess(self, raw: Any, /) -> Rows:
        """Turn a picture, uint8 (height, width, 3) RGB, into float32 (1 or 2, h, w, 3)."""
        face = crop_face(raw, self.picture)
        faces = np.stack((face, face[:, ::-1])) if self.picture.mirrored else face[np.newaxis]
        return (standardise(faces, self.picture),)

    def postprocess(self, outputs: Rows, raw: Any, /) -> NDArray[np.float32]:
        """Sum the embeddings of all rows; give float32 (d,) of unit length."""
        del raw
        total = outputs[0].sum(axis=0, dtype=np.float32)
        return unit_length(total)

    def describe(self, answer: Any, /) -> Mapping[str, Any]:
        """Give the embedding as a list of numbers."""
        return {"embedding": [round(float(value), 6) for value in answer]}


def processing(preset: str) -> FaceProcessing:
    """Give a preset's processing; raises ConfigError for an unknown preset."""
    return FaceProcessing(picture=get_shape(preset).picture)


def crop_face(raw: Any, picture: FaceInput, *, margin: float = 1.0) -> NDArray[np.uint8]:
    """Cut the middle out of a picture and resize it to what the network reads.

    *margin* above 1 takes more on all sides, at the same pixels a face. Raises ConfigError
    unless *raw* is uint8 (height, width, 3) of at least 32 pixels a side.
    """
    import cv2

    _check_picture(raw)
    rows, columns = raw.shape[:2]
    longer = CROP_SHARE * margin * min(rows, columns) / max(picture.height, picture.width)
    height, width = longer * picture.height, longer * picture.width
    top, left = max(round((rows - height) / 2), 0), max(round((columns - width) / 2), 0)
    cut = raw[top : top + round(height), left : left + round(width)]
    target = (round(margin * picture.width), round(margin * picture.height))
    # Averaging over areas does not alias when it shrinks; when it enlarges it repeats pixels.
    shrinks = cut.shape[0] >= target[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    resized: Any = cv2.resize(np.ascontiguousarray(cut), target, interpolation=method)
    face: NDArray[np.uint8] = resized
    return face


def standardise(faces: NDArray[np.uint8], picture: FaceInput) -> NDArray[np.float32]:
    """Standardise faces (n, height, width, 3) as *picture* says.

    `prewhiten` takes the picture's own mean and deviation, the latter at least 1 / sqrt(number
    of values), so that an even picture gives zeros.
    """
    values = faces.astype(np.float32)
    if picture.standardisation == "fixed":
        return (values - np.float32(127.5)) / np.float32(128.0)
    mean = values.mean(axis=(1, 2, 3), keepdims=True)
    smallest = 1.0 / np.sqrt(values[0].size)
    deviation = np.maximum(values.std(axis=(1, 2, 3), keepdims=True), np.float32(smallest))
    whitened: NDArray[np.float32] = (values - mean) / deviation
    return whitened


def unit_length(vectors: NDArray[Float]) -> NDArray[Float]:
    """Divide each vector, (..., d), by its length; zeros stay zeros."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: NDArray[Float] = (vectors / np.maximum(lengths, 1e-10)).astype(vectors.dtype)
    return scaled


def _check_picture(raw: Any) -> None:
    shape: tuple[int, ...] = getattr(raw, "shape", ())
    kind = getattr(raw, "dtype", type(raw).__name__)
    right_shape = len(shape) == 3 and shape[2] == 3 and min(shape[:2]) >= _SMALLEST_SIDE
    if not right_shape or kind != np.uint8:
        raise ConfigError(
            f"must be an RGB picture, uint8 (height, width, 3), of at least {_SMALLEST_SIDE} "
            "pixels a side",
            where="task face",
            key="picture",
            value=f"{kind} {shape}",
            next_step="give the decoded picture, not a file's bytes or numbers from 0 to 1",
        )

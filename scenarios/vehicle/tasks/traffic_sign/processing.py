"""What happens on the device before the network and after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.classes import CLASS_COUNT, SIGN_NAMES
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.shapes import IMAGE_SIDE

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, eq=False)
class SignAnswer:
    """The recognised class and the capsule lengths (43,) it was chosen from."""

    class_id: int
    lengths: NDArray[np.float32]


class SignProcessing:
    """From a cut-out sign to the network's input, and from capsule lengths to a class."""

    def preprocess(self, raw: Any, /) -> tuple[NDArray[Any], ...]:
        """Scale a uint8 RGB image (height, width, 3) to float32 (1, 32, 32, 3) in [0, 1].

        Raises ConfigError for anything else.
        """
        return (resized(raw)[np.newaxis].astype(np.float32) / np.float32(255),)

    def postprocess(self, outputs: tuple[NDArray[Any], ...], raw: Any, /) -> SignAnswer:  # noqa: ARG002 the image decides nothing here
        """Choose the class whose capsule is longest; *outputs* is lengths (1, 43).

        Raises ConfigError for another shape.
        """
        lengths = outputs[0]
        if lengths.shape != (1, CLASS_COUNT):
            raise ConfigError(
                f"must be one row of {CLASS_COUNT} capsule lengths",
                where="traffic-sign",
                key="outputs",
                value=lengths.shape,
                next_step="give the outputs of one sample",
            )
        return SignAnswer(class_id=int(lengths[0].argmax()), lengths=lengths[0])

    def describe(self, answer: Any, /) -> Mapping[str, Any]:
        """The class by number and name, and the length of its capsule."""
        return {
            "class_id": answer.class_id,
            "sign": SIGN_NAMES[answer.class_id],
            "capsule_length": round(float(answer.lengths[answer.class_id]), 4),
        }


def resized(image: Any) -> NDArray[np.uint8]:
    """Scale a uint8 RGB image (height, width, 3) to (32, 32, 3), averaging where it shrinks.

    Raises ConfigError for anything else.
    """
    import cv2

    if (
        not isinstance(image, np.ndarray)
        or image.dtype != np.uint8
        or image.ndim != 3
        or image.shape[2] != 3
        or 0 in image.shape
    ):
        found = f"{image.dtype} {image.shape}" if isinstance(image, np.ndarray) else type(image)
        raise ConfigError(
            "must be an RGB image: uint8 of shape (height, width, 3)",
            where="traffic-sign",
            key="image",
            value=str(found),
            next_step="decode the image to RGB first",
        )
    shrinks = min(image.shape[:2]) > IMAGE_SIDE
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    scaled = cv2.resize(image, (IMAGE_SIDE, IMAGE_SIDE), interpolation=interpolation)
    return np.asarray(scaled, dtype=np.uint8)

"""Random changes of training images that leave their class as it is.

After Edge AIBench's training: rotation up to 20 degrees, shift up to a fifth, brightness and
contrast by 0.6 to 1.5, mirroring. Two things differ. Its shear of 0.2 is degrees to Keras, which
is none to speak of; here it is a slope, of up to 0.1 unless told otherwise. And it mirrors every
sign, so that a bend to the left is learnt as one to the right: here only signs whose mirror image
is a sign are mirrored, and take its class.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_aibench.scenarios.vehicle.tasks.traffic_sign.classes import CLASS_COUNT, MIRROR_IMAGES

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NO_MIRROR_IMAGE: Final = -1
_MIRRORED = np.full(CLASS_COUNT, _NO_MIRROR_IMAGE)
for _class, _mirror_image in MIRROR_IMAGES.items():
    _MIRRORED[_class] = _mirror_image


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """How far images are changed, each drawn uniformly for each image.

    *shift* is a share of the image's side, *shear* the slope of its columns, *zoom* the largest
    relative change of size, *gain* the range of the factors for brightness and for contrast.
    """

    rotation_deg: float = 20.0
    shift: float = 0.2
    shear: float = 0.1
    zoom: float = 0.0
    gain: tuple[float, float] = (0.6, 1.5)
    mirror: bool = True


def augment(
    images: NDArray[np.float32],
    labels: NDArray[np.int32],
    augmentation: Augmentation,
    rng: np.random.Generator,
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Change each of *images* (n, side, side, 3) in [0, 1]; give new images and their labels."""
    images, labels = _mirror(images, labels, augmentation, rng)
    moved = _warp(images, _transforms(len(images), images.shape[1], augmentation, rng))
    return _light(moved, augmentation, rng), labels


def _mirror(
    images: NDArray[np.float32],
    labels: NDArray[np.int32],
    augmentation: Augmentation,
    rng: np.random.Generator,
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    chosen = rng.random(len(images)) < 0.5
    partners = _MIRRORED[labels]
    turned = chosen & (partners != _NO_MIRROR_IMAGE) & augmentation.mirror
    flipped = np.where(turned[:, None, None, None], images[:, :, ::-1], images)
    return flipped, np.where(turned, partners, labels).astype(np.int32)


def _transforms(
    count: int, side: int, augmentation: Augmentation, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Affine matrices (count, 2, 3) about the image's middle, from new to old places."""
    angle = np.deg2rad(rng.uniform(-1, 1, count) * augmentation.rotation_deg)
    slope = rng.uniform(-1, 1, count) * augmentation.shear
    size = 1.0 + rng.uniform(-1, 1, count) * augmentation.zoom
    shift = rng.uniform(-1, 1, (count, 2)) * augmentation.shift * side
    cosine, sine = np.cos(angle), np.sin(angle)
    matrices = np.empty((count, 2, 3))
    matrices[:, 0, 0] = cosine / size
    matrices[:, 0, 1] = (slope * cosine - sine) / size
    matrices[:, 1, 0] = sine / size
    matrices[:, 1, 1] = (slope * sine + cosine) / size
    middle = (side - 1) / 2
    matrices[:, :, 2] = middle + shift - matrices[:, :, :2].sum(axis=2) * middle
    return matrices


def _warp(images: NDArray[np.float32], transforms: NDArray[np.float64]) -> NDArray[np.float32]:
    import cv2

    size = (images.shape[2], images.shape[1])
    moved = np.empty_like(images)
    for image, transform, target in zip(images, transforms, moved, strict=True):
        cv2.warpAffine(
            np.ascontiguousarray(image),
            transform,
            size,
            dst=target,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
    return moved


def _light(
    images: NDArray[np.float32], augmentation: Augmentation, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Brightness, then contrast about the image's mean grey, as the reference's PIL does it."""
    low, high = augmentation.gain
    brightness = rng.uniform(low, high, (len(images), 1, 1, 1)).astype(np.float32)
    contrast = rng.uniform(low, high, (len(images), 1, 1, 1)).astype(np.float32)
    lit = np.minimum(images * brightness, np.float32(1))
    grey = lit.mean(axis=(1, 2, 3), keepdims=True)
    return np.asarray(np.clip(grey + contrast * (lit - grey), 0, 1), dtype=np.float32)

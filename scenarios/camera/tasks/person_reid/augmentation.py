"""Making more of the images that there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edge_aibench.scenarios.camera.tasks.person_reid.processing import normalised

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Images = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """How far images are changed: mirrored half of the time, and

    shifted by up to *shift* of their height and width, light and colours multiplied by factors
    whose logarithms deviate by *light* and *tint*, and a rectangle covered in a share *erase* of
    them (Zhong et al., Random erasing data augmentation, AAAI 2020).
    """

    shift: float
    light: float
    tint: float
    erase: float


def augment(images: Images, rng: np.random.Generator, by: Augmentation) -> Floats:
    """Map uint8 (n, h, w, 3) to standardised float32 (n, 3, h, w), each changed by chance."""
    moved = _shifted(_mirrored(images, rng), rng, by.shift)
    factors = np.exp(
        rng.normal(0, by.light, (len(images), 1, 1, 1))
        + rng.normal(0, by.tint, (len(images), 1, 1, 3))
    )
    coloured = np.clip(moved * factors, 0, 255).astype(np.uint8)
    rows = normalised(coloured)
    for index in np.flatnonzero(rng.random(len(rows)) < by.erase):
        _erase(rows[index], rng)
    return rows


def mirrored(images: Images, rng: np.random.Generator) -> Floats:
    """Map uint8 (n, h, w, 3) to standardised float32 (n, 3, h, w), half of them mirrored."""
    return normalised(_mirrored(images, rng))


def _mirrored(images: Images, rng: np.random.Generator) -> Images:
    is_mirrored = rng.random(len(images)) < 0.5
    return np.where(is_mirrored[:, np.newaxis, np.newaxis, np.newaxis], images[:, :, ::-1], images)


def _shifted(images: Images, rng: np.random.Generator, share: float) -> Images:
    """Move each image within its frame; what comes in at the border repeats its edge."""
    n, height, width, _ = images.shape
    most = round(share * height), round(share * width)
    padded = np.pad(images, ((0, 0), (most[0], most[0]), (most[1], most[1]), (0, 0)), mode="edge")
    tops = rng.integers(0, 2 * most[0] + 1, n)
    lefts = rng.integers(0, 2 * most[1] + 1, n)
    return np.stack(
        [
            image[top : top + height, left : left + width]
            for image, top, left in zip(padded, tops, lefts, strict=True)
        ]
    )


def _erase(row: Floats, rng: np.random.Generator) -> None:
    """Cover 2 to 20 % of a row of shape (3, h, w) with the mean colour, which is zero there."""
    _, height, width = row.shape
    area, aspect = rng.uniform(0.02, 0.2) * height * width, np.exp(rng.uniform(-1.2, 1.2))
    high = min(height, max(1, round(np.sqrt(area * aspect))))
    wide = min(width, max(1, round(np.sqrt(area / aspect))))
    top, left = rng.integers(0, height - high + 1), rng.integers(0, width - wide + 1)
    row[:, top : top + high, left : left + wide] = 0

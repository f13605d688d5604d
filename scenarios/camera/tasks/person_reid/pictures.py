"""The training images of a split, held in memory at the network's size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.camera.tasks.person_reid.processing import resized

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.scenarios.camera.tasks.person_reid.data.layout import Sighting
    from edge_aibench.tasks.sample import Samples

    Images = NDArray[np.uint8]
    Integers = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """Images uint8 (n, h, w, 3), their labels, and whom they show, int64 (n,), from 0."""

    images: Images
    labels: tuple[Sighting, ...]
    persons: Integers

    @property
    def count(self) -> int:
        """How many different persons are shown."""
        return int(self.persons.max()) + 1


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """Indices of images, each of shape (n,): *other* shows the same person as *image*."""

    image: Integers
    other: Integers


def load_pictures(samples: Samples[Any, Any], height: int, width: int) -> Pictures:
    """Read a split; the real training split takes 0.3 GB at 128 x 64, 1.3 GB at 256 x 128.

    Raises ConfigError for an image that cannot be read.
    """
    images = np.empty((len(samples), height, width, 3), dtype=np.uint8)
    labels = []
    for index in range(len(samples)):
        sample = samples[index]
        images[index] = resized(sample.raw, height, width)
        labels.append(sample.label)
    _, persons = np.unique([label.person for label in labels], return_inverse=True)
    return Pictures(images=images, labels=tuple(labels), persons=persons.astype(np.int64))


def check_trainable(pictures: Pictures) -> None:
    """Raise ConfigError unless two persons at least are shown, which can be told apart."""
    if pictures.count < 2:
        raise ConfigError(
            "must show at least two persons",
            where="person-reid training split",
            value=pictures.count,
            next_step="generate data at a larger scale, or give the whole data set",
        )


def batches(n: int, size: int, rng: np.random.Generator) -> list[Integers]:
    """Cut 0 .. *n* in random order into batches of *size*; what is left over waits."""
    order = rng.permutation(n)
    size = min(size, n)
    return [order[start : start + size] for start in range(0, n - size + 1, size)]


def draw_pairs(pictures: Pictures, size: int, rng: np.random.Generator) -> tuple[Pairs, Pairs]:
    """Draw twice *size* different persons, two images of each, in two halves.

    Fewer where there are fewer persons; the two images are one where there is only one.
    """
    size = min(size, pictures.count // 2)
    persons = rng.permutation(pictures.count)[: 2 * size]
    drawn = np.array([_two_of(np.flatnonzero(pictures.persons == p), rng) for p in persons])
    halves = drawn[:size], drawn[size:]
    first, second = (Pairs(image=half[:, 0], other=half[:, 1]) for half in halves)
    return first, second


def _two_of(indices: NDArray[np.intp], rng: np.random.Generator) -> NDArray[np.intp]:
    return rng.choice(indices, size=2, replace=len(indices) < 2)

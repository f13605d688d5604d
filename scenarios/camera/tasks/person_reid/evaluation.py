"""The judge of Market-1501, and what colours alone achieve."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.camera.tasks.person_reid.data.layout import GALLERY, QUERY
from edge_aibench.scenarios.camera.tasks.person_reid.ranking import Gallery, evaluate_ranking
from edge_aibench.tasks.sample import chunks, read_samples

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.scenarios.camera.tasks.person_reid.data.layout import Sighting
    from edge_aibench.tasks.component import Metrics
    from edge_aibench.tasks.sample import Sample, Samples

    Image = NDArray[np.uint8]
    Floats = NDArray[np.float32]

BANDS: Final = 6
_BINS: Final = [16, 4, 4]

_READ_AT_ONCE: Final = 256


def judge(
    samples: Samples[Any, Any], pairs: Sequence[tuple[Sample[Image, Sighting], Any]]
) -> Metrics:
    """Rank the gallery of a split for its queries: map, rank1, rank5, rank10, from 0 to 1.

    Answers are embeddings. Raises ConfigError unless queries and gallery images are among the
    pairs.
    """
    del samples
    return ranking_metrics(((sample.label, answer) for sample, answer in pairs))


def ranking_metrics(pairs: Iterable[tuple[Sighting, NDArray[Any]]]) -> Metrics:
    """The same, from labels and embeddings."""
    parts: dict[str, list[tuple[Sighting, NDArray[Any]]]] = {QUERY: [], GALLERY: []}
    for label, vector in pairs:
        parts[label.role].append((label, vector))
    for role, listed in parts.items():
        if not listed:
            raise ConfigError(
                f"must hold at least one image of the {role}",
                where="person-reid judge",
                next_step="judge a whole split: the gallery is ranked for each query",
            )
    quality = asdict(evaluate_ranking(_gallery(parts[QUERY]), _gallery(parts[GALLERY])))
    return {"map": quality.pop("mean_average_precision")} | quality


def controls(train: Samples[Any, Any], test: Samples[Any, Any]) -> Mapping[str, Metrics]:
    """Rank by likeness of colours: plainly, and as well as colours are likely to do."""
    del train
    histograms = {"colour histogram": plain_colours, "equalised colours in bands": banded_colours}
    ranked: dict[str, list[tuple[Sighting, Floats]]] = {name: [] for name in histograms}
    for part in chunks(len(test), _READ_AT_ONCE):
        for sample in read_samples(test, part).samples:
            for name, histogram in histograms.items():
                # Of square roots the product is the Bhattacharyya coefficient, the usual
                # likeness of histograms.
                ranked[name].append((sample.label, np.sqrt(histogram(sample.raw))))
    return {name: ranking_metrics(pairs) for name, pairs in ranked.items()}


def plain_colours(image: Image) -> Floats:
    """The histogram of an image, float32 (bins,), summing to 1."""
    return _histogram(image)


def banded_colours(image: Image) -> Floats:
    """The histograms of BANDS bands from head to foot, one after the other, summing to 1 each.

    The middle half of the image only, where the person is, with each channel equalised, which
    takes the light and the camera's tint away.
    """
    import cv2

    quarter = image.shape[1] // 4
    middle = image[:, quarter : image.shape[1] - quarter]
    channels = [cv2.equalizeHist(np.ascontiguousarray(middle[..., c])) for c in range(3)]
    equalised = np.stack(channels, axis=-1).astype(np.uint8)
    bands = np.array_split(equalised, BANDS)
    return np.concatenate([_histogram(band) for band in bands])


def _histogram(image: Image) -> Floats:
    """Shares of hue x saturation x value."""
    import cv2

    hsv = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2HSV)
    counts = cv2.calcHist([hsv], [0, 1, 2], None, _BINS, [0, 180, 0, 256, 0, 256])
    shares: Floats = (counts / max(float(counts.sum()), 1.0)).astype(np.float32).ravel()
    return shares


def _gallery(pairs: Sequence[tuple[Sighting, NDArray[Any]]]) -> Gallery:
    return Gallery(
        embeddings=np.stack([vector for _, vector in pairs]).astype(np.float32),
        persons=np.array([label.person for label, _ in pairs], dtype=np.int64),
        cameras=np.array([label.camera for label, _ in pairs], dtype=np.int64),
    )

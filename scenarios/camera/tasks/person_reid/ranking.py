"""Ranking a gallery for each query, and the quality of the ranking, by Market-1501's rules.

Zheng et al., ICCV 2015. For a query, images of its person by other cameras are right. Images of
its person by its own camera, and junk (identity -1), count as if they were not there. All others
are wrong, distractors (identity 0) among them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.camera.tasks.person_reid.data.names import JUNK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Integers = NDArray[np.int64]

# 128 queries against a gallery of 19,732 take about 25 MB at a time.
_QUERIES_AT_ONCE: Final = 128


@dataclass(frozen=True, kw_only=True)
class Gallery:
    """Embeddings float32 (n, size), and who each shows, int64 (n,), by which camera, int64 (n,).

    Queries are given in the same form.
    """

    embeddings: Floats
    persons: Integers
    cameras: Integers

    def __post_init__(self) -> None:
        n = len(self.embeddings)
        if self.embeddings.ndim != 2 or {len(self.persons), len(self.cameras)} != {n}:
            raise ConfigError(
                "must hold one embedding, one person and one camera an image",
                where="ranking",
                value=(self.embeddings.shape, len(self.persons), len(self.cameras)),
            )


@dataclass(frozen=True, kw_only=True)
class RankingQuality:
    """Shares of queries with a right image among the first 1, 5, 10, and mean average precision."""

    rank1: float
    rank5: float
    rank10: float
    mean_average_precision: float


def evaluate_ranking(queries: Gallery, gallery: Gallery) -> RankingQuality:
    """Rank *gallery* by cosine for every query and judge the ranking.

    A wrong image as alike as a right one stands before it. A query with no right image in the
    gallery counts as not found, as in the public code. Raises ConfigError without queries or
    gallery, and for embeddings that are not finite.
    """
    if not len(queries.embeddings) or not len(gallery.embeddings):
        raise ConfigError(
            "needs at least one query and one gallery image",
            where="ranking",
            value=(len(queries.embeddings), len(gallery.embeddings)),
            next_step="judge a whole split",
        )
    query_vectors, gallery_vectors = _unit(queries.embeddings), _unit(gallery.embeddings)
    precisions, firsts = [], []
    for start in range(0, len(query_vectors), _QUERIES_AT_ONCE):
        part = slice(start, start + _QUERIES_AT_ONCE)
        scores = query_vectors[part] @ gallery_vectors.T
        for positions in _right_positions(
            scores, queries.persons[part], queries.cameras[part], gallery
        ):
            precisions.append(average_precision(positions))
            firsts.append(positions[0] if len(positions) else np.inf)
    first = np.array(firsts)
    return RankingQuality(
        rank1=float((first < 1).mean()),
        rank5=float((first < 5).mean()),
        rank10=float((first < 10).mean()),
        mean_average_precision=float(np.mean(precisions)),
    )


def average_precision(positions: NDArray[np.intp]) -> float:
    """The area under precision over recall, of the places of all right images, from 0, ascending.

    By the trapezoid rule, as in the public code for Market-1501: between two right images the
    precision counted is the mean of those before and after the second.
    """
    if not len(positions):
        return 0.0
    found = np.arange(len(positions))
    after = (found + 1) / (positions + 1)
    before = np.where(positions > 0, found / np.maximum(positions, 1), 1.0)
    return float(((before + after) / 2).mean())


def _right_positions(
    scores: Floats, persons: Integers, cameras: Integers, gallery: Gallery
) -> list[NDArray[np.intp]]:
    """For each query, row of *scores*, the places of the right images when junk is taken out.

    A right image's place is the number of wrong ones at least as alike, and of right ones before
    it: sorting the wrong ones' scores is enough, and faster than sorting images.
    """
    same_person = persons[:, np.newaxis] == gallery.persons
    right = same_person & (cameras[:, np.newaxis] != gallery.cameras)
    wrong = ~same_person & (gallery.persons != JUNK)
    wrong_scores = np.sort(np.where(wrong, scores, -np.inf), axis=1)
    positions = []
    for row, is_right in enumerate(right):
        ranked = -np.sort(-scores[row, is_right])
        ahead = wrong_scores.shape[1] - np.searchsorted(wrong_scores[row], ranked, side="left")
        positions.append(ahead + np.arange(len(ranked)))
    return positions


def _unit(embeddings: Floats) -> Floats:
    """Scale to unit length in float32, in which the products are made."""
    vectors = np.asarray(embeddings, dtype=np.float32)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(lengths).all():
        raise ConfigError(
            "embeddings must be finite numbers",
            where="ranking",
            next_step="look at the weights: an untrained or diverged network may give these",
        )
    scaled: Floats = (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return scaled

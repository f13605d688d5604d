"""Laws of the ranking's quality, and an oracle that ranks images one by one."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge_aibench.scenarios.camera.tasks.person_reid.ranking import (
    Gallery,
    RankingQuality,
    average_precision,
    evaluate_ranking,
)

seeds = st.integers(0, 2**32 - 1)


def draw(seed: int, n: int, persons: int = 4) -> Gallery:
    rng = np.random.default_rng(seed)
    return Gallery(
        embeddings=rng.normal(size=(n, 5)).astype(np.float32),
        persons=rng.integers(-1, persons, n),
        cameras=rng.integers(1, 4, n),
    )


def one_by_one(queries: Gallery, gallery: Gallery) -> RankingQuality:
    """Walk down each ranked list as a person with a pencil would."""
    areas, firsts = [], []
    for query, person, camera in zip(
        queries.embeddings, queries.persons, queries.cameras, strict=True
    ):
        alike = [_cosine(query, other) for other in gallery.embeddings]
        seen, found, area, first = 0, 0, 0.0, None
        total = sum(
            p == person and c != camera
            for p, c in zip(gallery.persons, gallery.cameras, strict=True)
        )
        for index in sorted(range(len(alike)), key=lambda i: -alike[i]):
            if gallery.persons[index] == -1 or (
                gallery.persons[index] == person and gallery.cameras[index] == camera
            ):
                continue
            if gallery.persons[index] == person:
                before = found / seen if seen else 1.0
                found += 1
                area += (before + found / (seen + 1)) / 2 / total
                first = seen if first is None else first
            seen += 1
        areas.append(area)
        firsts.append(first)
    ranks = [
        sum(first is not None and first < rank for first in firsts) / len(firsts)
        for rank in (1, 5, 10)
    ]
    return RankingQuality(
        rank1=ranks[0],
        rank5=ranks[1],
        rank10=ranks[2],
        mean_average_precision=sum(areas) / len(areas),
    )


def _cosine(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def same(a: RankingQuality, b: RankingQuality) -> bool:
    return bool(
        np.allclose(
            [a.rank1, a.rank5, a.rank10, a.mean_average_precision],
            [b.rank1, b.rank5, b.rank10, b.mean_average_precision],
        )
    )


def without_junk(queries: Gallery) -> Gallery:
    """Queries are of persons."""
    return Gallery(
        embeddings=queries.embeddings,
        persons=np.maximum(queries.persons, 0) + 1,
        cameras=queries.cameras,
    )


@given(seeds, st.integers(1, 5), st.integers(1, 40))
def test_agrees_with_a_walk_down_the_list(seed: int, queries: int, gallery: int) -> None:
    asked, given_ = without_junk(draw(seed, queries)), draw(seed + 1, gallery)
    assert same(evaluate_ranking(asked, given_), one_by_one(asked, given_))


@given(seeds)
def test_order_and_scale_of_the_gallery_do_not_matter(seed: int) -> None:
    asked, gallery = without_junk(draw(seed, 4)), draw(seed + 1, 30)
    rng = np.random.default_rng(seed)
    order = rng.permutation(30)
    scales = rng.uniform(0.1, 10, (30, 1)).astype(np.float32)
    shuffled = Gallery(
        embeddings=(gallery.embeddings * scales)[order],
        persons=gallery.persons[order],
        cameras=gallery.cameras[order],
    )
    assert same(evaluate_ranking(asked, gallery), evaluate_ranking(asked, shuffled))


@given(seeds)
def test_junk_changes_nothing_and_distractors_never_help(seed: int) -> None:
    asked, gallery, more = without_junk(draw(seed, 4)), draw(seed + 1, 30), draw(seed + 2, 15)

    def joined(person: int) -> Gallery:
        return Gallery(
            embeddings=np.concatenate((gallery.embeddings, more.embeddings)),
            persons=np.concatenate((gallery.persons, np.full(15, person))),
            cameras=np.concatenate((gallery.cameras, more.cameras)),
        )

    plain = evaluate_ranking(asked, gallery)
    assert same(evaluate_ranking(asked, joined(-1)), plain)
    harder = evaluate_ranking(asked, joined(0))
    assert harder.rank1 <= plain.rank1
    assert harder.mean_average_precision <= plain.mean_average_precision + 1e-9


@given(st.lists(st.integers(0, 200), min_size=1, max_size=20, unique=True))
def test_average_precision_is_a_share_and_falls_with_every_place_lost(places: list[int]) -> None:
    positions = np.array(sorted(places), dtype=np.intp)
    area = average_precision(positions)
    assert 0 < area <= 1
    assert average_precision(positions + 1) < area
    assert average_precision(np.arange(len(positions))) == 1

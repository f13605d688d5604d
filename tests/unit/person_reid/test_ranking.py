from __future__ import annotations

import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.camera.tasks.person_reid.ranking import (
    Gallery,
    average_precision,
    evaluate_ranking,
)


def images(*rows: tuple[float, int, int]) -> Gallery:
    """Images by angle of their embedding (degrees), person and camera."""
    angles = np.radians([angle for angle, _, _ in rows])
    return Gallery(
        embeddings=np.stack((np.cos(angles), np.sin(angles)), axis=1).astype(np.float32),
        persons=np.array([person for _, person, _ in rows], dtype=np.int64),
        cameras=np.array([camera for _, _, camera in rows], dtype=np.int64),
    )


@pytest.mark.parametrize(
    ("positions", "area"),
    [
        # One right image, first: precision 1 before and after it.
        ([0], 1.0),
        # Second: 0 of 1 before it, 1 of 2 with it.
        ([1], (0 + 1 / 2) / 2),
        # First and third: 1; then 1 of 2 before and 2 of 3 with it; each counts one half.
        ([0, 2], (1 + (1 / 2 + 2 / 3) / 2) / 2),
        ([], 0.0),
    ],
)
def test_average_precision_by_the_trapezoid_rule(positions: list[int], area: float) -> None:
    assert average_precision(np.array(positions, dtype=np.intp)) == pytest.approx(area)


def test_a_worked_case() -> None:
    queries = images((0, 1, 1))
    gallery = images(
        (5, 1, 1),  # the same camera: as if it were not there
        (10, -1, 2),  # junk: likewise
        (15, 0, 2),  # a distractor: wrong
        (20, 1, 2),  # right, second
        (30, 2, 1),  # wrong
        (40, 1, 3),  # right, fourth
    )
    quality = evaluate_ranking(queries, gallery)
    second, fourth = (0 / 1 + 1 / 2) / 2, (1 / 3 + 2 / 4) / 2
    assert quality.mean_average_precision == pytest.approx((second + fourth) / 2)
    assert (quality.rank1, quality.rank5, quality.rank10) == (0, 1, 1)


def test_junk_of_the_querys_own_person_never_counts() -> None:
    # For the first query nothing but junk and its own camera: not found, and counted as such.
    quality = evaluate_ranking(
        images((0, 1, 1), (90, 2, 1)), images((0, 1, 1), (0, -1, 2), (90, 2, 2))
    )
    assert quality.mean_average_precision == pytest.approx(1 / 2)
    assert quality.rank1 == pytest.approx(1 / 2)


def test_a_wrong_image_as_alike_as_the_right_one_stands_before_it() -> None:
    quality = evaluate_ranking(images((0, 1, 1)), images((30, 1, 2), (30, 2, 2)))
    assert quality.rank1 == 0
    assert quality.mean_average_precision == pytest.approx(1 / 4)


def test_an_embedding_that_says_nothing_earns_nothing() -> None:
    gallery = [(0.0, person, 2) for person in range(1, 21)]
    quality = evaluate_ranking(images(*[(0.0, p, 1) for p in range(1, 21)]), images(*gallery))
    assert quality.rank10 == 0


def test_ranks_count_the_first_right_image() -> None:
    wrong = [(float(angle), 9, 2) for angle in range(1, 8)]
    quality = evaluate_ranking(
        images((0, 1, 1), (0, 2, 1), (0, 3, 1)),
        images((0.5, 1, 2), (3.5, 2, 2), (7.5, 3, 2), *wrong),
    )
    # Behind 0, 4 and 9 others: the right images of the other queries stand in the way too.
    assert quality.rank1 == pytest.approx(1 / 3)
    assert quality.rank5 == pytest.approx(2 / 3)
    assert quality.rank10 == pytest.approx(1)


def test_queries_beyond_one_block_are_ranked_too() -> None:
    queries = [(0.1 * person, person, 1) for person in range(1, 301)]
    quality = evaluate_ranking(
        images(*queries), images(*[(angle, person, 2) for angle, person, _ in queries])
    )
    assert quality.mean_average_precision == pytest.approx(1)


def test_no_queries_or_no_gallery_is_refused() -> None:
    some, none = images((0, 1, 1)), images((0, 1, 1))
    empty = Gallery(
        embeddings=none.embeddings[:0], persons=none.persons[:0], cameras=none.cameras[:0]
    )
    for queries, gallery in ((some, empty), (empty, some)):
        with pytest.raises(ConfigError, match="at least one query and one gallery image"):
            evaluate_ranking(queries, gallery)


def test_numbers_that_are_none_are_refused() -> None:
    bad = Gallery(
        embeddings=np.full((1, 2), np.nan, dtype=np.float32),
        persons=np.array([1]),
        cameras=np.array([2]),
    )
    with pytest.raises(ConfigError, match="finite"):
        evaluate_ranking(images((0, 1, 1)), bad)


def test_lists_of_different_lengths_are_refused() -> None:
    with pytest.raises(ConfigError, match="one person and one camera"):
        Gallery(
            embeddings=np.zeros((2, 3), dtype=np.float32),
            persons=np.array([1]),
            cameras=np.array([1, 2]),
        )

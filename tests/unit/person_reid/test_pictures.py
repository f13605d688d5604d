from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.camera.tasks.person_reid.data import GALLERY, Market1501, Sighting
from edge_aibench.scenarios.camera.tasks.person_reid.pictures import (
    Pictures,
    batches,
    draw_pairs,
    load_pictures,
)


def pictures(*persons: int) -> Pictures:
    return Pictures(
        images=np.zeros((len(persons), 2, 2, 3), dtype=np.uint8),
        labels=tuple(Sighting(person=p, camera=1, role=GALLERY) for p in persons),
        persons=np.array(persons, dtype=np.int64),
    )


def test_persons_are_numbered_from_zero(hand_made: Path) -> None:
    loaded = load_pictures(Market1501().open(hand_made, split="train"), 16, 8)
    assert loaded.images.shape == (4, 16, 8, 3)
    assert list(loaded.persons) == [0, 0, 0, 1]
    assert loaded.count == 2


def test_an_image_that_cannot_be_read_stops_training(hand_made: Path) -> None:
    (hand_made / "bounding_box_train" / "0002_c1s1_000551_01.jpg").write_bytes(b"")
    with pytest.raises(ConfigError, match="must be an image"):
        load_pictures(Market1501().open(hand_made, split="train"), 16, 8)


@pytest.mark.parametrize(("n", "size", "cut"), [(10, 4, 2), (8, 4, 2), (3, 4, 1)])
def test_batches_are_of_one_size_and_hold_nothing_twice(n: int, size: int, cut: int) -> None:
    made = batches(n, size, np.random.default_rng(0))
    assert len(made) == cut
    assert {len(batch) for batch in made} == {min(size, n)}
    drawn = np.concatenate(made)
    assert len(set(drawn)) == len(drawn)
    assert set(drawn) <= set(range(n))


def test_pairs_show_one_person_and_halves_different_ones() -> None:
    given = pictures(0, 0, 1, 1, 1, 2, 2, 3, 3)
    rng = np.random.default_rng(0)
    for _ in range(20):
        first, second = draw_pairs(given, 2, rng)
        shown = given.persons[np.concatenate((first.image, second.image))]
        assert len(set(shown)) == 4
        for half in (first, second):
            assert np.array_equal(given.persons[half.image], given.persons[half.other])
            assert not (half.image == half.other).any()


def test_fewer_persons_make_smaller_batches_and_one_image_is_its_own_pair() -> None:
    first, second = draw_pairs(pictures(0, 1, 2), 8, np.random.default_rng(0))
    assert len(first.image) == len(second.image) == 1
    assert first.image == first.other

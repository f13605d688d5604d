from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.rng import stream
from edge_aibench.scenarios.camera.tasks.person_reid.data import (
    GALLERY,
    QUERY,
    Market1501,
    Sighting,
)
from edge_aibench.scenarios.camera.tasks.person_reid.data.layout import Role
from edge_aibench.scenarios.camera.tasks.person_reid.evaluation import (
    banded_colours,
    controls,
    judge,
    plain_colours,
)
from edge_aibench.tasks.sample import Sample, read_samples


def pair(person: int, camera: int, role: Role, vector: list[float]) -> tuple[Sample[Any, Any], Any]:
    label = Sighting(person=person, camera=camera, role=role)
    return Sample(name=f"{role}/{person}/{camera}", raw=None, label=label), np.array(vector)


def test_judge_ranks_the_gallery_for_the_queries() -> None:
    pairs = [
        pair(1, 1, QUERY, [1.0, 0.0]),
        pair(2, 1, QUERY, [0.0, 1.0]),
        pair(1, 2, GALLERY, [0.9, 0.1]),
        pair(2, 2, GALLERY, [1.0, 0.9]),
        pair(3, 2, GALLERY, [0.1, 0.9]),
    ]
    # The second query has its right image behind one wrong one: (0 + 1/2) / 2.
    assert judge([], pairs) == pytest.approx({"map": 0.625, "rank1": 0.5, "rank5": 1, "rank10": 1})


@pytest.mark.parametrize("role", [QUERY, GALLERY])
def test_judge_needs_queries_and_gallery(role: Role) -> None:
    with pytest.raises(ConfigError, match="at least one image of the"):
        judge([], [pair(1, 1, role, [1.0, 0.0])])


def test_oracle_embeddings_are_perfect_and_random_ones_are_not(generated: Path) -> None:
    samples = Market1501().open(generated, split="test")
    read = read_samples(samples, range(len(samples))).samples
    identity = np.eye(200)
    oracle = [(sample, identity[sample.label.person]) for sample in read]
    assert judge(samples, oracle) == {"map": 1, "rank1": 1, "rank5": 1, "rank10": 1}
    rng = stream(0, "embeddings")
    chance = judge(samples, [(sample, rng.normal(size=64)) for sample in read])
    assert chance["map"] < 0.4


def test_controls_are_far_from_perfect(generated: Path) -> None:
    layout = Market1501()
    found = controls(layout.open(generated, split="train"), layout.open(generated, split="test"))
    assert set(found) == {"colour histogram", "equalised colours in bands"}
    for metrics in found.values():
        assert set(metrics) == {"map", "rank1", "rank5", "rank10"}
        assert metrics["map"] < 0.8


def test_histograms_are_shares_of_colours() -> None:
    image = np.zeros((60, 40, 3), dtype=np.uint8)
    image[:30] = (255, 0, 0)
    plain = plain_colours(image)
    assert plain.shape == (16 * 4 * 4,)
    assert sorted(plain[plain > 0]) == [0.5, 0.5]
    assert banded_colours(image).reshape(6, -1).sum(axis=1) == pytest.approx(np.ones(6))


def test_bands_see_where_colours_are_and_light_does_not_matter() -> None:
    rng = stream(0, "colours")
    image = rng.integers(20, 200, (60, 40, 3)).astype(np.uint8)
    image[:30, :, 0] //= 2
    turned = image[::-1].copy()
    assert np.allclose(plain_colours(image), plain_colours(turned))
    assert np.abs(banded_colours(image) - banded_colours(turned)).sum() > 0.2
    brighter = (image.astype(int) + 40).astype(np.uint8)
    assert np.allclose(banded_colours(image), banded_colours(brighter))
    assert np.abs(plain_colours(image) - plain_colours(brighter)).sum() > 0.2

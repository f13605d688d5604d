"""Random streams: one for each purpose, the same whenever asked again."""

from __future__ import annotations

import numpy as np
import pytest

from edge_aibench import rng


def test_a_purpose_gives_the_same_stream_again() -> None:
    first, second = rng.stream(7, "arrivals/monitor/0"), rng.stream(7, "arrivals/monitor/0")
    assert np.array_equal(first.random(100), second.random(100))


def test_seeds_and_purposes_give_streams_of_their_own() -> None:
    draws = {
        tuple(rng.stream(seed, purpose).integers(0, 2**62, 4).tolist())
        for seed in (0, 1, 2**40)
        for purpose in ("link/access/3/up", "link/access/3/down", "arrivals")
    }
    assert len(draws) == 9


def test_another_purpose_in_between_shifts_nothing() -> None:
    alone = rng.stream(3, "a").random(10)
    stream = rng.stream(3, "a")
    early = stream.random(5)
    rng.stream(3, "b").random(1000)
    assert np.array_equal(alone, np.append(early, stream.random(5)))


def test_streams_of_neighbours_are_not_correlated() -> None:
    # n = 10,000 pairs: |r| of independent draws exceeds 3.89 / sqrt(n) once in 10,000 times.
    n = 10_000
    one, other = rng.stream(1, "x/0").random(n), rng.stream(1, "x/1").random(n)
    assert abs(np.corrcoef(one, other)[0, 1]) < 3.89 / np.sqrt(n)


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(ValueError, match="non-negative"):
        rng.stream(-1, "arrivals")

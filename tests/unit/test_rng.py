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


def _by_hand(key: int, first: int, second: int) -> float:
    """SplitMix64 with whole numbers: two finalizers, one gamma for each coordinate."""

    def mix(state: int) -> int:
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) % 2**64
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) % 2**64
        return state ^ (state >> 31)

    # The published first output of SplitMix64 from state 0.
    assert mix(0x9E3779B97F4A7C15) == 0xE220A8397B1DCDAF
    row = mix((first * 0x9E3779B97F4A7C15 + key) % 2**64)
    return (mix((row + (second + 1) * 0xD1342543DE82EF95) % 2**64) >> 11) / 2**53


def test_numbers_by_place_are_those_of_splitmix() -> None:
    for key in (0, 1, 2**64 - 1, rng.key(1, "service/death")):
        for first, second in ((0, 0), (0, 1), (1, 0), (10**6, 10**7), (2**62, 2**62)):
            assert float(rng.uniforms(key, first, second)) == _by_hand(key, first, second)


def test_places_are_broadcast_and_depend_on_nothing_else() -> None:
    key = rng.key(3, "loss")
    table = rng.uniforms(key, np.arange(4)[:, np.newaxis], np.arange(5))
    assert table.shape == (4, 5)
    assert table.dtype == np.float64
    for first, second in ((0, 0), (3, 4), (2, 1)):
        assert table[first, second] == rng.uniforms(key, first, second)
    assert np.array_equal(table[2, 1:3], rng.uniforms(key, 2, np.array([1, 2])))


def test_numbers_by_place_lie_in_the_unit_interval_and_have_53_bits() -> None:
    numbers = rng.uniforms(rng.key(0, "a"), np.arange(1000), 7)
    assert np.all((numbers >= 0) & (numbers < 1))
    assert np.all(numbers * 2**53 == np.floor(numbers * 2**53))


def test_seeds_and_purposes_have_keys_of_their_own() -> None:
    keys = {rng.key(seed, what) for seed in (0, 1, 12) for what in ("a", "b", "1/a", "a/1")}
    assert len(keys) == 12
    assert all(0 <= key < 2**64 for key in keys)
    assert rng.key(1, "2/a") != rng.key(12, "/a")

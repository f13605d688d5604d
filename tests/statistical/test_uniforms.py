"""Numbers called up by place, against what uniform and independent numbers would do.

Each test states n, the closed form and the interval that true numbers leave at most once in 1,000
keys; keys are fixed, so the outcome is too.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from edge_aibench import rng

LEVEL = 0.001
N = 100_000
KEYS = [rng.key(seed, what) for seed, what in ((1, "service/death"), (2, "arrivals/monitor"))]


def _along(key: int, way: str) -> np.ndarray:
    """100,000 numbers: one instance's, everyone's first, or a block of both."""
    if way == "sequences":
        return rng.uniforms(key, 5, np.arange(N))
    if way == "instances":
        return rng.uniforms(key, np.arange(N), 0)
    return rng.uniforms(key, np.arange(250)[:, np.newaxis], np.arange(N // 250)).ravel()


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("way", ["sequences", "instances", "block"])
class TestOneWay:
    def test_numbers_are_uniform(self, key: int, way: str) -> None:
        # n = 100,000: Kolmogorov-Smirnov against F(x) = x.
        assert stats.kstest(_along(key, way), stats.uniform.cdf).pvalue > LEVEL

    def test_neighbours_fill_the_square_evenly(self, key: int, way: str) -> None:
        # n = 50,000 pairs that share no number in 16 x 16 cells: chi-square with 255 degrees.
        pairs = np.floor(_along(key, way).reshape(-1, 2) * 16).astype(np.int64)
        counts = np.bincount(pairs[:, 0] * 16 + pairs[:, 1], minlength=256)
        low, high = stats.chi2(255).interval(1 - LEVEL)
        assert low <= stats.chisquare(counts).statistic <= high

    def test_neighbours_are_not_correlated(self, key: int, way: str) -> None:
        # n = 99,999 neighbours: |r| < 3.29 / sqrt(n) in 99.9 % of cases.
        numbers = _along(key, way)
        limit = stats.norm.ppf(1 - LEVEL / 2) / np.sqrt(N - 1)
        assert abs(np.corrcoef(numbers[:-1], numbers[1:])[0, 1]) < limit

    def test_every_bit_is_set_half_of_the_time(self, key: int, way: str) -> None:
        # n = 100,000 for each of 53 bits: normal with standard deviation sqrt(n) / 2; the level
        # is shared among the bits.
        whole = (_along(key, way) * 2**53).astype(np.uint64)
        limit = stats.norm.ppf(1 - LEVEL / 53 / 2) * np.sqrt(N) / 2
        for bit in range(53):
            ones = int(((whole >> np.uint64(bit)) & np.uint64(1)).sum())
            assert abs(ones - N / 2) < limit, f"bit {bit}"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (rng.key(1, "service/death"), rng.key(2, "service/death")),
        (rng.key(1, "service/death"), rng.key(1, "service/heart-failure")),
        (7, 8),
    ],
)
def test_keys_know_nothing_of_each_other(first: int, second: int) -> None:
    # n = 100,000 pairs in 16 x 16 cells: chi-square with 255 degrees of freedom.
    pairs = [np.floor(_along(key, "block") * 16).astype(np.int64) for key in (first, second)]
    counts = np.bincount(pairs[0] * 16 + pairs[1], minlength=256)
    low, high = stats.chi2(255).interval(1 - LEVEL)
    assert low <= stats.chisquare(counts).statistic <= high


def test_no_number_comes_more_often_than_chance_has_it() -> None:
    # 2,000,000 numbers of 2^53: n^2 / 2^54 = 2.2e-4 equal pairs are expected; more than one
    # would be seen once in 4e7 keys.
    numbers = rng.uniforms(KEYS[0], np.arange(2000)[:, np.newaxis], np.arange(1000)).ravel()
    assert len(numbers) - len(np.unique(numbers)) <= 1

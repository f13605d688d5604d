"""The intervals of `compare` hold the true difference as often as they say."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import lfilter
from scipy.stats import binom

from edge_aibench.record.comparison import Samples, differences

Numbers = NDArray[np.float64]

TRIALS, REQUESTS = 60, 800


def independent(generator: np.random.Generator) -> Numbers:
    return generator.exponential(5.0, REQUESTS)


def dependent(generator: np.random.Generator) -> Numbers:
    """An autoregressive series of first order with coefficient 0.8, as far from its start as to
    have forgotten it (0.8^200 = 4e-20).
    """
    noise = generator.normal(size=REQUESTS + 200)
    series: Numbers = lfilter([1.0], [1.0, -0.8], noise)[200:] + 20.0
    return series


@pytest.mark.parametrize("draw", [independent, dependent])
def test_an_interval_of_95_percent_holds_no_difference_95_times_in_100(
    draw: Callable[[np.random.Generator], Numbers],
) -> None:
    """n = 60 trials of 800 requests a candidate, unpaired; true difference of the means 0.

    A bootstrap of 10 blocks a side is a little narrow: at least 90 % is asked for, and so few hits
    as fail the test have a chance of 0.2 % then (binomial).
    """
    generator = np.random.default_rng(11)
    hits = 0
    for trial in range(TRIALS):
        first, second = (
            Samples({"e2e": (draw(generator),)}, (np.ones(REQUESTS),)) for _ in range(2)
        )
        found = next(differences(first, second, paired=False, seed=trial))
        assert found.lower is not None
        assert found.upper is not None
        hits += found.lower <= 0.0 <= found.upper
    fewest = int(binom.ppf(0.002, TRIALS, 0.90))
    assert hits >= fewest, f"{hits} of {TRIALS}, at least {fewest} were expected"

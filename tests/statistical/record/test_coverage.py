"""Do the intervals hold the true value as often as they promise?

Each test states the number of experiments N, the true value in closed form, and the coverage
expected. The count of experiments whose interval holds the true value is binomial; it must lie
within the central 99.9 % of that distribution. Seeds are fixed.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_aibench.record import statistics

Draw = Callable[[np.random.Generator, tuple[int, int]], NDArray[np.float64]]


def central(count: int, chance: float, mass: float = 0.999) -> tuple[int, int]:
    from scipy.stats import binom

    low, high = binom.interval(mass, count, chance)
    return int(low), int(high)


def exponential(generator: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float64]:
    return generator.exponential(2.0, shape)


def uniform(generator: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float64]:
    return generator.uniform(1.0, 5.0, shape)


# Closed forms: exponential with mean 2 has the quantile -2 ln(1 - p), uniform on [1, 5] 1 + 4 p.
CASES: list[tuple[str, Draw, Callable[[float], float]]] = [
    ("exponential", exponential, lambda p: -2.0 * math.log1p(-p)),
    ("uniform", uniform, lambda p: 1.0 + 4.0 * p),
]


@pytest.mark.parametrize("percent", [50.0, 90.0, 99.0])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_percentile_intervals(
    case: tuple[str, Draw, Callable[[float], float]], percent: float
) -> None:
    """N = 2000 samples of n = 500. For a continuous law the exact coverage is
    P(lower rank <= B < upper rank), B ~ Binomial(500, p); it must be at least 95 %.
    """
    from scipy.stats import binom

    _, draw, quantile = case
    share, experiments, size = percent / 100, 2000, 500
    lower_rank, upper_rank = statistics.interval_ranks(size, percent)
    assert lower_rank is not None
    assert upper_rank is not None
    exact = binom.cdf(upper_rank - 1, size, share) - binom.cdf(lower_rank - 1, size, share)
    assert 0.95 <= exact <= 0.985
    samples = draw(np.random.default_rng(20260301), (experiments, size))
    true = quantile(share)
    held = 0
    for sample in samples:
        interval = statistics.percentile_interval(sample, percent)
        assert interval.lower is not None
        assert interval.upper is not None
        held += interval.lower <= true <= interval.upper
    low, high = central(experiments, exact)
    assert low <= held <= high


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_percentiles_come_to_the_closed_form(
    case: tuple[str, Draw, Callable[[float], float]],
) -> None:
    """n = 200 000: the share of the law at or below the sample's p99 is Beta distributed with
    mean 0.99 and standard deviation sqrt(.99 * .01 / n) = 2.2e-4; within 3.29 of them (99.9 %).
    """
    name, draw, _ = case
    sample = draw(np.random.default_rng(7), (1, 200_000))[0]
    found = statistics.percentile(sample, 99.0)
    reached = -math.expm1(-found / 2.0) if name == "exponential" else (found - 1.0) / 4.0
    assert reached == pytest.approx(0.99, abs=3.29 * math.sqrt(0.99 * 0.01 / 200_000))


def autoregressive(
    generator: np.random.Generator, *, series: int, size: int, memory: float
) -> NDArray[np.float64]:
    """Stationary AR(1) with mean 10: each value keeps the share *memory* of the one before."""
    noise = generator.standard_normal((series, size))
    values = np.empty_like(noise)
    values[:, 0] = noise[:, 0] / math.sqrt(1 - memory**2)
    for step in range(1, size):
        values[:, step] = memory * values[:, step - 1] + noise[:, step]
    return values + 10.0


def test_batch_means_bear_neighbours_that_resemble_one_another() -> None:
    """N = 1000 series of 4000 values, AR(1) with memory 0.8, true mean 10. Batches of 200 keep
    a correlation of about 0.02, so coverage is a little under 95 %: accepted from 93 %.
    The plain t interval of the same series covers about half (expected: its variance is too
    small by (1 + .8) / (1 - .8) = 9, so P(|Z| < 1.96 / 3) = 49 %).
    """
    series = autoregressive(np.random.default_rng(11), series=1000, size=4000, memory=0.8)
    batched = plain = 0
    for values in series:
        wide = statistics.batch_means_interval(values)
        narrow = statistics.t_interval(values)
        assert wide.lower is not None
        assert wide.upper is not None
        assert narrow.lower is not None
        assert narrow.upper is not None
        batched += wide.lower <= 10.0 <= wide.upper
        plain += narrow.lower <= 10.0 <= narrow.upper
    assert central(1000, 0.93)[0] <= batched <= central(1000, 0.95)[1]
    low, high = central(1000, 0.49)
    assert low - 20 <= plain <= high + 20


def test_t_intervals_over_five_repeats() -> None:
    """N = 4000 experiments of 5 normal repeats: coverage is exactly 95 %."""
    runs = np.random.default_rng(5).normal(10.0, 2.0, (4000, 5))
    intervals = [statistics.t_interval(values) for values in runs]
    held = sum(
        interval.lower is not None
        and interval.upper is not None
        and interval.lower <= 10.0 <= interval.upper
        for interval in intervals
    )
    low, high = central(4000, 0.95)
    assert low <= held <= high


def test_dependence_tells_independent_requests_from_bursts() -> None:
    """Independent: 19 times the figure is about chi-squared with 19 degrees of freedom, so at
    N = 200 samples of 2000 its mean is 1 with standard deviation sqrt(2 / 19 / 200) = 0.023;
    accepted within 4 of them. AR(1) with memory 0.95 must be over the limit of 4 in most.
    """
    generator = np.random.default_rng(3)
    calm = [statistics.dependence(sample) for sample in generator.exponential(1.0, (200, 2000))]
    known = [value for value in calm if value is not None]
    assert len(known) == 200
    assert np.mean(known) == pytest.approx(1.0, abs=4 * math.sqrt(2 / 19 / 200))
    bursts = autoregressive(generator, series=100, size=2000, memory=0.95)
    high = [statistics.dependence(sample) for sample in bursts]
    assert sum(value is not None and value > 4 for value in high) > 90

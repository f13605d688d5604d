"""Percentiles from raw values, and intervals that say how far to trust them.

A percentile p of n values is the smallest value such that at least p percent of all values
are at or below it: the ceil(n p / 100)-th in order (the inverse of the empirical distribution
function; type 1 of Hyndman and Fan, The American Statistician 50, 1996). It is always a value
that was observed, and it stays right when values are infinite, as those of requests that were
never answered are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CONFIDENCE = 0.95
"""Two-sided confidence of every interval that is printed."""

BATCHES = 20
"""Batches for the mean: 10 to 30 are recommended (Schmeiser, Operations Research 30, 1982)."""


@dataclass(frozen=True)
class Interval:
    """A two-sided confidence interval; None where the sample is too small for a bound.

    *needs* is the sample size from which both bounds exist; None when they do.
    """

    lower: float | None
    upper: float | None
    needs: int | None = None


def percentile(values: NDArray[np.float64], percent: float) -> float:
    """The *percent* percentile (0 < percent <= 100) of at least one value."""
    import numpy as np

    if values.size == 0:
        raise ValueError("a percentile needs at least one value")
    index = _rank(values.size, percent) - 1
    return float(np.partition(values, index)[index])


def percentile_interval(
    values: NDArray[np.float64], percent: float, *, confidence: float = CONFIDENCE
) -> Interval:
    """Confidence interval for the *percent* percentile from order statistics.

    The number of n independent values at or below the true percentile is binomial, so the
    k-th value in order is above it with a chance that needs no assumption about the
    distribution (David and Nagaraja, Order Statistics, 2003, section 7.1). Both tails are
    rounded outwards: coverage is at least *confidence*. Values that depend on one another
    (a queue that builds up) make it too narrow; `dependence` tells.
    """
    import numpy as np

    lower_rank, upper_rank = interval_ranks(values.size, percent, confidence=confidence)
    ordered = np.sort(values)
    lower = None if lower_rank is None else float(ordered[lower_rank - 1])
    upper = None if upper_rank is None else float(ordered[upper_rank - 1])
    complete = lower is not None and upper is not None
    return Interval(
        lower, upper, None if complete else needed_for_interval(percent, confidence=confidence)
    )


def interval_ranks(
    count: int, percent: float, *, confidence: float = CONFIDENCE
) -> tuple[int | None, int | None]:
    """Ranks (from 1) of the values that bound a percentile; None where none can."""
    from scipy.stats import binom

    share, tail = percent / 100.0, (1.0 - confidence) / 2.0
    if count == 0:
        return None, None
    # Lower: the largest k with P(B < k) <= tail. Upper: the smallest with P(B >= k) <= tail.
    lower = int(binom.ppf(tail, count, share))
    while lower > 0 and binom.cdf(lower - 1, count, share) > tail:
        lower -= 1
    while lower < count and binom.cdf(lower, count, share) <= tail:
        lower += 1
    upper = max(int(binom.ppf(1.0 - tail, count, share)), 1)
    while upper > 1 and binom.sf(upper - 2, count, share) <= tail:
        upper -= 1
    while upper <= count and binom.sf(upper - 1, count, share) > tail:
        upper += 1
    return (lower or None), (upper if upper <= count else None)


def needed_for_interval(percent: float, *, confidence: float = CONFIDENCE) -> int:
    """Sample size from which both bounds of a percentile's interval exist (p99: 368)."""
    share, tail = percent / 100.0, (1.0 - confidence) / 2.0
    for_upper = math.ceil(math.log(tail) / math.log(share))
    for_lower = math.ceil(math.log(tail) / math.log1p(-share))
    # The logarithms may round either way at the edge: settle it with the powers themselves.
    for_upper += share**for_upper > tail
    for_lower += (1.0 - share) ** for_lower > tail
    return max(for_upper, for_lower)


def early_stopping_total(over: int, percent: float, *, confidence: float = CONFIDENCE) -> int:
    """Fewest values, *over* of them above a limit, that put the percentile within it.

    Smallest n with P(Binomial(n, 1 - percent/100) <= over) <= (1 - confidence) / 2: the early
    stopping rule of MLPerf Inference, at the tail that the two-sided interval leaves above.
    """
    from scipy.stats import binom

    allowed, tail = 1.0 - percent / 100.0, (1.0 - confidence) / 2.0
    low, high = over, max(over + 1, 64)
    while binom.cdf(over, high, allowed) > tail:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        if binom.cdf(over, middle, allowed) > tail:
            low = middle
        else:
            high = middle
    return high


def batch_means_interval(
    values: NDArray[np.float64], *, batches: int = BATCHES, confidence: float = CONFIDENCE
) -> Interval:
    """Interval for the mean of a series in time order, from the means of *batches* batches.

    Neighbouring values that resemble one another widen it, as they must. Fewer than two
    values a batch give no bound.
    """
    import numpy as np

    if values.size < 2 * batches:
        return Interval(None, None, 2 * batches)
    # The oldest values beyond a multiple of the number of batches are left out.
    size = values.size // batches
    means = values[values.size - size * batches :].reshape(batches, size).mean(axis=1)
    half = _t_half_width(means, confidence)
    centre = float(np.mean(values))
    return Interval(centre - half, centre + half)


def t_interval(values: NDArray[np.float64], *, confidence: float = CONFIDENCE) -> Interval:
    """Student's interval for the mean of independent repeats; one repeat has no bound."""
    import numpy as np

    if values.size < 2:
        return Interval(None, None, 2)
    if not np.all(np.isfinite(values)):
        return Interval(None, math.inf)
    half, centre = _t_half_width(values, confidence), float(np.mean(values))
    return Interval(centre - half, centre + half)


def proportion_interval(hits: int, count: int, *, confidence: float = CONFIDENCE) -> Interval:
    """Clopper and Pearson's exact interval for a proportion (Biometrika 26, 1934).

    Exact means that coverage is never below *confidence*, also at 0 and at 1, where
    approximations fail and where a benchmark's shares mostly are.
    """
    from scipy.stats import beta

    if not 0 <= hits <= count:
        raise ValueError(f"hits(={hits}) must be from 0 to count(={count})")
    if count == 0:
        return Interval(None, None, 1)
    tail = (1.0 - confidence) / 2.0
    lower = 0.0 if hits == 0 else float(beta.ppf(tail, hits, count - hits + 1))
    upper = 1.0 if hits == count else float(beta.isf(tail, hits + 1, count - hits))
    return Interval(lower, upper)


def dependence(values: NDArray[np.float64], *, batches: int = BATCHES) -> float | None:
    """How much values in time order resemble their neighbours: 1 is not at all.

    Variance of batch means times batch size over the plain variance, taken of "is above the
    90th percentile" so that it speaks of the tail and bears infinite values. At 4 a percentile
    interval is about half as wide as it should be. None if it cannot be told.
    """
    import numpy as np

    if values.size < 5 * batches:
        return None
    high = (values > percentile(values, 90.0)).astype(np.float64)
    size = high.size // batches
    high = high[high.size - size * batches :]
    variance = float(np.var(high))
    if variance == 0:
        return None
    means = high.reshape(batches, size).mean(axis=1)
    return float(np.var(means, ddof=1)) * size / variance


def _rank(count: int, percent: float) -> int:
    if not 0 < percent <= 100:
        raise ValueError(f"percent(={percent}) must be above 0 and at most 100")
    # n p / 100 in floats may land just above a whole number (e.g. 1000 * 99.9 / 100).
    return max(1, math.ceil(round(count * percent / 100.0, 9)))


def _t_half_width(values: NDArray[np.float64], confidence: float) -> float:
    import numpy as np
    from scipy.stats import t

    quantile = float(t.ppf((1.0 + confidence) / 2.0, values.size - 1))
    return quantile * float(np.std(values, ddof=1)) / math.sqrt(values.size)

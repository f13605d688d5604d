"""What queueing theory says of the same means: M/M/1, and an open network of such stations.

Closed forms of Kleinrock, Queueing Systems, vol. 1 (1975), section 3.2, and of Jackson, Networks of
waiting lines, Operations Research 5 (1957). Times in seconds; an unstable queue has infinite ones.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

STEPS = 200


@dataclass(frozen=True)
class Station:
    """One server with a queue: requests a second, and seconds of work each on the average."""

    name: str
    rate_per_s: float
    service_s: float

    @property
    def use(self) -> float:
        """Share of the time in which the server is busy."""
        return self.rate_per_s * self.service_s

    @property
    def sojourn_s(self) -> float:
        """Mean time in queue and service of M/M/1."""
        return self.service_s / (1.0 - self.use) if self.use < 1.0 else math.inf


@dataclass(frozen=True)
class TheoreticalTimes:
    """Seconds; percentiles by their percent."""

    mean_s: float
    percentiles_s: dict[float, float]


def single_queue(station: Station, percents: Sequence[float]) -> TheoreticalTimes:
    """M/M/1: the time in the system is exponential."""
    mean_s = station.sojourn_s
    return TheoreticalTimes(
        mean_s=mean_s,
        percentiles_s={p: -math.log1p(-p / 100.0) * mean_s for p in percents},
    )


def network(
    stations: Sequence[Station], constant_s: float, percents: Sequence[float]
) -> TheoreticalTimes:
    """Stations one after the other, each M/M/1, and *constant_s* of delay without a queue.

    Times in the stations of a chain are independent (Reich, 1957), so their sum has the
    convolution of exponentials for its law.
    """
    means_s = [station.sojourn_s for station in stations if station.service_s > 0.0]
    return TheoreticalTimes(
        mean_s=constant_s + math.fsum(means_s),
        percentiles_s={p: constant_s + _sum_quantile_s(means_s, p / 100.0) for p in percents},
    )


def _sum_quantile_s(means_s: Sequence[float], share: float) -> float:
    """The *share* quantile of a sum of independent exponentials, by bisection."""
    if not means_s:
        return 0.0
    if any(map(math.isinf, means_s)):
        return math.inf
    low_s, high_s = 0.0, math.fsum(means_s)
    while _survival(means_s, high_s) > 1.0 - share:
        high_s *= 2.0
    for _ in range(STEPS):
        middle_s = (low_s + high_s) / 2
        if not low_s < middle_s < high_s:
            break
        if _survival(means_s, middle_s) > 1.0 - share:
            low_s = middle_s
        else:
            high_s = middle_s
    return high_s


def _survival(means_s: Sequence[float], time_s: float) -> float:
    """The chance that the sum is longer: a phase-type law, so equal means do no harm."""
    from scipy.linalg import expm

    rates = np.array([1.0 / mean_s for mean_s in means_s])
    generator = np.diag(-rates) + np.diag(rates[:-1], k=1)
    return float(expm(generator * time_s)[0].sum())

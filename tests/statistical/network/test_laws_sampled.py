"""Samples of the laws against their closed forms. Seeds are fixed: a failure is no chance."""

from __future__ import annotations

import math

import numpy as np
import pytest

from edge_aibench.model.link import Jitter, JitterLaw, LinkDirection
from edge_aibench.network.law import link_law
from edge_aibench.network.schedule import DirectionSchedule
from edge_aibench.rng import stream

_N = 20_000


@pytest.mark.parametrize("law", ["uniform", "normal", "lognormal"])
@pytest.mark.parametrize(("delay_s", "spread_s"), [(0.008, 0.002), (0.05, 0.015)])
def test_mean_and_spread_lie_in_their_intervals(
    law: JitterLaw, delay_s: float, spread_s: float
) -> None:
    from scipy import stats

    direction = LinkDirection(delay_s=delay_s, jitter=Jitter(law=law, spread_s=spread_s))
    samples = link_law(direction).sample_delay_s(stream(11, f"{law}/{delay_s}"), _N)
    s = math.sqrt(math.log1p((spread_s / delay_s) ** 2))
    oracle = {
        "uniform": stats.uniform(delay_s - math.sqrt(3) * spread_s, 2 * math.sqrt(3) * spread_s),
        "normal": stats.norm(delay_s, spread_s),
        "lognormal": stats.lognorm(s, scale=delay_s * math.exp(-(s**2) / 2)),
    }[law]
    # n = 20 000. Mean: standard error spread / sqrt(n); standard deviation: spread times
    # sqrt((kurtosis - 1) / 4n); both within 3.29 of them, the 99.9 % interval. A normal law
    # cut off at zero differs from the oracle by less than a hundredth of that.
    kurtosis = float(oracle.stats("k")) + 3
    assert abs(samples.mean() - delay_s) <= 3.29 * spread_s / math.sqrt(_N)
    assert abs(samples.std() - spread_s) <= 3.29 * spread_s * math.sqrt((kurtosis - 1) / (4 * _N))
    # Kolmogorov-Smirnov distance: 1.95 / sqrt(n) at 99.9 %.
    assert stats.kstest(samples, oracle.cdf).statistic <= 1.95 / math.sqrt(_N)


@pytest.mark.parametrize("loss", [0.001, 0.01, 0.3])
def test_number_lost_lies_in_the_binomial_interval(loss: float) -> None:
    from scipy import stats

    lost = link_law(LinkDirection(loss=loss)).sample_loss(stream(12, f"loss/{loss}"), _N)
    low, high = stats.binom.interval(0.999, _N, loss)
    assert low <= lost.sum() <= high


def test_losses_are_independent_of_each_other() -> None:
    # Pairs of neighbours both lost: n = 19 999 pairs, each with chance 0.09. The variance of
    # the count, neighbours overlapping, is n (p^2 (1 - p^2) + 2 (p^3 - p^4)), p = 0.3.
    lost = link_law(LinkDirection(loss=0.3)).sample_loss(stream(13, "pairs"), _N)
    pairs, n = int((lost[1:] & lost[:-1]).sum()), _N - 1
    variance = n * (0.09 * 0.91 + 2 * (0.027 - 0.0081))
    assert abs(pairs - 0.09 * n) <= 3.29 * math.sqrt(variance)


def test_schedule_draws_what_the_law_says() -> None:
    from scipy import stats

    # n = 5000 packets a second apart, so that order changes nothing; blocks of draws end
    # within them. Kolmogorov-Smirnov distance at 99.9 %: 1.95 / sqrt(5000) = 0.0276.
    direction = LinkDirection(delay_s=0.02, loss=0.05, jitter=Jitter(law="normal", spread_s=0.004))
    schedule = DirectionSchedule(direction, generator=stream(14, "schedule"))
    n = 5000
    due = [schedule.offer(i * 10**9, 100) for i in range(n)]
    delays_s = [(d - i * 10**9) / 1e9 for i, d in enumerate(due) if d is not None]
    assert stats.kstest(delays_s, stats.norm(0.02, 0.004).cdf).statistic <= 0.0276
    low, high = stats.binom.interval(0.999, n, 0.05)
    assert low <= schedule.lost <= high


def test_delay_and_loss_of_a_packet_are_unrelated() -> None:
    # Delays of packets that follow a lost one against all others: n about 600 and 2400, two
    # normal samples; the difference of their means has the error s sqrt(1/n1 + 1/n2).
    direction = LinkDirection(delay_s=0.02, loss=0.2, jitter=Jitter(law="normal", spread_s=0.004))
    schedule = DirectionSchedule(direction, generator=stream(15, "unrelated"))
    due = [schedule.offer(i * 10**9, 100) for i in range(4000)]
    after_loss: list[float] = []
    others: list[float] = []
    for i in range(1, len(due)):
        instant = due[i]
        if instant is not None:
            (after_loss if due[i - 1] is None else others).append(instant / 1e9 - i)
    error_s = 0.004 * math.sqrt(1 / len(after_loss) + 1 / len(others))
    assert abs(np.mean(after_loss) - np.mean(others)) <= 3.29 * error_s

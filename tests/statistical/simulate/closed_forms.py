"""What queueing theory says, in seconds; *rate* is arrivals a second, *mean* a service time.

Sources: Kleinrock, "Queueing Systems" I (1975) for single stations; Crommelin (1932) for M/D/c;
Nelson and Tantawi (IEEE ToC 37, 1988) and Baccelli, Makowski, Shwartz (Adv. Appl. Prob. 21, 1989)
for fork and join; Medhi, "Recent Developments in Bulk Queueing Models" (1984) for batches; Barrer
(Operations Research 5, 1957) for customers that give up.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def pollaczek_khinchine_s(rate: float, mean: float, square: float) -> float:
    """Mean wait in M/G/1, whose service time has *mean* and second moment *square*."""
    return rate * square / (2.0 * (1.0 - rate * mean))


def mm1_wait_s(rate: float, mean: float) -> float:
    """Mean wait in M/M/1."""
    return rate * mean * mean / (1.0 - rate * mean)


def mm1_sojourn_s(rate: float, mean: float) -> float:
    """Mean of wait and service in M/M/1, which together are exponential."""
    return mean / (1.0 - rate * mean)


def mm1_tail_variance(use: float, left: float, *, states: int = 2000) -> float:
    """Variance, times their number, of the share of M/M/1's customers who stay longer than the
    time that only the share *left* exceeds.

    Who finds n there stays for n + 1 exponential times. The time average of a function f of the
    number in a birth and death process has the variance 2 / T times the sum over k of
    F(k)^2 / (rate p(k)), F(k) being the sum over j <= k of p(j) (f(j) - mean of f) (Whitt,
    Operations Research 37, 1989). Customers sample it at the rate of arrivals, which adds what is
    left of an independent draw.
    """
    from scipy.stats import gamma

    number = np.arange(states)
    chances = (1.0 - use) * use**number
    beyond = gamma.sf(-math.log(left) / (1.0 - use), number + 1)
    # All of them sum to 0. From the rare end, so that what is rare keeps its digits.
    sums = np.cumsum((chances * (beyond - left))[::-1])[::-1][1:]
    seen = chances[:-1] > 1e-200
    slow = 2.0 * float((sums[seen] ** 2 / chances[:-1][seen]).sum())
    return slow + left * (1.0 - left)


def erlang_c(rate: float, mean: float, servers: int) -> float:
    """The chance to wait in M/M/c."""
    load = rate * mean
    free = math.fsum(load**k / math.factorial(k) for k in range(servers))
    busy = load**servers / math.factorial(servers) / (1.0 - load / servers)
    return busy / (free + busy)


def mmc_wait_s(rate: float, mean: float, servers: int) -> float:
    """Mean wait in M/M/c."""
    return erlang_c(rate, mean, servers) * mean / (servers - rate * mean)


def mdc_wait_s(rate: float, time: float, servers: int, *, states: int = 400) -> float:
    """Mean wait in M/D/c, from the number of customers at instants *time* apart.

    Within *time* all who are in service leave and nobody who comes does, so that
    p(j) = p(at most c) a(j) + sum over k > c of p(k) a(j - k + c), a(i) being the Poisson chance
    of i arrivals (Crommelin). Solved for numbers below *states*; wait by Little.
    """
    from scipy.stats import poisson

    arrivals = poisson.pmf(np.arange(states), rate * time)
    moves = np.zeros((states, states))
    for k in range(states):
        left = max(0, k - servers)
        moves[k, left:] = arrivals[: states - left]
    moves /= moves.sum(axis=1, keepdims=True)
    system = np.vstack([moves.T - np.eye(states), np.ones(states)])
    chances = np.linalg.lstsq(system, np.append(np.zeros(states), 1.0), rcond=None)[0]
    waiting = float(np.maximum(np.arange(states) - servers, 0) @ chances)
    return waiting / rate


def dm1_root(use: float) -> float:
    """The chance to wait in D/M/1: the root below 1 of x = exp(-(1 - x) / use)."""
    root = 0.0
    for _ in range(10_000):
        root = math.exp(-(1.0 - root) / use)
    return root


def dm1_wait_s(interval: float, mean: float) -> float:
    """Mean wait in D/M/1."""
    root = dm1_root(mean / interval)
    return mean * root / (1.0 - root)


def harmonic(number: int) -> float:
    """1 + 1/2 + ... + 1/number."""
    return math.fsum(1.0 / k for k in range(1, number + 1))


def fork_join_of_two_s(rate: float, mean: float) -> float:
    """Mean time until both of two exponential servers have done their part: exact."""
    return (12.0 - rate * mean) / 8.0 * mm1_sojourn_s(rate, mean)


def fork_join_approximated_s(rate: float, mean: float, servers: int) -> float:
    """The same for up to 32 servers, as approximated by Nelson and Tantawi within 5 %."""
    ratio = harmonic(servers) / harmonic(2)
    return (ratio + 4.0 / 11.0 * (1.0 - ratio) * rate * mean) * fork_join_of_two_s(rate, mean)


def fork_join_bounds_s(rate: float, mean: float, servers: int) -> tuple[float, float]:
    """What it cannot be below and above.

    Above, as if the servers had arrivals of their own (they are associated); below, as if
    arrivals came evenly, which leaves independent D/M/1.
    """
    below = harmonic(servers) * mean / (1.0 - dm1_root(rate * mean))
    return below, harmonic(servers) * mm1_sojourn_s(rate, mean)


def batches_wait_s(rate: float, mean: float, batch: int) -> float:
    """Mean wait in M/M(1,b)/1: a free server takes all who wait, up to *batch*, at once.

    While the server is busy the number of those who wait is geometric with r, the root below 1 of
    r^(b+1) - (1 + rate mean) r + rate mean = 0: balance for n > 0 waiting is
    (rate + 1/mean) p(n) = rate p(n-1) + p(n+b) / mean, and with the server idle
    rate p(idle) = p(0) / mean.
    """
    load = rate * mean
    root = load / (1.0 + load)
    for _ in range(100_000):
        root = (load + root ** (batch + 1)) / (1.0 + load)
    first = 1.0 / (1.0 / (1.0 - root) + 1.0 / load)
    return first * root / (1.0 - root) ** 2 / rate


def given_up(rate: float, mean: float, patience: float) -> float:
    """The share of customers that have waited longer than *patience* when their turn comes.

    M/M/1 with a bound on the wait: the wait that a customer would have has the density
    rate p exp(-(1/mean - rate) x) up to *patience* and falls with exp(-x/mean) beyond.
    """
    slack = 1.0 / mean - rate
    beyond = rate * mean * math.exp(-slack * patience)
    below = rate * -math.expm1(-slack * patience) / slack
    return beyond / (1.0 + below + beyond)


def constant_classes_wait_s(classes: Sequence[tuple[float, float]]) -> float:
    """Mean wait in M/G/1 that serves Poisson streams, each a rate and a constant time."""
    use = math.fsum(rate * time for rate, time in classes)
    return math.fsum(rate * time * time for rate, time in classes) / (2.0 * (1.0 - use))

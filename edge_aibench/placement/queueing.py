"""Mean waits in front of workers and wires, in closed form.

Of one server with Poisson arrivals it is that of Pollaczek and Khinchine. For several servers and
other arrivals the wait of M/M/c (Erlang's C formula) is scaled by (ca2 + cs2) / 2, the squared
coefficients of variation of gaps and service times (Allen, Probability, Statistics, and Queueing
Theory, 1990, section 5.3.6, from Cunneen). That of many periodic sources together is Whitt's (The
Queueing Network Analyzer, Bell System Technical Journal 62, 1983, section 4.3): near 1 as long as
the queue is mostly empty, near 0 when it is full, since sources that keep time make no long bursts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass
class Queue:
    """*servers* with one queue, and sums over all that comes to it."""

    servers: int = 1
    rate_per_s: float = 0.0
    work: float = 0.0
    squares_s: float = 0.0
    _rates_squared: float = 0.0
    _varying: float = 0.0

    def add(
        self,
        rate_per_s: float,
        mean_s: float,
        mean_square_s2: float,
        *,
        sources: int = 1,
        variation: float = 1.0,
    ) -> None:
        """Let jobs come whose service time has this mean and mean square.

        They come from *sources* alike, *rate_per_s* in all, whose gaps have the squared coefficient
        of variation *variation*: 1 of Poisson processes, 0 of periodic ones.
        """
        self.rate_per_s += rate_per_s
        self.work += rate_per_s * mean_s
        self.squares_s += rate_per_s * mean_square_s2
        self._rates_squared += rate_per_s**2 / sources
        self._varying += rate_per_s * variation

    @property
    def use(self) -> float:
        """The share of what the servers can do."""
        return self.work / self.servers

    @property
    def wait_s(self) -> float:
        """The mean wait before service begins; infinite where more comes than can be done."""
        if self.work <= 0.0:
            return 0.0
        if self.use >= 1.0:
            return math.inf
        mean_s = self.work / self.rate_per_s
        # Rounding must not make constant times vary by less than nothing.
        service = max(0.0, self.squares_s / self.rate_per_s / mean_s**2 - 1.0)
        waiting = self.use if self.servers == 1 else erlang_c(self.servers, self.work)
        return (self._arrivals() + service) / 2.0 * waiting * mean_s / (self.servers - self.work)

    def _arrivals(self) -> float:
        """The squared coefficient of variation of the gaps between all arrivals."""
        streams = self.rate_per_s**2 / self._rates_squared
        weight = 1.0 / (1.0 + 4.0 * (1.0 - self.use) ** 2 * (streams - 1.0))
        return weight * self._varying / self.rate_per_s + 1.0 - weight


def erlang_c(servers: int, offered: float) -> float:
    """The chance of waiting in M/M/c with *offered* erlangs below *servers*."""
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = offered * blocked / (number + offered * blocked)
    return blocked / (1.0 - offered / servers * (1.0 - blocked))

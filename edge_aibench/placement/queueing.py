"""Mean waits in front of workers and wires, in closed form.

The mean wait of M/G/1 is that of Pollaczek and Khinchine; for several servers that of M/M/c
(Erlang's C formula) is scaled by the same factor, as Allen (Probability, Statistics, and Queueing
Theory, 1990, section 5.3.6) has it from Cunneen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass
class Queue:
    """What comes to *servers*: work a second, and half the rate of squared work (both summed)."""

    servers: int = 1
    rate_per_s: float = 0.0
    work: float = 0.0
    squares_s: float = 0.0

    def add(self, rate_per_s: float, mean_s: float, mean_square_s2: float) -> None:
        """Let *rate_per_s* jobs come with a service time of this mean and mean square."""
        self.rate_per_s += rate_per_s
        self.work += rate_per_s * mean_s
        self.squares_s += rate_per_s * mean_square_s2

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
        if self.servers == 1:
            return self.squares_s / (2.0 * (1.0 - self.work))
        mean_s = self.work / self.rate_per_s
        # (1 + c^2) / 2 with c^2 the squared coefficient of variation of the service time.
        factor = self.squares_s / self.rate_per_s / mean_s**2 / 2.0
        return factor * erlang_c(self.servers, self.work) * mean_s / (self.servers - self.work)


def erlang_c(servers: int, offered: float) -> float:
    """The chance of waiting in M/M/c with *offered* erlangs below *servers*."""
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = offered * blocked / (number + offered * blocked)
    return blocked / (1.0 - offered / servers * (1.0 - blocked))

"""A histogram of how late packets were, small enough to keep for every direction."""

from __future__ import annotations

_FINE = 1000
_SIZE = 2001


class LatenessHistogram:
    """Counts in steps of 1 us up to 1 ms and of 1 ms up to 1 s; the maximum is exact.

    A percentile is the upper edge of its step: never better than the truth.
    """

    __slots__ = ("_counts", "max_ns", "total")

    def __init__(self) -> None:
        self._counts = [0] * _SIZE
        self.total = 0
        self.max_ns = 0

    def add(self, lateness_ns: int) -> None:
        """Count one packet; an early one counts as on time."""
        step = lateness_ns // 1000
        if step >= _FINE:
            step = min(_FINE - 1 + step // 1000, _SIZE - 1)
        self._counts[max(step, 0)] += 1
        self.total += 1
        self.max_ns = max(self.max_ns, lateness_ns)

    def counts(self) -> dict[int, int]:
        """How many packets were late by at most so many ns (the upper edge of each step)."""
        return {_upper_edge_ns(step): n for step, n in enumerate(self._counts) if n}

    def percentile_ns(self, percent: float) -> int | None:
        """Lateness that *percent* (0 to 100) of the packets stayed within; None if none came."""
        if self.total == 0:
            return None
        wanted = self.total * percent / 100
        seen = 0
        for step, count in enumerate(self._counts):
            seen += count
            if count and seen >= wanted:
                return min(_upper_edge_ns(step), self.max_ns)
        return self.max_ns


def _upper_edge_ns(step: int) -> int:
    if step == _SIZE - 1:
        # Everything past one second shares the last step: only the maximum bounds it.
        return 2**62
    return (step + 1) * 1000 if step < _FINE else (step - _FINE + 2) * 1_000_000

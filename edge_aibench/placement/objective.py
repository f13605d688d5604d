"""What a placement is judged by: measures to make least or largest, and limits on measures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Objective:
    """A measure of a run (names as in `record.measures`), to make least, or largest."""

    measure: str
    largest: bool = False

    def better(self, first: float, second: float) -> bool:
        """Whether *first* beats *second*."""
        return first > second if self.largest else first < second


@dataclass(frozen=True)
class Limit:
    """A measure must stay within *most*; *name* is how it is spoken of, such as a budget."""

    measure: str
    most: float
    name: str

    def excess(self, value: float) -> float:
        """By what share *value* is over the limit; 0 within it."""
        if value <= self.most:
            return 0.0
        return value / self.most - 1.0 if self.most > 0 else float("inf")

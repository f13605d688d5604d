"""Which numbers of instances to try, to find the largest that meets a budget.

Doubling until a number fails, then halving the gap: the search takes it that a system which cannot
serve n instances cannot serve more. Nothing here runs anything; whoever does tells the outcomes.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum


class TrialOutcome(StrEnum):
    """What a run of so many instances showed.

    PASS and FAIL are the verdict on the budgets, UNDECIDED its absence; INVALID says that this
    machine could not tell.
    """

    PASS = "PASS"  # noqa: S105 - no password
    FAIL = "FAIL"
    UNDECIDED = "UNDECIDED"
    INVALID = "INVALID"


_STOPS = (TrialOutcome.FAIL, TrialOutcome.INVALID)


class CapacitySearch:
    """Tries numbers from 1 to *at_most*, beginning with *start*.

    Ask `next_number`, run so many, `tell` the outcome, until there is no next one. An UNDECIDED
    number counts as not shown to pass, but does not end the doubling. An INVALID one does: more
    instances ask more of this machine.
    """

    def __init__(self, *, start: int = 1, at_most: int) -> None:
        if not 1 <= start <= at_most:
            raise ValueError(f"start must be from 1 to {at_most}, not {start}")
        self._start = start
        self._at_most = at_most
        self._outcomes: dict[int, TrialOutcome] = {}

    def tell(self, number: int, outcome: TrialOutcome) -> None:
        """*number* instances were tried."""
        self._outcomes[number] = outcome

    def next_number(self) -> int | None:
        """What to try next; None when the bounds cannot be drawn closer."""
        if not self._outcomes:
            return self._start
        top = max(self._outcomes)
        stopped = any(outcome in _STOPS for outcome in self._outcomes.values())
        if not stopped and top < self._at_most:
            return min(2 * top, self._at_most)
        return self._between_passed_and_not() or self._between_undecided_and_failed()

    @property
    def largest_passed(self) -> int:
        """The largest number shown to pass below every one shown to fail; 0 if none was."""
        failed = self.smallest_failed
        passed = self._numbers(TrialOutcome.PASS)
        return max((n for n in passed if failed is None or n < failed), default=0)

    @property
    def smallest_failed(self) -> int | None:
        """The smallest number shown to fail; None if none was."""
        return min(self._numbers(TrialOutcome.FAIL), default=None)

    @property
    def smallest_invalid(self) -> int | None:
        """The smallest number above all that passed that this machine cannot emulate."""
        invalid = self._numbers(TrialOutcome.INVALID)
        return min((n for n in invalid if n > self.largest_passed), default=None)

    @property
    def contradictions(self) -> tuple[tuple[int, int], ...]:
        """Numbers that passed though fewer failed: (failed, passed) for each that passed."""
        failed = self.smallest_failed
        if failed is None:
            return ()
        return tuple((failed, n) for n in sorted(self._numbers(TrialOutcome.PASS)) if n > failed)

    def _numbers(self, outcome: TrialOutcome) -> Iterator[int]:
        return (number for number, found in self._outcomes.items() if found is outcome)

    def _between_passed_and_not(self) -> int | None:
        passed = self.largest_passed
        above = [number for number in self._outcomes if number > passed]
        return _middle(passed, min(above)) if above else None

    def _between_undecided_and_failed(self) -> int | None:
        """Undecided numbers leave a gap below the one that failed, which can be made smaller."""
        failed = self.smallest_failed
        if failed is None:
            return None
        below = max((n for n in self._outcomes if self.largest_passed < n < failed), default=None)
        if below is None or self._outcomes[below] is not TrialOutcome.UNDECIDED:
            return None
        return _middle(below, failed)


def _middle(low: int, high: int) -> int | None:
    return (low + high) // 2 if high - low > 1 else None

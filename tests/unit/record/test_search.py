"""Which numbers are tried, and what is known in the end; the judge is a rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from edge_aibench.record.search import CapacitySearch, TrialOutcome

PASS, FAIL = TrialOutcome.PASS, TrialOutcome.FAIL
UNDECIDED, INVALID = TrialOutcome.UNDECIDED, TrialOutcome.INVALID


def searched(
    judge: Callable[[int], TrialOutcome], *, start: int = 1, at_most: int = 1000
) -> tuple[CapacitySearch, list[int]]:
    search, tried = CapacitySearch(start=start, at_most=at_most), []
    while (number := search.next_number()) is not None:
        tried.append(number)
        search.tell(number, judge(number))
    return search, tried


def up_to(threshold: int) -> Callable[[int], TrialOutcome]:
    return lambda number: PASS if number <= threshold else FAIL


def by(words: Mapping[int, TrialOutcome], default: TrialOutcome) -> Callable[[int], TrialOutcome]:
    return lambda number: words.get(number, default)


@pytest.mark.parametrize(
    ("threshold", "start", "tried"),
    [
        (5, 1, [1, 2, 4, 8, 6, 5]),
        (4, 1, [1, 2, 4, 8, 6, 5]),
        (1, 1, [1, 2]),
        (0, 1, [1]),
        (0, 8, [8, 4, 2, 1]),
        (11, 8, [8, 16, 12, 10, 11]),
    ],
)
def test_doubling_then_halving(threshold: int, start: int, tried: list[int]) -> None:
    search, made = searched(up_to(threshold), start=start)
    assert made == tried
    assert (search.largest_passed, search.smallest_failed) == (threshold, threshold + 1)
    assert search.smallest_invalid is None
    assert search.contradictions == ()


def test_the_limit_is_tried_and_not_passed() -> None:
    search, made = searched(up_to(100), at_most=20)
    assert made == [1, 2, 4, 8, 16, 20]
    assert (search.largest_passed, search.smallest_failed) == (20, None)


def test_a_machine_that_gives_up_bounds_the_search_from_above() -> None:
    search, made = searched(lambda number: PASS if number < 6 else INVALID)
    assert made == [1, 2, 4, 8, 6, 5]
    assert (search.largest_passed, search.smallest_failed) == (5, None)
    assert search.smallest_invalid == 6


def test_failures_below_what_the_machine_can_do_are_found() -> None:
    search, made = searched(by({8: INVALID, 6: FAIL, 5: FAIL}, PASS))
    assert made == [1, 2, 4, 8, 6, 5]
    assert (search.largest_passed, search.smallest_failed, search.smallest_invalid) == (4, 5, 8)


def test_undecided_numbers_neither_pass_nor_end_the_doubling() -> None:
    # 1 and 2 are too few for a verdict; 9 to 13 are too close to tell.
    words = dict.fromkeys((1, 2, 9, 10, 11, 12, 13), UNDECIDED)
    search, made = searched(lambda number: words.get(number, up_to(8)(number)))
    # The gap from 8 up, then the one from the undecided 12 up to the failed 16.
    assert made == [1, 2, 4, 8, 16, 12, 10, 9, 14, 13]
    assert (search.largest_passed, search.smallest_failed) == (8, 14)


def test_a_pass_found_late_moves_the_lower_bound() -> None:
    search, made = searched(by({4: UNDECIDED, 8: FAIL, 7: FAIL}, PASS))
    assert made == [1, 2, 4, 8, 3, 6, 7]
    assert (search.largest_passed, search.smallest_failed) == (6, 7)


def test_a_larger_number_that_passes_is_told_not_hidden() -> None:
    search = CapacitySearch(at_most=100)
    for number, outcome in ((2, PASS), (4, FAIL), (8, PASS), (9, PASS), (16, FAIL)):
        search.tell(number, outcome)
    assert search.contradictions == ((4, 8), (4, 9))
    assert (search.largest_passed, search.smallest_failed) == (2, 4)


@pytest.mark.parametrize(("start", "at_most"), [(0, 5), (6, 5), (1, 0)])
def test_the_range_must_hold_the_start(start: int, at_most: int) -> None:
    with pytest.raises(ValueError, match="start must be from 1"):
        CapacitySearch(start=start, at_most=at_most)

"""Laws of the search for a capacity, for every judge."""

from __future__ import annotations

import math
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from edge_aibench.record.search import CapacitySearch, TrialOutcome

PASS, FAIL, INVALID = TrialOutcome.PASS, TrialOutcome.FAIL, TrialOutcome.INVALID

limits = st.integers(1, 5000)


def run(
    judge: Callable[[int], TrialOutcome], *, start: int = 1, at_most: int
) -> tuple[CapacitySearch, list[int]]:
    search, tried = CapacitySearch(start=start, at_most=at_most), []
    while (number := search.next_number()) is not None:
        tried.append(number)
        search.tell(number, judge(number))
    return search, tried


@given(threshold=st.integers(0, 6000), at_most=limits)
def test_every_threshold_is_found_in_twice_its_logarithm(threshold: int, at_most: int) -> None:
    search, tried = run(lambda n: PASS if n <= threshold else FAIL, at_most=at_most)
    assert search.largest_passed == min(threshold, at_most)
    assert search.smallest_failed == (threshold + 1 if threshold < at_most else None)
    assert len(tried) <= 2 * math.log2(at_most) + 2


@given(threshold=st.integers(0, 6000), at_most=limits, data=st.data())
def test_from_any_start(threshold: int, at_most: int, data: st.DataObject) -> None:
    start = data.draw(st.integers(1, at_most))
    search, _ = run(lambda n: PASS if n <= threshold else FAIL, start=start, at_most=at_most)
    assert search.largest_passed == min(threshold, at_most)
    assert search.smallest_failed == (threshold + 1 if threshold < at_most else None)


@given(threshold=st.integers(0, 6000), machine=st.integers(1, 6000), at_most=limits)
def test_a_machine_s_limit_is_told_apart_from_the_system_s(
    threshold: int, machine: int, at_most: int
) -> None:
    def judge(number: int) -> TrialOutcome:
        if number >= machine:
            return INVALID
        return PASS if number <= threshold else FAIL

    search, tried = run(judge, at_most=at_most)
    assert search.largest_passed == min(threshold, machine - 1, at_most)
    seen_to_fail = threshold + 1 < machine and threshold < at_most
    assert search.smallest_failed == (threshold + 1 if seen_to_fail else None)
    if not seen_to_fail:
        assert search.smallest_invalid == (machine if machine <= at_most else None)
    assert len(tried) <= 2 * math.log2(at_most) + 2


@given(at_most=st.integers(1, 200), data=st.data())
def test_any_judge_is_asked_each_number_once_and_the_bounds_hold(
    at_most: int, data: st.DataObject
) -> None:
    said: dict[int, TrialOutcome] = {}

    def judge(number: int) -> TrialOutcome:
        assert number not in said
        assert 1 <= number <= at_most
        said[number] = data.draw(st.sampled_from(TrialOutcome))
        return said[number]

    search, _ = run(judge, at_most=at_most)
    passed = [n for n, outcome in said.items() if outcome is PASS]
    failed = [n for n, outcome in said.items() if outcome is FAIL]
    assert search.smallest_failed == min(failed, default=None)
    low, high = search.largest_passed, search.smallest_failed
    assert low == 0 or said[low] is PASS
    assert high is None or low < high
    # Whatever passed above the bounds is reported.
    unexplained = {n for n in passed if n > low}
    assert unexplained == {passing for _, passing in search.contradictions}

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.comparison import (
    Figure,
    Ratio,
    as_json,
    at_most,
    holds,
    percentile,
    ratio_of_pairs,
    render,
)


@pytest.mark.parametrize(
    ("percent", "expected"),
    [(50, 3.0), (60, 3.0), (61, 4.0), (99, 5.0), (100, 5.0), (1, 1.0)],
)
def test_percentile_is_the_nearest_rank(percent: float, expected: float) -> None:
    assert percentile([5.0, 1.0, 4.0, 2.0, 3.0], percent) == expected


def test_a_percentile_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=200),
    st.integers(1, 100),
)
def test_percentile_agrees_with_numpys_inverted_distribution(
    values: list[float], percent: int
) -> None:
    expected = np.percentile(values, percent, method="inverted_cdf")
    assert percentile(values, percent) == expected


def test_ratio_by_hand() -> None:
    # Ratios 2 and 8: the mean of the logarithms is ln 4, their standard deviation
    # ln 4 / sqrt 2, its error over two pairs ln 2; t at 97.5 % and 1 degree is 12.7062.
    ratio = ratio_of_pairs([2.0, 8.0], [1.0, 1.0])
    assert ratio.value == pytest.approx(4.0)
    reach = 12.7062 * math.log(2)
    assert ratio.lower == pytest.approx(4.0 * math.exp(-reach), rel=1e-4)
    assert ratio.upper == pytest.approx(4.0 * math.exp(reach), rel=1e-4)
    assert ratio.pairs == 2


def test_equal_pairs_leave_no_doubt() -> None:
    ratio = ratio_of_pairs([3.0, 6.0, 9.0], [1.0, 2.0, 3.0])
    assert (ratio.value, ratio.lower, ratio.upper) == pytest.approx((3.0, 3.0, 3.0))


@pytest.mark.parametrize(("first", "second"), [([1.0], [1.0]), ([1.0, 2.0], [1.0]), ([], [])])
def test_a_ratio_needs_two_pairs(first: list[float], second: list[float]) -> None:
    with pytest.raises(ValueError, match="two pairs"):
        ratio_of_pairs(first, second)


@pytest.mark.parametrize(
    ("ratio", "verdict"),
    [
        (Ratio(1.1, 1.0, 1.3, 5), "met"),
        (Ratio(1.4, 1.31, 1.5, 5), "missed"),
        (Ratio(1.2, 1.1, 1.31, 5), "undecided"),
    ],
)
def test_verdict_follows_the_interval(ratio: Ratio, verdict: str) -> None:
    assert ratio.verdict(1.3) == verdict


def test_what_could_not_be_measured_misses_its_target() -> None:
    assert at_most("lateness", None, 0.5, "ms").ok is False
    assert at_most("lateness", 0.5, 0.5, "ms").ok is True
    assert at_most("lateness", 0.51, 0.5, "ms").ok is False
    assert holds("VALID", True).ok is True
    assert holds("VALID", False).ok is False


def test_the_table_shows_every_figure_with_its_verdict() -> None:
    table = render(
        [
            at_most("start", 3.14159, 15.0, "s"),
            at_most("memory", None, 40.0, "MB"),
            Figure("dilation", 2.0, "times", "-", None),
        ]
    )
    assert [line.split() for line in table.splitlines()] == [
        ["figure", "measured", "target"],
        ["start", "(s)", "3.14", "<=", "15", "met"],
        ["memory", "(MB)", "-", "<=", "40", "missed"],
        ["dilation", "(times)", "2", "-"],
    ]


def test_figures_become_plain_values() -> None:
    assert as_json([at_most("start", 3.0, 15.0, "s")]) == [
        {"name": "start", "measured": 3.0, "unit": "s", "target": "<= 15", "ok": True}
    ]

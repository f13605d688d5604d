"""What the link check says, from findings made up by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from edge_aibench.emulate.links.check import last_attempts
from edge_aibench.emulate.links.check_verdict import Findings, binomial_range, judge
from edge_aibench.model.link import Jitter, LinkDirection

_ASKED = LinkDirection(delay_s=0.01, rate_bps=50e6)
_GOOD = Findings(delays_s=(0.01,) * 100, rate_bps=50e6, train_s=0.03, sent=400, lost=0)


def _problems(asked: LinkDirection, found: Findings) -> tuple[str, ...]:
    check = judge("access/0", "up", asked, found)
    assert check.within == (not check.problems)
    return check.problems


def test_exactly_as_asked_is_within() -> None:
    check = judge("access/0", "up", _ASKED, _GOOD, attempt=2)
    assert check.within
    assert (check.wire, check.direction, check.attempt) == ("access/0", "up", 2)
    assert check.delay_mean_s == pytest.approx(0.01)
    assert (check.delay_p50_s, check.delay_p99_s) == (0.01, 0.01)
    assert check.jitter_s == pytest.approx(0.0, abs=1e-12)
    assert (check.loss_observed, check.sent, check.lost) == (0.0, 400, 0)


@pytest.mark.parametrize(
    ("asked_s", "median_s", "within"),
    [
        (0.01, 0.01049, True),  # 5 % of 10 ms
        (0.01, 0.01051, False),
        (0.01, 0.00951, True),
        (0.01, 0.00949, False),
        (0.001, 0.00109, True),  # 0.1 ms, more than 5 %
        (0.001, 0.00111, False),
        (0.0, 0.00024, True),  # 0.25 ms below 0.5 ms
        (0.0, 0.00026, False),
    ],
)
def test_median_delay_has_five_percent_or_a_tenth_of_a_millisecond(
    asked_s: float, median_s: float, within: bool
) -> None:
    asked = LinkDirection(delay_s=asked_s, rate_bps=50e6)
    # Half the frames early: it is the median that counts, not the mean or the maximum.
    delays_s = (median_s,) * 60 + (median_s + 0.005,) * 40
    problems = _problems(asked, replace(_GOOD, delays_s=delays_s))
    assert (not problems) == within
    assert within or problems[0].startswith("median delay")


def test_median_under_jitter_may_scatter_as_the_law_says() -> None:
    asked = LinkDirection(delay_s=0.02, rate_bps=50e6, jitter=Jitter(law="uniform", spread_s=0.004))
    # Quantiles at 1/2 -+ 3.29 / (2 sqrt 25) = 0.829: 20 ms + 0.658 * 6.93 ms = 24.56 ms; +1 ms.
    for median_s, within in ((0.0255, True), (0.0257, False), (0.0145, True), (0.0143, False)):
        found = replace(_GOOD, delays_s=(median_s,) * 25, train_s=0.16)
        assert (not _problems(asked, found)) == within


def test_jitter_is_judged_by_its_standard_deviation_given_enough_frames() -> None:
    asked = LinkDirection(delay_s=0.02, rate_bps=50e6, jitter=Jitter(law="normal", spread_s=0.001))
    far_s = (0.02 - 0.003, 0.02 + 0.003)
    assert any("jitter" in text for text in _problems(asked, replace(_GOOD, delays_s=far_s * 50)))
    right_s = (0.02 - 0.001, 0.02 + 0.001)
    assert _problems(asked, replace(_GOOD, delays_s=right_s * 50, train_s=0.1)) == ()
    # 49 frames are too few to judge.
    few = replace(_GOOD, delays_s=(far_s * 25)[:49], train_s=0.1)
    assert not any("jitter" in text for text in _problems(asked, few))


@pytest.mark.parametrize(
    ("rate_bps", "within"),
    [(52.4e6, True), (52.6e6, False), (47.6e6, True), (47.4e6, False), (None, False)],
)
def test_rate_has_five_percent(rate_bps: float | None, within: bool) -> None:
    assert (not _problems(_ASKED, replace(_GOOD, rate_bps=rate_bps))) == within


@pytest.mark.parametrize("asked_bps", [None, 1e9])
def test_fast_links_have_to_reach_what_is_promised(asked_bps: float | None) -> None:
    asked = LinkDirection(delay_s=0.01, rate_bps=asked_bps)
    assert _problems(asked, replace(_GOOD, rate_bps=600e6)) == ()
    (problem,) = _problems(asked, replace(_GOOD, rate_bps=400e6))
    assert "promised 500 Mbit/s" in problem


def test_any_loss_on_a_lossless_link_is_too_much() -> None:
    (problem,) = _problems(_ASKED, replace(_GOOD, lost=1))
    assert problem == "lost 1 of 400 frames, asked 0 %, allowed 0 to 0"


def test_nothing_received_is_told_not_crashed_on() -> None:
    found = Findings(delays_s=(), rate_bps=None, train_s=0.03, sent=400, lost=400)
    check = judge("access/0", "down", _ASKED, found)
    assert len(check.problems) == 3
    assert math.isnan(check.delay_p50_s)
    assert check.loss_observed == 1.0


@pytest.mark.parametrize(("n", "share"), [(100, 0.01), (1000, 0.05), (700, 0.3), (20, 0.9)])
def test_binomial_range_agrees_with_scipy(n: int, share: float) -> None:
    from scipy import stats

    low, high = binomial_range(n, share)
    assert (low, high) == tuple(int(k) for k in stats.binom.interval(0.999, n, share))


def test_binomial_range_of_nothing() -> None:
    assert binomial_range(0, 0.5) == (0, 0)
    assert binomial_range(100, 0.0) == (0, 0)


def test_last_attempt_of_each_direction_counts() -> None:
    checks = [
        judge("access/0", "up", _ASKED, replace(_GOOD, lost=5), attempt=1),
        judge("access/0", "down", _ASKED, _GOOD, attempt=1),
        judge("access/0", "up", _ASKED, _GOOD, attempt=2),
    ]
    assert [(c.direction, c.attempt) for c in last_attempts(checks)] == [("up", 2), ("down", 1)]

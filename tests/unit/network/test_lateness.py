from __future__ import annotations

from edge_aibench.emulate.links.lateness import LatenessHistogram


def _histogram(*lateness_ns: int) -> LatenessHistogram:
    histogram = LatenessHistogram()
    for value in lateness_ns:
        histogram.add(value)
    return histogram


def test_nothing_counted_has_no_percentile() -> None:
    assert LatenessHistogram().percentile_ns(50) is None


def test_fine_steps_below_a_millisecond() -> None:
    histogram = _histogram(*range(500, 100_000, 1000))
    # One packet in each of 100 steps of 1 us: half lie below 50 us, 99 % below 99 us.
    assert histogram.percentile_ns(50) == 50_000
    assert histogram.percentile_ns(99) == 99_000
    assert histogram.percentile_ns(100) == histogram.max_ns == 99_500


def test_coarse_steps_above_and_an_exact_maximum() -> None:
    histogram = _histogram(999_999, 1_000_000, 1_999_999, 2_500_000, 7_000_000_000)
    assert histogram.percentile_ns(20) == 1_000_000
    assert histogram.percentile_ns(60) == 2_000_000
    assert histogram.percentile_ns(80) == 3_000_000
    assert histogram.percentile_ns(100) == 7_000_000_000


def test_early_counts_as_on_time() -> None:
    histogram = _histogram(-5000, -1)
    assert histogram.total == 2
    assert histogram.percentile_ns(50) == 0

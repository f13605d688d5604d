"""The laws between distance and rate, against figures computed by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from edge_aibench.network.radio import distances_m, rate_share, shadowing_db, snr_db
from edge_aibench.rng import stream


def test_distance_is_measured_in_space() -> None:
    # 3-4-5 on the ground; the antenna stands 23.5 m above the node's.
    points = np.array([[300.0, 400.0], [0.0, 0.0]])
    assert distances_m(points, (0.0, 0.0)) == pytest.approx([math.hypot(500, 23.5), 23.5])


def test_the_signal_is_weakest_at_the_range_and_39_db_better_at_a_tenth_of_the_way() -> None:
    edge_m = math.hypot(1000.0, 23.5)
    found = snr_db(np.array([edge_m, edge_m / 10, edge_m / math.sqrt(10)]), range_m=1000.0)
    assert found == pytest.approx([-10.0, 29.08, 9.54])


@pytest.mark.parametrize(
    ("way", "snr", "share"),
    [
        # 0.6 log2(1 + 1) / 4.4 and 0.4 log2(1 + 1) / 2.
        ("down", 0.0, 0.6 / 4.4),
        ("up", 0.0, 0.2),
        # log2(1 + 10 ** -1) = 0.13750.
        ("down", -10.0, 0.6 * 0.1375035 / 4.4),
        ("up", -10.0, 0.2 * 0.1375035),
        ("down", -10.001, 0.0),
        ("up", -40.0, 0.0),
        # TR 36.942 names 22 dB and 15 dB as where the bound is reached.
        ("down", 22.1, 1.0),
        ("up", 15.0, 1.0),
        ("down", 60.0, 1.0),
    ],
)
def test_share_of_the_rate(way: str, snr: float, share: float) -> None:
    assert rate_share(np.array([snr]), way=way)[0] == pytest.approx(share, rel=1e-5)


def test_shadowing_has_its_spread_and_forgets_over_50_m() -> None:
    # 40 000 points 5 m apart: about 40 000 / 20 = 2000 independent ones, so the standard error
    # of the spread is 6 / sqrt(2 * 2000) = 0.1 dB and of a correlation at most 0.03.
    shadow = shadowing_db(40_000, step_m=5.0, spread_db=6.0, generator=stream(1, "shadow"))
    assert shadow.std() == pytest.approx(6.0, abs=0.35)
    assert shadow.mean() == pytest.approx(0.0, abs=0.45)
    for points, correlation in ((1, math.exp(-0.1)), (10, math.exp(-1)), (40, math.exp(-4))):
        found = np.corrcoef(shadow[:-points], shadow[points:])[0, 1]
        assert found == pytest.approx(correlation, abs=0.1)


def test_no_spread_is_no_shadowing_and_a_parked_node_keeps_its_own() -> None:
    assert not shadowing_db(5, step_m=1.0, spread_db=0.0, generator=stream(1, "s")).any()
    parked = shadowing_db(5, step_m=0.0, spread_db=6.0, generator=stream(1, "s"))
    assert (parked == parked[0]).all()
    assert parked[0] != 0.0

from __future__ import annotations

import math

import numpy as np
import pytest

from edge_aibench.errors import InternalError
from edge_aibench.model.link import Jitter, JitterLaw, LinkDirection
from edge_aibench.network.law import (
    ConstantLaw,
    LognormalLaw,
    NormalLaw,
    UniformLaw,
    link_law,
)


def _direction(law: JitterLaw, *, loss: float = 0.0) -> LinkDirection:
    return LinkDirection(delay_s=0.008, jitter=Jitter(law=law, spread_s=0.002), loss=loss)


@pytest.mark.parametrize(
    ("law", "kind"),
    [("uniform", UniformLaw), ("normal", NormalLaw), ("lognormal", LognormalLaw)],
)
def test_direction_gets_the_law_it_asks_for(law: JitterLaw, kind: type) -> None:
    assert isinstance(link_law(_direction(law)), kind)
    assert isinstance(link_law(LinkDirection(delay_s=0.008)), ConstantLaw)


def test_constant_delay_has_no_spread() -> None:
    law = link_law(LinkDirection(delay_s=0.003))
    assert (law.mean_delay_s, law.std_delay_s, law.delay_quantile_s(0.99)) == (0.003, 0.0, 0.003)
    delays = law.sample_delay_s(np.random.default_rng(1), 4)
    assert delays.dtype == np.float64
    assert delays.tolist() == [0.003] * 4


def test_uniform_law_is_sqrt_three_spreads_wide_each_side() -> None:
    law = link_law(_direction("uniform"))
    # Standard deviation of an even spread over 2h is h / sqrt(3): h = 3.4641 ms here.
    assert law.delay_quantile_s(0.5) == pytest.approx(0.008)
    assert law.delay_quantile_s(0.999999999) == pytest.approx(0.008 + 0.0034641016, abs=1e-9)
    assert law.delay_quantile_s(0.25) == pytest.approx(0.008 - 0.0034641016 / 2)
    assert (law.mean_delay_s, law.std_delay_s) == (0.008, 0.002)


def test_normal_law_has_the_moments_of_a_rectified_normal() -> None:
    from scipy import integrate, stats

    law = link_law(LinkDirection(delay_s=0.006, jitter=Jitter(law="normal", spread_s=0.002)))
    density = stats.norm(0.006, 0.002).pdf
    mean, _ = integrate.quad(lambda x: x * density(x), 0, 0.04, points=[0.006], epsabs=1e-12)
    second, _ = integrate.quad(lambda x: x * x * density(x), 0, 0.04, points=[0.006], epsabs=1e-14)
    assert law.mean_delay_s == pytest.approx(mean, rel=1e-6)
    assert law.std_delay_s == pytest.approx(math.sqrt(second - mean**2), rel=1e-4)
    assert law.delay_quantile_s(0.5) == pytest.approx(0.006)
    # 0.1 % of a normal law lies more than 3.09 spreads below its mean, here under zero.
    assert law.delay_quantile_s(0.001) == 0.0


def test_lognormal_law_agrees_with_scipy() -> None:
    from scipy import stats

    law = link_law(_direction("lognormal"))
    # s^2 = ln(1 + (2 / 8)^2) = 0.0606246; the scale is 8 ms exp(-s^2 / 2).
    s = math.sqrt(0.06062462181643484)
    oracle = stats.lognorm(s, scale=0.008 * math.exp(-(s**2) / 2))
    for share in (0.01, 0.5, 0.9, 0.999):
        assert law.delay_quantile_s(share) == pytest.approx(oracle.ppf(share), rel=1e-9)
    assert oracle.mean() == pytest.approx(law.mean_delay_s)
    assert oracle.std() == pytest.approx(law.std_delay_s)


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, math.nan])
def test_quantile_outside_its_range_is_our_bug(share: float) -> None:
    for law in ("uniform", "normal", "lognormal"):
        with pytest.raises(InternalError, match="between 0 and 1"):
            link_law(_direction(law)).delay_quantile_s(share)


def test_loss_of_nothing_and_of_nearly_all() -> None:
    generator = np.random.default_rng(1)
    assert not link_law(_direction("normal")).sample_loss(generator, 1000).any()
    lost = link_law(_direction("normal", loss=0.999)).sample_loss(generator, 1000)
    assert lost.dtype == np.bool_
    assert lost.sum() > 980
